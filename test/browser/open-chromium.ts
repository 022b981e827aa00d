import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const candidates = [
  process.env.LAMM_CHROMIUM ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

/** Path of an installed Chromium; `undefined` where there is none. */
export const chromiumPath = candidates.find((path) => path !== "" && existsSync(path));

/** Why tests in a browser are left out. */
export const NO_CHROMIUM = "no Chromium is installed; name one in LAMM_CHROMIUM";

const quiet = [
  "--headless",
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** WebGPU on the CPU, by SwiftShader: slow, but the real compiler and the real kernels. */
const emulatedGpu = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-features=Vulkan",
];

/** Starts Chromium without a window, and without anything that reaches for the network by itself. */
export function openChromium(path: string, { emulateGpu = false } = {}): Promise<Browser> {
  const args = [...quiet, ...(emulateGpu ? emulatedGpu : ["--disable-gpu"])];
  return chromium.launch({ executablePath: path, args });
}
