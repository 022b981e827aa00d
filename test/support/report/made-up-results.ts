import { paperDatasets } from "../../../src/experiments/published/paper.ts";
import type { ExperimentName, Metrics, ResultRow, ResultTable } from "../../../src/experiments/result-row.ts";
import { createRandom } from "../../../src/tensor/random.ts";

/** A cell that is done, with what a test gives. */
export function resultRow(given: Partial<ResultRow> = {}): ResultRow {
  const row: ResultRow = {
    experiment: "few-shot",
    dataset: "DTD",
    model: "ViT-B/16",
    method: "lamm",
    variant: "",
    shots: 16,
    seed: 1,
    key: "",
    state: "done",
    metrics: { accuracy: 0.5 },
    ...given,
  };
  const { experiment, dataset, model, method, variant, shots, seed } = row;
  const key = [experiment, dataset, model, method, variant, shots, seed].join("/");
  return { ...row, key: given.key ?? key };
}

/** A table of rows, without settings. */
export function resultTable(rows: readonly ResultRow[]): ResultTable {
  return { rows, settings: {}, software: {} };
}

const seeds = [1, 2, 3];
const shots = [1, 2, 4, 8, 16];
const parts = ["CE", "CE+WC", "CE+COS", "CE+KD", "CE+WC+COS", "CE+WC+KD", "CE+COS+KD", "CE+WC+COS+KD"];
/** How hard a data set is, and how much of it is learned from 16 shots. */
const levels: Readonly<Record<string, readonly [number, number]>> = {
  ImageNet: [0.66, 0.07],
  Caltech101: [0.93, 0.03],
  OxfordPets: [0.89, 0.04],
  StanfordCars: [0.65, 0.19],
  Flowers102: [0.7, 0.27],
  Food101: [0.85, 0.02],
  FGVCAircraft: [0.24, 0.21],
  SUN397: [0.62, 0.13],
  DTD: [0.44, 0.27],
  EuroSAT: [0.48, 0.38],
  UCF101: [0.67, 0.17],
};

/**
 * Results as an experiment might have them, all made up: every experiment on the paper's data sets, with some cells that failed
 * and some that are waiting.
 */
export function madeUpResults(experiments: readonly ExperimentName[]): ResultTable {
  const random = createRandom(7);
  const noise = (size: number) => size * (random.random() + random.random() - 1);
  const accuracy = (dataset: string, gain: number, count: number) => {
    const [base, most] = levels[dataset] ?? [0.5, 0.2];
    return Math.min(1, base + most * gain * (Math.log2(count) / 4.6 + 0.13) + noise(0.03 / Math.sqrt(count)));
  };
  const rows = experiments.flatMap((experiment) => makers[experiment]({ accuracy, noise }));
  return {
    rows,
    settings: { data: "made up", shots: "1, 2, 4, 8, 16", seeds: "1, 2, 3" },
    software: { lamm: "0.1.0", onnxruntime: "1.30.0" },
  };
}

interface Dice {
  readonly accuracy: (dataset: string, gain: number, shots: number) => number;
  readonly noise: (size: number) => number;
}

const gains: Readonly<Record<string, number>> = {
  coop: 0.78,
  maple: 0.86,
  lamm: 1,
  "coop+lamm": 1.04,
  gda: 0.99,
};

function zeroShot(
  experiment: ExperimentName,
  dataset: string,
  metrics: Metrics,
  model = "ViT-B/16",
): ResultRow {
  return resultRow({ experiment, dataset, model, method: "zero-shot", shots: 0, seed: 0, metrics });
}

