import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { conceptsDrawnIn } from "./concepts.ts";
import { createPictureSource } from "./generator.ts";

const STYLES = ["fxemoji", "streamline-emojis"] as const;
const source = await createPictureSource({ styles: STYLES });
const request = { step: 3, batchSize: 12, imageSize: 32, seed: 5 };

describe("createPictureSource", () => {
  test("makes pictures and captions, as many as asked for", async () => {
    const { pictures, captions } = await source.batch(request);
    expect(captions).toHaveLength(12);
    expect(pictures.map(({ width, height, data }) => [width, height, data.length])).toEqual(
      Array(12).fill([32, 32, 3 * 32 * 32]),
    );
  });

  test("a batch is a pure function of the request, whatever was asked for before", async () => {
    const batch = await source.batch(request);
    await source.batch({ ...request, step: 900 });
    expect(await source.batch(request)).toEqual(batch);
    const other = await createPictureSource({ styles: STYLES });
    expect(await other.batch(request)).toEqual(batch);
    for (const change of [{ step: 4 }, { seed: 6 }]) {
      const changed = await source.batch({ ...request, ...change });
      expect(changed.captions).not.toEqual(batch.captions);
      expect(changed.pictures).not.toEqual(batch.pictures);
    }
  });

  test("batches have the recorded bytes", async () => {
    const hash = createHash("sha256");
    const { pictures, captions } = await source.batch({ ...request, imageSize: 64 });
    for (const { data } of pictures) hash.update(data);
    // A new digest means other pictures: change the generator's version with it.
    expect(hash.digest("hex")).toMatchInlineSnapshot(
      `"04acbaa8f1f9981f4bb22ef06f151f153e2b90d158a91e557781641694d29ff4"`,
    );
    expect(captions.slice(0, 4)).toMatchInlineSnapshot(`
      [
        "there is a litter in bin here",
        "an icon of a crystal ball.",
        "a blurry photo of a exploding head.",
        "a photo of a woman dancing.",
      ]
    `);
  });

  test("shows every concept once before any comes again", async () => {
    const concepts = conceptsDrawnIn(STYLES);
    const [one, other] = await Promise.all(
      [0, 1].map((step) => source.batch({ step, batchSize: concepts.length, imageSize: 4, seed: 1 })),
    );
    // Most captions name their concept; look-alikes and keywords make some equal.
    expect(new Set(one?.captions).size).toBeGreaterThan(0.9 * concepts.length);
    expect(other?.captions).not.toEqual(one?.captions);
  });

  test("with a number of pictures, these come again with other captions", async () => {
    const few = await createPictureSource({ styles: STYLES, pictures: 12 });
    const first = await few.batch({ ...request, step: 0 });
    const second = await few.batch({ ...request, step: 1 });
    expect(second.pictures).toEqual(first.pictures);
    expect(second.captions).not.toEqual(first.captions);
  });

  test("its texts hold the words of captions", async () => {
    const words = new Set(source.texts.flatMap((text) => text.match(/[a-z]+/g) ?? []));
    const { captions } = await source.batch({ ...request, batchSize: 200, imageSize: 4 });
    const missing = captions
      .flatMap((caption) => caption.match(/[a-z]+/g) ?? [])
      .filter((word) => !words.has(word));
    expect(missing).toEqual([]);
  });

  test("its identity changes with every setting", async () => {
    const settings = [
      { styles: STYLES },
      { styles: ["fxemoji"] },
      { styles: STYLES, conditions: "v2" },
      { styles: STYLES, pictures: 10 },
    ];
    const identities = await Promise.all(
      settings.map(async (each) => (await createPictureSource(each)).identity),
    );
    expect(new Set(identities).size).toBe(settings.length);
    expect(identities[0]).toBe(source.identity);
    expect(source.identity).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("options that are refused", () => {
  test.each([
    [
      { styles: ["noto"], style: "noto" },
      /options: expected one of styles, conditions, pictures, got the key "style"/,
    ],
    [{ styles: ["cubism"] }, /options, styles\.0: expected .*"noto".*got "cubism"/],
    [{ styles: [] }, /options, styles: expected .*got \[\]/],
    [{ styles: ["noto", "noto"] }, /options, styles: expected each style once, got \["noto","noto"\]/],
    [{ styles: ["noto"], conditions: "hard" }, /options, conditions: expected .*standard.*got "hard"/],
    [{ styles: ["noto"], pictures: 0 }, /options, pictures: expected .*got 0/],
    [undefined, /options: expected .*got undefined/],
  ])("%j", async (options, message) => {
    await expect(createPictureSource(options)).rejects.toThrow(message);
  });
});
