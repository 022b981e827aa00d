import type { OpType } from "../../src/graph/node.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { checkClose } from "../support/check-close.ts";
import { buildCase, toFeeds64 } from "../support/operator-case.ts";
import { operatorCases, withoutGradient } from "../support/operator-cases.ts";
import { type Array64, toArray64 } from "../support/reference/array64.ts";
import { evaluate } from "../support/reference-evaluator.ts";
import { runGraph } from "../support/run-graph.ts";
import { FLOAT32_OPERATOR } from "../support/tolerances.ts";
import type { ContractCase } from "./contract-case.ts";
import { runtimeConstantCases } from "./runtime-constants.ts";
import { runtimeSessionCases } from "./runtime-sessions.ts";

/** Runs one operator in all its cases, with gradients, against the float64 reference. */
function operatorContract(op: OpType): ContractCase<Runtime> {
  return {
    name: `runs ${op} and its gradient`,
    async run(runtime) {
      for (const operatorCase of operatorCases[op]) {
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
    },
  };
}

/** What every {@link Runtime} does, on every platform. */
export const runtimeContract: readonly ContractCase<Runtime>[] = [
  ...runtimeSessionCases,
  ...runtimeConstantCases,
  ...(Object.keys(operatorCases) as OpType[]).map(operatorContract),
];
