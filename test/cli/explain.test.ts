import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { explainAdapter } from "../../src/tasks/explain-adapter.ts";
import { openModel } from "../../src/tasks/open-model.ts";
import { createTensor } from "../../src/tensor/tensor.ts";
import type { Adapter } from "../../src/training/adapter.ts";
import { readAdapter } from "../../src/training/node/read-adapter.ts";
import { saveAdapter } from "../../src/training/node/save-adapter.ts";
import { runRecorded } from "../support/cli/run-recorded.ts";
import { createWorkspace, type Workspace } from "../support/cli/workspace.ts";
import { writePictures } from "../support/cli/write-pictures.ts";

let work: Workspace;
let photos: string;

beforeAll(async () => {
  work = await createWorkspace();
  photos = await writePictures(work.path("photos"), { cat: 2, at_dog: 2 });
});

afterAll(() => work.remove());

async function train(...flags: string[]): Promise<string> {
  const out = work.path("adapter.safetensors");
  const { exitCode } = await runRecorded(["train", photos, "--model", work.model, "--out", out, ...flags]);
  expect(exitCode).toBe(0);
  return out;
}

async function explain(...argv: string[]) {
  const { exitCode, stdout, stderr } = await runRecorded(["explain", ...argv]);
  expect([exitCode, stderr]).toEqual([0, ""]);
  return stdout;
}

const asJson = async (path: string, ...flags: string[]) =>
  JSON.parse(await explain(path, "--json", ...flags));

/** The first epoch warms up, at a learning rate of 1e-5: every vector stays beside its word. */
const UNTRAINED = ["--schedule", "published", "--epochs", "1"];

test("vectors that have not moved are their own words", async () => {
  const path = await train("--tokens", "all", ...UNTRAINED);
  const found = await asJson(path, "--top", "2");
  expect(found).toMatchObject({ adapter: path, model: work.model, method: "lamm", context: [], leftOut: [] });
  expect(found.classes.map(({ name }: { name: string }) => name)).toEqual(["at dog", "cat"]);
  const words = found.classes.map(
    ({ tokens }: Adapter & { tokens: { original: object; nearest: object[] }[] }) =>
      tokens.map(({ original, nearest }) => {
        expect(nearest).toHaveLength(2);
        expect(nearest[0]).toMatchObject(original);
        return original;
      }),
  );
  const read = (text: string) => expect.objectContaining({ text, endsWord: true });
  expect(words).toEqual([[read("at"), read("dog")], [read("cat")]]);
  for (const { tokens } of found.classes) {
    for (const { moved, nearest } of tokens) {
      expect(moved).toBeCloseTo(nearest[0].distance, 12);
      expect(moved).toBeLessThan(1e-3);
      expect(nearest[0].cosine).toBeCloseTo(1, 4);
      expect(nearest[1].distance).toBeGreaterThan(nearest[0].distance);
    }
  }
});

test("text has a line for each vector, and the name under which a class was learned", async () => {
  const path = await train();
  expect((await runRecorded(["rename", path, "cat", "tiger"])).exitCode).toBe(0);
  const near = String.raw`".+-?" \d\.\d{3}, ".+-?" \d\.\d{3}`;
  expect(await explain(path, "--top", "2")).toMatch(
    new RegExp(
      `^lamm, "a photo of a {}."\nEach learned vector: .*\n.*\nA token that goes on .*\n\n` +
        `at dog:\n {2}"at" \\d\\.\\d{3}: ${near}\n\ntiger, learned as "cat":\n {2}"cat" \\d\\.\\d{3}: ${near}\n\n$`,
    ),
  );
});

describe("contexts", () => {
  test("of all classes stand beside their words", async () => {
    const found = await asJson(await train("--method", "coop", ...UNTRAINED));
    expect(found.classes).toEqual([]);
    const { tokenizer } = (await openModel({ model: work.model })).clip;
    const ids = tokenizer.encodeWords("a photo of a");
    expect(found.context.map(({ original }: { original: { id: number } }) => original.id)).toEqual(ids);
    expect(found.context[0].nearest[0].id).toBe(ids[0]);
    expect(found.context[0].nearest).toHaveLength(5);
  });

  test("of each class come with its tokens", async () => {
    const path = await train("--method", "coop+lamm", "--class-context", "--epochs", "2");
    const found = await asJson(path);
    expect(found.context).toEqual([]);
    for (const { tokens, context } of found.classes) {
      expect([tokens.length, context.length]).toEqual([1, 8]);
    }
    expect(await explain(path)).toMatch(/at dog:\n {2}context\n {4}".*\n(.*\n){7} {2}name\n {4}"at" /);
  });

  test("that start from random numbers stand for no word", async () => {
    const flags = ["--method", "coop", "--context", "3", "--context-init", "random", ...UNTRAINED];
    const path = await train(...flags);
    const { context } = await asJson(path);
    expect(context).toHaveLength(3);
    for (const vector of context) expect(Object.keys(vector)).toEqual(["nearest"]);
    expect(await explain(path)).toContain("Context of all classes:\n  (random): ");
  });

  test("that pictures shift, and prompts that lie elsewhere, are told of", async () => {
    const conditional = await asJson(await train("--method", "cocoop", "--epochs", "1"));
    expect(conditional.leftOut).toEqual(["The context is shown as it is before the picture shifts it."]);
    const path = await train("--method", "maple+lamm", "--epochs", "1");
    expect((await asJson(path)).leftOut).toEqual([
      "The prompts of 1 text blocks behind the first are left out: no word stands there.",
      "The prompts of the image tower are left out: they lie among patches of pictures, not words.",
    ]);
    expect(await explain(path)).toMatch(/among patches of pictures, not words\.\n$/);
  });
});

describe("refusals", () => {
  test("another model, and an adapter without words", async () => {
    const path = await train();
    const adapter = readAdapter(path);
    saveAdapter(path, { ...adapter, baseModel: { ...adapter.baseModel, weightsHash: "00" } });
    const other = await runRecorded(["explain", path]);
    expect(other).toMatchObject({ exitCode: 1, stdout: "" });
    expect(other.stderr).toContain("expected the model it was trained for");
    const weights = createTensor("float32", [1], Float32Array.of(1));
    saveAdapter(path, { ...adapter, parameters: { weights } });
    expect((await runRecorded(["explain", path])).stderr).toBe(
      'lamm: method "lamm": expected a method that learns vectors among the words of a prompt, such as lamm or coop, got an adapter without them.\n',
    );
  });

  test("a method on features has no words", async () => {
    const model = await openModel({ model: work.model });
    const adapter = { ...readAdapter(await train()), method: "means@lamm" };
    const means = { kind: "features", name: "means" } as never;
    expect(() => explainAdapter(model, adapter, { methods: [means] })).toThrow(
      'method "means@lamm": expected a method that learns vectors among the words of a prompt, such as lamm or coop, got one that works on features, which have no words.',
    );
  });
});
