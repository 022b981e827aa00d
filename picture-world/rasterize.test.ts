import { expect, test } from "vitest";
import { rasterize } from "./rasterize.ts";

const svg = (body: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4" viewBox="0 0 4 4">${body}</svg>`;

test("fills a square of the side that is asked for", async () => {
  const image = await rasterize(svg('<path d="M0 0h2v4h-2z" fill="#ff8000"/>'), 8);
  expect(image).toMatchObject({ width: 8, height: 8 });
  const row = Array.from({ length: 8 }, (_, i) => [...image.data.subarray(4 * i, 4 * i + 4)]);
  expect(row).toEqual([...Array(4).fill([255, 128, 0, 255]), ...Array(4).fill([0, 0, 0, 0])]);
});

test("multiplies colours by alpha", async () => {
  const { data } = await rasterize(svg('<path d="M0 0h4v4h-4z" fill="#ff0080" fill-opacity=".5"/>'), 4);
  const [red, green, blue, alpha] = data;
  expect(alpha).toBeGreaterThanOrEqual(127);
  expect(alpha).toBeLessThanOrEqual(128);
  expect([red, green]).toEqual([alpha, 0]);
  expect(Math.abs((blue as number) - 64)).toBeLessThanOrEqual(1);
});
