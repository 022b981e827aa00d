import { ConfigError } from "../errors.ts";
import {
  methodOfLabel,
  resolveTrainConfig,
  type TrainConfig,
  type TrainConfigInput,
} from "../training/train-config.ts";
import { ZERO_SHOT } from "./cell.ts";

/** Stands for all methods. */
export const EVERY_METHOD = "*";

/**
 * What methods are set to instead of their published training: options by method, those of `*` for all methods that have them.
 */
export type MethodSettings = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Training as the papers have it, where a method can be trained so. */
const PUBLISHED = { schedule: "published" } as const;

/**
 * Resolves what a method is set to in one cell: its published training, settings of all methods, of this one, and the cell's own.
 *
 * @throws {ConfigError} if the method or one of its settings is not known
 */
export function gridConfig(
  method: string,
  settings: MethodSettings,
  own: Readonly<Record<string, unknown>>,
): TrainConfig {
  const { [EVERY_METHOD]: common = {}, [method]: ofMethod = {} } = settings;
  const taken = Object.entries({ ...PUBLISHED, ...common }).filter(([name, value]) =>
    hasOption(method, name, value),
  );
  const layers = [Object.fromEntries(taken), ofMethod, own];
  const loss = Object.assign({}, ...layers.map((layer) => (layer as { loss?: object }).loss));
  const merged = Object.assign({}, ...layers);
  const hasLoss = Object.keys(loss).length > 0;
  return resolveTrainConfig({ ...merged, ...(hasLoss && { loss }), method } as TrainConfigInput);
}

/** What has a flag of its own, and is no setting. */
const FLAGS: Readonly<Record<string, string>> = { method: "--methods", shots: "--shots", seed: "--seeds" };

/**
 * Throws where a setting cannot be: it has a flag of its own, a method does not know it, or none of the grid's does.
 *
 * @param methods of the grid
 * @throws {ConfigError} as the first method does that does not know it
 */
export function checkSettings(settings: MethodSettings, methods: readonly string[]): void {
  for (const name of Object.values(settings).flatMap((options) => Object.keys(options))) {
    const flag = FLAGS[name];
    if (flag === undefined) continue;
    throw new ConfigError({
      where: `setting "${name}"`,
      expected: "what methods are set to",
      got: "what the grid spans",
      fix: `Use ${flag}.`,
    });
  }
  for (const [method, options] of Object.entries(settings)) {
    if (method !== EVERY_METHOD) resolveTrainConfig({ ...options, method } as TrainConfigInput);
  }
  const trained = methods.filter((method) => method !== ZERO_SHOT);
  for (const [name, value] of Object.entries(settings[EVERY_METHOD] ?? {})) {
    const [first] = trained;
    if (first === undefined) {
      throw new ConfigError({
        where: `setting "${name}"`,
        expected: "a method that is trained",
        got: `${ZERO_SHOT} alone`,
      });
    }
    if (!trained.some((method) => hasOption(method, name, value))) {
      resolveTrainConfig({ method: first, [name]: value });
    }
  }
}

/** Methods that something is set of, but that the grid does not have. */
export function unusedSettings(settings: MethodSettings, methods: readonly string[]): string[] {
  return Object.keys(settings).filter((method) => method !== EVERY_METHOD && !methods.includes(method));
}

/**
 * Whether a method has an option, and can be set to this.
 *
 * @throws {ConfigError} if there is no such method
 */
export function hasOption(method: string, name: string, value: unknown): boolean {
  methodOfLabel(method);
  try {
    resolveTrainConfig({ method, [name]: value });
    return true;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
}
