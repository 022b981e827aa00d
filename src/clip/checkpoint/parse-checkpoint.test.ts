import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ModelFileError } from "../../errors.ts";
import { withFileSource } from "../../tensor/node/file-source.ts";
import { readFloat32 } from "../../tensor/node/read-tensor.ts";
import { type StoredTensor, type Tensor, zeros } from "../../tensor/tensor.ts";
import type { LinearWeights } from "../weights.ts";
import type { NamedTensors } from "./layouts.ts";
import { parseCheckpoint } from "./parse-checkpoint.ts";
import { parsePytorchZip } from "./pytorch-zip.ts";
import { parseSafetensors } from "./safetensors.ts";

const golden = join(import.meta.dirname, "../../../test/golden");

function tensorsOf(name: string): NamedTensors {
  const path = join(golden, name);
  if (!name.endsWith(".safetensors")) return withFileSource(path, parsePytorchZip);
  return withFileSource(path, parseSafetensors).tensors;
}

const openAi = tensorsOf("clip-vit.openai.safetensors");
const huggingFace = tensorsOf("clip-vit.huggingface/model.safetensors");
const resNet = tensorsOf("clip-rn.openai.safetensors");
const config = { name: "config.json", json: readFileSync(join(golden, "clip-vit.huggingface/config.json")) };
const preprocessor = {
  name: "preprocessor_config.json",
  json: readFileSync(join(golden, "clip-vit.huggingface/preprocessor_config.json")),
};

const parse = (tensors: NamedTensors) => parseCheckpoint("weights", tensors, { readFloat32 });

/** A copy of tensors with some changed, and those set to `undefined` left out. */
function changed(tensors: NamedTensors, changes: Readonly<Record<string, StoredTensor | undefined>>) {
  const result = new Map(tensors);
  for (const [name, stored] of Object.entries(changes)) {
    if (stored === undefined) result.delete(name);
    else result.set(name, stored);
  }
  return result;
}

/** All numbers of a value as plain arrays, matrices as `[out, in]`: what two layouts must have in common. */
function numbersOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if ("layout" in value) return numbersOfLinear(value as LinearWeights);
  if ("dtype" in value) {
    const stored = value as StoredTensor;
    return { shape: stored.shape, values: readFloat32(stored) };
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, numbersOf(item)]));
}

function numbersOfLinear({ weight, layout, bias }: LinearWeights): unknown {
  const [rows = 0, columns = 0] = weight.shape;
  const values = readFloat32(weight);
  const [outputs, inputs] = layout === "out-in" ? [rows, columns] : [columns, rows];
  const at = (output: number, input: number) =>
    layout === "out-in" ? output * columns + input : input * columns + output;
  const transposed = Float32Array.from({ length: values.length }, (_, index) => {
    return values[at(Math.floor(index / inputs), index % inputs)] ?? Number.NaN;
  });
  return { shape: [outputs, inputs], values: transposed, bias: numbersOf(bias) };
}

describe("the four forms of one model", () => {
  const expected = parse(openAi);

  test.each([
    ["Hugging Face's safetensors", "clip-vit.huggingface/model.safetensors"],
    ["Hugging Face's pytorch_model.bin", "clip-vit.huggingface-bin/pytorch_model.bin"],
    ["OpenAI's TorchScript archive", "clip-vit.torchscript.pt"],
  ])("%s has the weights of OpenAI's safetensors, element by element", (_, name) => {
    const tensors = tensorsOf(name);
    const own = parseCheckpoint(name, tensors, { files: { config, preprocessor }, readFloat32 });
    expect(own.config).toEqual(expected.config);
    expect(numbersOf(own.weights)).toEqual(numbersOf(expected.weights));
  });

  test("query, key and value are the thirds of the fused matrix, without a copy", () => {
    const fused = openAi.get("visual.transformer.resblocks.1.attn.in_proj_weight");
    const block = expected.weights.image.kind === "vit" ? expected.weights.image.blocks[1] : undefined;
    expect(block?.key.weight).toMatchObject({ file: join(golden, "clip-vit.openai.safetensors") });
    if (fused === undefined || block === undefined) throw new Error("no such block");
    const thirds = [block.query, block.key, block.value].flatMap(({ weight }) => [...readFloat32(weight)]);
    expect(thirds).toEqual([...readFloat32(fused)]);
  });

  test("shapes alone give OpenAI's choices", () => {
    expect(expected.config).toEqual({
      text: {
        width: 128,
        layers: 3,
        heads: 2,
        activation: "quick_gelu",
        layerNormEps: 1e-5,
        vocabularySize: 71,
        contextLength: 77,
      },
      image: {
        kind: "vit",
        width: 128,
        layers: 3,
        heads: 2,
        activation: "quick_gelu",
        layerNormEps: 1e-5,
        imageSize: 32,
        patchSize: 8,
      },
      jointWidth: 64,
      imageMean: [0.48145466, 0.4578275, 0.40821073],
      imageStd: [0.26862954, 0.26130258, 0.27577711],
    });
    expect(expected.weights.logitScale).toBe(3.400390625);
  });
});

