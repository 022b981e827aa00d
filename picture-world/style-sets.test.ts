import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { domains, pools } from "./benchmarks/pools.ts";
import { STYLES } from "./icon-set.ts";
import { HELD_OUT_STYLES, PRETRAINING_STYLES, sharedStyles } from "./style-sets.ts";

test("a style is either for pre-training or held out", () => {
  expect(sharedStyles(PRETRAINING_STYLES, HELD_OUT_STYLES)).toEqual([]);
  expect([...PRETRAINING_STYLES, ...HELD_OUT_STYLES].toSorted()).toEqual([...STYLES].toSorted());
});

test("sharedStyles finds what two sets have in common", () => {
  expect(sharedStyles(["noto", "twemoji"], ["twemoji", "emojione"])).toEqual(["twemoji"]);
});

test("the embedded model is pre-trained on the styles for it", () => {
  const config = JSON.parse(readFileSync(new URL("pretrain.json", import.meta.url), "utf8"));
  expect(config.source.options.styles).toEqual([...PRETRAINING_STYLES]);
});

test("shots, tests and domains show styles that pre-training does not, and tests not those of the shots", () => {
  for (const { styles } of [pools.train, pools.test, ...Object.values(domains)]) {
    expect(sharedStyles(styles, PRETRAINING_STYLES)).toEqual([]);
  }
  for (const { styles } of [pools.val, pools.test, ...Object.values(domains)]) {
    expect(sharedStyles(styles, pools.train.styles)).toEqual([]);
  }
});
