import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ModelFileError } from "../../errors.ts";
import { withFileSource } from "../../tensor/node/file-source.ts";
import { parseHuggingFaceConfig, parsePreprocessorConfig } from "./hugging-face-config.ts";
import { findLayout } from "./layouts.ts";
import { parseOpenClipConfig } from "./open-clip-config.ts";
import { type ConfigFiles, readConfig } from "./read-config.ts";
import { parseSafetensors } from "./safetensors.ts";

const golden = join(import.meta.dirname, "../../../test/golden");
const huggingFaceJson = readFileSync(join(golden, "clip-vit.huggingface/config.json"), "utf8");

function weightsOf(path: string) {
  const { tensors } = withFileSource(join(golden, path), parseSafetensors);
  return { name: "model.safetensors", tensors, layout: findLayout(path, tensors) };
}
const huggingFaceWeights = weightsOf("clip-vit.huggingface/model.safetensors");
const openAiWeights = weightsOf("clip-vit.openai.safetensors");

const openClip = {
  model_cfg: {
    embed_dim: 64,
    vision_cfg: { image_size: 32, layers: 3, width: 128, patch_size: 8 },
    text_cfg: { context_length: 77, vocab_size: 71, width: 128, heads: 2, layers: 3 },
  },
  preprocess_cfg: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
};

const fileOf = (name: string, value: unknown) => ({ name, json: JSON.stringify(value) });

describe("config.json", () => {
  const parse = (value: unknown) => parseHuggingFaceConfig("config.json", JSON.stringify(value));

  test("without keys is openai/clip-vit-base-patch32", () => {
    expect(parse({})).toEqual({
      config: {
        text: {
          width: 512,
          layers: 12,
          heads: 8,
          activation: "quick_gelu",
          layerNormEps: 1e-5,
          vocabularySize: 49408,
          contextLength: 77,
        },
        image: {
          kind: "vit",
          width: 768,
          layers: 12,
          heads: 12,
          activation: "quick_gelu",
          layerNormEps: 1e-5,
          imageSize: 224,
          patchSize: 32,
        },
        jointWidth: 512,
        imageMean: [0.48145466, 0.4578275, 0.40821073],
        imageStd: [0.26862954, 0.26130258, 0.27577711],
      },
      mlpWidths: { text: 2048, image: 3072 },
    });
  });

  test("gives activation, epsilon, heads and widths of each tower", () => {
    const { config, mlpWidths } = parse({
      projection_dim: 768,
      text_config: { hidden_act: "gelu", num_attention_heads: 4, intermediate_size: 1000, eos_token_id: 2 },
      vision_config: {
        layer_norm_eps: 1e-6,
        patch_size: 14,
        image_size: 336,
        dropout: 0,
        torch_dtype: "float16",
      },
    });
    expect(config.text).toMatchObject({ activation: "gelu", heads: 4, layerNormEps: 1e-5 });
    expect(config.image).toMatchObject({
      activation: "quick_gelu",
      layerNormEps: 1e-6,
      patchSize: 14,
      imageSize: 336,
    });
    expect(config.jointWidth).toBe(768);
    expect(mlpWidths.text).toBe(1000);
  });

  test("gives the older *_config_dict the last word, as Transformers does", () => {
    const { config } = parse({
      text_config: { hidden_size: 512, hidden_act: "gelu" },
      text_config_dict: { hidden_size: 768 },
      vision_config: { hidden_size: 1024, num_attention_heads: 16 },
      vision_config_dict: null,
    });
    expect(config.text).toMatchObject({ width: 768, activation: "quick_gelu" });
    expect(config.image).toMatchObject({ width: 1024, heads: 16 });
  });

  test.each([
    ["another model", { model_type: "siglip" }, 'model_type: Invalid input: expected "clip"'],
    ["another activation", { text_config: { hidden_act: "gelu_new" } }, "text_config: expected"],
    ["an absurd width", { vision_config: { hidden_size: 1e9 } }, "hidden_size: Too big"],
    ["no layers", { vision_config: { num_hidden_layers: 0 } }, "num_hidden_layers: Too small"],
    ["a fraction", { text_config: { num_attention_heads: 1.5 } }, "num_attention_heads: Invalid input"],
    ["grey pictures", { vision_config: { num_channels: 1 } }, "num_channels: Invalid input: expected 3"],
    ["a section that is none", { text_config: 5 }, "text_config: Invalid input"],
  ])("of %s is refused", (_, value, message) => {
    expect(() => parse(value)).toThrow(ModelFileError);
    expect(() => parse(value)).toThrow(message);
    expect(() => parse(value)).toThrow(/^config\.json.*expected the configuration of a CLIP, got /);
  });

  test("that is no JSON object is refused", () => {
    expect(() => parseHuggingFaceConfig("config.json", "[]")).toThrow(
      "config.json: expected a JSON object, got an array",
    );
  });
});