describe("a modified ResNet", () => {
  test("is described by its shapes", () => {
    const { config, weights } = parse(resNet);
    const image = { kind: "resnet", imageSize: 64, width: 16, stageBlocks: [1, 1, 2, 1], heads: 8 };
    expect(config.image).toEqual(image);
    expect(config.text.layers).toBe(2);
    if (weights.image.kind !== "resnet") throw new Error("not a ResNet");
    const { stem, stages, attentionPool } = weights.image;
    expect(stem.map(({ weight }) => weight.shape[0])).toEqual([8, 8, 16]);
    expect(stages.map((blocks) => blocks.length)).toEqual([1, 1, 2, 1]);
    expect(stages.map(([first]) => first?.downsample?.weight.shape)).toEqual([
      [64, 16, 1, 1],
      [128, 64, 1, 1],
      [256, 128, 1, 1],
      [512, 256, 1, 1],
    ]);
    expect(stages[2]?.[1]?.downsample).toBeUndefined();
    expect(attentionPool.output.weight.shape).toEqual([64, 512]);
  });

  test("takes each tensor for the role of its name", () => {
    const { weights } = parse(resNet);
    if (weights.image.kind !== "resnet") throw new Error("not a ResNet");
    const { stem, stages } = weights.image;
    expect(stem[1].runningVar).toBe(resNet.get("visual.bn2.running_var"));
    expect(stem[2].shift).toBe(resNet.get("visual.bn3.bias"));
    expect(stages[3]?.[0]?.conv2.runningMean).toBe(resNet.get("visual.layer4.0.bn2.running_mean"));
    expect(stages[0]?.[0]?.downsample?.scale).toBe(resNet.get("visual.layer1.0.downsample.1.weight"));
  });
});

describe("names", () => {
  test("of open_clip's custom text tower are found under text.", () => {
    const inText = /^(token_embedding|positional_embedding|transformer|ln_final|text_projection)/;
    const renamed = new Map([...openAi].map(([name, it]) => [inText.test(name) ? `text.${name}` : name, it]));
    expect(parse(renamed)).toEqual(parse(openAi));
  });

  test("of a parallel training run are unwrapped, and the optimiser is left out", () => {
    const wrapped = new Map([...openAi].map(([name, stored]) => [`state_dict.module.${name}`, stored]));
    wrapped.set("optimizer.state.0.exp_avg", zeros([3]));
    expect(parse(wrapped)).toEqual(parse(openAi));
  });

  test("of buffers are ignored", () => {
    const buffer: Tensor = { dtype: "int64", shape: [], data: BigInt64Array.of(224n) };
    const names = [
      "input_resolution",
      "context_length",
      "vocab_size",
      "attn_mask",
      "visual.bn1.num_batches_tracked",
    ];
    const more = changed(resNet, Object.fromEntries(names.map((name) => [name, buffer])));
    expect(parse(more)).toEqual(parse(resNet));
  });

  test.each([
    ["visual.trunk.blocks.0.norm1.weight", "an image tower of timm"],
    ["text.transformer.embeddings.word_embeddings.weight", "a text tower of Hugging Face Transformers"],
    ["logit_bias", "SigLIP's sigmoid loss"],
    ["visual.transformer.resblocks.0.ls_1.gamma", "LayerScale"],
  ])("such as %s are refused", (name, part) => {
    const tensors = changed(openAi, { [name]: zeros([1]) });
    expect(() => parse(tensors)).toThrow(ModelFileError);
    expect(() => parse(tensors)).toThrow(`got a model with ${part} (tensor "${name}")`);
  });

  test("of no CLIP are refused", () => {
    expect(() => parse(new Map([["bert.weight", zeros([1])]]))).toThrow(
      "weights: expected the tensors of a CLIP with OpenAI's, open_clip's or Hugging Face's names, " +
        'got tensors such as "bert.weight".',
    );
    expect(() => parse(new Map())).toThrow("got no tensors");
  });
});

