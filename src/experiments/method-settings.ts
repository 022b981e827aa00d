import { ConfigError } from "../errors.ts";
import { findMethod } from "../methods/methods.ts";
import { resolveTrainConfig, type TrainConfig, type TrainConfigInput } from "../training/train-config.ts";
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
    takes(method, name, value),
  );
  const layers = [Object.fromEntries(taken), ofMethod, own];
  const loss = Object.assign({}, ...layers.map((layer) => (layer as { loss?: object }).loss));
  const merged = Object.assign({}, ...layers);
  const hasLoss = Object.keys(loss).length > 0;
  return resolveTrainConfig({ ...merged, ...(hasLoss && { loss }), method } as TrainConfigInput);
}

/**
 * Throws where a setting is of no method of the grid.
 *
 * @throws {ConfigError} as the first method does that does not know it
 */
export function checkSettings(settings: MethodSettings, methods: readonly string[]): void {
  const trained = methods.filter((method) => method !== ZERO_SHOT);
  for (const method of Object.keys(settings)) if (method !== EVERY_METHOD) resolveTrainConfig({ method });
  for (const [name, value] of Object.entries(settings[EVERY_METHOD] ?? {})) {
    const [first] = trained;
    if (first === undefined || trained.some((method) => takes(method, name, value))) continue;
    resolveTrainConfig({ method: first, [name]: value });
  }
}

/** Whether a method has a setting, and can be set to this. */
function takes(method: string, name: string, value: unknown): boolean {
  findMethod(method.split("@")[0] ?? method);
  try {
    resolveTrainConfig({ method, [name]: value });
    return true;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
}
