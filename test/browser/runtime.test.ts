import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Device } from "../../src/runtime/runtime.ts";
import { type ContractGap, gapOf } from "../contract/contract-case.ts";
import { runtimeContract } from "../contract/runtime.ts";
import { runtimeGaps } from "../contract/runtime-gaps.ts";
import type { ContractPage } from "./contract-page.ts";
import { chromiumPath, NO_CHROMIUM, openChromium } from "./open-chromium.ts";
import { type ServedPage, servePage } from "./serve-page.ts";

/** The page's own, for functions that run there. */
declare const page: ContractPage;

/** A browser run, start to end, in milliseconds: emulated shaders are compiled one by one. */
const CONTRACT_TIMEOUT = 300_000;

interface Platform {
  readonly device: Device;
  readonly threads: number;
  readonly gaps: readonly ContractGap[];
  /** Why it is left out on this machine; `undefined` where it is not. */
  readonly skipped: string | undefined;
}

const platforms: readonly Platform[] = [
  {
    device: "cpu",
    threads: 2,
    gaps: runtimeGaps.wasm,
    skipped: chromiumPath === undefined ? NO_CHROMIUM : undefined,
  },
  {
    device: "webgpu",
    threads: 1,
    gaps: runtimeGaps.webgpu,
    skipped:
      chromiumPath === undefined
        ? NO_CHROMIUM
        : process.env.LAMM_TEST_WEBGPU === undefined
          ? "an emulated GPU takes half a minute; set LAMM_TEST_WEBGPU to run it"
          : undefined,
  },
];

let served: ServedPage;

beforeAll(async () => {
  if (chromiumPath !== undefined) served = await servePage(join(import.meta.dirname, "contract-page.ts"));
});

afterAll(() => served?.close());

describe.each(platforms)("onnxruntime-web on $device in Chromium", (platform) => {
  const { skipped } = platform;
  if (skipped === undefined) checkPlatform(platform);
  else test("keeps the runtime's contract", (context) => context.skip(skipped));
});

function checkPlatform({ device, threads, gaps }: Platform): void {
  let browser: Browser | undefined;
  let opened: Page;
  let results: Readonly<Record<string, string>>;
  const complaints: string[] = [];
  const requests: string[] = [];
  const names = runtimeContract.map(({ name }) => name);

  beforeAll(async () => {
    browser = await openChromium(chromiumPath as string, { emulateGpu: device === "webgpu" });
    opened = await browser.newPage();
    opened.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    opened.on("pageerror", (error) => complaints.push(error.message));
    opened.on("request", (request) => requests.push(request.url()));
    await opened.goto(served.url);
    await opened.waitForFunction(() => "page" in globalThis);
    const kept = names.filter((name) => gapOf(name, gaps) === undefined);
    results = await opened.evaluate(([options, wanted]) => page.runContract(options, wanted), [
      { device, threads },
      kept,
    ] as const);
  }, CONTRACT_TIMEOUT);

  afterAll(() => browser?.close());

  test.for(names)("%s", (name, context) => {
    const reason = gapOf(name, gaps);
    if (reason !== undefined) context.skip(reason);
    expect(results[name]).toBe("passed");
  });

  test("gaps are cases of the contract", () => {
    expect(names).toEqual(expect.arrayContaining(gaps.flatMap(({ cases }) => cases)));
  });

  test("has threads, and loads nothing from elsewhere", async () => {
    expect(await opened.evaluate(() => crossOriginIsolated)).toBe(true);
    expect(requests.filter((url) => !url.startsWith(served.url) && !url.startsWith("blob:"))).toEqual([]);
  });

  test("lists its devices, and refuses others", async () => {
    const devices = await opened.evaluate(() => page.listDevices());
    expect(devices).toEqual(device === "cpu" ? ["cpu"] : ["cpu", "webgpu"]);
    expect(await opened.evaluate(() => page.refusalOf({ device: "cuda" }))).toBe(
      `device: expected one of ${devices.join(", ")}, which this browser has, got cuda. ` +
        "Choose one of these, or a browser that has it.",
    );
  });

  test("refuses constants in files", async () => {
    expect(await opened.evaluate(() => page.refusalOf({ folder: "/models" }))).toMatch(
      /^onnxruntime-web [\d.]+: expected constants in memory, got constants in files of \/models\. Read the checkpoint/,
    );
  });

  test("leaves the console alone", () => {
    expect(complaints).toEqual([]);
  });
}
