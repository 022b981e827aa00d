import { describe, expect, test } from "vitest";
import { gapOf } from "../../test/contract/contract-case.ts";
import { runtimeContract } from "../../test/contract/runtime.ts";
import { runtimeGaps } from "../../test/contract/runtime-gaps.ts";
import { EngineError } from "../errors.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { serializeGraph } from "../graph/serialize.ts";
import { createNodeRuntime, listDevices } from "./onnxruntime-node.ts";
import type { Device } from "./runtime.ts";

describe.each([
  { threads: 4, title: "several threads" },
  { threads: 1, title: "one thread" },
])("onnxruntime-node on $title keeps the runtime's contract", ({ threads }) => {
  const runtime = createNodeRuntime({ threads });
  test.for(runtimeContract)("$name", ({ name, run }, context) => {
    const gap = gapOf(name, runtimeGaps.node);
    if (gap !== undefined) context.skip(gap);
    return run(runtime);
  });
});

test("the contract's cases have different names", () => {
  const names = runtimeContract.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(gapOf("runs Add", [{ reason: "no adder", cases: ["runs Add"] }])).toBe("no adder");
  expect(gapOf("runs Sub", [{ reason: "no adder", cases: ["runs Add"] }])).toBeUndefined();
});

test("the CPU is always there", () => {
  expect(listDevices()).toContain("cpu");
  expect(createNodeRuntime()).toMatchObject({ device: "cpu" });
});

test("a device that the package is not built for is refused with those that it is built for", () => {
  const create = () => createNodeRuntime({ device: "tpu" as Device });
  expect(create).toThrow(EngineError);
  expect(create).toThrow(
    `device: expected one of ${listDevices().join(", ")}, which this onnxruntime-node has, got tpu. ` +
      "Choose one of these, or install an onnxruntime-node built with it.",
  );
});

const accelerators = listDevices().filter((device) => device !== "cpu");

test.each(accelerators)("%s runs graphs, or is refused with the devices that do", async (device) => {
  const g = new GraphBuilder();
  g.output("y", g.neg(g.input("x", "float32", [1])));
  const model = serializeGraph(g);
  const runtime = createNodeRuntime({ device });
  const loaded = await runtime.load(model).catch((error: unknown) => error);
  if (!(loaded instanceof Error)) {
    expect(runtime.device).toBe(device);
    return;
  }
  expect(loaded).toBeInstanceOf(EngineError);
  expect(loaded.message).toMatch(
    new RegExp(
      `^device: expected one of cpu.*, which work on this machine, got ${device} \\(.+\\)\\. ` +
        "Choose one of these, or install what the device needs\\.$",
      "s",
    ),
  );
});
