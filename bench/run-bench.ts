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
  return [text.write, ...listTextScenarios(settings, text.path), ...images, ...pretraining];
}

function listTextScenarios(settings: BenchSettings, checkpoint: string): Scenario[] {
  const { classCounts, nameLengths, batchSize, plainClasses, rounds } = settings;
  const [shortNames = [1]] = Object.values(nameLengths);
  const largest = classCounts.at(-1) ?? 1;
  const steps = Object.entries(nameLengths).flatMap(([names, lengths]) =>
    classCounts.map(
      (classes): Scenario => ({
        kind: "lamm-step",
        name: `lamm-step/classes-${classes}/${names}`,
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
      checkpoint,
      classes: plainClasses,
      nameLengths: shortNames,
      batchSize,
      rounds: Math.min(rounds, MAX_PLAIN_ROUNDS),
    },
  ];
}
