import { emptyFiles, type Tree } from "./write-tree.ts";

/** A data set of few pictures, in the layout of CoOp's guide, with what is read of it. */
export interface SmallDataset {
  readonly name: string;
  /** Files below the data folder; pictures are empty. */
  readonly tree: Tree;
  readonly classNames: readonly string[];
  readonly classIds?: readonly string[];
  /** Number of pictures of each part. */
  readonly counts: { readonly train: number; readonly val: number; readonly test: number };
  readonly template: string;
  /** Path of the first picture to learn from below the data folder, or of the first to test on where there is none. */
  readonly first: string;
}

interface SplitLayout {
  readonly name: string;
  readonly folder: string;
  readonly images: string;
  readonly splitFile: string;
  readonly template: string;
  /** Two class names as in the split file, and as in prompts. */
  readonly classes: readonly [string, string];
  readonly prompts?: readonly [string, string];
  /** Path of a picture below the image folder. */
  readonly pictureOf: (className: string, part: string, index: number) => string;
}

const inClassFolder = (className: string, part: string, index: number) => `${className}/${part}_${index}.jpg`;
const PLAIN = "a photo of a {}.";

const splitLayouts: readonly SplitLayout[] = [
  {
    name: "Caltech101",
    folder: "caltech-101",
    images: "101_ObjectCategories",
    splitFile: "split_zhou_Caltech101.json",
    template: PLAIN,
    classes: ["face", "car_side"],
    prompts: ["face", "car side"],
    pictureOf: inClassFolder,
  },
  {
    name: "OxfordPets",
    folder: "oxford_pets",
    images: "images",
    splitFile: "split_zhou_OxfordPets.json",
    template: "a photo of a {}, a type of pet.",
    classes: ["abyssinian", "american_bulldog"],
    prompts: ["abyssinian", "american bulldog"],
    pictureOf: (className, part, index) => `${className}_${part}_${index}.jpg`,
  },
  {
    name: "StanfordCars",
    folder: "stanford_cars",
    images: "",
    splitFile: "split_zhou_StanfordCars.json",
    template: PLAIN,
    classes: ["2000 AM General Hummer SUV", "2012 Audi TT RS Coupe"],
    pictureOf: (className, part, index) =>
      `cars_${part === "test" ? "test" : "train"}/${className.slice(0, 4)}${part}${index}.jpg`,
  },
  {
    name: "Flowers102",
    folder: "oxford_flowers",
    images: "jpg",
    splitFile: "split_zhou_OxfordFlowers.json",
    template: "a photo of a {}, a type of flower.",
    classes: ["pink primrose", "fire lily"],
    pictureOf: (className, part, index) => `image_${className.length}${part}${index}.jpg`,
  },
  {
    name: "Food101",
    folder: "food-101",
    images: "images",
    splitFile: "split_zhou_Food101.json",
    template: "a photo of {}, a type of food.",
    classes: ["apple_pie", "waffles"],
    prompts: ["apple pie", "waffles"],
    pictureOf: inClassFolder,
  },
  {
    name: "SUN397",
    folder: "sun397",
    images: "SUN397",
    splitFile: "split_zhou_SUN397.json",
    template: PLAIN,
    classes: ["abbey", "indoor apse"],
    pictureOf: (className, part, index) =>
      `a/${className.split(" ").reverse().join("/")}/${part}${index}.jpg`,
  },
  {
    name: "DTD",
    folder: "dtd",
    images: "images",
    splitFile: "split_zhou_DescribableTextures.json",
    template: "{} texture.",
    classes: ["banded", "zigzagged"],
    pictureOf: inClassFolder,
  },
  {
    name: "EuroSAT",
    folder: "eurosat",
    images: "2750",
    splitFile: "split_zhou_EuroSAT.json",
    template: "a centered satellite photo of {}.",
    classes: ["Annual Crop Land", "River"],
    pictureOf: inClassFolder,
  },
  {
    name: "UCF101",
    folder: "ucf101",
    images: "UCF-101-midframes",
    splitFile: "split_zhou_UCF101.json",
    template: "a photo of a person doing {}.",
    classes: ["Apply_Eye_Makeup", "Yo_Yo"],
    prompts: ["Apply Eye Makeup", "Yo Yo"],
    pictureOf: inClassFolder,
  },
];

/** Two classes with two pictures to learn from, one to choose by and one to test on each. */
function splitDataset(layout: SplitLayout): SmallDataset {
  const { name, folder, images, splitFile, template, classes, prompts = classes, pictureOf } = layout;
  const rows = (part: string, count: number) =>
    classes.flatMap((className, label) =>
      Array.from({ length: count }, (_, index) => [pictureOf(className, part, index), label, className]),
    );
  const split = { train: rows("train", 2), val: rows("val", 1), test: rows("test", 1) };
  const place = (path: unknown) => [folder, images, String(path)].filter((part) => part !== "").join("/");
  const pictures = Object.values(split).flatMap((part) => part.map(([path]) => place(path)));
  return {
    name,
    template,
    classNames: prompts,
    counts: { train: 4, val: 2, test: 2 },
    first: place(split.train[0]?.[0]),
    tree: { ...emptyFiles(pictures), [`${folder}/${splitFile}`]: JSON.stringify(split) },
  };
}

