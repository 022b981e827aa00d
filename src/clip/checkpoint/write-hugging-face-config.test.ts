import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseHuggingFaceConfig, parsePreprocessorConfig } from "./hugging-face-config.ts";
import {
  type VitDescription,
  writeHuggingFaceConfig,
  writePreprocessorConfig,
} from "./write-hugging-face-config.ts";

const golden = join(import.meta.dirname, "../../../test/golden/clip-vit.huggingface");
const readGolden = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(golden, name), "utf8"));

/** The golden folder's model. */
const model: VitDescription = (() => {
  const tower = { width: 128, layers: 3, heads: 2, activation: "quick_gelu", layerNormEps: 1e-5 } as const;
  return {
    config: {
      text: { ...tower, vocabularySize: 71, contextLength: 77 },
      image: { kind: "vit", ...tower, imageSize: 32, patchSize: 8 },
      jointWidth: 64,
      imageMean: [0.48145466, 0.4578275, 0.40821073],
      imageStd: [0.26862954, 0.26130258, 0.27577711],
    },
    mlpWidths: { text: 512, image: 512 },
  };
})();
const facts = { startOfText: 69, endOfText: 70, dtype: "float16" } as const;

test("says all that Transformers' own file of the golden folder says", () => {
  const written = JSON.parse(writeHuggingFaceConfig(model, facts));
  const { logit_scale_init_value, ...expected } = readGolden("config.json");
  // The scale before training, which concerns no trained model.
  expect(logit_scale_init_value).toBe(2.6592);
  expect(written).toMatchObject(expected);
  expect(written).toMatchObject({
    torch_dtype: "float16",
    text_config: { pad_token_id: 70, projection_dim: 64 },
    vision_config: { projection_dim: 64, num_channels: 3 },
  });
  expect(JSON.parse(writePreprocessorConfig(model.config))).toEqual({
    ...readGolden("preprocessor_config.json"),
    do_rescale: true,
  });
});

test("is read back as the same model", () => {
  const tower = fc.record({
    width: fc.integer({ min: 1, max: 2048 }),
    layers: fc.integer({ min: 1, max: 48 }),
    heads: fc.integer({ min: 1, max: 32 }),
    activation: fc.constantFrom("quick_gelu", "gelu"),
    layerNormEps: fc.double({ min: 1e-12, max: 0.1, noNaN: true }),
  });
  const size = fc.integer({ min: 1, max: 4096 });
  const unit = fc.double({ min: 0.01, max: 1, noNaN: true });
  const described = fc.record({
    config: fc.record({
      text: fc.tuple(tower, fc.record({ vocabularySize: size, contextLength: size })),
      image: fc.tuple(tower, fc.record({ imageSize: size, patchSize: size })),
      jointWidth: size,
      imageMean: fc.tuple(unit, unit, unit),
      imageStd: fc.tuple(unit, unit, unit),
    }),
    mlpWidths: fc.record({ text: size, image: size }),
  });
  fc.assert(
    fc.property(described, ({ config: { text, image, ...common }, mlpWidths }) => {
      const config = {
        ...common,
        text: { ...text[0], ...text[1] },
        image: { kind: "vit" as const, ...image[0], ...image[1] },
      };
      const { imageMean, imageStd } = config;
      const read = parseHuggingFaceConfig(
        "config.json",
        writeHuggingFaceConfig({ config, mlpWidths }, facts),
      );
      expect({ ...read, config: { ...read.config, imageMean, imageStd } }).toEqual({ config, mlpWidths });
      expect(parsePreprocessorConfig("preprocessor_config.json", writePreprocessorConfig(config))).toEqual({
        imageMean,
        imageStd,
        imageSize: config.image.imageSize,
      });
    }),
  );
});
