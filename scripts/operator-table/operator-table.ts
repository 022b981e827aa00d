import { convTranspose } from "../../src/autodiff/rules/convolution.ts";
import { constantAlmostEverywhere } from "../../src/autodiff/rules/elementwise.ts";
import { gradientRules } from "../../src/autodiff/rules.ts";
import type { OpType } from "../../src/graph/node.ts";
import { OPSET } from "../../src/graph/serialize.ts";
import { gapOf } from "../../test/contract/contract-case.ts";
import { type RuntimePlatform, runtimeGaps } from "../../test/contract/runtime-gaps.ts";

/** Platforms, in the order of their columns. */
const platforms: readonly (readonly [RuntimePlatform, string])[] = [
  ["node", "Node (CPU)"],
  ["wasm", "Browser (WebAssembly)"],
  ["webgpu", "Browser (WebGPU)"],
];

/** What a reader should know of an operator beyond its definition. */
const notes: Partial<Record<OpType, string>> = {
  Mul: "the gradient of `x sigmoid(x)` is taken at once and keeps `x` alone",
  Sqrt: "the gradient at 0 is infinite",
  Relu: "the gradient at 0 is 0",
  Greater: "constant almost everywhere: nothing flows back",
  OneHot: "reads integers, which have no gradient",
  Cast: "from float16 and bfloat16 for stored weights; integers have no gradient",
  MatMul: "with a transposed input ONNX Runtime's own `FusedMatMul`",
  Gather: "rows of axis 0; gradients of rows that repeat add up on one thread",
  ScatterElements:
    "adds rows of axis 0; not `ScatterND`, which loses updates where several threads add to one row",
  LayerNormalization: "last axis; a loss on its mean or deviation is refused",
  ReduceMax: "elements that tie share the gradient equally",
  Conv: "two spatial axes; gradient for one group",
  ConvTranspose: "gradients build it, and a convolution is not differentiated twice",
  AveragePool: "windows that do not overlap, without padding",
};

/** Text of `docs/operators.md`: every operator, whether it can be differentiated, and where it runs. */
export function operatorTable(): string {
  const header = ["Operator", "Gradient", ...platforms.map(([, title]) => title), "Notes"];
  const rows = (Object.keys(gradientRules) as OpType[])
    .sort()
    .map((op) => [
      op,
      gradientOf(op),
      ...platforms.map(([platform]) => supportOf(op, platform)),
      notes[op] ?? "",
    ]);
  return `${introduction}\n${markdownTable([header, ...rows])}\n\n${gapSection()}`;
}

const introduction = `# Operators

Written by \`node scripts/write-operator-table.ts\`; a test fails where it is out of date.

Graphs are made of these operators of ONNX's operator set ${OPSET}. A gradient is checked against central differences of a
float64 reference for every input that can have one, and every operator is run with its gradient by the engine of each
column: in Node by \`src/runtime/onnxruntime-node.test.ts\`, in Chromium by \`test/browser/runtime.test.ts\`.
`;

function gradientOf(op: OpType): string {
  const rule = gradientRules[op];
  if (rule === convTranspose) return "no";
  return rule === constantAlmostEverywhere ? "none" : "yes";
}

function supportOf(op: OpType, platform: RuntimePlatform): string {
  return gapOf(`runs ${op} and its gradient`, runtimeGaps[platform]) === undefined ? "yes" : "no";
}

function gapSection(): string {
  const lines = platforms.flatMap(([platform, title]) =>
    runtimeGaps[platform].map(({ reason }) => `- ${title}: ${reason}`),
  );
  return `## What a platform does not do\n\n${lines.join("\n")}\n`;
}

function markdownTable([header = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}
