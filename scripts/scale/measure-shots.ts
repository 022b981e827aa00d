import { peakMemory } from "../../bench/peak-memory.ts";
import { sampleShots } from "../../src/data/few-shot-sampling.ts";
import type { LabelledPicture } from "../../src/data/image-folder.ts";
import { createRandom } from "../../src/tensor/random.ts";
import type { ScaleNumbers } from "./cell.ts";

/** A draw of shots from a long list of pictures. */
export interface ShotsScenario {
  readonly kind: "shots";
  readonly pictures: number;
  readonly classes: number;
  readonly shots: number;
}

/** What a list of labelled pictures takes, and how long a draw from it. */
export function measureShots({ pictures, classes, shots }: ShotsScenario): ScaleNumbers {
  const before = peakMemory();
  const start = performance.now();
  const train = Array.from({ length: pictures }, (_, i): LabelledPicture => {
    const label = Math.floor((i * classes) / pictures);
    const name = `n${String(label).padStart(8, "0")}`;
    return { path: `imagenet/train/${name}/${name}_${i}.JPEG`, label };
  });
  // Paths are made of pieces until something reads them.
  const characters = train.reduce((sum, { path }) => sum + path.charCodeAt(path.length - 1), 0);
  const listed = performance.now();
  const { train: drawn } = sampleShots({ train }, { shots, random: createRandom(1) });
  const taken = performance.now() - listed;
  if (drawn.length !== shots * classes || characters === 0)
    throw new Error("not as many shots as there should be");
  return {
    "list, ms": listed - start,
    "draw, ms": taken,
    "memory of the list, MB": peakMemory() - before,
    "peak, MB": peakMemory(),
  };
}