const CLASS_LIST = "n01440764 tench\nn01443537 goldfish\nn03773504 missile\nn04008634 missile\n";
const ids = ["n01440764", "n01443537", "n03773504", "n04008634"];
const names = ["tench", "goldfish", "missile", "missile"];

const imageNet: SmallDataset = {
  name: "ImageNet",
  template: PLAIN,
  classNames: names,
  classIds: ids,
  counts: { train: 8, val: 0, test: 4 },
  first: "imagenet/images/train/n01440764/n01440764_10.JPEG",
  tree: {
    "imagenet/classnames.txt": CLASS_LIST,
    ...emptyFiles(
      ids.flatMap((id) => [
        ...["10", "9"].map((number) => `imagenet/images/train/${id}/${id}_${number}.JPEG`),
        `imagenet/images/val/${id}/ILSVRC2012_val_${id}.JPEG`,
      ]),
    ),
  },
};

interface DomainLayout {
  readonly name: string;
  readonly folder: string;
  readonly images: string;
  readonly folders: readonly string[];
  readonly shown?: readonly number[];
  readonly others?: Tree;
}

const domainLayouts: readonly DomainLayout[] = [
  {
    name: "ImageNet-V2",
    folder: "imagenetv2",
    images: "imagenetv2-matched-frequency-format-val",
    folders: ["0", "1", "2", "3"],
  },
  { name: "ImageNet-Sketch", folder: "imagenet-sketch", images: "images", folders: ids },
  {
    name: "ImageNet-A",
    folder: "imagenet-adversarial",
    images: "imagenet-a",
    folders: ["n01443537", "n04008634"],
    shown: [1, 3],
    others: { "imagenet-adversarial/imagenet-a/README.txt": "read me" },
  },
  {
    name: "ImageNet-R",
    folder: "imagenet-rendition",
    images: "imagenet-r",
    folders: ["n01440764", "n03773504"],
    shown: [0, 2],
    others: { "imagenet-rendition/imagenet-r/README.txt": "read me" },
  },
];

/** One picture a class, and the copy of ImageNet's list of classes that the guide makes. */
function domain({ name, folder, images, folders, shown = [0, 1, 2, 3], others }: DomainLayout): SmallDataset {
  const pictures = folders.map((each) => `${folder}/${images}/${each}/a.jpg`);
  return {
    name,
    template: PLAIN,
    classNames: shown.map((label) => names[label] ?? ""),
    classIds: shown.map((label) => ids[label] ?? ""),
    counts: { train: 0, val: 0, test: folders.length },
    first: pictures[0] ?? "",
    tree: { ...emptyFiles(pictures), ...others, [`${folder}/classnames.txt`]: CLASS_LIST },
  };
}

const aircraft: SmallDataset = {
  name: "FGVCAircraft",
  template: "a photo of a {}, a type of aircraft.",
  classNames: ["707-320", "Boeing F/A 18"],
  counts: { train: 2, val: 2, test: 2 },
  first: "fgvc_aircraft/images/0000003.jpg",
  tree: {
    ...emptyFiles([1, 2, 3, 4, 5, 6].map((number) => `fgvc_aircraft/images/000000${number}.jpg`)),
    "fgvc_aircraft/variants.txt": "707-320\nBoeing F/A 18\n",
    "fgvc_aircraft/images_variant_train.txt": "0000003 Boeing F/A 18\n0000001 707-320\n",
    "fgvc_aircraft/images_variant_val.txt": "0000002 707-320\n0000004 Boeing F/A 18\n",
    "fgvc_aircraft/images_variant_test.txt": "0000005 707-320\r\n0000006 Boeing F/A 18\r\n",
  },
};

const classes = ["billy_goat", "zebra"] as const;
const prompts = ["billy goat", "zebra"];

const theme: SmallDataset = {
  ...splitDataset({
    name: "picture-world/animals",
    folder: "animals",
    images: "images",
    splitFile: "split_zhou_Animals.json",
    template: PLAIN,
    classes,
    prompts: ["billy goat", "zebra"],
    pictureOf: (className, part, index) => `${part}/${className}/0${index}.jpg`,
  }),
};
const marker = { "animals/benchmark.json": '{"identity":"abc","domains":true}' };

/** One in each layout: the eleven benchmarks, ImageNet's domains, and an embedded theme with its domains. */
export const smallDatasets: readonly SmallDataset[] = [
  imageNet,
  ...splitLayouts.map(splitDataset),
  aircraft,
  ...domainLayouts.map(domain),
  { ...theme, tree: { ...theme.tree, ...marker } },
  ...["v2", "sketch", "silhouette"].map((name) => ({
    name: `picture-world/animals/${name}`,
    template: PLAIN,
    classNames: prompts,
    counts: { train: 0, val: 0, test: 2 },
    first: `animals/domains/${name}/billy_goat/1.jpg`,
    tree: {
      ...theme.tree,
      ...marker,
      ...emptyFiles(classes.map((each) => `animals/domains/${name}/${each}/1.jpg`)),
    },
  })),
];

/** The small data set of a name. */
export function smallDataset(name: string): SmallDataset {
  const found = smallDatasets.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no small data set ${name}`);
  return found;
}
