// Node only: the program of a process of its own, started by try-devices.ts.
import { findDeviceFailure } from "../runtime/onnxruntime-node.ts";
import type { Device } from "../runtime/runtime.ts";

/** What the process sends: why the device does not work, if it does not. */
export interface DeviceAnswer {
  readonly failure?: string;
}

const failure = await findDeviceFailure(process.argv[2] as Device);
const answer: DeviceAnswer = failure === undefined ? {} : { failure };
// It lives until the answer has arrived.
process.on("disconnect", () => process.exit());
process.send?.(answer);
