/**
 * The prompt of each benchmark data set.
 *
 * @see Zhou et al. 2022, https://arxiv.org/abs/2109.01134, whose code uses one template a data set
 */
export const benchmarkTemplates = {
  ImageNet: "a photo of a {}.",
  Caltech101: "a photo of a {}.",
  OxfordPets: "a photo of a {}, a type of pet.",
  StanfordCars: "a photo of a {}.",
  Flowers102: "a photo of a {}, a type of flower.",
  Food101: "a photo of {}, a type of food.",
  FGVCAircraft: "a photo of a {}, a type of aircraft.",
  SUN397: "a photo of a {}.",
  DTD: "{} texture.",
  EuroSAT: "a centered satellite photo of {}.",
  UCF101: "a photo of a person doing {}.",
} as const satisfies Readonly<Record<string, string>>;
