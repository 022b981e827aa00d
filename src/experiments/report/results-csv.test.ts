import { expect, test } from "vitest";
import { resultRow } from "../../../test/support/report/made-up-results.ts";
import { resultsCsv, timesCsv } from "./results-csv.ts";
import { resultsJson } from "./results-json.ts";

const rows = [
  resultRow({ key: "k1", metrics: { accuracy: 2 / 3, "accuracy:A": 0.5 }, seconds: 1.5 }),
  resultRow({ key: "k2", seed: 2, state: "failed", metrics: {}, error: 'say "no", \n twice' }),
];

test("a line a cell with all digits, quoted where needed", () => {
  expect(resultsCsv(rows)).toBe(
    [
      "experiment,dataset,model,method,variant,shots,seed,state,key,error,accuracy,accuracy:A\r\n",
      "few-shot,DTD,ViT-B/16,lamm,,16,1,done,k1,,0.6666666666666666,0.5\r\n",
      'few-shot,DTD,ViT-B/16,lamm,,16,2,failed,k2,"say ""no"", \n twice",,\r\n',
    ].join(""),
  );
});

test("times are apart from it", () => {
  expect(timesCsv(rows)).toBe(
    "experiment,dataset,model,method,variant,shots,seed,seconds\r\nfew-shot,DTD,ViT-B/16,lamm,,16,1,1.5\r\n",
  );
});

test("JSON has rows and summaries, without times", () => {
  const text = resultsJson({ rows, settings: { b: "2", a: "1" }, software: {} });
  expect(text).not.toContain("seconds");
  const found = JSON.parse(text);
  expect(Object.keys(found.settings)).toEqual(["a", "b"]);
  expect(found.rows[1]).toMatchObject({ seed: 2, state: "failed", error: 'say "no", \n twice' });
  expect(found.summaries).toEqual([
    {
      ...{
        experiment: "few-shot",
        dataset: "DTD",
        model: "ViT-B/16",
        method: "lamm",
        variant: "",
        shots: 16,
      },
      metrics: {
        accuracy: { mean: 2 / 3, deviation: null, count: 1, expected: 2 },
        "accuracy:A": { mean: 0.5, deviation: null, count: 1, expected: 2 },
      },
    },
  ]);
});
