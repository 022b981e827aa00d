import { homedir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cacheFolder } from "./cache-folder.ts";

test("is LAMM_CACHE, else in XDG_CACHE_HOME, on every platform", () => {
  for (const platform of ["linux", "darwin", "win32"] as const) {
    expect(cacheFolder({ LAMM_CACHE: "/mine", XDG_CACHE_HOME: "/xdg" }, platform)).toBe("/mine");
    expect(cacheFolder({ LAMM_CACHE: "", XDG_CACHE_HOME: "/xdg" }, platform)).toBe(join("/xdg", "lamm"));
  }
});

test("else it is in the platform's usual folder", () => {
  const home = homedir();
  expect(cacheFolder({ XDG_CACHE_HOME: "" }, "linux")).toBe(join(home, ".cache", "lamm"));
  expect(cacheFolder({}, "darwin")).toBe(join(home, "Library", "Caches", "lamm"));
  expect(cacheFolder({ LOCALAPPDATA: "/local" }, "win32")).toBe(join("/local", "lamm"));
  expect(cacheFolder({}, "win32")).toBe(join(home, "AppData", "Local", "lamm"));
  expect(cacheFolder()).toBe(cacheFolder(process.env, process.platform));
});
