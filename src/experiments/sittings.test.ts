import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { beginSitting } from "./sittings.ts";

const KEY = "ab".repeat(32);
const FILE = `${KEY}-seconds.checkpoint`;

let folder: string;
let time: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lamm-sittings-"));
  time = 5000;
  return () => rmSync(folder, { recursive: true });
});

const begin = () => beginSitting(KEY, { folder, now: () => time });

test("counts all sittings, up to the last note of one that was killed", () => {
  const first = begin();
  time += 2500;
  first.keep();
  time += 400;
  first.keep();
  expect(first.seconds()).toBe(2.9);
  const second = begin();
  time += 100;
  second.keep({ isLast: true });
  const third = begin();
  time += 1000;
  expect(third.seconds()).toBe(2.5 + 0.1 + 1);
  third.clear();
  expect(readdirSync(folder)).toEqual([]);
  expect(begin().seconds()).toBe(0);
});

test("writes no more than once a second", () => {
  const sitting = begin();
  time += 999;
  sitting.keep();
  expect(readdirSync(folder)).toEqual([]);
  time += 1;
  sitting.keep();
  expect(readdirSync(folder)).toEqual([FILE]);
});

test.for(["", '{"seconds":1', '{"seconds":-1}', "[]"])("takes the note %j for none", (text) => {
  writeFileSync(join(folder, FILE), text);
  expect(begin().seconds()).toBe(0);
});

test("makes the folder, and does without where that is not possible", () => {
  const inside = join(folder, "checkpoints");
  beginSitting(KEY, { folder: inside }).keep({ isLast: true });
  expect(readdirSync(inside)).toEqual([FILE]);
  const occupied = join(folder, "file");
  writeFileSync(occupied, "");
  const sitting = beginSitting(KEY, { folder: occupied, now: () => time });
  sitting.keep({ isLast: true });
  time += 1000;
  expect(sitting.seconds()).toBe(1);
});

test("without a folder there is one sitting", () => {
  const sitting = beginSitting(KEY, { folder: undefined, now: () => time });
  time += 1000;
  sitting.keep({ isLast: true });
  sitting.clear();
  expect(sitting.seconds()).toBe(1);
});
