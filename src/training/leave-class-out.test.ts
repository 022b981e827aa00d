import { describe, expect, test } from "vitest";
import { seededTensor } from "../../test/support/seeded-tensor.ts";
import { DataError } from "../errors.ts";
import { createTensor } from "../tensor/tensor.ts";
import { areaUnderRoc } from "./area-under-roc.ts";
import { leaveClassOut } from "./leave-class-out.ts";
import { rowsOf } from "./metrics.ts";
import { familiarity, fitRejection, isUnknown } from "./rejection.ts";

const logits = seededTensor(4)([60, 5], 10);
const labels = Array.from({ length: 60 }, (_, picture) => picture % 5);

describe("leaving classes out", () => {
  test("is scoring again without the column of each class", () => {
    const rejection = fitRejection({ logits, share: 0.3 });
    const areas: number[] = [];
    let rejected = 0;
    for (let out = 0; out < 5; out++) {
      const rows = rowsOf(logits).map((row) => [...row].filter((_, c) => c !== out));
      const known = rows.filter((_, picture) => labels[picture] !== out);
      const unknown = rows.filter((_, picture) => labels[picture] === out);
      areas.push(areaUnderRoc(known.map(familiarity), unknown.map(familiarity)));
      rejected += unknown.filter((row) => isUnknown(row, rejection)).length;
    }
    const found = leaveClassOut({ logits, labels }, rejection);
    expect(found.areaUnderRoc).toBeCloseTo(areas.reduce((sum, area) => sum + area, 0) / 5, 12);
    expect(found.unknownRejected).toBeCloseTo(rejected / 60, 12);
  });

  test("finds classes that stand alone easy to tell", () => {
    const data = Float32Array.from({ length: 300 }, (_, i) => (i % 5 === Math.floor(i / 5) % 5 ? 30 : 10));
    const clear = { logits: createTensor("float32", [60, 5], data), labels };
    expect(leaveClassOut(clear, fitRejection(clear))).toEqual({ areaUnderRoc: 1, unknownRejected: 1 });
  });

  test("of a single class says nothing", () => {
    const single = { logits: createTensor("float32", [2, 1], Float32Array.of(1, 2)), labels: [0, 0] };
    expect(leaveClassOut(single, fitRejection(single))).toEqual({
      areaUnderRoc: Number.NaN,
      unknownRejected: Number.NaN,
    });
  });

  test("refuses labels that do not fit", () => {
    const rejection = fitRejection({ logits });
    expect(() => leaveClassOut({ logits, labels: [0] }, rejection)).toThrow(DataError);
    expect(() => leaveClassOut({ logits, labels: [0] }, rejection)).toThrow(
      "leaveClassOut: expected 60 labels, one for each picture, got 1.",
    );
  });
});
