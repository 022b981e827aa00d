// Node only: definitions read folders.
import { benchmarkTemplates } from "../../clip/benchmark-templates.ts";
import type { DatasetDefinition } from "./dataset.ts";
import { imageNet } from "./imagenet.ts";
import { divideClassFolders } from "./makers/divide-class-folders.ts";
import { FGVC_AIRCRAFT_SOURCE, fgvcAircraftMaker } from "./makers/fgvc-aircraft.ts";
import { flowers102Maker } from "./makers/flowers102.ts";
import { oxfordPetsMaker } from "./makers/oxford-pets.ts";
import { stanfordCarsMaker } from "./makers/stanford-cars.ts";
import { sun397Maker } from "./makers/sun397.ts";
import { ucf101Maker } from "./makers/ucf101.ts";
import { defineSplitDataset, type SplitDatasetOptions } from "./split-dataset.ts";

/** Where CoOp's authors published a file. */
const drive = (id: string) => `https://drive.google.com/file/d/${id}/view`;

type BenchmarkOptions = Omit<SplitDatasetOptions, "name" | "template"> & {
  readonly name: keyof typeof benchmarkTemplates;
};

const splitDatasets: readonly BenchmarkOptions[] = [
  {
    name: "Caltech101",
    folder: "caltech-101",
    images: "101_ObjectCategories",
    source: "https://data.caltech.edu/records/mzrjq-6wc02",
    split: {
      file: "split_zhou_Caltech101.json",
      source: drive("1hyarUivQE36mY6jSomru6Fjd-JzwcCzN"),
      maker: divideClassFolders({
        images: "101_ObjectCategories",
        ignored: ["BACKGROUND_Google", "Faces_easy"],
        names: { airplanes: "airplane", Faces: "face", Leopards: "leopard", Motorbikes: "motorbike" },
      }),
    },
  },
  {
    name: "OxfordPets",
    folder: "oxford_pets",
    images: "images",
    source: "https://www.robots.ox.ac.uk/~vgg/data/pets/data/images.tar.gz",
    split: {
      file: "split_zhou_OxfordPets.json",
      source: drive("1501r8Ber4nNKvmlFVQZ8SeUHTcdTTEqs"),
      maker: oxfordPetsMaker,
    },
  },
  {
    name: "StanfordCars",
    folder: "stanford_cars",
    images: "",
    source: "http://ai.stanford.edu/~jkrause/car196/cars_train.tgz and cars_test.tgz",
    split: {
      file: "split_zhou_StanfordCars.json",
      source: drive("1ObCFbaAgVu0I-k_Au-gIUcefirdAuizT"),
      maker: stanfordCarsMaker,
    },
  },
  {
    name: "Flowers102",
    folder: "oxford_flowers",
    images: "jpg",
    source: "https://www.robots.ox.ac.uk/~vgg/data/flowers/102/102flowers.tgz",
    split: {
      file: "split_zhou_OxfordFlowers.json",
      source: drive("1Pp0sRXzZFZq15zVOzKjKBu4A9i01nozT"),
      maker: flowers102Maker,
    },
  },
  {
    name: "Food101",
    folder: "food-101",
    images: "images",
    source: "https://data.vision.ee.ethz.ch/cvl/datasets_extra/food-101/",
    split: {
      file: "split_zhou_Food101.json",
      source: drive("1QK0tGi096I0Ba6kggatX1ee6dJFIcEJl"),
      maker: divideClassFolders({ images: "images" }),
    },
  },
  {
    name: "FGVCAircraft",
    folder: "fgvc_aircraft",
    images: "images",
    source: FGVC_AIRCRAFT_SOURCE,
    split: fgvcAircraftMaker,
  },
  {
    name: "SUN397",
    folder: "sun397",
    images: "SUN397",
    source: "http://vision.princeton.edu/projects/2010/SUN/SUN397.tar.gz",
    split: {
      file: "split_zhou_SUN397.json",
      source: drive("1y2RD81BYuiyvebdN-JymPfyWYcd8_MUq"),
      maker: sun397Maker,
    },
  },
  {
    name: "DTD",
    folder: "dtd",
    images: "images",
    source: "https://www.robots.ox.ac.uk/~vgg/data/dtd/download/dtd-r1.0.1.tar.gz",
    split: {
      file: "split_zhou_DescribableTextures.json",
      source: drive("1u3_QfB467jqHgNXC00UIzbLZRQCg2S7x"),
      maker: divideClassFolders({ images: "images" }),
    },
  },
  {
    name: "EuroSAT",
    folder: "eurosat",
    images: "2750",
    source: "http://madm.dfki.de/files/sentinel/EuroSAT.zip",
    split: {
      file: "split_zhou_EuroSAT.json",
      source: drive("1Ip7yaCWFi0eaOFUGga0lUdVi_DDQth1o"),
      maker: divideClassFolders({
        images: "2750",
        names: {
          AnnualCrop: "Annual Crop Land",
          HerbaceousVegetation: "Herbaceous Vegetation Land",
          Highway: "Highway or Road",
          Industrial: "Industrial Buildings",
          Pasture: "Pasture Land",
          PermanentCrop: "Permanent Crop Land",
          Residential: "Residential Buildings",
          SeaLake: "Sea or Lake",
        },
      }),
    },
  },
  {
    name: "UCF101",
    folder: "ucf101",
    images: "UCF-101-midframes",
    source: drive("10Jqome3vtUA2keJkNanAiFpgbyC9Hc2O"),
    split: {
      file: "split_zhou_UCF101.json",
      source: drive("1I0S0q91hJfsV9Gf4xDIjgDq4AqBNJb1y"),
      maker: ucf101Maker,
    },
  },
];

/** The eleven benchmarks of the papers, in their order. */
export const benchmarks: readonly DatasetDefinition[] = [
  imageNet,
  ...splitDatasets.map((options) =>
    defineSplitDataset({ ...options, template: benchmarkTemplates[options.name] }),
  ),
];
