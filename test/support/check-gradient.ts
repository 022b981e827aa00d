import type { Parameters } from "../../src/training/parameters.ts";
import { seededTensor } from "./seeded-tensor.ts";

/** Half the distance over which losses are compared, as long as the parameters' steps: float32 resolves no shorter one. */
const STEP = 0.004;
/** What differences over {@link STEP} may leave in float32, third derivatives included, as a share of the gradient's length. */
const SHARE = 0.01;

/** Length of a vector whose parts have names. */
export function lengthOf(vector: Parameters): number {
  return Math.hypot(...Object.values(vector).flatMap((part) => [...part]));
}

/** Scalar product of vectors whose parts have names; what is missing in the second is zero there. */
export function dotOf(a: Parameters, b: Parameters): number {
  return Object.entries(a).reduce(
    (sum, [name, part]) => sum + part.reduce((own, x, i) => own + x * (b[name]?.[i] ?? 0), 0),
    0,
  );
}

/** The slope of a function in a direction of length 1, by central differences. */
export async function slopeOf(
  lossAt: (parameters: Parameters) => Promise<number>,
  parameters: Parameters,
  direction: Parameters,
): Promise<number> {
  const above = await lossAt(moved(parameters, direction, STEP));
  const below = await lossAt(moved(parameters, direction, -STEP));
  return (above - below) / (2 * STEP);
}

/**
 * Throws unless a gradient is that of a function: along itself, where the function changes most, along the part of each parameter, and
 * along a random direction.
 *
 * @throws {Error} naming the direction, and both slopes
 */
export async function checkGradient(
  { gradients, parameters }: { gradients: Parameters; parameters: Parameters },
  lossAt: (parameters: Parameters) => Promise<number>,
): Promise<void> {
  const length = lengthOf(gradients);
  for (const [name, direction] of directionsOf(gradients)) {
    const slope = await slopeOf(lossAt, parameters, direction);
    const expected = dotOf(gradients, direction);
    if (length > 0.01 && Math.abs(slope - expected) <= SHARE * length) continue;
    throw new Error(`along ${name} the slope is ${slope}, by the gradient of length ${length} ${expected}`);
  }
}

/** A vector at length 1. */
export function unitOf(vector: Parameters): Parameters {
  const length = lengthOf(vector) || 1;
  return Object.fromEntries(
    Object.entries(vector).map(([name, part]) => [name, part.map((x) => x / length)]),
  );
}

function moved(parameters: Parameters, direction: Parameters, distance: number): Parameters {
  const entries = Object.entries(parameters).map(([name, values]) => [
    name,
    values.map((value, i) => value + distance * (direction[name]?.[i] ?? 0)),
  ]);
  return Object.fromEntries(entries);
}

function directionsOf(gradients: Parameters): [string, Parameters][] {
  const draw = seededTensor(5);
  const random = Object.fromEntries(
    Object.entries(gradients).map(([name, part]) => [name, draw([part.length], 1).data]),
  );
  return [
    ["the gradient", unitOf(gradients)],
    ...Object.entries(gradients).map(([name, part]): [string, Parameters] => [
      name,
      unitOf({ [name]: part }),
    ]),
    ["a random direction", unitOf(random)],
  ];
}
