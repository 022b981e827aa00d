import type { OpType } from "../../src/graph/node.ts";
import { collectNeeded } from "../../src/graph/prune.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { checkClose } from "../support/check-close.ts";
import { buildCase, type OperatorCase, toFeeds64 } from "../support/operator-case.ts";
import { operatorCases, withoutGradient } from "../support/operator-cases.ts";
import { type Array64, toArray64 } from "../support/reference/array64.ts";
import { evaluate } from "../support/reference-evaluator.ts";
import { runGraph } from "../support/run-graph.ts";
import { FLOAT32_OPERATOR } from "../support/tolerances.ts";
import type { ContractCase } from "./contract-case.ts";
import { runtimeConstantCases } from "./runtime-constants.ts";
import { runtimeSessionCases } from "./runtime-sessions.ts";

/** Runs cases of an operator, with gradients, against the float64 reference. */
async function checkOperator(runtime: Runtime, op: OpType, cases: readonly OperatorCase[]): Promise<void> {
  for (const operatorCase of cases) {
    const { g, feeds } = buildCase(operatorCase, { gradients: withoutGradient[op] === undefined });
    const results = await runGraph(runtime, g, feeds);
    const expected = evaluate([...g.outputs.values()], toFeeds64(feeds));
    [...g.outputs.keys()].forEach((name, index) => {
      const result = results[name];
      if (result === undefined) throw new Error(`${operatorCase.name}: no output "${name}"`);
      const tolerance = operatorCase.tolerance ?? FLOAT32_OPERATOR;
      const what = `${operatorCase.name}: ${name}`;
      checkClose(toArray64(result), expected[index] as Array64, tolerance, what);
    });
  }
}

/** Whether a case computes in float64 anywhere. */
function isWide(operatorCase: OperatorCase): boolean {
  const { nodes } = collectNeeded(buildCase(operatorCase, { gradients: false }).g);
  return nodes.some((node) => node.outputs.some(({ dtype }) => dtype === "float64"));
}

const everyOperator = Object.entries(operatorCases) as [OpType, readonly OperatorCase[]][];

const operatorContract: readonly ContractCase<Runtime>[] = [
  ...everyOperator.map(([op, cases]) => ({
    name: `runs ${op} and its gradient`,
    run: (runtime: Runtime) =>
      checkOperator(
        runtime,
        op,
        cases.filter((operatorCase) => !isWide(operatorCase)),
      ),
  })),
  {
    name: "runs operators in float64",
    async run(runtime) {
      for (const [op, cases] of everyOperator) await checkOperator(runtime, op, cases.filter(isWide));
    },
  },
];

/** What every {@link Runtime} does, on every platform. */
export const runtimeContract: readonly ContractCase<Runtime>[] = [
  ...runtimeSessionCases,
  ...runtimeConstantCases,
  ...operatorContract,
];
