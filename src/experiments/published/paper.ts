/** Where the published numbers are from. */
export const PAPER = {
  citation:
    "Gao et al., LAMM: Label Alignment for Multi-Modal Prompt Learning, AAAI 2024, https://arxiv.org/abs/2312.08212",
  /** The CLIP of all numbers but the ablation of backbones. */
  model: "ViT-B/16",
} as const;

/** The eleven data sets of the paper's averages, in the order of its tables. */
export const paperDatasets = [
  "ImageNet",
  "Caltech101",
  "OxfordPets",
  "StanfordCars",
  "Flowers102",
  "Food101",
  "FGVCAircraft",
  "SUN397",
  "DTD",
  "EuroSAT",
  "UCF101",
] as const;

/** One of the eleven data sets. */
export type PaperDataset = (typeof paperDatasets)[number];

/** Names under which the paper's CLIP is asked for. */
const paperModels: readonly string[] = [PAPER.model, "openai/clip-vit-base-patch16"];

/** Whether results of a CLIP of this name may stand beside the paper's. */
export function isPaperModel(model: string): boolean {
  return paperModels.includes(model);
}

/** Whether an average over these data sets may stand beside the paper's: it is over the eleven, and no others. */
export function isPaperAverage(datasets: readonly string[]): boolean {
  const names = new Set(datasets);
  return names.size === paperDatasets.length && paperDatasets.every((name) => names.has(name));
}
