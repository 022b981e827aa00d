import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { featureSet, type WriteFeaturesOptions, writeFeatures } from "../../test/support/write-features.ts";
import { DataError, ModelFileError } from "../errors.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import { toFloat16 } from "../tensor/to-float16.ts";
import { isFeatureFile, openFeatureFile } from "./feature-file.ts";

const classNames = ["cat", "dog", "emu"];
let folder: string;
let count = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lamm-features-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a file of a new name. */
const write = (tensors: Readonly<Record<string, Tensor>>, options: WriteFeaturesOptions = { classNames }) =>
  writeFeatures(join(folder, `${count++}.safetensors`), tensors, options);

const train = featureSet("train", [0, 1, 2]);
const float32 = (shape: readonly number[], ...numbers: number[]) =>
  createTensor("float32", shape, Float32Array.from(numbers));

describe("a file of features", () => {
  test("says what is in it, and where it is from", () => {
    const tensors = { ...train, ...featureSet("test", [2, 0]), ...featureSet("train16", [0, 1]) };
    const file = openFeatureFile(write(tensors, { classNames, metadata: { backbone: "ViT-B/32" } }));
    expect(file).toMatchObject({ classNames, backbone: "ViT-B/32", width: 4 });
    expect([...file.parts].sort()).toEqual(["test", "train", "train16"]);
    expect(file).not.toHaveProperty("textFeatures");
    expect(file.readPart("test").labels).toEqual([2, 0]);
    expect(openFeatureFile(write(train)).backbone).toBe("");
  });

  test("has features of length 1, of the words too", () => {
    const text = float32([3, 2], 0, 2, 3, 0, 3, 4);
    const features = float32([2, 2], 3, 4, 0, -5);
    const labels = createTensor("int32", [2], Int32Array.of(2, 0));
    const file = openFeatureFile(
      write({ "val.features": features, "val.labels": labels, "text.features": text }),
    );
    expect(file.textFeatures).toEqual(float32([3, 2], 0, 1, 1, 0, 0.6, 0.8));
    expect(file.readPart("val")).toEqual({ features: float32([2, 2], 0.6, 0.8, 0, -1), labels: [2, 0] });
  });

  test.each([
    ["float16", toFloat16(float32([1, 2], 3, 4))],
    ["bfloat16", createTensor("bfloat16", [1, 2], Uint16Array.of(0x4040, 0x4080))],
    ["float64", createTensor("float64", [1, 2], Float64Array.of(3, 4))],
  ] as const)("takes %s", (_, features) => {
    const path = write({ "test.features": features, "test.labels": labelsOf(0) });
    expect(openFeatureFile(path).readPart("test").features).toEqual(float32([1, 2], 0.6, 0.8));
  });

  test("has class names in an array, or under class_names beside anything else", () => {
    expect(
      openFeatureFile(write(train, { classNames: { class_names: classNames, date: 1 } })).classNames,
    ).toEqual(classNames);
  });

  test("is told by its name, and that it is a file", () => {
    const path = write(train);
    mkdirSync(join(folder, "folder.safetensors"));
    expect(
      [path, join(folder, "folder.safetensors"), join(folder, "none.safetensors"), folder].map(isFeatureFile),
    ).toEqual([true, false, false, false]);
  });
});

const labelsOf = (...labels: number[]) =>
  createTensor("int64", [labels.length], BigInt64Array.from(labels, BigInt));

/** Expects a file to be refused when it is opened or its set `train` is read. */
function refuses(
  tensors: Readonly<Record<string, Tensor>>,
  message: string | RegExp,
  options: WriteFeaturesOptions = { classNames },
): void {
  const path = write(tensors, options);
  const read = () => openFeatureFile(path).readPart("train");
  expect(read).toThrow(DataError);
  expect(read).toThrow(message);
  expect(read).toThrow(path.replace(/\.safetensors$/, ""));
}

