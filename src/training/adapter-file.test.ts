import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sampleAdapter } from "../../test/support/sample-adapter.ts";
import { parseSafetensors } from "../clip/checkpoint/safetensors.ts";
import { writeSafetensors } from "../clip/checkpoint/write-safetensors.ts";
import { LammError, ModelFileError } from "../errors.ts";
import { createMemorySource } from "../tensor/byte-source.ts";
import { createTensor, type Tensor, zeros } from "../tensor/tensor.ts";
import { VERSION } from "../version.ts";
import type { Adapter } from "./adapter.ts";
import { parseAdapter, serializeAdapter } from "./adapter-file.ts";

const DAMAGED = "The file is damaged; train it again.";
const DIVERGED = "Nothing was written; where training diverged, lower its learning rate or loss weights.";

function fileOf(adapter: Adapter): Uint8Array {
  return Buffer.concat(serializeAdapter(adapter));
}

/** The sample adapter's file with other metadata, or other tensors; `undefined` leaves one out. */
function changedFile({
  metadata = {},
  tensors = {},
}: {
  metadata?: Readonly<Record<string, string | undefined>>;
  tensors?: Readonly<Record<string, Tensor | undefined>>;
}): Uint8Array {
  const file = parseSafetensors(createMemorySource("sample", fileOf(sampleAdapter())));
  const merge = <T>(original: Iterable<readonly [string, unknown]>, changes: Readonly<Record<string, T>>) =>
    new Map(
      Object.entries({ ...Object.fromEntries(original), ...changes }).filter(
        ([, value]) => value !== undefined,
      ),
    );
  return Buffer.concat(
    writeSafetensors(
      merge(file.tensors, tensors) as Map<string, Tensor>,
      merge(file.metadata, metadata) as Map<string, string>,
    ),
  );
}

/** The sample adapter's description with one entry changed. */
function description(change: Readonly<Record<string, unknown>>): string {
  const { textFeatures: _, originalTextFeatures: __, parameters: ___, ...rest } = sampleAdapter();
  return JSON.stringify({ ...rest, ...change });
}

describe("round trip", () => {
  test("a written adapter is read again, element by element", () => {
    const adapter = sampleAdapter();
    expect(parseAdapter("a.safetensors", fileOf(adapter))).toEqual(adapter);
  });

  test("of any adapter", () => {
    const features = (classes: number, width: number) =>
      fc
        .float32Array({
          minLength: classes * width,
          maxLength: classes * width,
          noNaN: true,
          noDefaultInfinity: true,
        })
        .map((data) => createTensor("float32", [classes, width], data));
    const anyAdapter = fc
      .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 6 }))
      .chain(([classes, width]) =>
        fc.record({
          method: fc.string({ minLength: 1 }),
          baseModel: fc.record({
            id: fc.string({ unit: "grapheme" }),
            weightsHash: fc.string({ minLength: 1 }),
            preprocessing: fc.string({ minLength: 1 }),
          }),
          classNames: fc.array(fc.string({ unit: "binary" }), { minLength: classes, maxLength: classes }),
          template: fc.string(),
          logitScale: fc.double({ min: 1e-300, max: 1e300, noNaN: true }),
          config: fc.dictionary(
            fc.string().filter((key) => key !== "__proto__"),
            fc.jsonValue(),
          ),
          textFeatures: features(classes, width),
          originalTextFeatures: features(classes, width),
          parameters: fc.dictionary(
            fc.string().filter((key) => key !== "__proto__"),
            features(2, 3),
            { maxKeys: 3 },
          ),
        }),
      );
    fc.assert(
      fc.property(anyAdapter, (adapter) => {
        const normal = { ...adapter, config: JSON.parse(JSON.stringify(adapter.config)) };
        const file = fileOf(normal);
        const read = parseAdapter("a.safetensors", file);
        expect(read).toEqual({
          ...normal,
          config: { ...normal.config },
          parameters: { ...normal.parameters },
        });
        expect(Buffer.compare(fileOf(read), file)).toBe(0);
      }),
    );
  });

  test("the same adapter gives the same bytes, whatever the order of its entries", () => {
    const { classNames, method, parameters, ...rest } = sampleAdapter();
    const shuffled = { parameters, ...rest, classNames, method };
    expect(Buffer.compare(fileOf(shuffled), fileOf(sampleAdapter()))).toBe(0);
  });

  test("the file says which version wrote it", () => {
    const { metadata } = parseSafetensors(createMemorySource("a", fileOf(sampleAdapter())));
    expect(metadata.get("lamm.version")).toBe(VERSION);
    expect(metadata.get("lamm.format")).toBe("2");
  });
});

