import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

describe("createCaptionedFolder", () => {
  const request = { step: 0, batchSize: 3, imageSize: 16, seed: 1 };

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
    writeFileSync(picture, Buffer.concat([content, Buffer.of(0)]));
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

  test("says which pictures are missing", async () => {
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

  test("names a picture that is damaged when its turn comes", async () => {
    writeFileSync(join(folder, "broken.png"), readFileSync(join(folder, "cat", "0.png")).subarray(0, 200));
    writeCaptions([...captioned, { image: "broken.png", caption: "broken" }]);
    const source = await createCaptionedFolder({ folder });
    await expect(source.batch({ ...request, batchSize: 4 })).rejects.toThrow(
      "broken.png: expected a whole picture, got damaged png data",
    );
  });

  test("says that there is no captions file", async () => {
    rmSync(join(folder, "captions.jsonl"));
    await expect(createCaptionedFolder({ folder })).rejects.toThrow("captions.jsonl: expected ");
  });
});
