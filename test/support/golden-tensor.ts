import { join } from "node:path";
import { parseSafetensors } from "../../src/clip/checkpoint/safetensors.ts";
import { withFileSource } from "../../src/tensor/node/file-source.ts";
import { readTensor } from "../../src/tensor/node/read-tensor.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

/**
 * A tensor of `test/golden`.
 *
 * @param name of the case: that of its file without extension
 * @throws {Error} if the case has no such tensor
 */
export function readGoldenTensor(name: string, tensor: string): Tensor {
  const file = join(import.meta.dirname, "../golden", `${name}.safetensors`);
  const stored = withFileSource(file, parseSafetensors).tensors.get(tensor);
  if (stored === undefined) throw new Error(`no tensor ${tensor} in ${file}`);
  return readTensor(stored);
}