describe("a file is refused", () => {
  test("without features of a set that has one of the names", () => {
    const expected =
      "expected image features: tensors train.features and train.labels, or others of val, test and train16";
    refuses({}, `${expected}, got no tensors.`);
    refuses({ token_classes: float32([1], 1) }, `${expected}, got token_classes.`);
    refuses(featureSet("dev", [0]), `${expected}, got dev.labels, dev.features.`);
    refuses({ "train.features": float32([3], 1, 2, 3) }, `${expected}, got train.features.`);
    refuses({ "train.features": float32([3, 0]) }, `${expected}, got train.features.`);
  });

  test("without class names", () => {
    const expected = "expected class names as a JSON array, or an object with class_names, got";
    refuses(train, `${expected} no such file. Write the names of the classes there, by class index.`, {});
    refuses(train, `${expected} JSON without a list of 2 names or more that are text. Write`, {
      classNames: [1, 2],
    });
    for (const wrong of ["cat", ["cat"], ["cat", 3], ["cat", " "], { names: classNames }]) {
      refuses(train, expected, { classNames: wrong });
    }
    const path = write(train);
    writeFileSync(path.replace(/safetensors$/, "json"), "[");
    expect(() => openFeatureFile(path)).toThrow(`${path.replace(/safetensors$/, "json")}: ${expected} `);
  });

  test("for a set that is not there", () => {
    const file = openFeatureFile(write({ ...train, ...featureSet("val", [0]) }));
    expect(() => file.readPart("test")).toThrow('expected a set "test", got train, val.');
  });

  test("for features that are no matrix of floating-point numbers", () => {
    const features = createTensor("int32", [1, 2], Int32Array.of(1, 2));
    const where = 'tensor "train.features": expected floating-point numbers';
    refuses(
      { "train.features": features, "train.labels": labelsOf(0) },
      `${where} [1, 2], got int32 [1, 2].`,
    );
    const views = float32([1, 2, 2], 1, 2, 3, 4);
    refuses(
      { "train.features": views, "train.labels": labelsOf(0) },
      `${where} [1, 2], got float32 [1, 2, 2].`,
    );
  });

  test("for widths that differ", () => {
    const file = openFeatureFile(write({ ...train, ...featureSet("test", [0], { width: 3 }) }));
    // Of equal element sizes, tensors of a file are in the order of their names: test comes first.
    expect(file.width).toBe(3);
    expect(() => file.readPart("train")).toThrow(
      'tensor "train.features": expected floating-point numbers [3, 3], got float32 [3, 4].',
    );
  });

  test("for text features that do not fit the class names", () => {
    const text = float32([2, 4], 1, 0, 0, 0, 0, 1, 0, 0);
    refuses(
      { ...train, "text.features": text },
      'tensor "text.features": expected floating-point numbers [3, 4], got float32 [2, 4].',
    );
  });

  test("for numbers that are not finite", () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const features = float32([2, 2], 1, 2, 3, bad);
      refuses(
        { "train.features": features, "train.labels": labelsOf(0, 1) },
        `tensor "train.features": expected finite numbers, got ${bad} in row 1.`,
      );
    }
  });
});

describe("labels are refused", () => {
  test("that are not one class index each", () => {
    const features = float32([2, 2], 1, 2, 3, 4);
    const where =
      'tensor "train.labels": expected integers [2], a class index for each row of the features, got';
    refuses({ "train.features": features }, `${where} no such tensor.`);
    refuses({ "train.features": features, "train.labels": float32([2], 0, 1) }, `${where} float32 [2].`);
    refuses({ "train.features": features, "train.labels": labelsOf(0) }, `${where} int64 [1].`);
    const column = createTensor("int64", [2, 1], BigInt64Array.of(0n, 1n));
    refuses({ "train.features": features, "train.labels": column }, `${where} int64 [2, 1].`);
  });

  test("that are out of range", () => {
    const features = float32([2, 2], 1, 2, 3, 4);
    const where = 'tensor "train.labels": expected class indices from 0 to 2, as there are class names, got';
    for (const [bad, shown] of [
      [3n, "3"],
      [-1n, "-1"],
      [2n ** 62n, "4611686018427388000"],
    ] as const) {
      const labels = createTensor("int64", [2], BigInt64Array.of(2n, bad));
      refuses({ "train.features": features, "train.labels": labels }, `${where} ${shown} in row 1.`);
    }
  });
});

describe("a file from who knows where is refused", () => {
  test("for more pictures than there are", () => {
    const rows = 4_000_001;
    const features = createTensor("float16", [rows, 1], new Uint16Array(rows));
    refuses({ "train.features": features }, "expected at most 4000000 pictures, got 4000001.");
  });

  test("for a header that promises more than the file has, before anything of that size is made", () => {
    const path = join(folder, "hostile.safetensors");
    const shape = [2 ** 30, 2 ** 20];
    const entry = { dtype: "F32", shape, data_offsets: [0, 4 * 2 ** 50] };
    const header = Buffer.from(JSON.stringify({ "train.features": entry }));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(path, Buffer.concat([length, header, Buffer.alloc(16)]));
    expect(() => openFeatureFile(path)).toThrow(ModelFileError);
    expect(() => openFeatureFile(path)).toThrow(path);
  });
});
