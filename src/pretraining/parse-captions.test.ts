import { expect, test } from "vitest";
import { DataError } from "../errors.ts";
import { parseCaptions } from "./parse-captions.ts";

const lines = (...objects: readonly object[]) => objects.map((object) => JSON.stringify(object)).join("\n");

test("reads pictures and their captions", () => {
  const content = lines(
    { image: "a/1.png", captions: ["a dog", " a puppy "] },
    { image: "2.png", caption: "cat" },
  );
  expect(parseCaptions(`${content}\n\n`, "captions.jsonl")).toEqual([
    { image: "a/1.png", captions: ["a dog", "a puppy"] },
    { image: "2.png", captions: ["cat"] },
  ]);
});

test("reads the metadata of Hugging Face's image folders, and Windows's paths and line ends", () => {
  const content = lines(
    { file_name: "a\\1.png", text: "a dog", width: 3 },
    { image: "./b.png", text: "a cat" },
  );
  expect(parseCaptions(content.replaceAll("\n", "\r\n"), "metadata.jsonl")).toEqual([
    { image: "a/1.png", captions: ["a dog"] },
    { image: "b.png", captions: ["a cat"] },
  ]);
});

test("reads a file with a byte order mark", () => {
  const content = `\uFEFF${lines({ image: "a.png", captions: ["a dog", "a pug"] })}`;
  expect(parseCaptions(content, "captions.jsonl")).toHaveLength(1);
});

test("joins the lines of one picture, however its path is spelled, and drops what they say twice", () => {
  const content = lines(
    { image: "a/b.png", caption: "dog" },
    { image: "./a//b.png", captions: ["pug", "dog"] },
    { image: "a\\.\\b.png", captions: ["puppy"] },
  );
  expect(parseCaptions(content, "captions.jsonl")).toEqual([
    { image: "a/b.png", captions: ["dog", "pug", "puppy"] },
  ]);
});

const good = { image: "a.png", caption: "a dog" };

test.each([
  ["no JSON", `${lines(good)}\n{image}`, "captions.jsonl, line 2: expected an object in JSON, got "],
  [
    "no image",
    lines({ caption: "x" }),
    'line 1: expected "image", a path, and "captions", a list of texts, got no image',
  ],
  ["a number as a caption", lines({ image: "a.png", caption: 3 }), 'line 1: expected "image", a path, and'],
  [
    "a path that leaves the folder",
    lines({ image: "../a.png", caption: "x" }),
    'line 1: expected the path of a file inside the folder of pictures, got "../a.png"',
  ],
  ["an absolute path", lines({ image: "/a.png", caption: "x" }), 'got "/a.png"'],
  ["a drive", lines({ image: "C:\\a.png", caption: "x" }), "expected the path of a file inside"],
  ["no path", lines({ image: "./", caption: "x" }), 'inside the folder of pictures, got "./"'],
  [
    "empty captions",
    lines(good, { image: "b.png", captions: [] }, { image: "c.png", captions: ["x", "  "] }),
    "captions.jsonl: expected at least one caption for each picture, and none empty, got an empty one on lines 2, 3.",
  ],
  [
    "many empty captions",
    lines(...Array.from({ length: 8 }, (_, index) => ({ image: `${index}.png`, caption: "" }))),
    "got an empty one on lines 1, 2, 3, 4, 5 and 3 more.",
  ],
  ["nothing", "\n \n", "captions.jsonl: expected a line for each picture, got none. Write a line a picture"],
  [
    "one caption for all",
    lines(good, { image: "b.png", caption: "a dog" }),
    'got "a dog" for each of 2 pictures. Say in each caption what its picture shows.',
  ],
])("refuses %s", (_, content, message) => {
  const parse = () => parseCaptions(content, "captions.jsonl");
  expect(parse).toThrow(DataError);
  expect(parse).toThrow(message);
});
