import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClipConfig } from "../src/clip/config.ts";
import type { Row } from "./row.ts";
import { runInChild } from "./run-in-child.ts";
import type { Scenario } from "./scenario.ts";
import type { BenchSettings } from "./settings.ts";

/** Rounds of the plain tower, which takes seconds a step. */
const MAX_PLAIN_ROUNDS = 3;
/** Rounds of other methods' steps, which take a second or less, for one of the largest LAMM's. */
const METHOD_ROUNDS = 3;
/** Most rounds of anything. */
const MAX_ROUNDS = 15;

/**
 * Runs all measurements, each in a process of its own.
 *
 * @param onRow called with each row as it is measured
 * @throws {EngineError} if one of the processes fails
 */
export async function runBench(
  settings: BenchSettings,
  onRow: (row: Row) => void = () => {},
): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "lamm-bench-"));
  const rows: Row[] = [];
  try {
    for (const scenario of listScenarios(settings, folder)) {
      for (const row of await runInChild(scenario)) {
        rows.push(row);
        onRow(row);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return rows;
}

function listScenarios(settings: BenchSettings, folder: string): Scenario[] {
  const checkpointOf = (name: string, config: ClipConfig) => {
    const path = join(folder, name);
    return { path, write: { kind: "write-checkpoint", folder: path, config } as const };
  };
  const text = checkpointOf("text", settings.text);
  const images = Object.entries(settings.images).flatMap(([name, config]): Scenario[] => {
    const { path, write } = checkpointOf(name, config);
    const measure = { kind: "image-tower", checkpoint: path, name: `image-tower/${name}` } as const;
    return [write, { ...measure, rounds: settings.rounds }];
  });
  const pretraining = Object.entries(settings.pretrained).map(
    ([name, config]): Scenario => ({
      kind: "pretrain-step",
      name: `pretrain-step/${name}`,
      config,
      batchSize: settings.pretrainBatchSize,
      rounds: settings.rounds,
    }),
  );
  const both = checkpointOf("both", settings.both);
  return [
    text.write,
    ...listTextScenarios(settings, text.path),
    both.write,
    ...listMethodScenarios(settings, { text: text.path, both: both.path }),
    ...images,
    ...pretraining,
  ];
}

/** Steps of other methods than LAMM, and how many times slower the plain text tower makes them. */
function listMethodScenarios(
  { otherMethods, nameLengths, rounds }: BenchSettings,
  checkpoints: { readonly text: string; readonly both: string },
): Scenario[] {
  const [shortNames = [1]] = Object.values(nameLengths);
  return otherMethods.flatMap(({ towers, ...sizes }): Scenario[] => {
    const { method, classes } = sizes;
    const task = { ...sizes, checkpoint: checkpoints[towers], nameLengths: shortNames };
    return [
      {
        kind: "prompt-step",
        name: `${method}-step/classes-${classes}`,
        ...task,
        rounds: Math.min(MAX_ROUNDS, rounds * METHOD_ROUNDS),
      },
      {
        kind: "plain-step",
        name: `plain-step/${method}/classes-${classes}`,
        ...task,
        rounds: Math.min(rounds, MAX_PLAIN_ROUNDS),
      },
    ];
  });
}

function listTextScenarios(settings: BenchSettings, checkpoint: string): Scenario[] {
  const { classCounts, nameLengths, batchSize, plainClasses, rounds } = settings;
  const [shortNames = [1]] = Object.values(nameLengths);
  const largest = classCounts.at(-1) ?? 1;
  const steps = Object.entries(nameLengths).flatMap(([names, lengths]) =>
    classCounts.map(
      (classes): Scenario => ({
        kind: "prompt-step",
        name: `lamm-step/classes-${classes}/${names}`,
        method: "lamm",
        checkpoint,
        classes,
        nameLengths: lengths,
        batchSize,
        rounds: Math.min(MAX_ROUNDS, Math.ceil((rounds * largest) / classes)),
      }),
    ),
  );
  const fewer = classCounts.at(-2);
  const linearity: Scenario[] =
    fewer === undefined
      ? []
      : [
          {
            kind: "linearity",
            name: `linearity/classes-${largest}-over-${fewer}`,
            method: "lamm",
            checkpoint,
            classes: largest,
            fewerClasses: fewer,
            nameLengths: shortNames,
            batchSize,
            rounds,
          },
        ];
  return [
    ...steps,
    ...linearity,
    {
      kind: "plain-step",
      name: `plain-step/classes-${plainClasses}`,
      method: "lamm",
      checkpoint,
      classes: plainClasses,
      nameLengths: shortNames,
      batchSize,
      rounds: Math.min(rounds, MAX_PLAIN_ROUNDS),
    },
  ];
}
