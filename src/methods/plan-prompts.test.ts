import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { smallLamm } from "../../test/support/small-lamm.ts";
import { type MethodCase, methodCases, smallMethod } from "../../test/support/small-prompt-method.ts";
import { SMALL_JOINT_WIDTH, SMALL_WIDTH } from "../../test/support/small-text-tower.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { PromptMethod, Values } from "./method.ts";
import { type PromptPlan, planPrompts } from "./plan-prompts.ts";

/** G. */
const PICTURES = 2;

const nameLengths = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 7 });
const uniformLengths = fc
  .record({ length: fc.integer({ min: 1, max: 4 }), count: fc.integer({ min: 1, max: 7 }) })
  .map(({ length, count }) => Array<number>(count).fill(length));
const maxRows = fc.integer({ min: 1, max: 40 });

describe.each(methodCases)("a plan of %s", (...[, name, options]: MethodCase) => {
  const anyNames = fc.oneof(nameLengths, uniformLengths);

  test("has every class exactly once, in chunks of one size", () => {
    fc.assert(
      fc.property(anyNames, maxRows, (lengths, most) => {
        const { method } = smallMethod({ method: name, options, nameLengths: lengths });
        const { chunks, parameterRows, rows } = planPrompts(method, method.prompts, most);
        const classes = chunks.flatMap((chunk) => [...chunk.classes]);
        expect(classes.sort((a, b) => a - b)).toEqual(lengths.map((_, c) => c));
        const size = Math.max(...chunks.map((chunk) => chunk.classes.length));
        const longest = Math.max(...method.prompts.suffix.map((slots) => slots.length));
        for (const chunk of chunks) {
          expect(chunk.size).toBe(size);
          expect(chunk.classes.length).toBeGreaterThanOrEqual(Math.max(1, size - 1));
          const tokens = chunk.classes.reduce((sum, c) => sum + (method.prompts.suffix[c]?.length ?? 0), 0);
          expect(tokens).toBeLessThanOrEqual(most + longest);
          expect(tokens).toBeLessThanOrEqual(rows);
        }
        const ofClasses = method.parameters.filter(({ rowsOfClass }) => rowsOfClass !== undefined);
        expect(Object.keys(parameterRows).sort()).toEqual(ofClasses.map((own) => own.name).sort());
        for (const { name: parameter, rowsOfClass = [] } of ofClasses) {
          const counts = chunks.map((chunk) => chunk.classes.flatMap((c) => rowsOfClass[c] ?? []).length);
          expect(parameterRows[parameter]).toBe(Math.max(...counts));
        }
      }),
      { numRuns: 30 },
    );
  });

  test("feeds each chunk what one graph declares, ragged or not", () => {
    fc.assert(
      fc.property(anyNames, maxRows, fc.integer({ min: 1, max: 3 }), (lengths, most, variants) => {
        const { method } = smallMethod({ method: name, options, nameLengths: lengths });
        const plan = planPrompts(method, method.prompts, most);
        const g = new GraphBuilder();
        const values = valuesOf(g, method, plan);
        const own = g.inputs.length;
        const { layout } = plan.build(g, Array<Values>(variants).fill(values));
        // The tower declares the layout's inputs; here they are only fed.
        const declared = g.inputs.slice(own).map((input) => [input.name, input.shape, input.dtype]);
        for (const chunk of plan.chunks) {
          const copies = variants * (method.readsImageFeatures ? PICTURES : 1);
          const feeds = Object.entries(plan.feeds(chunk, copies)).map(([input, { shape, dtype }]) => [
            input,
            shape,
            dtype,
          ]);
          const rows = feeds.filter(([input]) => !String(input).startsWith("layout."));
          expect(rows.sort()).toEqual([...declared].sort());
          expect(feeds.length - rows.length).toBe(layout.isGrid ? 0 : 8);
          expect(layout.lengths).toHaveLength(copies * chunk.size);
        }
      }),
      { numRuns: 30 },
    );
  });

  test("is a grid where learned and frozen tokens alternate alike in all classes", () => {
    const layoutOf = (lengths: readonly number[]) => {
      const { method } = smallMethod({ method: name, options, nameLengths: lengths });
      const plan = planPrompts(method, method.prompts, 1000);
      const g = new GraphBuilder();
      return plan.build(g, [valuesOf(g, method, plan)]).layout;
    };
    expect(layoutOf([2, 2, 2]).isGrid).toBe(true);
    expect(layoutOf([2, 1, 2]).isGrid).toBe(false);
  });
});

/** Inputs for what a method's slots read, those that depend on the picture once for each of {@link PICTURES}. */
function valuesOf(g: GraphBuilder, method: PromptMethod, { parameterRows }: PromptPlan): Values {
  const entries = method.parameters.map(({ name, initial }) => {
    const rows = parameterRows[name];
    return [
      name,
      g.input(name, "float32", rows === undefined ? initial.shape : [rows, SMALL_WIDTH]),
    ] as const;
  });
  const parameters = Object.fromEntries(entries);
  const pictures = method.readsImageFeatures
    ? g.input("image_features", "float32", [PICTURES, SMALL_JOINT_WIDTH])
    : undefined;
  return { ...parameters, ...method.derive?.(g, parameters, pictures).sources };
}

describe("a plan", () => {
  test("one chunk where all fits, one class a chunk where nothing does", () => {
    const { method } = smallLamm({ nameLengths: [1, 2, 3] });
    // Tokens of names, three full stops and three ends of text.
    expect(planPrompts(method, method.prompts, 12).chunks).toEqual([{ classes: [0, 1, 2], size: 3 }]);
    expect(planPrompts(method, method.prompts, 11).chunks).toHaveLength(2);
    expect(planPrompts(method, method.prompts, 1).chunks.map(({ classes }) => classes)).toEqual([
      [2],
      [1],
      [0],
    ]);
  });
});
