// Node only: reads files.
import { join } from "node:path";
import type { SplitPicture } from "../split.ts";
import type { SplitMaker } from "../split-maker.ts";
import { holdOutValidation } from "./divide-classes.ts";
import { lineError, readLines } from "./read-lines.ts";

const SOURCE = "https://www.crcv.ucf.edu/data/UCF101/UCF101TrainTestSplits-RecognitionTask.zip";
const CLASSES = "ucfTrainTestlist/classInd.txt";
const TRAIN = "ucfTrainTestlist/trainlist01.txt";
const TEST = "ucfTrainTestlist/testlist01.txt";

/**
 * The first official division of UCF101: lines such as `ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi 1`. A video's middle frame is a
 * picture of its name, in a folder `Apply_Eye_Makeup`.
 */
export const ucf101Maker: SplitMaker = {
  lists: [CLASSES, TRAIN, TEST].map((path) => ({ path, source: SOURCE })),
  make(root, random) {
    const labels = readClasses(join(root, CLASSES));
    const where = join(root, TRAIN);
    return {
      ...holdOutValidation(readPart(where, labels), { random, where }),
      test: readPart(join(root, TEST), labels),
    };
  },
};

function readClasses(file: string): ReadonlyMap<string, number> {
  return new Map(
    readLines(file).map((line) => {
      const [, number, action] = /^([1-9]\d{0,3}) ([A-Z]\w*)$/.exec(line) ?? [];
      if (action === undefined) throw lineError(file, "lines of a number from 1 and an action", line);
      return [action, Number(number) - 1];
    }),
  );
}

function readPart(file: string, labels: ReadonlyMap<string, number>): SplitPicture[] {
  return readLines(file).map((line) => {
    const [, action, video] = /^(\w+)\/([^/\s]+)\.avi(?: \d+)?$/.exec(line) ?? [];
    const label = labels.get(action ?? "");
    if (action === undefined || label === undefined) {
      throw lineError(file, `videos in folders of actions of ${CLASSES}`, line);
    }
    const className = (action.match(/[A-Z][^A-Z]*/g) ?? [action]).join("_");
    return { path: `${className}/${video}.jpg`, label, className };
  });
}