const makers: Readonly<Record<ExperimentName, (dice: Dice) => readonly ResultRow[]>> = {
  "few-shot": ({ accuracy }) =>
    paperDatasets.flatMap((dataset) => [
      zeroShot("few-shot", dataset, { accuracy: levels[dataset]?.[0] ?? 0.5 }),
      ...Object.entries(gains).flatMap(([method, gain]) =>
        shots.flatMap((count) =>
          seeds.map((seed) => {
            const metrics = { accuracy: accuracy(dataset, gain, count) };
            const row = resultRow({ dataset, method, shots: count, seed, metrics, seconds: 3 * count });
            if (method === "coop" && dataset === "SUN397" && count === 8 && seed === 2) {
              return {
                ...row,
                state: "failed" as const,
                metrics: {},
                error: "loss: expected a finite number, got NaN.",
              };
            }
            const isWaiting = method === "maple" && dataset === "ImageNet" && count === 16;
            return isWaiting ? { ...row, state: "waiting" as const, metrics: {} } : row;
          }),
        ),
      ),
    ]),
  domain: ({ noise }) => [
    zeroShot("domain", "ImageNet", {
      accuracy: 0.6673,
      "accuracy:ImageNetV2": 0.6083,
      "accuracy:ImageNet-Sketch": 0.4615,
    }),
    ...["coop", "maple", "lamm"].flatMap((method, place) =>
      seeds.map((seed) =>
        resultRow({
          experiment: "domain",
          dataset: "ImageNet",
          method,
          seed,
          metrics: {
            accuracy: 0.71 + 0.006 * place + noise(0.002),
            "accuracy:ImageNetV2": 0.64 + 0.004 * place + noise(0.004),
            "accuracy:ImageNet-Sketch": 0.48 + noise(0.005),
          },
        }),
      ),
    ),
  ],
  incremental: ({ noise }) =>
    paperDatasets.flatMap((dataset) => {
      const [base = 0.5, most = 0.2] = levels[dataset] ?? [];
      const same = { set1Before: base + 0.03, set1After: base + 0.03, set2: base + 0.08, union: base };
      return [
        zeroShot("incremental", dataset, same),
        ...["coop", "maple", "lamm"].flatMap((method, place) =>
          seeds.map((seed) => {
            const before = Math.min(1, base + most * 0.8 + noise(0.01));
            const set1After = before - [0.12, 0.06, 0][place]! - (place < 2 ? Math.abs(noise(0.02)) : 0);
            const set2 = Math.min(1, before + 0.03 + noise(0.02));
            const metrics = { set1Before: before, set1After, set2, union: (set1After + set2) / 2 - 0.04 };
            return resultRow({ experiment: "incremental", dataset, method, seed, metrics });
          }),
        ),
      ];
    }),
  "ablation-loss": ({ accuracy }) =>
    paperDatasets.flatMap((dataset) =>
      shots.flatMap((count) =>
        (count === 16 ? parts : ["CE", "CE+WC+COS+KD"]).flatMap((variant) =>
          seeds.map((seed) => {
            const gain = 0.8 + 0.05 * variant.split("+").length;
            const metrics = { accuracy: accuracy(dataset, gain, count) };
            return resultRow({ experiment: "ablation-loss", dataset, variant, shots: count, seed, metrics });
          }),
        ),
      ),
    ),
  "ablation-init": ({ accuracy }) =>
    paperDatasets.flatMap((dataset) =>
      shots.flatMap((count) =>
        ["words", "random"].flatMap((variant) =>
          seeds.map((seed) => {
            const metrics = { accuracy: accuracy(dataset, variant === "words" ? 1 : 0.5, count) };
            return resultRow({ experiment: "ablation-init", dataset, variant, shots: count, seed, metrics });
          }),
        ),
      ),
    ),
  "ablation-backbone": ({ accuracy }) =>
    ["RN50", "RN101", "ViT-B/32", "ViT-B/16"].flatMap((model, place) =>
      ["DTD", "EuroSAT"].flatMap((dataset) => [
        zeroShot("ablation-backbone", dataset, { accuracy: 0.4 + 0.02 * place }, model),
        ...["coop", "lamm"].flatMap((method, better) =>
          seeds.map((seed) => {
            const metrics = { accuracy: accuracy(dataset, 0.6 + 0.1 * place + 0.1 * better, 16) };
            return resultRow({ experiment: "ablation-backbone", dataset, model, method, seed, metrics });
          }),
        ),
      ]),
    ),
};