describe("open_clip_config.json", () => {
  const parse = (value: unknown) => parseOpenClipConfig("open_clip_config.json", JSON.stringify(value));
  const withVision = (vision: object) => ({ model_cfg: { ...openClip.model_cfg, vision_cfg: vision } });

  test("gives the exact GELU unless it says quick_gelu", () => {
    expect(parse(openClip).config.text.activation).toBe("gelu");
    const quick = { ...openClip, model_cfg: { ...openClip.model_cfg, quick_gelu: true } };
    expect(parse(quick).config.image).toMatchObject({ activation: "quick_gelu" });
  });

  test("gives head widths, MLP ratios, mean and deviation", () => {
    const { config, mlpWidths } = parse({
      ...withVision({
        image_size: 224,
        layers: 48,
        width: 1664,
        head_width: 104,
        mlp_ratio: 4.9231,
        patch_size: 14,
      }),
    });
    expect(config.image).toMatchObject({ heads: 16, layers: 48, patchSize: 14 });
    expect(mlpWidths.image).toBe(8192);
    expect(config.imageMean).toEqual([0.48145466, 0.4578275, 0.40821073]);
    expect(parse(openClip).config.imageMean).toEqual([0.5, 0.5, 0.5]);
    expect(parse(openClip).config.imageStd).toEqual([0.25, 0.25, 0.25]);
  });

  test("describes a modified ResNet", () => {
    const vision = { image_size: 224, layers: [3, 4, 6, 3], width: 64, patch_size: null };
    expect(parse(withVision(vision)).config.image).toEqual({
      kind: "resnet",
      imageSize: 224,
      width: 64,
      stageBlocks: [3, 4, 6, 3],
      heads: 32,
    });
  });

  test.each([
    [
      "an unsupported option",
      withVision({ timm_model_name: "vit_small" }),
      'Unrecognized key: "timm_model_name"',
    ],
    ["no model", {}, "model_cfg: Invalid input: expected object"],
    [
      "another interpolation",
      { ...openClip, preprocess_cfg: { interpolation: "bilinear" } },
      'interpolation: Invalid input: expected "bicubic"',
    ],
    [
      "a deviation of 0",
      { ...openClip, preprocess_cfg: { std: [0, 1, 1] } },
      "preprocess_cfg.std.0: Too small",
    ],
  ])("with %s is refused", (_, value, message) => {
    expect(() => parse(value)).toThrow(ModelFileError);
    expect(() => parse(value)).toThrow(message);
  });
});

describe("preprocessor_config.json", () => {
  const parse = (value: unknown) =>
    parsePreprocessorConfig("preprocessor_config.json", JSON.stringify(value));

  test("gives mean, deviation and size, in old and new forms", () => {
    expect(parse({ image_mean: [0, 0.5, 1], image_std: [1, 0.5, 0.25], size: 224, crop_size: 224 })).toEqual({
      imageMean: [0, 0.5, 1],
      imageStd: [1, 0.5, 0.25],
      imageSize: 224,
    });
    expect(parse({ size: { shortest_edge: 336 }, crop_size: { height: 336, width: 336 } })).toEqual({
      imageSize: 336,
    });
    expect(parse({})).toEqual({});
  });

  test.each([
    ["another filter", { resample: 2 }, "resample: must be 3, bicubic"],
    ["no crop", { do_center_crop: false }, "do_center_crop: Invalid input: expected true"],
    ["a crop smaller than the picture", { size: 256, crop_size: 224 }, "crop_size: must equal size"],
    ["an oblong crop", { crop_size: { height: 224, width: 112 } }, "crop_size: Invalid input"],
    ["four channels", { image_mean: [0, 0, 0, 0] }, "image_mean: Too big"],
  ])("with %s is refused", (_, value, message) => {
    expect(() => parse(value)).toThrow(ModelFileError);
    expect(() => parse(value)).toThrow(message);
  });
});

