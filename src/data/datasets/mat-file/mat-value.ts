/** A value of a MATLAB file; arrays are flat, in the file's column-major order. */
export type MatValue =
  | { readonly kind: "numbers"; readonly values: readonly number[] }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "cells"; readonly cells: readonly MatValue[] }
  | { readonly kind: "structs"; readonly structs: readonly ReadonlyMap<string, MatValue>[] };
