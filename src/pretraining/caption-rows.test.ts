import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { suffixIndexTensors } from "../clip/suffix-layout.ts";
import { ShapeError } from "../errors.ts";
import { createRandom } from "../tensor/random.ts";
import { embedCaptions, packCaptions, scatterCaptionGradients } from "./caption-rows.ts";

const START = 7;
const END = 8;
const VOCABULARY = 9;
const MAX_LENGTH = 6;
const WIDTH = 3;
const options = { maxLength: MAX_LENGTH, rowStep: 4 };

/** Token ids of captions, words repeated among and within them. */
const sequences = fc.array(
  fc
    .array(fc.nat(START - 1), { maxLength: MAX_LENGTH - 2 })
    .map((words: readonly number[]) => [START, ...words, END]),
  { minLength: 1, maxLength: 6 },
);

/** Whole numbers so small that float32 adds and multiplies them exactly. */
function drawWhole(seed: number): (length: number) => Float32Array {
  const { random } = createRandom(seed);
  return (length) => Float32Array.from({ length }, () => Math.floor(17 * random()) - 8);
}

function drawTables(seed: number) {
  const draw = drawWhole(seed);
  return { token: draw(VOCABULARY * WIDTH), position: draw(MAX_LENGTH * WIDTH), width: WIDTH };
}

function dot(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? Number.NaN), 0);
}

const sizes = { token: VOCABULARY * WIDTH, position: MAX_LENGTH * WIDTH, width: WIDTH };

describe("packCaptions", () => {
  test("packs all tokens but the first, one caption after the other", () => {
    const packed = packCaptions(
      [
        [START, 1, 2, END],
        [START, END],
        [START, 1, END],
      ],
      options,
    );
    expect(packed.tokens).toEqual([1, 2, END, END, 1, END]);
    expect(packed.positions).toEqual([1, 2, 3, 1, 1, 2]);
    expect(packed.start).toBe(START);
    expect(packed.layout).toEqual({
      lengths: [3, 1, 2],
      positions: MAX_LENGTH - 1,
      rows: 8,
      rowOf: [[0, 1, 2], [3], [4, 5]],
      isGrid: false,
    });
  });

  test("gives one form of graph for all batches of as many rows, full ones too", () => {
    const full = packCaptions(Array(4).fill([START, 1, 2, 3, 4, END]), options);
    const mixed = packCaptions([...Array(3).fill([START, 1, 2, 3, 4, END]), [START, 1, END]], options);
    expect(full.layout).toMatchObject({ rows: 20, isGrid: false });
    const shapesOf = ({ layout }: typeof full) =>
      Object.entries(suffixIndexTensors(layout)).map(([name, { shape }]) => [name, shape]);
    expect(shapesOf(mixed)).toEqual(shapesOf(full));
  });

  test("needs no more rows than the next multiple of the step", () => {
    fc.assert(
      fc.property(sequences, fc.integer({ min: 1, max: 9 }), (list, rowStep) => {
        const { layout, tokens } = packCaptions(list, { maxLength: MAX_LENGTH, rowStep });
        expect(layout.rows % rowStep).toBe(0);
        expect(layout.rows - tokens.length).toBeGreaterThanOrEqual(0);
        expect(layout.rows - tokens.length).toBeLessThan(rowStep);
      }),
    );
  });

  test.each([
    ["longer than the longest", [START, 1, 1, 1, 1, 1, END], 7],
    ["of one token", [START], 1],
    ["without any", [], 0],
  ])("refuses a caption %s", (_, caption, got) => {
    const pack = () => packCaptions([[START, END], caption], options);
    expect(pack).toThrow(ShapeError);
    expect(pack).toThrow(
      `caption 1 of a batch: expected 2 to 6 tokens, got ${got}. Begin with start-of-text, cut to the run's longest caption, ` +
        "and end with end-of-text.",
    );
  });
});

test("embeds each token at its position, and leaves rows of nobody at zero", () => {
  const token = Float32Array.from({ length: VOCABULARY * 2 }, (_, i) => 10 * Math.floor(i / 2) + (i % 2));
  const position = Float32Array.from({ length: MAX_LENGTH * 2 }, (_, i) => 100 * Math.floor(i / 2));
  const packed = packCaptions(
    [
      [START, 3, END],
      [START, END],
    ],
    options,
  );
  const { prefix, suffix } = embedCaptions(packed, { token, position, width: 2 });
  expect([...prefix]).toEqual([70, 71]);
  expect([...suffix]).toEqual([130, 131, 280, 281, 180, 181, 0, 0]);
});

describe("scatterCaptionGradients", () => {
  test("is the transpose of the embedding: <scatter(dy), tables> = <dy, embed(tables)>", () => {
    fc.assert(
      fc.property(sequences, fc.nat(10_000), (list, seed) => {
        const packed = packCaptions(list, options);
        const tables = drawTables(seed);
        const rows = embedCaptions(packed, tables);
        const draw = drawWhole(seed + 1);
        // What comes back for rows of nobody is zero by the graph, but must not matter.
        const dy = { prefix: draw(WIDTH), suffix: draw(packed.layout.rows * WIDTH) };
        const found = scatterCaptionGradients(packed, dy, sizes);
        expect(dot(found.token, tables.token) + dot(found.position, tables.position)).toBe(
          dot(dy.prefix, rows.prefix) + dot(dy.suffix, rows.suffix),
        );
      }),
    );
  });

  test("adds what a token gets in several places, and nothing to tokens that are not there", () => {
    const packed = packCaptions(
      [
        [START, 1, 1, END],
        [START, 1, END],
      ],
      options,
    );
    const suffix = new Float32Array(packed.layout.rows * WIDTH).fill(1);
    const found = scatterCaptionGradients(packed, { prefix: Float32Array.of(5, 5, 5), suffix }, sizes);
    const firstOf = (table: Float32Array) => [...table].filter((_, index) => index % WIDTH === 0);
    expect(firstOf(found.token)).toEqual([0, 3, 0, 0, 0, 0, 0, 5, 2]);
    expect(firstOf(found.position)).toEqual([5, 2, 2, 1, 0, 0]);
  });
});