describe("what is no adapter of this version is refused", () => {
  const read = (bytes: Uint8Array) => () => parseAdapter("a.safetensors", bytes);

  test("another safetensors file", () => {
    const bytes = Buffer.concat(writeSafetensors(new Map([["weight", zeros([2])]])));
    expect(read(bytes)).toThrow(
      "a.safetensors: expected an adapter that lamm wrote, got a safetensors file without its metadata. " +
        "Give the file that `lamm train --out` wrote.",
    );
  });

  test("another kind of file", () => {
    expect(read(new TextEncoder().encode("\x89PNG\r\n\x1a\n, a picture"))).toThrow(ModelFileError);
    expect(read(new Uint8Array(3))).toThrow("a.safetensors: expected at least 8 bytes, got a file of 3.");
  });

  test("a newer format, naming the version that wrote it", () => {
    const bytes = changedFile({ metadata: { "lamm.format": "3", "lamm.version": "7.1.0" } });
    expect(read(bytes)).toThrow(
      "a.safetensors: expected adapter format 1 or 2, got format 3, written by lamm 7.1.0. Update lamm.",
    );
  });

  test("a format that never was", () => {
    const bytes = changedFile({ metadata: { "lamm.format": "x", "lamm.version": undefined } });
    expect(read(bytes)).toThrow("got format x, written by lamm of an unknown version. Train it again.");
  });

  test("a description that is missing or no JSON", () => {
    const where = 'a.safetensors, metadata "lamm.adapter"';
    expect(read(changedFile({ metadata: { "lamm.adapter": undefined } }))).toThrow(
      `${where}: expected the description of an adapter, got method: `,
    );
    expect(read(changedFile({ metadata: { "lamm.adapter": "{" } }))).toThrow(
      `${where}: expected valid JSON, got `,
    );
    expect(read(changedFile({ metadata: { "lamm.adapter": '{"a":1,"a":2}' } }))).toThrow(
      `${where}: expected each key once, got "a" twice.`,
    );
  });

  test.each([
    ["classNames", { classNames: [] }],
    ["classNames.1", { classNames: ["llama", 7] }],
    ["baseModel.weightsHash", { baseModel: { id: "x", weightsHash: "", preprocessing: "size=224" } }],
    ["logitScale", { logitScale: 0 }],
    ["logitScale", { logitScale: null }],
    ["config", { config: [] }],
    ["template", { template: undefined }],
  ])("a wrong %s", (path, change) => {
    expect(read(changedFile({ metadata: { "lamm.adapter": description(change) } }))).toThrow(
      `a.safetensors, metadata "lamm.adapter": expected the description of an adapter, got ${path}: `,
    );
  });

  test("a description with a key that this format does not have", () => {
    expect(read(changedFile({ metadata: { "lamm.adapter": description({ bias: 1 }) } }))).toThrow(
      `expected the description of an adapter, got Unrecognized key: "bias". ${DAMAGED}`,
    );
  });
});

