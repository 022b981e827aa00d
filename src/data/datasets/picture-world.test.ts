import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { domains } from "../../../picture-world/benchmarks/pools.ts";
import { smallDataset } from "../../../test/support/datasets/small-datasets.ts";
import { writeTree } from "../../../test/support/datasets/write-tree.ts";
import { pictureWorldDomains } from "./picture-world.ts";
import { findDataset } from "./registry.ts";

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "lamm-themes-"));
  writeTree(data, smallDataset("picture-world/animals/sketch").tree);
});
afterEach(() => rmSync(data, { recursive: true }));

const animals = findDataset("picture-world/animals");
const sketch = findDataset("picture-world/animals/sketch");

test("there are the domains that are drawn", () => {
  expect(pictureWorldDomains).toEqual(Object.keys(domains));
});

test("the identity changes with that of the pictures", () => {
  const before = [animals, sketch].map((definition) => definition.open(data).identity);
  writeTree(data, { "animals/benchmark.json": '{"identity":"other","domains":true}' });
  const after = [animals, sketch].map((definition) => definition.open(data).identity);
  expect(after[0]).not.toBe(before[0]);
  expect(after[1]).not.toBe(before[1]);
});

test("a theme that was not drawn to the end is incomplete", () => {
  rmSync(join(data, "animals/benchmark.json"));
  for (const definition of [animals, sketch]) {
    expect(definition.inspect(data)).toMatchObject({
      state: "incomplete",
      missing: [
        { path: "animals/benchmark.json", source: "a clone of lamm: npm run benchmarks -- <data folder>" },
      ],
    });
  }
  writeTree(data, { "animals/benchmark.json": "{}" });
  expect(animals.inspect(data).problem).toBe(
    `${join(data, "animals/benchmark.json")}: expected the identity of a benchmark's pictures, got something else. Draw the benchmark again, in a clone of lamm: npm run benchmarks -- <data folder>.`,
  );
});

test("domains are absent where they were not drawn", () => {
  expect(findDataset("picture-world/animals/v2").inspect(data)).toMatchObject({
    state: "absent",
    role: "domain",
    of: "picture-world/animals",
    missing: [{ path: "animals/domains/v2" }],
  });
});

test("a domain may lack classes: those that it shows keep their order", () => {
  rmSync(join(data, "animals/domains/sketch/billy_goat"), { recursive: true });
  const { classNames, test } = sketch.open(data);
  expect(classNames).toEqual(["zebra"]);
  expect(test).toEqual([{ path: join(data, "animals/domains/sketch/zebra/1.jpg"), label: 0 }]);
});

test("a domain shows no class without pictures", () => {
  rmSync(join(data, "animals/domains/sketch/zebra/1.jpg"));
  expect(() => sketch.open(data)).toThrow(
    `${join(data, "animals/domains/sketch")}: expected at least one picture in each class folder, got none in "zebra". Get the pictures again.`,
  );
});

test("a domain has no classes of its own", () => {
  writeTree(data, { "animals/domains/sketch/yeti/1.jpg": "" });
  expect(() => sketch.open(data)).toThrow(
    `${join(data, "animals/domains/sketch")}: expected folders of classes of picture-world/animals, got "yeti". Draw the benchmark again, in a clone of lamm: npm run benchmarks -- <data folder>.`,
  );
});
