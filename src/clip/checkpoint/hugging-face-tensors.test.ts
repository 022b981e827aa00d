import { join } from "node:path";
import { expect, test } from "vitest";
import { ConfigError } from "../../errors.ts";
import { withFileSource } from "../../tensor/node/file-source.ts";
import { readFloat32 } from "../../tensor/node/read-tensor.ts";
import { loadClipWeights } from "../node/load-clip.ts";
import { huggingFaceTensors } from "./hugging-face-tensors.ts";
import { parseSafetensors } from "./safetensors.ts";

const golden = join(import.meta.dirname, "../../../test/golden");
const own = await loadClipWeights(join(golden, "clip-vit.huggingface"));
const stored = withFileSource(
  join(golden, "clip-vit.huggingface/model.safetensors"),
  parseSafetensors,
).tensors;

test.each(["clip-vit.huggingface", "clip-vit.openai.safetensors"])(
  "gives %s the names and elements of the golden folder",
  async (checkpoint) => {
    const { config, weights } = await loadClipWeights(join(golden, checkpoint));
    const { description, tensors } = huggingFaceTensors({ config, weights, readFloat32 });
    expect([...tensors.keys()].sort()).toEqual([...stored.keys()].sort());
    for (const [name, tensor] of tensors) {
      const expected = stored.get(name) ?? { dtype: "float32", shape: [], data: new Float32Array(0) };
      // Transformers makes the scale a scalar; the golden file has it as OpenAI's checkpoints do.
      expect(tensor.shape, name).toEqual(name === "logit_scale" ? [] : expected.shape);
      expect(tensor.data, name).toEqual(readFloat32(expected));
    }
    expect(description).toEqual({ config, mlpWidths: { text: 512, image: 512 } });
  },
);

test("copies nothing that is float32 and the right way round", async () => {
  const { config, weights } = own;
  const data = readFloat32(weights.text.tokenEmbedding);
  const { shape } = weights.text.tokenEmbedding;
  const widened = {
    ...weights,
    text: { ...weights.text, tokenEmbedding: { dtype: "float32", shape, data } },
  } as const;
  const { tensors } = huggingFaceTensors({ config, weights: widened, readFloat32 });
  expect(tensors.get("text_model.embeddings.token_embedding.weight")?.data).toBe(data);
});

test("turns every matrix that lies the other way round", () => {
  const { config, weights } = own;
  const [first, ...others] = weights.text.blocks;
  if (first === undefined) throw new Error("the model has no blocks");
  const [rows = 0, columns = 0] = first.mlpUp.weight.shape;
  const source = readFloat32(first.mlpUp.weight);
  const data = Float32Array.from(
    source,
    (_, i) => source[(i % rows) * columns + Math.floor(i / rows)] ?? Number.NaN,
  );
  const weight = { dtype: "float32", shape: [columns, rows], data } as const;
  const turned = { ...first, mlpUp: { ...first.mlpUp, weight, layout: "in-out" } } as const;
  const text = { ...weights.text, blocks: [turned, ...others] };
  const { tensors } = huggingFaceTensors({ config, weights: { ...weights, text }, readFloat32 });
  expect(tensors.get("text_model.encoder.layers.0.mlp.fc1.weight")?.data).toEqual(source);
});

test("names a weight that the config does not fit", () => {
  const { weights } = own;
  const write = (text: object) => () =>
    huggingFaceTensors({
      config: { ...own.config, text: { ...own.config.text, ...text } },
      weights,
      readFloat32,
    });
  const fix = "Give the config that belongs to these weights.";
  expect(write({ vocabularySize: 72 })).toThrow(ConfigError);
  expect(write({ vocabularySize: 72 })).toThrow(
    `weights, text.tokenEmbedding: expected [72, 128], got [71, 128]. ${fix}`,
  );
  expect(write({ layers: 4 })).toThrow(
    `weights, text.blocks.3.attentionNorm.weight: expected [128], got none. ${fix}`,
  );
  expect(write({ layers: 2 })).toThrow(
    `weights, text.blocks.2.attentionNorm.weight: expected no such tensor, by the config, got [128]. ${fix}`,
  );
});

test("refuses a ResNet", async () => {
  const resnet = await loadClipWeights(join(golden, "clip-rn.openai.safetensors"));
  const write = () => huggingFaceTensors({ ...resnet, readFloat32 });
  expect(write).toThrow(ConfigError);
  expect(write).toThrow(
    "image tower: expected a vision transformer, as Hugging Face's CLIPModel has, got a ResNet",
  );
});
