/** Values of the trained parameters, float32 by name. */
export type Parameters = Readonly<Record<string, Float32Array>>;
