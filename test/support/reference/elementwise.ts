import { broadcastAt, generate } from "./array64.ts";
import { inputOf, type ReferenceOperator, shapeOf } from "./operator.ts";

/** Applies a function of one number. */
export function unary(f: (a: number) => number): ReferenceOperator {
  return (inputs) => {
    const { shape, data } = inputOf(inputs, 0);
    return [{ shape, data: data.map(f) }];
  };
}

/** Applies a function of several numbers to broadcast inputs. */
export function broadcasting(f: (...numbers: number[]) => number): ReferenceOperator {
  return (inputs, _attributes, outputs) => [
    generate(shapeOf(outputs), (index) => f(...inputs.map((input) => broadcastAt(input, index)))),
  ];
}

/** Integers are rounded towards zero. */
export const cast: ReferenceOperator = (inputs, { to }) =>
  unary((a) => (to === "int64" ? Math.trunc(a) : a))(inputs, {}, []);

/**
 * The Gauss error function, `2/sqrt(pi) e^(-x x) sum_n 2^n x^(2n+1) / (2n+1)!!`: all terms have one sign, so nothing cancels.
 *
 * @see Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.6
 */
export function erf(x: number): number {
  // From here on erf differs from 1 by less than half a unit in the last place.
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = 0;
  for (let n = 0; term !== 0 && sum + term !== sum; n++) {
    sum += term;
    term *= (2 * x * x) / (2 * n + 3);
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
