import { expect, test } from "vitest";
import { listDevices } from "../runtime/onnxruntime-node.ts";
import { tryDevices } from "./try-devices.ts";

test("each device that the engine is built for either works, or has a reason and a way out", async () => {
  const states = await tryDevices();
  expect(states.map(({ device }) => device)).toEqual(listDevices());
  expect(states).toContainEqual({ device: "cpu", works: true });
  for (const state of states.filter(({ works }) => !works)) {
    expect(state.problem).toMatch(/^[^/].*\. It needs .*--device cpu/);
  }
});
