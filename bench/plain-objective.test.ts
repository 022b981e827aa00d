import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, test } from "vitest";
import { clipShapes } from "../scripts/random-checkpoint/clip-shapes.ts";
import { writeRandomCheckpoint } from "../scripts/random-checkpoint/write-random-checkpoint.ts";
import { createNodeRuntime } from "../src/runtime/onnxruntime-node.ts";
import { PromptObjective } from "../src/training/prompt-objective.ts";
import { checkCloseToLargest } from "../test/support/check-close.ts";
import { FLOAT32_CHAIN } from "../test/support/tolerances.ts";
import { createPlainObjective } from "./plain-objective.ts";
import { createPromptTask } from "./prompt-task.ts";

const folder = mkdtempSync(join(tmpdir(), "lamm-plain-"));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  { method: "lamm", names: "one length", nameLengths: [1], options: {} },
  { method: "lamm", names: "several lengths", nameLengths: [2, 4, 3], options: {} },
  { method: "coop", names: "several lengths", nameLengths: [2, 4, 3], options: {} },
  {
    method: "coop",
    names: "one length",
    nameLengths: [2],
    options: { classContext: true, classPosition: "front" },
  },
  { method: "cocoop", names: "several lengths", nameLengths: [1, 3], options: {} },
  { method: "maple", names: "several lengths", nameLengths: [1, 3], options: { depth: 2 } },
])(
  "the plain text tower gives the same loss and gradient: $method, $options, names of $names",
  async (sizes) => {
    const config = clipShapes["tiny-vit"];
    await writeRandomCheckpoint({ folder, config, layout: "hugging-face", dtype: "float32", seed: 3 });
    const runtime = createNodeRuntime();
    const task = await createPromptTask(folder, { ...sizes, classes: 5, batchSize: 4 });
    const objective = new PromptObjective({ runtime, ...task });
    const plain = await createPlainObjective(runtime, task);
    // Away from the start, where two of the parts are zero.
    const parameters = Object.fromEntries(
      task.method.parameters.map(({ name, initial }) => [
        name,
        initial.data.map((x, i) => x + 0.01 * Math.sin(i)),
      ]),
    );
    const expected = await objective.evaluate(parameters, task.batch);
    const found = await plain.evaluate(parameters, task.batch);
    await plain.release();
    await objective.release();
    const numbers = ({ loss, parts }: typeof found) => ({
      shape: [5],
      data: [loss, parts.ce, parts.wc, parts.cos, parts.kd],
    });
    checkCloseToLargest(numbers(found), numbers(expected), FLOAT32_CHAIN, "losses");
    for (const [name, gradient] of Object.entries(expected.gradients)) {
      const shape = [gradient.length];
      const data = found.gradients[name] ?? [];
      checkCloseToLargest({ shape, data }, { shape, data: gradient }, FLOAT32_CHAIN, name);
    }
  },
);
