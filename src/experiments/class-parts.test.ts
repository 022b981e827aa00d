import { expect, test } from "vitest";
import { splitClasses } from "./class-parts.ts";

test("the first half of the classes is the larger one, and both are numbered from 0", () => {
  const picture = (label: number) => ({ path: `${label}.jpg`, label });
  const { set1, set2 } = splitClasses({
    ...{ name: "DTD", classNames: ["a", "b", "c"], classIds: ["A", "B", "C"], template: "{}", identity: "i" },
    ...{ train: [picture(2), picture(0), picture(1)], val: [picture(1)], test: [picture(2), picture(0)] },
  });
  expect(set1).toMatchObject({ classNames: ["a", "b"], classIds: ["A", "B"], val: [{ label: 1 }] });
  expect(set1.train).toEqual([picture(0), picture(1)]);
  expect(set2).toMatchObject({ classNames: ["c"], classIds: ["C"], val: [] });
  expect(set2.test).toEqual([{ path: "2.jpg", label: 0 }]);
});
