import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadClip } from "../src/clip/node/load-clip.ts";
import {
  type FeatureMethod,
  fitAdapter,
  type Method,
  methods,
  openClassifier,
  type PromptMethodDefinition,
  parseAdapter,
  resolveTrainConfig,
  serializeAdapter,
} from "../src/index.ts";
import { createNodeRuntime } from "../src/runtime/onnxruntime-node.ts";
import { readFloat32 } from "../src/tensor/node/read-tensor.ts";
import { normalizeFeatures } from "../src/tensor/normalize-features.ts";
import { createTensor } from "../src/tensor/tensor.ts";
import { negativeLogLikelihood } from "../src/training/temperature.ts";
import { seededTensor } from "./support/seeded-tensor.ts";

const root = join(import.meta.dirname, "..");
const page = readFileSync(join(root, "docs/guide/write-a-method.md"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "lamm-write-a-method-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The code of the page that begins with a comment of the file's name, importing the sources instead of the package. */
async function importExample(file: string): Promise<Record<string, Method>> {
  const code = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
  const own = code.find((block) => block.startsWith(`// ${file}`)) ?? "";
  expect(own).not.toBe("");
  const path = join(folder, file);
  const lamm = JSON.stringify(join(root, "src/index.ts"));
  const zod = JSON.stringify(fileURLToPath(import.meta.resolve("zod")));
  writeFileSync(path, own.replace('from "lamm"', `from ${lamm}`).replace('from "zod"', `from ${zod}`));
  return import(/* @vite-ignore */ pathToFileURL(path).href) as Promise<Record<string, Method>>;
}

let classBias: FeatureMethod;
let afterword: PromptMethodDefinition;
let known: readonly Method[];
beforeAll(async () => {
  classBias = (await importExample("class-bias.ts")).classBias as FeatureMethod;
  afterword = (await importExample("afterword.ts")).afterword as PromptMethodDefinition;
  known = [...methods, classBias, afterword];
});

const runtime = createNodeRuntime({ threads: 1 });
const classNames = ["cat", "red apple", "car"];

/** A support set in which one class has most of the pictures, so that a bias pays. */
async function problemOf() {
  const clip = await loadClip(join(root, "models/picture-world"));
  const width = clip.config.jointWidth;
  const labels = Array.from({ length: 24 }, (_, i) => (i % 4 < 2 ? 0 : i % 4 === 2 ? 1 : 2));
  const features = normalizeFeatures(seededTensor(5)([labels.length, width], 1));
  return {
    runtime,
    clip,
    baseModel: { id: "small", weightsHash: "ab", preprocessing: "size=64" },
    classNames,
    data: { features: createTensor("float32", [labels.length, 1, width], features.data), labels },
    readFloat32,
    methods: known,
    features,
    labels,
  };
}

describe.each(["class-bias", "afterword"])("the page's method %s", (name) => {
  test("is trained, kept in a file, and scores alike when it is read again", async () => {
    const problem = await problemOf();
    const config = resolveTrainConfig({ method: name, ...(name === "afterword" && { epochs: 3 }) }, known);
    const fit = await fitAdapter({ ...problem, config });
    if (fit === undefined) throw new Error("nothing stops it");
    const again = parseAdapter("a", Buffer.concat(serializeAdapter(fit.adapter)));
    expect(again.method).toBe(name);
    const scores = async (adapter: typeof again) => {
      const classifier = openClassifier({ ...problem, adapter });
      const { data } = await classifier.score(problem.features);
      await classifier.release();
      return data;
    };
    expect(await scores(again)).toEqual(await scores(fit.adapter));
    expect(Object.keys(again.parameters)).toEqual([name === "class-bias" ? "bias" : "afterword"]);
  });
});

test("a bias for each class fits the support set better than none", async () => {
  const problem = await problemOf();
  const lossAfter = async (options: { steps: number; rate: number }) => {
    const config = resolveTrainConfig({ method: "class-bias", ...options }, known);
    const fit = await fitAdapter({ ...problem, config });
    if (fit === undefined) throw new Error("nothing stops it");
    const classifier = openClassifier({ ...problem, adapter: fit.adapter });
    return negativeLogLikelihood({
      logits: await classifier.score(problem.features),
      labels: problem.labels,
    });
  };
  const without = await lossAfter({ steps: 1, rate: 1e-9 });
  const [few, many] = [await lossAfter({ steps: 5, rate: 1 }), await lossAfter({ steps: 200, rate: 1 })];
  expect(few).toBeLessThan(without - 0.01);
  expect(many).toBeLessThan(few);
});

test("its options are checked like any other's", () => {
  expect(() => resolveTrainConfig({ method: "class-bias", step: 3 }, known)).toThrow('Did you mean "steps"?');
  expect(() => resolveTrainConfig({ method: "class-bais" }, known)).toThrow('Did you mean "class-bias"?');
});

test("is a line in the list of methods, which holds every name once", () => {
  const names = methods.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
