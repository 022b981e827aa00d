/** Accuracies in percent, as printed, by number of shots. */
export type ByShots = Readonly<Record<number, number>>;

const shots = (one: number, two: number, four: number, eight: number, sixteen: number): ByShots => ({
  1: one,
  2: two,
  4: four,
  8: eight,
  16: sixteen,
});

/** Mean accuracy over the eleven data sets, by method; zero-shot has 0 shots. */
export const fewShotAverages: Readonly<Record<string, ByShots>> = {
  "zero-shot": { 0: 65.27 },
  coop: shots(67.97, 70.98, 73.3, 75.97, 78.53),
  maple: shots(68.88, 69.22, 73.4, 76.97, 79.03),
  lamm: shots(68.99, 73.09, 75.95, 78.54, 81.13),
  "coop+lamm": shots(68.74, 73.11, 76.33, 78.95, 81.71),
  "maple+lamm": shots(68.17, 71.01, 74.69, 78.69, 81.18),
};

/** The same without the hierarchical loss, trained by cross-entropy alone. */
export const crossEntropyAverages: Readonly<Record<string, ByShots>> = {
  lamm: shots(61.39, 66.8, 72.13, 76.21, 79.93),
  "coop+lamm": shots(61.23, 66.33, 72.06, 76.19, 79.94),
  "maple+lamm": shots(61.25, 67.7, 73.39, 77.64, 80.74),
};

/** Later methods at 16 shots, mean over the eleven data sets as their own authors report it, by title. */
export const laterAverages: Readonly<Record<string, number>> = {
  GDA: 81.7,
  ProKeR: 82.0,
  "PLOT++": 82.1,
  "CLIP-LoRA": 82.9,
  PromptSRC: 82.9,
  SkipTuning: 83.9,
};
