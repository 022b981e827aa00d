import type { PictureConditions } from "./conditions.ts";

/** A way for a picture to look that a caption can tell. */
export interface Look {
  /** Conditions that make sure of it. */
  readonly conditions: Partial<PictureConditions>;
  /** Captions that tell it; `{}` stands for the name. */
  readonly templates: readonly string[];
}

const NO_BACKGROUND = { plain: 0, gradient: 0, stripes: 0, checks: 0, blobs: 0, clouds: 0 };

/** Every look. */
export const LOOKS: readonly Look[] = [
  {
    conditions: { grey: 1 },
    templates: ["a black and white photo of a {}.", "a grey {}", "a {} without colour"],
  },
  {
    conditions: { blur: 1, blurWidth: [0.014, 0.022] },
    templates: ["a blurry photo of a {}.", "a {}, out of focus"],
  },
  {
    conditions: { scale: [0.45, 0.58] },
    templates: ["a photo of a small {}.", "a small {}", "a little {} far away"],
  },
  {
    conditions: { scale: [0.94, 1.05] },
    templates: ["a photo of a large {}.", "a big {}", "a close-up photo of a {}."],
  },
  {
    conditions: { hidden: 1, hiddenSide: [0.3, 0.42] },
    templates: ["a photo of a {} behind something.", "a {}, partly hidden"],
  },
  {
    conditions: { clutter: 1 },
    templates: ["a {} among other things", "a photo of a {} and small things around it."],
  },
  {
    conditions: { clutter: 0, backgrounds: { ...NO_BACKGROUND, plain: 1 } },
    templates: ["a {} on a plain background", "a {} in front of one colour"],
  },
  {
    conditions: { clutter: 0, backgrounds: { ...NO_BACKGROUND, stripes: 1 } },
    templates: ["a {} on stripes", "a {} in front of a striped background"],
  },
  {
    conditions: { clutter: 0, backgrounds: { ...NO_BACKGROUND, checks: 1 } },
    templates: ["a {} on a checked cloth", "a {} in front of checks"],
  },
  {
    conditions: { clutter: 0, backgrounds: { ...NO_BACKGROUND, blobs: 1 } },
    templates: ["a {} in front of spots", "a {} on a spotted background"],
  },
  {
    conditions: { brightness: [0.55, 0.7], contrast: [0.7, 0.8] },
    templates: ["a dark photo of a {}.", "a {} in the dark"],
  },
];
