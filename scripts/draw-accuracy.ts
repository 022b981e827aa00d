// Draws docs/images/accuracy.svg, the figure of the README, from the numbers beside it. node scripts/draw-accuracy.ts
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { z } from "zod";

const schema = z.object({
  sets: z.array(
    z.object({ name: z.string(), zeroShot: z.number(), shots: z.record(z.string(), z.number()) }),
  ),
});

const folder = join(import.meta.dirname, "../docs/images");
const { sets } = schema.parse(JSON.parse(readFileSync(join(folder, "accuracy.json"), "utf8")));
const points = sets.flatMap(({ name, shots }) =>
  Object.entries(shots).map(([count, accuracy]) => ({ name, shots: Number(count), accuracy })),
);
const last = sets.map(({ name }) => points.filter((point) => point.name === name).at(-1));
const { document } = parseHTML("<html><body></body></html>");
const figure = Plot.plot({
  document: document as unknown as Document,
  width: 720,
  height: 320,
  marginRight: 205,
  marginBottom: 42,
  style: { fontSize: "13px", background: "none" },
  x: { type: "log", base: 2, ticks: [1, 2, 4, 8, 16], tickFormat: "d", label: "pictures of each class" },
  y: { domain: [0, 40], grid: true, label: "test accuracy, %" },
  color: { domain: sets.map(({ name }) => name), range: ["#2f7ed8", "#d8722f"] },
  marks: [
    Plot.ruleY(sets, { y: "zeroShot", stroke: "name", strokeDasharray: "5 4" }),
    Plot.text(sets, {
      x: 16,
      y: "zeroShot",
      text: () => "CLIP by names alone",
      fill: "name",
      textAnchor: "start",
      dx: 10,
    }),
    Plot.line(points, { x: "shots", y: "accuracy", stroke: "name", strokeWidth: 2.5 }),
    Plot.dot(points, { x: "shots", y: "accuracy", fill: "name", r: 4 }),
    Plot.text(last, {
      x: "shots",
      y: "accuracy",
      text: (point) => `LAMM, ${point.name}`,
      fill: "name",
      textAnchor: "start",
      dx: 10,
    }),
  ],
});
figure.setAttribute("xmlns", "http://www.w3.org/2000/svg");
// A picture in a page does not inherit the page's colour: it follows the reader's scheme by itself.
const scheme = "<style>svg{color:#24292f}@media(prefers-color-scheme:dark){svg{color:#d0d7de}}</style>";
writeFileSync(join(folder, "accuracy.svg"), `${figure.outerHTML.replace(">", `>${scheme}`)}\n`);
