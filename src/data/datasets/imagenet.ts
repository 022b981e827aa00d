// Node only: reads folders of pictures.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { benchmarkTemplates } from "../../clip/benchmark-templates.ts";
import { listClassFolders, picturesOfClasses } from "./class-folders.ts";
import { CLASS_LIST, readClassList } from "./class-list.ts";
import type { MissingPart } from "./dataset.ts";
import { type DatasetContents, defineDataset } from "./define-dataset.ts";

/** ImageNet's folder below the data folder. */
export const IMAGENET_FOLDER = "imagenet";
/** Where to get the list of its classes. */
export const CLASS_LIST_SOURCE = "https://drive.google.com/file/d/1-61f_ol79pViBFDG_IDlUQSwoLcn2XXF/view";

const SOURCE = "https://image-net.org/download.php";
const PARTS = ["images/train", "images/val"] as const;

/**
 * ImageNet: `images/train/<WordNet id>`, `images/val/<WordNet id>` and `classnames.txt`. The official validation pictures are
 * tested on, and there is nothing to choose by, as the papers have it.
 */
export const imageNet = defineDataset({
  name: "ImageNet",
  folder: IMAGENET_FOLDER,
  role: "benchmark",
  template: benchmarkTemplates.ImageNet,
  source: SOURCE,
  read: (data) => readImageNet(join(data, IMAGENET_FOLDER)),
});

function readImageNet(root: string): DatasetContents | readonly MissingPart[] {
  const needed = [
    ...PARTS.map((path) => ({ path, source: SOURCE })),
    { path: CLASS_LIST, source: CLASS_LIST_SOURCE },
  ];
  const missing = needed.filter(({ path }) => !existsSync(join(root, path)));
  if (missing.length > 0) {
    return missing.map(({ path, source }) => ({ path: `${IMAGENET_FOLDER}/${path}`, count: 1, source }));
  }
  const list = join(root, CLASS_LIST);
  const classes = readClassList(list);
  const lost = PARTS.flatMap((part) => lostClasses(root, { part, classes, list }));
  if (lost.length > 0) return lost;
  const ids = [...classes.keys()];
  const [train, test] = PARTS.map((part) => picturesOfClasses({ path: join(root, part), folders: ids }));
  return {
    classNames: [...classes.values()],
    classIds: ids,
    train: train ?? [],
    val: [],
    test: test ?? [],
  };
}

/** Classes of the list that have no folder, as one part. */
function lostClasses(
  root: string,
  {
    part,
    classes,
    list,
  }: { readonly part: string; readonly classes: ReadonlyMap<string, string>; readonly list: string },
): MissingPart[] {
  const known = new Set(classes.keys());
  const folders = new Set(listClassFolders(join(root, part), { known, list }));
  const lost = [...known].filter((id) => !folders.has(id));
  if (lost.length === 0) return [];
  return [{ path: `${IMAGENET_FOLDER}/${part}/${lost[0]}`, count: lost.length, source: SOURCE }];
}
