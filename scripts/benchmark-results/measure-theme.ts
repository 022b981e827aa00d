import { readFileSync } from "node:fs";
import { join } from "node:path";
import { zeroShotFeatures } from "../../src/clip/zero-shot.ts";
import { type LabelledPicture, readImageFolder } from "../../src/data/image-folder.ts";
import { drawShots, type EncodedSet, encodeSet, scoreSet } from "../../src/demo/encoded-set.ts";
import type { OpenModel } from "../../src/tasks/open-model.ts";
import { readFloat32 } from "../../src/tensor/node/read-tensor.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { fitAdapter } from "../../src/training/fit-adapter.ts";
import { resolveTrainConfig, type TrainConfigInput } from "../../src/training/train-config.ts";

/** One accuracy. */
export interface Cell {
  readonly theme: string;
  readonly classes: number;
  /** Names that the classes went by: `names` where they are right. */
  readonly labels: string;
  readonly method: "zero-shot" | "lamm" | "lamm-without-hierarchical-loss";
  /** 0 for zero-shot. */
  readonly shots: number;
  /** 0 for zero-shot. */
  readonly seed: number;
  /** `test`, or a domain. */
  readonly pictures: string;
  /** In [0, 1]. */
  readonly accuracy: number;
}

/** What is measured on each theme. */
export interface MeasureOptions {
  readonly shots: readonly number[];
  readonly seeds: readonly number[];
  /** Sets of labels besides the right ones; they are learned at the largest number of shots. */
  readonly labelSets: readonly string[];
  readonly domains: readonly string[];
}

const TEMPLATE = "a photo of a {}.";

/** Zero-shot and LAMM on one theme; every picture is encoded once. */
export async function measureTheme(
  model: OpenModel,
  folder: string,
  theme: string,
  options: MeasureOptions,
): Promise<Cell[]> {
  const root = join(folder, theme);
  const { splits, classNames, classFolders } = readImageFolder(join(root, "images"));
  const train = await encode(model, splits.train ?? []);
  const tests = new Map([["test", await encode(model, splits.test ?? [])]]);
  for (const domain of options.domains) {
    const contents = readImageFolder(join(root, "domains", domain));
    // A domain may lack classes: its labels are those of the whole theme.
    const pictures = contents.all.map((picture) => ({
      ...picture,
      label: classFolders.indexOf(contents.classFolders[picture.label] ?? ""),
    }));
    tests.set(domain, await encode(model, pictures));
  }
  const cells: Cell[] = [];
  const score = (
    textFeatures: Tensor<"float32">,
    found: Pick<Cell, "labels" | "method" | "shots" | "seed">,
  ) => {
    for (const [pictures, part] of tests) {
      const { accuracy } = scoreSet(part, textFeatures);
      cells.push({ theme, classes: classNames.length, ...found, pictures, accuracy });
    }
  };
  const learn = async (
    names: readonly string[],
    config: TrainConfigInput & { shots: number; seed: number },
  ) => {
    const drawn = drawShots(train, { ...config, classes: classNames.map((_, label) => label) });
    const resolved = resolveTrainConfig({ ...config, template: TEMPLATE });
    const { runtime, clip, baseModel } = model;
    const fitted = await fitAdapter({
      runtime,
      clip,
      baseModel,
      classNames: names,
      data: drawn,
      config: resolved,
      readFloat32,
    });
    if (fitted === undefined) throw new Error("nothing stops these runs");
    return fitted.adapter.textFeatures as Tensor<"float32">;
  };
  const most = Math.max(...options.shots);
  const fewest = Math.min(...options.shots);
  for (const labels of ["names", ...options.labelSets]) {
    const names = labels === "names" ? classNames : readLabels(root, labels, classFolders);
    const features = await zeroShotFeatures(model.runtime, model.clip, {
      classNames: names,
      templates: [TEMPLATE],
      readFloat32,
    });
    score(features, { labels, method: "zero-shot", shots: 0, seed: 0 });
    // A label of several tokens that mean something else is learned as a whole.
    const tokens = labels === "names" ? "shared" : "all";
    for (const shots of labels === "names" ? options.shots : [most]) {
      for (const seed of options.seeds) {
        score(await learn(names, { shots, seed, tokens }), { labels, method: "lamm", shots, seed });
      }
    }
  }
  const plain = { parameters: 0, features: 0, logits: 0 };
  for (const seed of options.seeds) {
    const features = await learn(classNames, { shots: fewest, seed, loss: plain });
    score(features, { labels: "names", method: "lamm-without-hierarchical-loss", shots: fewest, seed });
  }
  return cells;
}

async function encode(model: OpenModel, pictures: readonly LabelledPicture[]): Promise<EncodedSet> {
  const encoded = await encodeSet(model, pictures, { cache: false });
  if (encoded === undefined || encoded.unreadable.length > 0) throw new Error("pictures that cannot be read");
  return encoded;
}

/** Names of another label set: an object from class folder to name. */
function readLabels(root: string, set: string, classFolders: readonly string[]): string[] {
  const names = JSON.parse(readFileSync(join(root, "labels", `${set}.json`), "utf8")) as Record<
    string,
    string
  >;
  return classFolders.map((folder) => names[folder] ?? "");
}
