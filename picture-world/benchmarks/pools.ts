import { type PictureConditions, STANDARD, V2 } from "../conditions.ts";
import type { Style } from "../icon-set.ts";

/** Pictures of a benchmark that belong together, drawn from artwork that no other pool of the same kind has. */
export interface Pool {
  /** Folder, below that of the benchmark; a folder of classes. */
  readonly folder: string;
  /** Styles whose artwork it shows. */
  readonly styles: readonly Style[];
  readonly conditions: PictureConditions;
  /** Pictures of a class. */
  readonly pictures: number;
}

/** Pictures to learn from, to choose with, and to test on: the three have no artwork in common. */
export const pools: Readonly<Record<"train" | "val" | "test", Pool>> = {
  train: {
    folder: "images/train",
    styles: ["emojione", "fluent-emoji-flat"],
    conditions: STANDARD,
    pictures: 24,
  },
  val: { folder: "images/val", styles: ["noto-v1"], conditions: STANDARD, pictures: 4 },
  test: { folder: "images/test", styles: ["twemoji"], conditions: STANDARD, pictures: 20 },
};

/**
 * The same classes where pictures are otherwise, as ImageNet-V2, -Sketch and -Rendition are to ImageNet: the test artwork under harder
 * conditions, line art, and silhouettes.
 */
export const domains: Readonly<Record<"v2" | "sketch" | "silhouette", Pool>> = {
  v2: { folder: "domains/v2", styles: ["twemoji"], conditions: V2, pictures: 10 },
  sketch: {
    folder: "domains/sketch",
    styles: ["fluent-emoji-high-contrast"],
    conditions: STANDARD,
    pictures: 10,
  },
  silhouette: {
    folder: "domains/silhouette",
    styles: ["emojione-monotone"],
    conditions: STANDARD,
    pictures: 10,
  },
};
