import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { DataError, StorageError } from "../../src/errors.ts";
import { type GoldenTensors, openGoldenTensors } from "./golden-tensors.ts";

/** Names of checkpoints: `clip-<architecture>.<form>`. */
const CHECKPOINT_NAME = /^clip-([^.]+)\.(.+)$/;
const CASE_FILE = /^(.+)\.(?:safetensors|json)$/;
/** As they stand in the names of cases and checkpoints; a case that names none belongs to the first. */
const ARCHITECTURES = ["vit", "rn"] as const;

/** One stored form of a checkpoint. */
export interface GoldenCheckpoint {
  /** Such as `vit`. */
  readonly architecture: string;
  /** Layout and file format, such as `huggingface` or `torchscript.pt`. */
  readonly form: string;
  /** File or folder. */
  readonly path: string;
}

/** A folder laid out like the project's golden values. */
export interface GoldenFolder {
  readonly path: string;
  /** Names of all cases, covered or not, in alphabetical order. */
  readonly caseNames: readonly string[];
  /**
   * Every form of the checkpoint that a case belongs to, OpenAI's first.
   *
   * @throws {DataError} if there is none
   */
  checkpointsOf(caseName: string): readonly GoldenCheckpoint[];
  /** Opens `<name>.safetensors`. */
  tensors(name: string): GoldenTensors;
  /**
   * Reads a JSON file.
   *
   * @throws {DataError} if it is missing, damaged or lacks something
   */
  json<T>(file: string, schema: z.ZodType<T>): T;
}

/**
 * Lists a golden folder.
 *
 * @throws {StorageError} if it cannot be read
 */
export function openGoldenFolder(path: string): GoldenFolder {
  const entries = listFolder(path);
  const checkpoints = entries.flatMap(({ name }) => {
    const [, architecture, form] = CHECKPOINT_NAME.exec(name) ?? [];
    return architecture && form ? [{ architecture, form, path: join(path, name) }] : [];
  });
  const isOpenAi = ({ form }: GoldenCheckpoint) => form.startsWith("openai");
  checkpoints.sort((a, b) => Number(isOpenAi(b)) - Number(isOpenAi(a)));
  const names = entries
    .filter(({ name }) => !CHECKPOINT_NAME.test(name) && !name.startsWith("."))
    .flatMap(({ name, isFolder }) => (isFolder ? [name] : (CASE_FILE.exec(name)?.[1] ?? [])));
  return {
    path,
    caseNames: [...new Set(names)].sort(),
    checkpointsOf: (caseName) => {
      const parts = caseName.split("-");
      const wanted = ARCHITECTURES.find((name) => parts.includes(name)) ?? ARCHITECTURES[0];
      const found = checkpoints.filter(({ architecture }) => architecture === wanted);
      if (found.length > 0) return found;
      throw new DataError({ where: path, expected: `a checkpoint clip-${wanted}.*`, got: "none" });
    },
    tensors: (name) => openGoldenTensors(join(path, `${name}.safetensors`)),
    json: (file, schema) => readJson(join(path, file), schema),
  };
}

function listFolder(path: string): { name: string; isFolder: boolean }[] {
  try {
    const isFolder = (name: string) =>
      statSync(join(path, name), { throwIfNoEntry: false })?.isDirectory() ?? false;
    return readdirSync(path)
      .sort()
      .map((name) => ({ name, isFolder: isFolder(name) }));
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new StorageError({ where: path, expected: "a folder of golden values", got, cause });
  }
}

function readJson<T>(path: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const got = cause instanceof z.ZodError ? z.prettifyError(cause) : message;
    throw new DataError({ where: path, expected: "the description of a case", got, cause });
  }
}
