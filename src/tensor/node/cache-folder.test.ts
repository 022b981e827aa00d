import { homedir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cacheFolder } from "./cache-folder.ts";

test("is LAMM_CACHE, else in XDG_CACHE_HOME, else in the home folder", () => {
  expect(cacheFolder({ LAMM_CACHE: "/mine", XDG_CACHE_HOME: "/xdg" })).toBe("/mine");
  expect(cacheFolder({ LAMM_CACHE: "", XDG_CACHE_HOME: "/xdg" })).toBe(join("/xdg", "lamm"));
  expect(cacheFolder({ XDG_CACHE_HOME: "" })).toBe(join(homedir(), ".cache", "lamm"));
});