describe("the configuration of a checkpoint", () => {
  const config = { name: "config.json", json: huggingFaceJson };
  const gelu = fileOf("open_clip_config.json", openClip);
  const activationOf = (weights: typeof openAiWeights, files: ConfigFiles) =>
    readConfig(weights, files).config.text.activation;

  test("is that of the weights' own convention, where both are there", () => {
    expect(activationOf(huggingFaceWeights, { config, openClip: gelu })).toBe("quick_gelu");
    expect(activationOf(openAiWeights, { config, openClip: gelu })).toBe("gelu");
  });

  test("is the other one where its own is missing, else that of the shapes", () => {
    expect(activationOf(huggingFaceWeights, { openClip: gelu })).toBe("gelu");
    expect(activationOf(openAiWeights, { config })).toBe("quick_gelu");
    expect(activationOf(openAiWeights, {})).toBe("quick_gelu");
  });

  test("takes mean and deviation from the preprocessor", () => {
    const preprocessor = fileOf("preprocessor_config.json", { image_mean: [0.1, 0.2, 0.3], size: 32 });
    const { imageMean, imageStd } = readConfig(huggingFaceWeights, { config, preprocessor }).config;
    expect(imageMean).toEqual([0.1, 0.2, 0.3]);
    expect(imageStd).toEqual([0.26862954, 0.26130258, 0.27577711]);
  });

  test.each([
    ["text_config", "hidden_size", 256, "text width 128"],
    ["text_config", "num_hidden_layers", 12, "number of text layers 3"],
    ["text_config", "vocab_size", 49408, "vocabulary size 71"],
    ["text_config", "max_position_embeddings", 64, "context length 77"],
    ["text_config", "intermediate_size", 256, "width of the text MLPs 512"],
    ["vision_config", "hidden_size", 256, "image width 128"],
    ["vision_config", "num_hidden_layers", 2, "number of image layers 3"],
    ["vision_config", "intermediate_size", 256, "width of the image MLPs 512"],
    ["vision_config", "patch_size", 16, "patch size 8"],
    ["vision_config", "image_size", 64, "patches along a side 4"],
  ])(
    "that has another %s.%s than the tensors is an error that names both",
    (section, key, value, expected) => {
      const json = JSON.parse(huggingFaceJson);
      json[section][key] = value;
      const read = () => readConfig(huggingFaceWeights, { config: fileOf("config.json", json) });
      expect(read).toThrow(ModelFileError);
      const got = key === "image_size" ? 8 : value;
      expect(read).toThrow(
        `config.json: expected ${expected}, as the tensors in model.safetensors have, got ${got}.`,
      );
    },
  );

  test("that has another kind of image tower, or joint width, is an error too", () => {
    const vision = { image_size: 32, layers: [1, 1, 1, 1], width: 128 };
    const resNet = { ...openClip, model_cfg: { ...openClip.model_cfg, vision_cfg: vision } };
    expect(() => readConfig(openAiWeights, { openClip: fileOf("open_clip_config.json", resNet) })).toThrow(
      "open_clip_config.json: expected kind of image tower vit, as the tensors in model.safetensors have, got resnet",
    );
    const narrow = { ...openClip, model_cfg: { ...openClip.model_cfg, embed_dim: 32 } };
    expect(() => readConfig(openAiWeights, { openClip: fileOf("open_clip_config.json", narrow) })).toThrow(
      "expected width of the joint space 64, as the tensors in model.safetensors have, got 32",
    );
  });

  test("may have an image size that does not fill the last patch", () => {
    const json = JSON.parse(huggingFaceJson);
    json.vision_config.image_size = 37;
    const { config } = readConfig(huggingFaceWeights, { config: fileOf("config.json", json) });
    expect(config.image.imageSize).toBe(37);
  });

  test("whose preprocessor makes pictures of another size is refused", () => {
    const preprocessor = fileOf("preprocessor_config.json", { crop_size: 224 });
    expect(() => readConfig(huggingFaceWeights, { config, preprocessor })).toThrow(
      "preprocessor_config.json: expected pictures of 32 pixels, as the model takes, got 224 pixels.",
    );
  });
});
