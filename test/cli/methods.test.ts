import { expect, test } from "vitest";
import { methods } from "../../src/methods/methods.ts";
import { runRecorded } from "../support/cli/run-recorded.ts";

async function list(...argv: string[]) {
  const { exitCode, stdout, stderr } = await runRecorded(["methods", ...argv]);
  expect([exitCode, stderr]).toEqual([0, ""]);
  return stdout;
}

test("all methods, in 80 columns", async () => {
  const all80 = (await list()).split("\n");
  expect(all80.filter((line) => line.length > 80)).toEqual([]);
  // Further lines of a description begin where it does.
  const lines = all80.filter((line) => !line.startsWith(" "));
  expect(lines[0]).toMatch(/^method +needs +what it does$/);
  expect(lines.slice(1, 1 + methods.length).map((line) => line.split(" ")[0])).toEqual(
    methods.map(({ name }) => name),
  );
  expect(lines.at(-2)).toBe("lamm methods <name> lists the options of one.");
  const all = JSON.parse(await list("--json"));
  expect(all.map(({ name }: { name: string }) => name)).toEqual(methods.map(({ name }) => name));
});

test("one method with its options", async () => {
  expect(await list("lamm")).toMatchInlineSnapshot(`
    "LAMM (lamm): learns the token embeddings of the class names
    Source: Gao et al., AAAI 2024, https://arxiv.org/abs/2312.08212
    Needs: image features; pictures are encoded once
    Schedule: fast, or published

    Options, --set name=value:
      tokens: shared, all, or a whole number from 1 (default: shared)
          tokens of each name that are learned: shared (as many as the shortest name
          has), all, or a number
      initialisation: words, random (default: words)
          where the tokens start: the class name's own embeddings, or N(0, 0.02)
    "
  `);
  expect(JSON.parse(await list("maple", "--json"))).toMatchObject({
    name: "maple",
    needs: "pictures",
    schedules: ["published"],
    options: [{ name: "context", values: "a whole number from 1", default: 2 }, {}, { name: "depth" }],
  });
});

test.each(methods.map(({ name }) => name))("%s reads well in 80 columns", async (name) => {
  const lines = (await list(name)).split("\n");
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});

test("a method that there is not is answered with the nearest", async () => {
  const { exitCode, stderr } = await runRecorded(["methods", "lam"]);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^lamm: method: expected one of lamm, .*, got "lam"\. Did you mean "lamm"\?\n$/);
});
