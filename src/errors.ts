/** What every error of this library tells: where it happened, what was expected, what came, and what to do. */
export interface ErrorDetails {
  /** The operation, file or option at fault. */
  readonly where: string;
  /** What would have been right. */
  readonly expected: string;
  /** What was there instead. */
  readonly got: string;
  /** What the reader can do about it. */
  readonly fix?: string;
  /** The error that led to this one. */
  readonly cause?: unknown;
}

/**
 * Base of all errors that this library throws on purpose. `code` is stable and may be matched on; the message may change.
 */
export class LammError extends Error {
  /** Stable machine-readable identifier, such as `ERR_SHAPE`. */
  readonly code: string;
  /** The four parts of the message, for programs that show them apart. */
  readonly details: ErrorDetails;

  constructor(code: string, details: ErrorDetails) {
    const fix = details.fix === undefined ? "" : ` ${details.fix}`;
    super(
      `${details.where}: expected ${details.expected}, got ${details.got}.${fix}`,
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.name = new.target.name;
    this.code = code;
    this.details = details;
  }
}

/** Shapes or dtypes of a graph's values do not fit together. Thrown while a graph is built. */
export class ShapeError extends LammError {
  constructor(details: ErrorDetails) {
    super("ERR_SHAPE", details);
  }
}

/** An operator has no gradient rule, or the engine cannot run it. */
export class UnsupportedOpError extends LammError {
  constructor(details: ErrorDetails) {
    super("ERR_UNSUPPORTED_OP", details);
  }
}

/** An option, flag or configuration file has an unknown key or a value out of range. */
export class ConfigError extends LammError {
  constructor(details: ErrorDetails) {
    super("ERR_CONFIG", details);
  }
}

/** A checkpoint, tokenizer or adapter file is damaged, hostile, or of another model. */
export class ModelFileError extends LammError {
  constructor(details: ErrorDetails) {
    super("ERR_MODEL_FILE", details);
  }
}

/** Pictures, class folders or label files are not usable. */
export class DataError extends LammError {
  constructor(details: ErrorDetails) {
    super("ERR_DATA", details);
  }
}

/** The inference engine refused a graph, a device or a run. */
export class EngineError extends LammError {
  constructor(details: ErrorDetails) {
    super("ERR_ENGINE", details);
  }
}

/** A file or folder cannot be read or written. */
export class StorageError extends LammError {
  constructor(details: ErrorDetails) {
    super("ERR_STORAGE", details);
  }
}

const errorClasses: Readonly<Record<string, new (details: ErrorDetails) => LammError>> = {
  ERR_SHAPE: ShapeError,
  ERR_UNSUPPORTED_OP: UnsupportedOpError,
  ERR_CONFIG: ConfigError,
  ERR_MODEL_FILE: ModelFileError,
  ERR_DATA: DataError,
  ERR_ENGINE: EngineError,
  ERR_STORAGE: StorageError,
};

/**
 * An error made again of its parts, as where it came from another thread: of the class that has the code, or a plain
 * {@link LammError} for a code that has none.
 */
export function restoreError(code: string, details: ErrorDetails): LammError {
  const ErrorClass = errorClasses[code];
  return ErrorClass === undefined ? new LammError(code, details) : new ErrorClass(details);
}
