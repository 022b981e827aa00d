import { describe, expect, test } from "vitest";
import { checkCloseToLargest } from "../../test/support/check-close.ts";
import { movedParameters } from "../../test/support/small-lamm.ts";
import { smallMethod, smallMethodObjective } from "../../test/support/small-prompt-method.ts";
import { SMALL_END, SMALL_START, SMALL_WIDTH } from "../../test/support/small-text-tower.ts";
import { FLOAT32_OPERATOR } from "../../test/support/tolerances.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Slot } from "./prompt-filling.ts";
import type { PromptSet } from "./prompts.ts";

/** "1 2 3 <name> 4", names of one and of two tokens. */
const prompts: PromptSet = {
  prefixIds: [SMALL_START, 1, 2, 3],
  suffixIds: [
    [10, 4, SMALL_END],
    [11, 12, 4, SMALL_END],
  ],
  nameLengths: [1, 2],
};

/** Ids as they are, learned rows by the first letter of their source. */
const spell = (slots: readonly Slot[] = []) =>
  slots.map((slot) => ("id" in slot ? String(slot.id) : `${slot.source[0]}${slot.row}`)).join(" ");
const spellAll = (method: string, options: Record<string, unknown>) => {
  const { prompts: filling } = smallMethod({ method, options, prompts }).method;
  return filling.suffix.map((slots) => `${spell(filling.prefix)} | ${spell(slots)}`);
};

describe("where a context stands", () => {
  test.each<[string, Record<string, unknown>, string[]]>([
    ["coop", {}, ["30 c0 c1 c2 | 10 4 31", "30 c0 c1 c2 | 11 12 4 31"]],
    ["coop", { context: 2 }, ["30 c0 c1 3 | 10 4 31", "30 c0 c1 3 | 11 12 4 31"]],
    ["coop", { context: 4 }, ["30 c0 c1 c2 c3 | 10 4 31", "30 c0 c1 c2 c3 | 11 12 4 31"]],
    ["coop", { context: 2, contextInit: "random" }, ["30 c0 c1 | 10 4 31", "30 c0 c1 | 11 12 4 31"]],
    ["coop", { classPosition: "middle" }, ["30 c0 | 10 c1 c2 4 31", "30 c0 | 11 12 c1 c2 4 31"]],
    ["coop", { classPosition: "middle", context: 2 }, ["30 c0 | 10 c1 3 4 31", "30 c0 | 11 12 c1 3 4 31"]],
    ["coop", { classPosition: "front" }, ["30 | 10 c0 c1 c2 4 31", "30 | 11 12 c0 c1 c2 4 31"]],
    ["coop", { classContext: true, context: 2 }, ["30 | c0 c1 3 10 4 31", "30 | c2 c3 3 11 12 4 31"]],
    [
      "coop",
      { classContext: true, classPosition: "middle" },
      ["30 | c0 10 c1 c2 4 31", "30 | c3 11 12 c4 c5 4 31"],
    ],
    ["cocoop", { context: 2 }, ["30 s0 s1 3 | 10 4 31", "30 s0 s1 3 | 11 12 4 31"]],
    ["maple", {}, ["30 c0 c1 3 | 10 4 31", "30 c0 c1 3 | 11 12 4 31"]],
    ["coop+lamm", {}, ["30 c0 c1 c2 | t0 4 31", "30 c0 c1 c2 | t1 12 4 31"]],
    [
      "coop+lamm",
      { tokens: "all", classPosition: "middle" },
      ["30 c0 | t0 c1 c2 4 31", "30 c0 | t1 t2 c1 c2 4 31"],
    ],
    ["maple+lamm", { tokens: "all" }, ["30 c0 c1 3 | t0 4 31", "30 c0 c1 3 | t1 t2 4 31"]],
  ])("%s with %j", (method, options, expected) => {
    expect(spellAll(method, options)).toEqual(expected);
  });
});

