import { fork } from "node:child_process";
import { extname } from "node:path";
import { listDevices } from "../runtime/onnxruntime-node.ts";
import type { Device } from "../runtime/runtime.ts";
import type { DeviceAnswer } from "./device-process.ts";

/** Milliseconds after which a device that does not answer counts as broken. */
const TIMEOUT = 30_000;
/** Where in its sources the engine noticed something, and by which test: nothing that a user can use. */
const SOURCE_PLACE = /^\/\S+:\d+ .* was false\. /;

const needs: Readonly<Record<Device, string>> = {
  cpu: "Install lamm again: nothing runs without it.",
  webgpu: "It needs a GPU and its driver (on Linux, with Vulkan); --device cpu needs neither.",
  cuda: "It needs an NVIDIA GPU, CUDA 12 with cuDNN 9, and onnxruntime-node installed with its GPU files; --device cpu needs none of it.",
};

/** Whether a device works on this machine. */
export interface DeviceState {
  readonly device: Device;
  readonly works: boolean;
  /** Why it does not, and what to do. */
  readonly problem?: string;
}

/**
 * Tries all devices that the engine is built for, each in a process of its own: what a driver prints is not shown, and one
 * that crashes takes nobody with it.
 */
export function tryDevices(): Promise<readonly DeviceState[]> {
  return Promise.all(
    listDevices().map(async (device) => {
      const failure = await tryDevice(device);
      if (failure === undefined) return { device, works: true };
      return { device, works: false, problem: `${failure.replace(SOURCE_PLACE, "")}. ${needs[device]}` };
    }),
  );
}

/** Why a device does not work; `undefined` where it does. */
function tryDevice(device: Device): Promise<string | undefined> {
  // The compiled package has .js where the sources have .ts. Flags of this process are none of the other's.
  const program = new URL(`./device-process${extname(import.meta.url)}`, import.meta.url);
  const child = fork(program, [device], {
    execArgv: [],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    timeout: TIMEOUT,
  });
  return new Promise((resolve) => {
    child.on("message", ({ failure }: DeviceAnswer) => {
      resolve(failure);
      child.disconnect();
    });
    child.on("error", ({ message }) => resolve(message));
    // After a message this has no effect.
    child.on("exit", (code, signal) => resolve(`its trial ended with ${signal ?? `exit code ${code}`}`));
  });
}
