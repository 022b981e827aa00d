import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { smallLamm } from "../../test/support/small-lamm.ts";
import { SMALL_WIDTH } from "../../test/support/small-text-tower.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { LearnableTokens } from "./label-tokens.ts";
import { planPrompts } from "./plan-prompts.ts";

const nameLengths = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 7 });
const uniformLengths = fc
  .record({ length: fc.integer({ min: 1, max: 4 }), count: fc.integer({ min: 1, max: 7 }) })
  .map(({ length, count }) => Array<number>(count).fill(length));
const tokens = fc.constantFrom<LearnableTokens>("shared", "all", 1, 2);
const maxRows = fc.integer({ min: 1, max: 40 });

describe("a plan", () => {
  test("has every class exactly once, in chunks of one size", () => {
    fc.assert(
      fc.property(
        fc.oneof(nameLengths, uniformLengths),
        tokens,
        maxRows,
        (lengths, learnableTokens, most) => {
          const { method } = smallLamm({ nameLengths: lengths, tokens: learnableTokens });
          const { chunks, parameterRows } = planPrompts(method, method.prompts, most);
          const classes = chunks.flatMap((chunk) => [...chunk.classes]);
          expect(classes.sort((a, b) => a - b)).toEqual(lengths.map((_, c) => c));
          const size = Math.max(...chunks.map((chunk) => chunk.classes.length));
          for (const chunk of chunks) {
            expect(chunk.size).toBe(size);
            expect(chunk.classes.length).toBeGreaterThanOrEqual(Math.max(1, size - 1));
          }
          const rowsOf = method.parameters[0]?.rowsOfClass as readonly (readonly number[])[];
          for (const chunk of chunks) {
            const rows = chunk.classes.flatMap((c) => [...(rowsOf[c] as readonly number[])]);
            expect(rows.length).toBeLessThanOrEqual(parameterRows.token_classes as number);
          }
        },
      ),
    );
  });

  test("feeds each chunk what one graph declares, ragged or not", () => {
    fc.assert(
      fc.property(
        fc.oneof(nameLengths, uniformLengths),
        tokens,
        maxRows,
        (lengths, learnableTokens, most) => {
          const { method } = smallLamm({ nameLengths: lengths, tokens: learnableTokens });
          const plan = planPrompts(method, method.prompts, most);
          const g = new GraphBuilder();
          const shape = [plan.parameterRows.token_classes as number, SMALL_WIDTH];
          const parameters = { token_classes: g.input("token_classes", "float32", shape) };
          const { layout } = plan.build(g, [parameters]);
          // The tower declares the layout's inputs; here they are only fed.
          const declared = g.inputs.slice(1).map(({ name, shape, dtype }) => [name, shape, dtype]);
          for (const chunk of plan.chunks) {
            const feeds = Object.entries(plan.feeds(chunk, 1)).map(([name, { shape, dtype }]) => [
              name,
              shape,
              dtype,
            ]);
            const own = feeds.filter(([name]) => !String(name).startsWith("layout."));
            expect(own.sort()).toEqual([...declared].sort());
            expect(feeds.length - own.length).toBe(layout.isGrid ? 0 : 8);
          }
        },
      ),
    );
  });

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