describe("where a context starts", () => {
  const start = (options: Record<string, unknown>, seed = 1) => {
    const { method, embeddings } = smallMethod({ method: "coop", options, prompts, seed });
    const [{ initial, fileShape, anchor }] = method.parameters as [(typeof method.parameters)[0]];
    const words = [1, 2, 3].map((id) => [...embeddings.tokenRow(id)]);
    return { data: [...initial.data], shape: initial.shape, fileShape, anchor, words };
  };

  test("is the template's words, each class with its own copy where it has a context of its own", () => {
    const shared = start({});
    expect(shared.data).toEqual(shared.words.flat());
    expect(shared.fileShape).toEqual([3, SMALL_WIDTH]);
    const own = start({ classContext: true, context: 2 });
    expect(own.data).toEqual([...own.words.slice(0, 2), ...own.words.slice(0, 2)].flat());
    expect([own.shape, own.fileShape]).toEqual([
      [4, SMALL_WIDTH],
      [2, 2, SMALL_WIDTH],
    ]);
  });

  test("is N(0, 0.02) where there are too few words or it is asked for, by the seed", () => {
    const long = start({ context: 60 });
    const deviation = Math.hypot(...long.data) / Math.sqrt(long.data.length);
    // 480 draws: known to 0.0007.
    expect(Math.abs(deviation - 0.02)).toBeLessThan(0.004);
    expect(start({ context: 60 }).data).toEqual(long.data);
    expect(start({ context: 60 }, 2).data).not.toEqual(long.data);
    expect(start({ contextInit: "random" }).shape).toEqual([3, SMALL_WIDTH]);
  });

  test("is what WC holds it to, unless class names are learned too", () => {
    expect(start({}).anchor?.data).toEqual(Float32Array.from(start({}).data));
    const { method } = smallMethod({ method: "coop+lamm", prompts });
    expect(method.parameters.map(({ name, anchor }) => [name, anchor !== undefined])).toEqual([
      ["ctx", false],
      ["token_classes", true],
    ]);
  });
});

test("MaPLe's image prompts are projections of its text prompts, each set by its own layer", async () => {
  const small = smallMethod({ method: "maple", prompts });
  const objective = smallMethodObjective(createNodeRuntime({ threads: 1 }), small);
  const parameters = movedParameters(objective);
  const found = await objective.imagePrompts(parameters);
  await objective.release();
  const sets = [
    ["ctx", "proj"],
    ["compound_prompts_text.0", "compound_prompt_projections.0"],
  ] as const;
  expect(found).toHaveLength(2);
  sets.forEach(([text, layer], depth) => {
    const values = parameters[text] as Float32Array;
    const weight = parameters[`${layer}.weight`] as Float32Array;
    const bias = parameters[`${layer}.bias`] as Float32Array;
    const data = Array.from({ length: 2 * SMALL_WIDTH }, (_, cell) => {
      const [row, out] = [Math.floor(cell / SMALL_WIDTH), cell % SMALL_WIDTH];
      const x = values.subarray(row * SMALL_WIDTH, (row + 1) * SMALL_WIDTH);
      const w = weight.subarray(out * SMALL_WIDTH, (out + 1) * SMALL_WIDTH);
      return x.reduce((sum, number, i) => sum + number * (w[i] ?? 0), bias[out] ?? 0);
    });
    checkCloseToLargest(found[depth] as Tensor, { shape: [2, SMALL_WIDTH], data }, FLOAT32_OPERATOR);
  });
});

test("linear layers start uniformly within 1 / sqrt(inputs)", () => {
  const { method } = smallMethod({ method: "cocoop", prompts });
  const valuesOf = (name: string) =>
    method.parameters.find((parameter) => parameter.name === name)?.initial.data ?? new Float32Array();
  for (const [name, inputs] of [
    ["meta_net.linear1.weight", 6],
    ["meta_net.linear1.bias", 6],
    ["meta_net.linear2.weight", 1],
    ["meta_net.linear2.bias", 1],
  ] as const) {
    const largest = Math.max(...valuesOf(name).map(Math.abs));
    expect(largest, name).toBeLessThanOrEqual(1 / Math.sqrt(inputs));
    expect(largest, name).toBeGreaterThan(0);
  }
});