describe("tensors", () => {
  test("that are missing, wrong and superfluous are listed in one error", () => {
    const tensors = changed(huggingFace, {
      "text_model.encoder.layers.1.mlp.fc2.bias": undefined,
      "vision_model.encoder.layers.0.layer_norm1.weight": zeros([64]),
      "vision_model.post_layernorm.bias": { dtype: "int64", shape: [128], data: new BigInt64Array(128) },
      "vision_model.head.weight": zeros([1]),
    });
    expect(() => parse(tensors)).toThrow(ModelFileError);
    expect(() => parse(tensors)).toThrow(
      "weights: expected the tensors of a CLIP, got a file without text_model.encoder.layers.1.mlp.fc2.bias; " +
        "with vision_model.encoder.layers.0.layer_norm1.weight [64] for [128], " +
        "vision_model.post_layernorm.bias int64 for a floating-point type; " +
        "with superfluous vision_model.head.weight.",
    );
  });

  test("that are missing by the dozen are counted", () => {
    const without = new Map([...openAi].filter(([name]) => !name.startsWith("visual.")));
    expect(() => parse(without)).toThrow(
      /a file without visual\.conv1\.weight, visual\.class_embedding, .*visual\.proj\./,
    );
    const text = new Map([...openAi].filter(([name]) => !name.startsWith("visual.transformer.resblocks.0")));
    expect(() => parse(text)).toThrow(/without .* and 4 more/);
  });

  test("with a block number beyond all others do not make blocks up to it", () => {
    const tensors = changed(openAi, { "transformer.resblocks.4000000000.ln_1.weight": zeros([128]) });
    expect(() => parse(tensors)).toThrow(/superfluous transformer\.resblocks\.4000000000\.ln_1\.weight/);
  });

  test("with a fused matrix of another width are refused", () => {
    const name = "transformer.resblocks.0.attn.in_proj_weight";
    expect(() => parse(changed(openAi, { [name]: zeros([128, 128]) }))).toThrow(
      `${name} [128, 128] for [384, 128]`,
    );
  });

  test.each([Number.NaN, 21, Number.NEGATIVE_INFINITY])("with a logit scale of %s are refused", (value) => {
    const scale: Tensor = { dtype: "float32", shape: [], data: Float32Array.of(value) };
    expect(() => parse(changed(openAi, { logit_scale: scale }))).toThrow(
      `weights, tensor "logit_scale": expected a logarithm of at most 20, got ${value}.`,
    );
  });

  test("of a width that heads of 64 do not divide need a configuration", () => {
    const width = 96;
    const narrow = new Map(
      [...openAi].map(([name, { dtype, shape }]): [string, StoredTensor] => {
        const scaled = shape.map((extent) => (extent % 128 === 0 ? (extent / 128) * width : extent));
        return [
          name,
          { dtype, shape: scaled, file: join(golden, "clip-vit.openai.safetensors"), byteOffset: 512 },
        ];
      }),
    );
    expect(() => parse(changed(narrow, { logit_scale: openAi.get("logit_scale") }))).toThrow(
      "expected the configuration of a CLIP, got text.heads: Invalid input: expected int, received number",
    );
  });
});
