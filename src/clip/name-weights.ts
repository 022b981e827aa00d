import type { StoredTensor } from "../tensor/tensor.ts";
import type { ClipWeights } from "./weights.ts";

/**
 * Replaces every tensor of a CLIP, and keeps the rest.
 *
 * @param change is called with each tensor's name: its role, such as `text.blocks.0.query.weight`, the same whatever layout
 *   the weights came in
 */
export function mapWeights(
  weights: ClipWeights,
  change: (name: string, tensor: StoredTensor) => StoredTensor,
): ClipWeights {
  return mapPart(weights, "", change) as ClipWeights;
}

/**
 * Names every tensor of a CLIP by its role, as {@link mapWeights} does.
 *
 * @returns in the order of {@link ClipWeights}; the logit scale, a number, is not among them
 */
export function nameWeights(weights: ClipWeights): Map<string, StoredTensor> {
  const named = new Map<string, StoredTensor>();
  mapWeights(weights, (name, tensor) => {
    named.set(name, tensor);
    return tensor;
  });
  return named;
}

function mapPart(
  value: unknown,
  path: string,
  change: (name: string, tensor: StoredTensor) => StoredTensor,
): unknown {
  if (typeof value !== "object" || value === null) return value;
  if ("dtype" in value) return change(path, value as StoredTensor);
  const below = (key: string | number) => (path === "" ? `${key}` : `${path}.${key}`);
  if (Array.isArray(value)) return value.map((part, index) => mapPart(part, below(index), change));
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, mapPart(part, below(key), change)]),
  );
}
