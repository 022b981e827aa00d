import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writePictures } from "../../../test/support/cli/write-pictures.ts";
import { createCaptionedFolder } from "./captioned-folder.ts";

let folder: string;
const captioned = [
  { image: "cat/0.png", captions: ["a cat", "a kitten"] },
  { image: "cat/1.png", captions: ["a tom"] },
  { image: "dog/0.png", captions: ["a dog"] },
];

function writeCaptions(lines: readonly object[], name = "captions.jsonl") {
  writeFileSync(join(folder, name), lines.map((line) => JSON.stringify(line)).join("\n"));
}

beforeAll(async () => {
  folder = await writePictures(mkdtempSync(join(tmpdir(), "lamm-captions-")), { cat: 2, dog: 1 });
});
afterAll(() => rmSync(folder, { recursive: true }));

const request = { step: 0, batchSize: 3, imageSize: 16, seed: 1 };

describe("createCaptionedFolder", () => {
  test("shows each picture once before any comes again, with one of its captions", async () => {
    writeCaptions(captioned);
    const source = await createCaptionedFolder({ folder });
    expect(source.texts).toEqual(["a cat", "a kitten", "a tom", "a dog"]);
    const seen = new Set<string>();
    for (let step = 0; step < 12; step++) {
      const { pictures, captions } = await source.batch({ ...request, step });
      const kinds = captions.map((caption) =>
        captioned.findIndex((entry) => entry.captions.includes(caption)),
      );
      expect(kinds.sort()).toEqual([0, 1, 2]);
      for (const caption of captions) seen.add(caption);
      for (const { width, height, data } of pictures)
        expect([width, height, data.length]).toEqual([16, 16, 768]);
    }
    expect(seen.size).toBe(4);
  });

  test("gives a step the same batch whatever came before, across the end of an epoch too", async () => {
    writeCaptions(captioned);
    const odd = { ...request, batchSize: 2, step: 1 };
    const first = await createCaptionedFolder({ folder });
    for (const step of [5, 0, 9]) await first.batch({ ...odd, step });
    const second = await createCaptionedFolder({ folder });
    expect(await second.batch(odd)).toEqual(await first.batch(odd));
    expect(second.identity).toBe(first.identity);
    expect(await second.batch({ ...odd, seed: 2 })).not.toEqual(await first.batch(odd));
  });

  test("is another source when captions or pictures change", async () => {
    writeCaptions(captioned);
    const { identity } = await createCaptionedFolder({ folder });
    writeCaptions(captioned.slice(0, 2));
    const fewer = await createCaptionedFolder({ folder });
    expect(fewer.identity).not.toBe(identity);
    const picture = join(folder, "cat", "0.png");
    const content = readFileSync(picture);
    // As large as before: one bit of the checksum behind its last chunk.
    writeFileSync(picture, Buffer.concat([content.subarray(0, -1), Buffer.of((content.at(-1) ?? 0) ^ 1)]));
    const changed = await createCaptionedFolder({ folder });
    writeFileSync(picture, content);
    expect(changed.identity).not.toBe(fewer.identity);
  });

  test("takes a captions file of another name, and metadata.jsonl where there is no other", async () => {
    rmSync(join(folder, "captions.jsonl"), { force: true });
    writeCaptions(
      [
        { file_name: "cat/0.png", text: "a cat" },
        { file_name: "dog/0.png", text: "a dog" },
      ],
      "metadata.jsonl",
    );
    expect((await createCaptionedFolder({ folder })).texts).toEqual(["a cat", "a dog"]);
    writeCaptions(captioned.slice(0, 1), "few.jsonl");
    expect((await createCaptionedFolder({ folder, captions: "few.jsonl" })).texts).toEqual([
      "a cat",
      "a kitten",
    ]);
    rmSync(join(folder, "metadata.jsonl"));
  });

  test("shows the edges of a wide picture that is kept smaller than it is", async () => {
    const [height, width] = [64, 96];
    const pixels = Uint8Array.from({ length: 3 * width * height }, (_, at) => Math.floor(at / 3) % width);
    await sharp(pixels, { raw: { width, height, channels: 3 } })
      .png()
      .toFile(join(folder, "wide.png"));
    writeCaptions([{ image: "wide.png", captions: ["dark", "light"] }]);
    const source = await createCaptionedFolder({ folder });
    const { pictures } = await source.batch({ ...request, batchSize: 200, imageSize: 8 });
    const values = pictures.flatMap(({ data }) => [...data]);
    // The middle square of it ends at 16 and 80.
    expect(Math.min(...values)).toBeLessThan(8);
    expect(Math.max(...values)).toBeGreaterThan(88);
  });
});

describe("createCaptionedFolder refuses", () => {
  test("missing pictures, and says which", async () => {
    const missing = Array.from({ length: 7 }, (_, index) => ({
      image: `gone/${index}.png`,
      caption: `${index}`,
    }));
    writeCaptions([...captioned, ...missing]);
    await expect(createCaptionedFolder({ folder })).rejects.toThrow(
      "captions.jsonl: expected the 10 pictures that it names, got no file for 7 of them: " +
        "gone/0.png, gone/1.png, gone/2.png, gone/3.png, gone/4.png and 2 more. Paths are relative to the folder.",
    );
  });

  test("a folder as a picture, and a path through a file", async () => {
    writeCaptions([...captioned, { image: "cat", caption: "1" }, { image: "cat/0.png/x", caption: "2" }]);
    await expect(createCaptionedFolder({ folder })).rejects.toThrow(
      "got no file for 2 of them: cat, cat/0.png/x.",
    );
  });

  test("a damaged picture when its turn comes, by name", async () => {
    writeFileSync(join(folder, "broken.png"), readFileSync(join(folder, "cat", "0.png")).subarray(0, 200));
    writeCaptions([...captioned, { image: "broken.png", caption: "broken" }]);
    const source = await createCaptionedFolder({ folder });
    await expect(source.batch({ ...request, batchSize: 4 })).rejects.toThrow(
      "broken.png: expected a whole picture, got damaged png data",
    );
  });

  test("a folder without a captions file, or none at all", async () => {
    rmSync(join(folder, "captions.jsonl"));
    await expect(createCaptionedFolder({ folder })).rejects.toThrow(
      "captions.jsonl: expected a captions file, got no file of that name. Write a line a picture, such as ",
    );
    await expect(createCaptionedFolder({ folder, captions: "cat" })).rejects.toThrow(
      "cat: expected a captions file, got EISDIR",
    );
    await expect(createCaptionedFolder({ folder: join(folder, "none") })).rejects.toThrow(
      "captions.jsonl: expected a captions file, got no such folder.",
    );
  });
});
