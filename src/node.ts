/**
 * The library in Node: all that runs anywhere, and what needs files, the network or the native engine.
 *
 * @module
 */
export type { DownloadProgress } from "./clip/node/hub-download.ts";
export {
  type LoadClipOptions,
  type LoadedWeights,
  loadClip,
  loadClipWeights,
} from "./clip/node/load-clip.ts";
export { decodeImage, readImage } from "./data/decode-image.ts";
// The one star: everything in that list is in this one.
export * from "./index.ts";
export { createNodeRuntime, listDevices } from "./runtime/onnxruntime-node.ts";
