import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath, NO_CHROMIUM, openChromium } from "../browser/open-chromium.ts";
import { runRecorded } from "../support/cli/run-recorded.ts";
import { createWorkspace, type Workspace } from "../support/cli/workspace.ts";
import { writePictures } from "../support/cli/write-pictures.ts";

let work: Workspace;
let photos: string;
let page: string;
let found: { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

const NAME = 'a "dog" & <owl>';

beforeAll(async () => {
  work = await createWorkspace();
  photos = work.path("photos");
  for (const [part, count, seed] of [
    ["train", 4, 1],
    ["test", 6, 2],
  ] as const)
    await writePictures(work.path("photos", part), { cat: count, dog: count, owl: count }, seed);
  writeFileSync(work.path("photos", "classes.json"), JSON.stringify({ cat: "cat", dog: NAME, owl: "owl" }));
  page = work.path("demo.html");
  found = await runRecorded(["demo", photos, "--model", work.model, "--out", page]);
});
afterAll(() => work.remove());

describe("lamm demo", () => {
  test("prints what it found, and what to type next", () => {
    expect(found.exitCode).toBe(0);
    const { stdout } = found;
    expect(stdout).toContain("3 classes, 18 test pictures");
    expect(stdout).toMatch(/names alone \(zero-shot\) +\d+\.\d %/);
    // Classes have four training pictures: 8 and 16 shots are left out.
    expect(stdout.match(/^LAMM, \d+ shots?/gm)).toEqual(["LAMM, 1 shot", "LAMM, 2 shots", "LAMM, 4 shots"]);
    expect(stdout).toMatch(/Then ".+" joins a classifier that was trained without it:/);
    expect(stdout).toContain(`Wrote ${page}: open it in a browser`);
    expect(stdout).toContain("lamm train my-pictures");
  });

  test("gives numbers that fit together as JSON, without pictures", async () => {
    const { exitCode, stdout } = await runRecorded([
      "demo",
      photos,
      "--model",
      work.model,
      "--out",
      page,
      "--json",
    ]);
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain("data:image");
    const result = JSON.parse(stdout);
    expect(result.curve.map(({ shots }: { shots: number }) => shots)).toEqual([1, 2, 4]);
    for (const { accuracies, mean } of result.curve) {
      expect(accuracies).toHaveLength(3);
      expect(mean).toBeCloseTo(accuracies.reduce((sum: number, value: number) => sum + value, 0) / 3, 12);
    }
    // With all four pictures every draw is the same, and so is the classifier that the matrix is of.
    expect(result.learned.accuracy).toBe(result.curve.at(-1).accuracies[0]);
    const { oldAfter, added, union } = result.newClass;
    expect(union).toBeCloseTo((2 * oldAfter + added) / 3, 12);
    expect(result.newClass.oldBefore).toBeGreaterThanOrEqual(oldAfter);
    // Colours are easy: a random model's features tell them apart.
    expect(result.learned.accuracy).toBeGreaterThan(result.zeroShot.accuracy);
  });

  test("writes a page that asks for nothing from outside, and escapes names", () => {
    const html = readFileSync(page, "utf8");
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).not.toMatch(/(?:src|href)="(?!data:)/);
    expect(html).not.toMatch(/url\((?!#)|@import|<script/);
    expect(html).toContain("a &quot;dog&quot; &amp; &lt;owl&gt;");
    expect(html).not.toContain(NAME);
    expect(html.match(/<img /g)?.length).toBe(html.match(/alt="A test picture of the class /g)?.length);
  });
});

describe("the page in a browser", () => {
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (chromiumPath !== undefined) browser = await openChromium(chromiumPath);
  });
  afterAll(async () => browser?.close());

  test.for([
    [1280, "light"],
    [1280, "dark"],
    [390, "light"],
    [390, "dark"],
  ] as const)("fits %d pixels, %s", async ([width, colorScheme], { skip }) => {
    if (browser === undefined) return skip(NO_CHROMIUM);
    const tab = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
    const failures: string[] = [];
    tab.on("requestfailed", (request) => failures.push(request.url()));
    tab.on("pageerror", (error) => failures.push(error.message));
    await tab.goto(pathToFileURL(page).href);
    const shown = await tab.evaluate(() => {
      const root = document.documentElement;
      const style = getComputedStyle(document.body);
      return {
        overflow: root.scrollWidth - root.clientWidth,
        background: style.backgroundColor,
        ink: style.color,
      };
    });
    await tab.close();
    expect(failures).toEqual([]);
    expect(shown.overflow).toBe(0);
    const brightness = (colour: string) => Math.max(...(colour.match(/\d+/g) ?? []).slice(0, 3).map(Number));
    const isDark = brightness(shown.background) < brightness(shown.ink);
    expect(isDark).toBe(colorScheme === "dark");
  });
});

describe("lamm demo refuses", () => {
  test.each([
    ["a folder without test pictures", ["train"], "expected a train and a test folder"],
    ["a folder without train pictures", ["test"], "expected a train and a test folder"],
  ])("%s", async (_, parts, message) => {
    const folder = work.path(`only-${parts.join()}`);
    for (const part of parts)
      await writePictures(work.path(`only-${parts.join()}`, part), { cat: 1, dog: 1, owl: 1 });
    const { exitCode, stderr } = await runRecorded([
      "demo",
      folder,
      "--model",
      work.model,
      "--out",
      work.path("x.html"),
    ]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(message);
  });

  test("two classes, of which none could join later", async () => {
    for (const part of ["train", "test"]) await writePictures(work.path("two", part), { cat: 1, dog: 1 });
    const { exitCode, stderr } = await runRecorded([
      ...["demo", work.path("two"), "--model", work.model, "--out", work.path("x.html")],
    ]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("expected three classes at least");
  });
});