describe("tensors that do not fit are refused", () => {
  const read = (tensors: Readonly<Record<string, Tensor | undefined>>) => () =>
    parseAdapter("a.safetensors", changedFile({ tensors }));

  test("nothing to score by", () => {
    const gone = {
      text_features: undefined,
      original_text_features: undefined,
      "parameter.token_classes": undefined,
    };
    expect(read(gone)).toThrow(
      `a.safetensors, tensor "text_features": expected float32 [3, D], a row for each class, got no such tensor. ${DAMAGED}`,
    );
  });

  test("text features may be missing beside parameters: where prompts depend on the picture, or there are no words", () => {
    const found = read({ text_features: undefined, original_text_features: undefined })();
    expect(found.textFeatures).toBeUndefined();
    expect(found.originalTextFeatures).toBeUndefined();
    expect(Object.keys(found.parameters)).toEqual(Object.keys(sampleAdapter().parameters));
  });

  test("features of another number of classes", () => {
    expect(read({ text_features: zeros([4, 4]) })).toThrow(
      'a.safetensors, tensor "text_features": expected float32 [3, 4], a row for each class, got float32 [4, 4].',
    );
    expect(() =>
      parseAdapter(
        "a.safetensors",
        changedFile({ metadata: { "lamm.adapter": description({ classNames: ["one", "two"] }) } }),
      ),
    ).toThrow('tensor "text_features": expected float32 [2, 4], a row for each class, got float32 [3, 4].');
  });

  test("features of another rank, width or dtype", () => {
    expect(read({ text_features: zeros([12]) })).toThrow(
      "expected float32 [3, D], a row for each class, got float32 [12].",
    );
    expect(read({ text_features: zeros([3, 0]) })).toThrow(
      "expected float32 [3, D], a row for each class, got float32 [3, 0].",
    );
    expect(read({ text_features: zeros([3, 4, 1]) })).toThrow(
      "expected float32 [3, 4], a row for each class, got float32 [3, 4, 1].",
    );
    expect(read({ original_text_features: zeros([3, 5]) })).toThrow(
      'tensor "original_text_features": expected float32 [3, 4], a row for each class, got float32 [3, 5].',
    );
    const halves = createTensor("float16", [3, 4], new Uint16Array(12));
    expect(read({ text_features: halves })).toThrow("got float16 [3, 4].");
    expect(read({ "parameter.token_classes": halves })).toThrow(
      `a.safetensors, tensor "parameter.token_classes": expected float32 [3, 4], a row for each class, got float16 [3, 4].`,
    );
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "%s among the numbers",
    (value) => {
      const data = new Float32Array(12).fill(0.5);
      data[7] = value;
      for (const name of ["text_features", "original_text_features", "parameter.token_classes"]) {
        expect(read({ [name]: createTensor("float32", [3, 4], data) })).toThrow(
          `a.safetensors, tensor "${name}": expected finite numbers, got ${value} as element 7. ${DAMAGED}`,
        );
      }
    },
  );
});

describe("an adapter that could not be read again is not written", () => {
  test("where training diverged", () => {
    const data = new Float32Array(12).fill(Number.NaN);
    const adapter = sampleAdapter({ textFeatures: createTensor("float32", [3, 4], data) });
    expect(() => serializeAdapter(adapter)).toThrow(
      `adapter, tensor "text_features": expected finite numbers, got NaN as element 0. ${DIVERGED}`,
    );
    const parameters = { token_classes: createTensor("float32", [12], data) };
    expect(() => serializeAdapter(sampleAdapter({ parameters }))).toThrow('tensor "parameter.token_classes"');
  });

  test("where features and classes differ in number", () => {
    expect(() => serializeAdapter(sampleAdapter({ classNames: ["llama"] }))).toThrow(
      'adapter, tensor "text_features": expected float32 [1, 4], a row for each class, got float32 [3, 4].',
    );
  });

  test("where the description is wrong", () => {
    expect(() => serializeAdapter(sampleAdapter({ logitScale: Number.POSITIVE_INFINITY }))).toThrow(
      "adapter: expected the description of an adapter, got logitScale: ",
    );
  });
});

test("a damaged file gives an adapter or an error that says what is wrong, and nothing else", () => {
  // Slices of a Buffer share its memory; those of a plain array are copies.
  const whole = new Uint8Array(fileOf(sampleAdapter()));
  fc.assert(
    fc.property(
      fc.oneof(fc.constant(whole.length), fc.nat({ max: whole.length })),
      fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), { maxLength: 4 }),
      (length, changes) => {
        const bytes = whole.slice(0, length);
        for (const [position, byte] of changes) if (position < length) bytes[position] = byte;
        try {
          expect(parseAdapter("a.safetensors", bytes).classNames.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(LammError);
          expect((error as Error).message).toContain("a.safetensors");
        }
      },
    ),
    { numRuns: 2000 },
  );
});
