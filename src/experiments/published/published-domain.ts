/** Accuracies in percent, as printed, of what was learned from 16 shots of ImageNet. */
export interface DomainAccuracies {
  readonly source: number;
  /** By canonical name of the target ({@link canonicalTarget}). */
  readonly targets: Readonly<Record<string, number>>;
  /** Mean of the source and the two targets. */
  readonly average: number;
}

const row = (
  source: number,
  imagenetv2: number,
  imagenetsketch: number,
  average: number,
): DomainAccuracies => ({
  source,
  targets: { imagenetv2, imagenetsketch },
  average,
});

/** From ImageNet to its relatives, by method. */
export const domainAccuracies: Readonly<Record<string, DomainAccuracies>> = {
  "zero-shot": row(66.73, 60.83, 46.15, 57.9),
  coop: row(71.51, 64.2, 47.99, 61.23),
  cocoop: row(71.02, 64.07, 48.75, 61.28),
  maple: row(70.02, 64.07, 49.15, 61.08),
  lamm: row(72.73, 65.13, 48.11, 61.99),
};

/** Targets of the paper's domain table, which its average is over, with the source. */
export const domainTargets: readonly string[] = ["imagenetv2", "imagenetsketch"];

/** A target's name without what spellings differ in: `ImageNet-Sketch` and `ImageNetSketch` are `imagenetsketch`. */
export function canonicalTarget(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}
