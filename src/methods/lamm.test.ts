import { describe, expect, test } from "vitest";
import { type SmallLammOptions, smallLamm } from "../../test/support/small-lamm.ts";
import { SMALL_WIDTH } from "../../test/support/small-text-tower.ts";
import { ConfigError } from "../errors.ts";
import { createRandom } from "../tensor/random.ts";
import type { LearnableTokens } from "./label-tokens.ts";
import type { PromptMethod } from "./method.ts";

/** The parameter that LAMM trains, and the token ids that its rows start from. */
function parameterOf(options: SmallLammOptions) {
  const { method, prompts, embeddings } = smallLamm(options);
  expect(method.parameters).toHaveLength(1);
  const parameter = method.parameters[0] as (typeof method.parameters)[0];
  const rowsOf = (counts: readonly number[]) =>
    Float32Array.from(
      counts.flatMap((count, c) =>
        (prompts.suffixIds[c] as readonly number[])
          .slice(0, count)
          .flatMap((id) => [...embeddings.tokenRow(id)]),
      ),
    );
  return { method, parameter, rowsOf };
}

/** The tokens of the original prompts. */
const originalOf = ({ original }: PromptMethod) =>
  "values" in original ? original.values.token_classes?.data : undefined;

describe("the learned tokens", () => {
  test.each<[LearnableTokens, readonly number[], readonly number[]]>([
    ["shared", [3, 2, 4], [2, 2, 2]],
    ["all", [3, 2, 4], [3, 2, 4]],
    ["all", [2, 2], [2, 2]],
    [1, [3, 2, 4], [1, 1, 1]],
    [3, [3, 2, 4], [3, 2, 3]],
    [99, [3, 2, 4], [3, 2, 4]],
  ])("%j of names of %j tokens are %j, and start from the words", (learnableTokens, nameLengths, learned) => {
    const { method, parameter, rowsOf } = parameterOf({ tokens: learnableTokens, nameLengths });
    const rows = learned.reduce((sum, count) => sum + count, 0);
    expect([method.name, method.classCount, parameter.name]).toEqual([
      "lamm",
      nameLengths.length,
      "token_classes",
    ]);
    expect(parameter.initial).toEqual({
      dtype: "float32",
      shape: [rows, SMALL_WIDTH],
      data: rowsOf(learned),
    });
    expect(method.original).toEqual({ values: { token_classes: parameter.initial } });
    let next = 0;
    expect(parameter.rowsOfClass).toEqual(
      learned.map((count) => Array.from({ length: count }, () => next++)),
    );
  });

  test("lie class by class in a file where all classes have as many, else row by row", () => {
    const shapeOf = (nameLengths: readonly number[], tokens: LearnableTokens) =>
      parameterOf({ nameLengths, tokens }).parameter.fileShape;
    expect(shapeOf([2, 3], "shared")).toEqual([2, 2, SMALL_WIDTH]);
    expect(shapeOf([3, 3], "all")).toEqual([2, 3, SMALL_WIDTH]);
    expect(shapeOf([2, 3], "all")).toEqual([5, SMALL_WIDTH]);
  });

  test("are not the original ones in memory: training must not move what it holds on to", () => {
    const { method, parameter } = parameterOf({});
    const before = originalOf(method)?.slice();
    parameter.initial.data.fill(0);
    expect(originalOf(method)).toEqual(before);
  });

  test.each([0, -1, 1.5, Number.NaN])("%s of them are refused", (learnableTokens) => {
    expect(() => smallLamm({ tokens: learnableTokens })).toThrow(ConfigError);
    expect(() => smallLamm({ tokens: learnableTokens })).toThrow(
      `learnable tokens: expected "shared", "all" or a number from 1, got ${learnableTokens}.`,
    );
  });
});

describe("random initialisation", () => {
  const draw = (seed: number) => {
    const random = createRandom(seed);
    return parameterOf({ initialisation: "random", random, nameLengths: Array(200).fill(2) });
  };

  test("is the seed's", () => {
    expect(draw(3).parameter.initial).toEqual(draw(3).parameter.initial);
    expect(draw(3).parameter.initial).not.toEqual(draw(4).parameter.initial);
  });

  test("is N(0, 0.02), and leaves the original prompts the words", () => {
    const { parameter, method, rowsOf } = draw(1);
    const { data } = parameter.initial;
    const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
    const deviation = Math.sqrt(data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / data.length);
    // 3,200 draws: the mean is known to 0.0004, the deviation to 0.00025.
    expect(Math.abs(mean)).toBeLessThan(0.002);
    expect(Math.abs(deviation - 0.02)).toBeLessThan(0.0015);
    expect(originalOf(method)).toEqual(rowsOf(Array(200).fill(2)));
  });
});
