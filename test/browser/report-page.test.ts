import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeReport } from "../../src/experiments/report/write-report.ts";
import { experimentNames } from "../../src/experiments/result-row.ts";
import { madeUpResults } from "../support/report/made-up-results.ts";
import { chromiumPath, NO_CHROMIUM, openChromium } from "./open-chromium.ts";

let folder: string;
let files: readonly string[];
let browser: Browser | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "lamm-report-page-"));
  files = await writeReport(folder, madeUpResults(experimentNames));
  if (chromiumPath !== undefined) browser = await openChromium(chromiumPath);
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

const views = [
  [1280, "light"],
  [1280, "dark"],
  [390, "light"],
  [390, "dark"],
] as const;

const brightness = (colour: string) => Math.max(...(colour.match(/\d+/g) ?? []).slice(0, 3).map(Number));

describe("the page of a report", () => {
  test.for(views)("fits %d pixels, %s", async ([width, colorScheme], { skip }) => {
    if (browser === undefined) return skip(NO_CHROMIUM);
    const tab = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
    const requests: string[] = [];
    const complaints: string[] = [];
    tab.on("request", (request) => requests.push(request.url()));
    tab.on("pageerror", (error) => complaints.push(error.message));
    tab.on("console", (message) => complaints.push(message.text()));
    const page = pathToFileURL(join(folder, "report.html")).href;
    await tab.goto(page);
    const shown = await tab.evaluate(() => {
      for (const details of document.querySelectorAll("details")) details.open = true;
      const root = document.documentElement;
      const wide = [...document.querySelectorAll("main *")].filter(
        (element) =>
          element.closest(".scroll") === null &&
          element.getBoundingClientRect().right > root.clientWidth + 0.5,
      );
      const style = getComputedStyle(document.body);
      const tick = document.querySelector(".panels text") as Element;
      return {
        overflow: root.scrollWidth - root.clientWidth,
        wide: wide.map(({ outerHTML }) => outerHTML.slice(0, 100)),
        background: style.backgroundColor,
        ink: style.color,
        tick: getComputedStyle(tick).fill,
        panels: document.querySelectorAll(".panels svg").length,
      };
    });
    await tab.close();
    expect(complaints).toEqual([]);
    expect(requests).toEqual([page]);
    expect(shown).toMatchObject({ overflow: 0, wide: [] });
    expect(shown.panels).toBeGreaterThan(12);
    const isDark = brightness(shown.background) < brightness(shown.ink);
    expect(isDark).toBe(colorScheme === "dark");
    expect(brightness(shown.tick) > 128).toBe(isDark);
  });
});

test.for(["light", "dark"] as const)(
  "a figure by itself follows the reader's scheme, %s",
  async (colorScheme, { skip }) => {
    if (browser === undefined) return skip(NO_CHROMIUM);
    const tab = await browser.newPage({ colorScheme });
    for (const file of files.filter((name) => name.endsWith(".svg"))) {
      await tab.goto(pathToFileURL(file).href);
      const { paper, ink } = await tab.evaluate(() => ({
        paper: getComputedStyle(document.querySelector("rect") as Element).fill,
        ink: getComputedStyle(document.querySelector("text") as Element).fill,
      }));
      expect(brightness(paper) > 128).toBe(colorScheme === "light");
      expect(brightness(ink) > 128).toBe(colorScheme === "dark");
    }
    await tab.close();
  },
);
