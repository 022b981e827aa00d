import { describe, expect, test } from "vitest";
import type { Tensor } from "../tensor/tensor.ts";
import { createAdamW } from "./adamw.ts";
import { createLbfgs } from "./lbfgs.ts";
import type { Optimizer } from "./optimizer.ts";
import { createSgd } from "./sgd.ts";

type Values = Readonly<Record<string, Float32Array>>;

/** An optimiser at work, whatever its interface. */
interface Run {
  values(): Values;
  /** One step on the gradient of a function. */
  step(gradientOf: LossOf): Promise<void>;
  state(): Record<string, Tensor>;
  restore(state: Readonly<Record<string, Tensor>>): void;
}

type LossOf = (values: Values) => { loss: number; gradients: Record<string, Float32Array> };

interface OptimizerCase {
  readonly name: string;
  start(values: Values): Run;
  /** Share of a parameter that is left after a step without gradient. */
  readonly kept: number;
}

const LEARNING_RATE = 0.05;
const DECAY = 0.1;

function stepwise(create: () => Optimizer): (values: Values) => Run {
  return (start) => {
    const optimizer = create();
    const parameters = Object.fromEntries(Object.entries(start).map(([name, data]) => [name, data.slice()]));
    return {
      values: () => parameters,
      step: async (lossOf) => optimizer.step(parameters, lossOf(parameters).gradients, LEARNING_RATE),
      state: () => ({
        ...optimizer.state(),
        ...Object.fromEntries(
          Object.entries(parameters).map(([name, data]) => [
            `parameter.${name}`,
            { dtype: "float32", shape: [data.length], data: data.slice() } as const,
          ]),
        ),
      }),
      restore(state) {
        optimizer.restore(state);
        for (const [name, data] of Object.entries(parameters))
          data.set(state[`parameter.${name}`]?.data as Float32Array);
      },
    };
  };
}

/** L-BFGS sees one vector: the parameters one after the other. */
function startLbfgs(start: Values): Run {
  const names = Object.keys(start);
  const join = (values: Values) => Float32Array.from(names.flatMap((name) => [...(values[name] ?? [])]));
  const split = (x: Float32Array) => {
    let offset = 0;
    const entries = names.map((name) => {
      offset += start[name]?.length ?? 0;
      return [name, x.subarray(offset - (start[name]?.length ?? 0), offset)] as const;
    });
    return Object.fromEntries(entries);
  };
  const lbfgs = createLbfgs(join(start), { firstStep: 0.1 });
  return {
    values: () => split(lbfgs.point?.x ?? join(start)),
    step: async (lossOf) => {
      await lbfgs.step(async (x) => {
        const { loss, gradients } = lossOf(split(x));
        return { loss, gradient: join(gradients) };
      }, 10);
    },
    state: () => lbfgs.state(),
    restore: (state) => lbfgs.restore(state),
  };
}

const shrunk = 1 - LEARNING_RATE * DECAY;
const cases: readonly OptimizerCase[] = [
  { name: "SGD", start: stepwise(() => createSgd({ momentum: 0, weightDecay: 0 })), kept: 1 },
  {
    name: "SGD with momentum and decay",
    start: stepwise(() => createSgd({ momentum: 0.9, weightDecay: DECAY })),
    kept: shrunk,
  },
  {
    name: "SGD with Nesterov's momentum",
    start: stepwise(() => createSgd({ momentum: 0.9, weightDecay: 0, nesterov: true })),
    kept: 1,
  },
  { name: "AdamW", start: stepwise(() => createAdamW({ weightDecay: DECAY })), kept: shrunk },
  { name: "AdamW without decay", start: stepwise(() => createAdamW({ weightDecay: 0 })), kept: 1 },
  { name: "L-BFGS", start: startLbfgs, kept: 1 },
];

/** Two parameters of different lengths; the quadratic below has its minimum at 0. */
const initial: Values = {
  tokens: Float32Array.of(1, -2, 3),
  context: Float32Array.of(0.5, -0.25),
};
const CURVATURES: Readonly<Record<string, readonly number[]>> = { tokens: [1, 2, 0.5], context: [4, 3] };

const quadratic: LossOf = (values) => {
  let loss = 0;
  const gradients = Object.fromEntries(
    Object.entries(values).map(([name, data]) => [
      name,
      data.map((value, i) => {
        const curvature = CURVATURES[name]?.[i] ?? 0;
        loss += (curvature * value * value) / 2;
        return curvature * value;
      }),
    ]),
  );
  return { loss, gradients };
};

const flat: LossOf = (values) => ({
  loss: 1,
  gradients: Object.fromEntries(
    Object.entries(values).map(([name, data]) => [name, new Float32Array(data.length)]),
  ),
});

