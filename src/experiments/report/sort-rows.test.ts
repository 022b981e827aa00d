import { expect, test } from "vitest";
import { resultRow } from "../../../test/support/report/made-up-results.ts";
import { compareMethods, compareModels, compareVariants, distinct, sortRows } from "./sort-rows.ts";

test("rows are in the paper's order", () => {
  const rows = [
    resultRow({ dataset: "mine" }),
    resultRow({ dataset: "UCF101" }),
    resultRow({ dataset: "ImageNet", shots: 2 }),
    resultRow({ dataset: "ImageNet", shots: 16 }),
    resultRow({ dataset: "ImageNet", shots: 2, method: "coop" }),
    resultRow({ experiment: "domain", dataset: "ImageNet" }),
  ];
  const order = sortRows([...rows].reverse()).map(({ experiment, dataset, method, shots }) =>
    [experiment, dataset, method, shots].join(" "),
  );
  expect(order).toEqual([
    ...["few-shot ImageNet coop 2", "few-shot ImageNet lamm 2", "few-shot ImageNet lamm 16"],
    ...["few-shot UCF101 lamm 16", "few-shot mine lamm 16", "domain ImageNet lamm 16"],
  ]);
});

test("names are in the order of the field, others after them", () => {
  const methods = ["gda@lamm", "gda", "maple+lamm", "lamm", "own", "zero-shot", "coop"];
  expect(distinct(methods, compareMethods)).toEqual([
    ...["zero-shot", "coop", "lamm", "maple+lamm", "gda", "gda@lamm", "own"],
  ]);
  expect(distinct(["ViT-B/16", "RN50", "mine", "ViT-B/32"], compareModels)).toEqual([
    ...["RN50", "ViT-B/32", "ViT-B/16", "mine"],
  ]);
  const losses = ["CE+WC+COS+KD", "CE+COS+KD", "CE+WC+KD", "CE+KD", "CE+COS", "CE+WC", "CE"];
  expect(distinct(losses, compareVariants)).toEqual([
    ...["CE", "CE+WC", "CE+COS", "CE+KD", "CE+WC+KD", "CE+COS+KD", "CE+WC+COS+KD"],
  ]);
  expect(distinct(["words", "random"], compareVariants)).toEqual(["random", "words"]);
});

test("two results of one cell are refused", () => {
  expect(() => sortRows([resultRow({ key: "a" }), resultRow({ key: "b" })])).toThrow(
    "report: expected one result of each cell, got two of few-shot, DTD, ViT-B/16, lamm, 16 shots, seed 1. " +
      "Leave out what an earlier configuration measured.",
  );
});
