/** A transformer whose products are counted. */
export interface CountedTower {
  readonly width: number;
  readonly layers: number;
}

/** Rows that a tower's blocks work on. */
export interface CountedRows {
  /** Of all blocks but the last. */
  readonly rows: number;
  /** That the last block asks for: its queries, attention output and MLP work on them alone. */
  readonly asked: number;
}

/**
 * FLOPs of the linear layers of a transformer: of each row and block `2 W^2` for each of query, key, value and attention output, and
 * `8 W^2` for each half of the MLP, `24 W^2` in all; the last block makes keys and values (`4 W^2`) for all rows and the other
 * `20 W^2` for those asked. Attention's own products, a few per cent, are not counted, so rates are a little too low rather than too high.
 */
export function linearFlops({ width, layers }: CountedTower, { rows, asked }: CountedRows): number {
  return width * width * (24 * rows * (layers - 1) + 4 * rows + 20 * asked);
}

/** FLOPs forward and back where weights are frozen: the gradient of a product with a constant is one product of the same size. */
export function stepFlops(tower: CountedTower, rows: CountedRows): number {
  return 2 * linearFlops(tower, rows);
}

/** GFLOP/s. */
export function gflopsPerSecond(flops: number, milliseconds: number): number {
  return flops / milliseconds / 1e6;
}
