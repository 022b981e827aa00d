import { expect, test } from "vitest";
import type { Cell } from "./measure-theme.ts";
import { addResults } from "./model-card.ts";
import { summarize } from "./summarize.ts";

const cell = (found: Partial<Cell>): Cell => ({
  theme: "food",
  classes: 10,
  labels: "names",
  method: "lamm",
  shots: 1,
  seed: 1,
  pictures: "test",
  accuracy: 0.5,
  ...found,
});
const zeroShot = { method: "zero-shot", shots: 0, seed: 0 } as const;

const cells = [
  cell({ ...zeroShot, accuracy: 0.3 }),
  cell({ accuracy: 0.4 }),
  cell({ seed: 2, accuracy: 0.5 }),
  cell({ shots: 16, accuracy: 0.8 }),
  cell({ method: "lamm-without-hierarchical-loss", accuracy: 0.2 }),
  cell({ ...zeroShot, labels: "codes", accuracy: 0.1 }),
  cell({ shots: 16, labels: "codes", accuracy: 0.7 }),
  cell({ ...zeroShot, pictures: "sketch", accuracy: 0.15 }),
  cell({ shots: 16, pictures: "sketch", accuracy: 0.25 }),
  // A theme of its own counts as much as the other, whatever the number of its cells.
  cell({ theme: "tools", classes: 20, ...zeroShot, accuracy: 0.1 }),
  cell({ theme: "tools", classes: 20, accuracy: 0.25 }),
  cell({ theme: "tools", classes: 20, shots: 16, accuracy: 0.6 }),
  cell({ theme: "tools", classes: 20, method: "lamm-without-hierarchical-loss", accuracy: 0.1 }),
];

test("averages over seeds, then over themes", () => {
  const lines = summarize(cells).split("\n");
  expect(lines).toContain("| food | 10 | 10.0 | 30.0 | 45.0 | 80.0 | 20.0 |");
  expect(lines).toContain("| tools | 20 | 5.0 | 10.0 | 25.0 | 60.0 | 10.0 |");
  expect(lines).toContain("| average |  |  | 20.0 | 35.0 | 70.0 | 15.0 |");
  expect(lines).toContain("| codes | 10.0 | 70.0 |");
  expect(lines).toContain("| sketch | 15.0 | 25.0 |");
});

test("a card keeps what pre-training wrote, and has its results once", () => {
  const card = "# A model\n\nsteps and curve\n";
  const once = addResults(card, "| first |\n");
  const twice = addResults(once, "| second |\n");
  expect(once).toContain("| first |");
  expect(twice.startsWith("# A model\n\nsteps and curve\n\n## Data\n")).toBe(true);
  expect(twice).toContain("| second |");
  expect(twice).not.toContain("| first |");
  expect(twice.match(/## Results/g)).toHaveLength(1);
});
