import { expect, test } from "vitest";
import { defaultDataFolder } from "./data-folder.ts";

test("is LAMM_DATA, else data", () => {
  expect(defaultDataFolder({ LAMM_DATA: "/big/disk" })).toBe("/big/disk");
  expect(defaultDataFolder({ LAMM_DATA: "" })).toBe("data");
  expect(defaultDataFolder({})).toBe("data");
});
