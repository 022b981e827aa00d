/** Windows of a convolution or pooling over height and width. */
export interface WindowOptions {
  /** Step between windows; 1 if not given. */
  readonly stride?: number;
  /** Zeros added on every side; 0 if not given. */
  readonly padding?: number;
}

/** How `GraphBuilder.gemm` multiplies. */
export interface GemmOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  /** Factor of the product; 1 if not given. */
  readonly alpha?: number;
  /** Factor of the third input; 1 if not given. */
  readonly beta?: number;
}
