import { ConfigError, DataError } from "../errors.ts";
import type { Method } from "../methods/method.ts";
import { methods as allMethods } from "../methods/methods.ts";
import { concatRows } from "../tensor/concat-rows.ts";
import { sliceRows } from "../tensor/slice-rows.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Adapter } from "./adapter.ts";
import { dropClassParameters } from "./class-parameters.ts";
import { findClass } from "./find-class.ts";
import { methodOfLabel } from "./train-config.ts";

/** Fewest classes that there is something to tell apart. */
const MIN_CLASSES = 2;

/**
 * An adapter without one of its classes. Nothing is trained: the numbers of the other classes stay as they are, to the byte.
 * Calibration and rejection are dropped, as they were measured with the class.
 *
 * @param wanted name of the class, or `#` and its index from 0
 * @param methods to find the adapter's among; all that come with the library if not given
 * @throws {DataError} if there is no such class, several have the name, or one would be left
 * @throws {ConfigError} if its method fits all classes together
 * @example saveAdapter("pets.safetensors", removeClass(readAdapter("pets.safetensors"), "llama"));
 */
export function removeClass(
  adapter: Adapter,
  wanted: string,
  methods: readonly Method[] = allMethods,
): Adapter {
  const c = findClass(adapter, wanted);
  if (adapter.classNames.length <= MIN_CLASSES) {
    throw new DataError({
      where: `class "${wanted}"`,
      expected: `an adapter of more than ${MIN_CLASSES} classes, as there must be some to tell apart`,
      got: `${adapter.classNames.length}`,
    });
  }
  const { calibration, rejection, rowCounts, textFeatures, originalTextFeatures, ...rest } = adapter;
  const names = { classNames: adapter.classNames.toSpliced(c, 1) };
  const promptNames = adapter.promptNames?.toSpliced(c, 1);
  return {
    ...rest,
    ...names,
    ...(promptNames && { promptNames }),
    ...(textFeatures && { textFeatures: dropRow(textFeatures, c) }),
    ...(originalTextFeatures && { originalTextFeatures: dropRow(originalTextFeatures, c) }),
    ...withoutClass(adapter, c, methods),
  };
}

function withoutClass(adapter: Adapter, c: number, methods: readonly Method[]) {
  const method = methodOfLabel(adapter.method, methods);
  if (method.kind === "prompts") return dropClassParameters(adapter, c);
  if (method.dropClass !== undefined) {
    const { hyperparameters = {}, parameters } = adapter;
    return { parameters: method.dropClass({ tensors: parameters, hyperparameters }, c) };
  }
  throw new ConfigError({
    where: `method "${adapter.method}"`,
    expected: "a method that learns each class by itself",
    got: "one that is fitted to the pictures of all classes together",
    fix: "Train again without the class.",
  });
}

function dropRow(features: Tensor<"float32">, c: number): Tensor<"float32"> {
  const parts = [sliceRows(features, 0, c), sliceRows(features, c + 1, features.shape[0] ?? 0)];
  return concatRows(parts as Tensor<"float32">[]);
}
