// Node only: reads folders of pictures.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { benchmarkTemplates } from "../../clip/benchmark-templates.ts";
import { listClassFolders, picturesOfClasses } from "./class-folders.ts";
import { CLASS_LIST, readClassList } from "./class-list.ts";
import type { DatasetDefinition, MissingPart } from "./dataset.ts";
import { type DatasetContents, defineDataset } from "./define-dataset.ts";
import { CLASS_LIST_SOURCE, IMAGENET_FOLDER } from "./imagenet.ts";

interface Domain {
  readonly name: string;
  readonly folder: string;
  /** Folder of the class folders, below that. */
  readonly images: string;
  readonly source: string;
  /** Whether folders are called by labels, 0 to 999, and not by WordNet ids. */
  readonly byLabel?: boolean;
  /** Number of classes; all of ImageNet's if not given. */
  readonly classes?: number;
}

const domains: readonly Domain[] = [
  {
    name: "ImageNet-V2",
    folder: "imagenetv2",
    images: "imagenetv2-matched-frequency-format-val",
    source: "https://github.com/modestyachts/ImageNetV2 (imagenetv2-matched-frequency)",
    byLabel: true,
  },
  {
    name: "ImageNet-Sketch",
    folder: "imagenet-sketch",
    images: "images",
    source: "https://github.com/HaohanWang/ImageNet-Sketch",
  },
  {
    name: "ImageNet-A",
    folder: "imagenet-adversarial",
    images: "imagenet-a",
    source: "https://github.com/hendrycks/natural-adv-examples",
    classes: 200,
  },
  {
    name: "ImageNet-R",
    folder: "imagenet-rendition",
    images: "imagenet-r",
    source: "https://github.com/hendrycks/imagenet-r",
    classes: 200,
  },
];

/** Other pictures of ImageNet's classes, to test on. */
export const imageNetDomains: readonly DatasetDefinition[] = domains.map((domain) =>
  defineDataset({
    name: domain.name,
    folder: domain.folder,
    role: "domain",
    of: "ImageNet",
    template: benchmarkTemplates.ImageNet,
    source: domain.source,
    read: (data) => readDomain(data, domain),
  }),
);

function readDomain(data: string, domain: Domain): DatasetContents | readonly MissingPart[] {
  const { folder, images, source } = domain;
  // The guide copies the list into each folder; a copy of another order or wording must not win over ImageNet's own.
  const lists = [IMAGENET_FOLDER, folder].map((each) => join(data, each, CLASS_LIST));
  const list = lists.find((file) => existsSync(file));
  const missing: MissingPart[] = [];
  if (!existsSync(join(data, folder, images))) {
    missing.push({ path: `${folder}/${images}`, count: 1, source });
  }
  if (list === undefined) {
    missing.push({ path: `${IMAGENET_FOLDER}/${CLASS_LIST}`, count: 1, source: CLASS_LIST_SOURCE });
  }
  if (list === undefined || missing.length > 0) return missing;
  return readClasses(join(data, folder, images), { domain, list });
}

function readClasses(
  path: string,
  { domain, list }: { readonly domain: Domain; readonly list: string },
): DatasetContents | readonly MissingPart[] {
  const { folder, images, source, byLabel = false, classes } = domain;
  const names = readClassList(list);
  const ids = [...names.keys()];
  const folderOf = (id: string, label: number) => (byLabel ? String(label) : id);
  const known = new Set(ids.map(folderOf));
  const found = new Set(listClassFolders(path, { known, list }));
  const lost = [...known].filter((name) => !found.has(name));
  if (classes === undefined && lost.length > 0) {
    return [{ path: `${folder}/${images}/${lost[0]}`, count: lost.length, source }];
  }
  const shown = ids.filter((id, label) => found.has(folderOf(id, label)));
  const folders = [...known].filter((name) => found.has(name));
  return {
    classNames: shown.map((id) => names.get(id) ?? id),
    classIds: shown,
    train: [],
    val: [],
    test: picturesOfClasses({ path, folders }),
    ...(classes !== undefined &&
      shown.length !== classes && {
        note: `It has pictures of ${shown.length} classes; published are ${classes}. Get them from ${source}`,
      }),
  };
}
