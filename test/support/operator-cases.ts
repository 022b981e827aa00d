import type { OpType } from "../../src/graph/node.ts";
import { convolutionCases } from "./cases/convolution.ts";
import { elementwiseCases } from "./cases/elementwise.ts";
import { linearCases } from "./cases/linear.ts";
import { movementCases } from "./cases/movement.ts";
import { reductionCases } from "./cases/reduction.ts";
import type { OperatorCases } from "./operator-case.ts";

/** Cases of every operator; total, so an operator without cases does not compile. */
export const operatorCases: OperatorCases<OpType> = {
  ...elementwiseCases,
  ...linearCases,
  ...movementCases,
  ...reductionCases,
  ...convolutionCases,
};

/** Operators whose rule refuses to differentiate them, each with the reason. */
export const withoutGradient: Partial<Record<OpType, string>> = {
  ConvTranspose: "only gradients build it, and a convolution is not differentiated twice",
};