async function take(run: Run, steps: number, lossOf: LossOf): Promise<void> {
  for (let step = 0; step < steps; step++) await run.step(lossOf);
}

describe.each(cases)("$name", ({ start, kept }) => {
  test("lowers a quadratic of several parameters by 100 within 200 steps", async () => {
    const run = start(initial);
    await take(run, 200, quadratic);
    expect(quadratic(run.values()).loss).toBeLessThan(quadratic(initial).loss / 100);
    for (const [name, data] of Object.entries(run.values())) expect(data).not.toEqual(initial[name]);
  });

  test("leaves parameters without gradient, but for the decay", async () => {
    const run = start(initial);
    await run.step(flat);
    for (const [name, data] of Object.entries(run.values())) {
      data.forEach((value, i) => {
        // Once rounded: half of float32's spacing.
        const expected = kept * (initial[name]?.[i] as number);
        expect(Math.abs(value - expected)).toBeLessThanOrEqual(Math.abs(expected) * 2 ** -24);
      });
      if (kept === 1) expect(data).toEqual(initial[name]);
    }
  });

  test("continues from a saved state to the same bits, the saved run too", async () => {
    const run = start(initial);
    await take(run, 3, quadratic);
    const saved = run.state();
    const other = start(initial);
    await other.step(quadratic);
    other.restore(saved);
    await take(run, 3, quadratic);
    await take(other, 3, quadratic);
    expect(other.values()).toEqual(run.values());
    expect(other.state()).toEqual(run.state());
    const third = start(initial);
    third.restore(saved);
    await take(third, 3, quadratic);
    expect(third.values()).toEqual(run.values());
  });

  test("continues from a state taken before the first step", async () => {
    const run = start(initial);
    const saved = run.state();
    await take(run, 2, quadratic);
    const moved = run.values();
    const other = start(initial);
    await other.step(quadratic);
    other.restore(saved);
    await take(other, 2, quadratic);
    expect(other.values()).toEqual(moved);
  });

  test("gives each parameter what it would get alone, where there is only one scale", async () => {
    const together = start({ tokens: Float32Array.of(1, 1), context: Float32Array.of(1, 1) });
    const even: LossOf = (values) => ({
      loss: Object.values(values).reduce((sum, data) => sum + data.reduce((s, v) => s + v * v, 0) / 2, 0),
      gradients: Object.fromEntries(Object.entries(values).map(([name, data]) => [name, data.slice()])),
    });
    await take(together, 2, even);
    const { tokens, context } = together.values();
    expect(tokens).toEqual(context);
    expect(tokens?.[0]).toBeLessThan(1);
  });
});

const stepwiseCases = [
  { name: "SGD", create: () => createSgd({ momentum: 0.9, weightDecay: 0 }), slot: "velocity" },
  { name: "AdamW", create: () => createAdamW(), slot: "mu" },
];

describe.each(stepwiseCases)("$name over named parameters", ({ create, slot }) => {
  const step = (optimizer: Optimizer, name: string, length: number) =>
    optimizer.step({ [name]: new Float32Array(length) }, { [name]: new Float32Array(length) }, 0.1);

  test("refuses a parameter without a gradient of its length", () => {
    const parameters = { tokens: new Float32Array(3) };
    expect(() => create().step(parameters, {}, 0.1)).toThrow(
      'gradient of "tokens": expected 3 numbers, as the parameter has, got none.',
    );
    expect(() => create().step(parameters, { tokens: new Float32Array(2) }, 0.1)).toThrow(
      'gradient of "tokens": expected 3 numbers, as the parameter has, got 2.',
    );
  });

  test("refuses the state of a parameter of another length", () => {
    const optimizer = create();
    step(optimizer, "tokens", 3);
    expect(() => step(optimizer, "tokens", 4)).toThrow(
      `optimiser state "${slot}.tokens": expected 4 numbers, as the parameter has, got 3. The state belongs to another run.`,
    );
  });

  test("refuses a state of another type", () => {
    const state = { [`${slot}.tokens`]: { dtype: "int32", shape: [2], data: Int32Array.of(1, 2) } } as const;
    expect(() => create().restore(state)).toThrow(
      `saved state "${slot}.tokens": expected a float32 vector, got int32 [2]. ` +
        "The checkpoint is damaged or of another version; delete it and start over.",
    );
  });

  test("leaves what others saved alone, and forgets what is not in the state", () => {
    const optimizer = create();
    step(optimizer, "tokens", 3);
    const saved = {
      ...optimizer.state(),
      epoch: { dtype: "int64", shape: [1], data: BigInt64Array.of(1n) } as const,
    };
    const other = create();
    step(other, "context", 5);
    other.restore(saved);
    expect(other.state()).toEqual(optimizer.state());
  });
});
