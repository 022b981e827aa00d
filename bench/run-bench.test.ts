import { expect, test } from "vitest";
import { clipShapes } from "../scripts/random-checkpoint/clip-shapes.ts";
import { runBench } from "./run-bench.ts";
import { fullBench } from "./settings.ts";

const step = (name: string) =>
  ["time", "rate", "gemm-rate", "share-of-gemm-rate", "peak-memory"].map((value) => `${name}/${value}`);
const plain = (name: string) => ["time", "times-slower", "peak-memory"].map((value) => `${name}/${value}`);

test("measures every row that it promises, each in a process of its own", { timeout: 240_000 }, async () => {
  const tiny = clipShapes["tiny-vit"];
  const seen: string[] = [];
  const rows = await runBench(
    {
      ...fullBench,
      text: tiny,
      both: tiny,
      otherMethods: [
        { method: "coop", towers: "text", classes: 3, batchSize: 2 },
        { method: "maple", towers: "both", classes: 2, batchSize: 2 },
      ],
      images: { tiny },
      pretrained: { tiny },
      pretrainBatchSize: 4,
      classCounts: [2, 6],
      plainClasses: 2,
      rounds: 1,
    },
    ({ name }) => seen.push(name),
  );
  expect(rows.map(({ name }) => name)).toEqual([
    ...step("lamm-step/classes-2/names-1"),
    ...step("lamm-step/classes-6/names-1"),
    ...step("lamm-step/classes-2/names-1-4"),
    ...step("lamm-step/classes-6/names-1-4"),
    "linearity/classes-6-over-2",
    "plain-step/classes-2/time",
    "plain-step/classes-2/times-slower",
    "plain-step/classes-2/time-with-original-prompts",
    "plain-step/classes-2/times-slower-with-original-prompts",
    "plain-step/classes-2/peak-memory",
    ...step("coop-step/classes-3"),
    ...plain("plain-step/coop/classes-3"),
    ...step("maple-step/classes-2"),
    ...plain("plain-step/maple/classes-2"),
    ...["pictures", "rate", "gemm-rate", "share-of-gemm-rate", "peak-memory"].map(
      (value) => `image-tower/tiny/${value}`,
    ),
    ...["pictures", "time", "rate", "gemm-rate", "share-of-gemm-rate", "peak-memory"].map(
      (value) => `pretrain-step/tiny/${value}`,
    ),
  ]);
  expect(seen).toEqual(rows.map(({ name }) => name));
  for (const { value, name } of rows) expect(value, name).toBeGreaterThan(0);
  expect(new Set(rows.map(({ unit }) => unit))).toEqual(
    new Set(["ms", "GFLOP/s", "ratio", "MB", "pictures/s"]),
  );
});

test("says which measurement failed", async () => {
  await expect(
    runBench({ ...fullBench, text: { ...clipShapes["tiny-vit"], image: clipShapes.rn50.image } }),
  ).rejects.toThrow("bench, write-checkpoint: expected a process that ends well, got");
});
