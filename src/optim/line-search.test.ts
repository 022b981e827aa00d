import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type LinePoint, type LineSearchOptions, searchStrongWolfe } from "./line-search.ts";

/** A function along a line with its derivative. */
interface Curve {
  readonly name: string;
  readonly f: (t: number) => number;
  readonly df: (t: number) => number;
}

async function search(curve: Curve, first: number, options: Partial<LineSearchOptions> = {}) {
  const steps: number[] = [];
  const at = (step: number): LinePoint => ({ step, loss: curve.f(step), slope: curve.df(step) });
  const evaluate = async (step: number) => {
    steps.push(step);
    return at(step);
  };
  const limits = { decrease: 1e-4, curvature: 0.9, maxEvaluations: 40, ...options };
  return { start: at(0), steps, found: await searchStrongWolfe(at(0), first, evaluate, limits) };
}

function expectStrongWolfe(
  start: LinePoint,
  found: LinePoint | undefined,
  { decrease = 1e-4, curvature = 0.9 }: Partial<LineSearchOptions> = {},
): void {
  expect(found).toBeDefined();
  const { step, loss, slope } = found as LinePoint;
  expect(step).toBeGreaterThan(0);
  expect(loss).toBeLessThanOrEqual(start.loss + decrease * step * start.slope);
  expect(Math.abs(slope)).toBeLessThanOrEqual(-curvature * start.slope);
}

/** Test functions of Moré and Thuente (1994), section 5: concave, wavy, and with steep ends. */
const BETA = 2;
/** Theirs is 0.004, where the slope at 0 is 5e-7: less than the narrowest bracket resolves. */
const OFFSET = 0.04;
function yanai(b1: number, b2: number): Curve {
  const gamma = (b: number) => Math.sqrt(1 + b * b) - b;
  return {
    name: `Yanai's with ${b1} and ${b2}`,
    f: (t) => gamma(b1) * Math.hypot(1 - t, b2) + gamma(b2) * Math.hypot(t, b1),
    df: (t) => (gamma(b1) * (t - 1)) / Math.hypot(1 - t, b2) + (gamma(b2) * t) / Math.hypot(t, b1),
  };
}
const curves: readonly Curve[] = [
  {
    name: "a rational function",
    f: (t) => -t / (t * t + BETA),
    df: (t) => (t * t - BETA) / (t * t + BETA) ** 2,
  },
  {
    name: "a quintic",
    f: (t) => (t + OFFSET) ** 5 - 2 * (t + OFFSET) ** 4,
    df: (t) => 5 * (t + OFFSET) ** 4 - 8 * (t + OFFSET) ** 3,
  },
  yanai(0.001, 0.001),
  yanai(0.01, 0.001),
  yanai(0.001, 0.01),
];

describe.each(curves)("$name", (curve) => {
  test.each([1e-3, 1e-1, 1e1, 1e3])("from a first step of %s", async (first) => {
    for (const curvature of [0.9, 0.1]) {
      const { start, found } = await search(curve, first, { curvature });
      expectStrongWolfe(start, found, { curvature });
    }
  });
});

test("takes the first step where it meets both conditions", async () => {
  const { steps, found } = await search({ name: "", f: (t) => (t - 1) ** 2, df: (t) => 2 * (t - 1) }, 0.9);
  expect(steps).toEqual([0.9]);
  expect(found?.step).toBe(0.9);
});

test("doubles a step that is too short, and finds the minimum of a cubic at the first interpolation", async () => {
  // Minimum at t = 5; curvature 1e-3 accepts nothing but it.
  const cubic = { name: "", f: (t: number) => t ** 3 / 3 - 25 * t, df: (t: number) => t * t - 25 };
  const { steps, found } = await search(cubic, 1, { curvature: 1e-3 });
  expect(steps.slice(0, 4)).toEqual([1, 2, 4, 8]);
  expect(found?.step).toBeCloseTo(5, 10);
  expect(steps).toHaveLength(5);
});

