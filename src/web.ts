/**
 * The library in a browser: all that runs anywhere, and the engine there.
 *
 * @module
 */

// The one star: everything in that list is in this one.
export * from "./index.ts";
export { createWebRuntime, listWebDevices, type WebRuntimeOptions } from "./runtime/onnxruntime-web.ts";