test("meets the conditions on any quartic that is bounded below", async () => {
  const number = fc.double({ min: -10, max: 10, noNaN: true });
  await fc.assert(
    fc.asyncProperty(
      number,
      number,
      number,
      fc.double({ min: -4, max: 3, noNaN: true }),
      async (a, b, c, log) => {
        // f'(0) = -1 - |c|, and the quartic term wins in the end.
        const f = (t: number) => t ** 4 / 50 + (a * t ** 3) / 10 + b * t * t - (1 + Math.abs(c)) * t;
        const df = (t: number) => (4 * t ** 3) / 50 + (3 * a * t * t) / 10 + 2 * b * t - (1 + Math.abs(c));
        const { start, found } = await search({ name: "", f, df }, 10 ** log, { maxEvaluations: 60 });
        expectStrongWolfe(start, found);
      },
    ),
    { numRuns: 300 },
  );
});

describe("values that are not finite", () => {
  // A barrier: beyond t = 1 there is nothing.
  const barrier = (beyond: number): Curve => ({
    name: "",
    f: (t) => (t < 1 ? -t - 0.01 * Math.log(1 - t) : beyond),
    df: (t) => (t < 1 ? -1 + 0.01 / (1 - t) : beyond),
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "%s is a step too far",
    async (value) => {
      const { start, steps, found } = await search(barrier(value), 100, { curvature: 0.5 });
      expect(steps[0]).toBe(100);
      expect(steps[1]).toBe(10);
      expectStrongWolfe(start, found, { curvature: 0.5 });
      expect(found?.step).toBeLessThan(1);
    },
  );

  test("so is a slope that is not a number where the loss is low", async () => {
    const { found } = await search({ ...barrier(Number.NaN), f: (t) => -t }, 100);
    expect(found?.step).toBeLessThan(1);
    expect(found?.slope).not.toBeNaN();
  });

  test("where there is nothing else the search ends without a step", async () => {
    const { steps, found } = await search(
      { name: "", f: (t) => (t === 0 ? 1 : Number.NaN), df: () => -1 },
      1,
      { maxEvaluations: 7 },
    );
    expect(found).toBeUndefined();
    expect(steps).toHaveLength(7);
  });
});

describe("a search that cannot meet both conditions", () => {
  test("gives the lowest point it saw when evaluations run out", async () => {
    const line = { name: "", f: (t: number) => -t, df: () => -1 };
    const { steps, found } = await search(line, 1, { maxEvaluations: 4 });
    expect(steps).toEqual([1, 2, 4, 8]);
    expect(found?.step).toBe(8);
  });

  test("ends where the bracket is too narrow to divide", async () => {
    // The slope jumps at t = 1: nowhere is it flat.
    const kink = { name: "", f: (t: number) => Math.abs(t - 1), df: (t: number) => (t < 1 ? -1 : 1) };
    const { start, steps, found } = await search(kink, 0.7, { maxEvaluations: 1000 });
    expect(steps.length).toBeLessThan(100);
    expect(found?.step).toBeCloseTo(1, 5);
    expect(found?.loss).toBeLessThan(start.loss);
  });

  test("ends where a step cannot be told from none", async () => {
    const steps: number[] = [];
    const evaluate = async (step: number) => {
      steps.push(step);
      return step < 1e-3 ? undefined : { step, loss: 2, slope: -1 };
    };
    const limits = { decrease: 1e-4, curvature: 0.9, maxEvaluations: 1000 };
    expect(await searchStrongWolfe({ step: 0, loss: 1, slope: -1 }, 1, evaluate, limits)).toBeUndefined();
    expect(steps.length).toBeLessThan(20);
  });

  test("takes no step without evaluations", async () => {
    const { steps, found } = await search(curves[0] as Curve, 1, { maxEvaluations: 0 });
    expect(steps).toEqual([]);
    expect(found).toBeUndefined();
  });
});
