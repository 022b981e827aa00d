import { createImageEncoder } from "../../../src/clip/image-encoder.ts";
import { loadClipWeights } from "../../../src/clip/node/load-clip.ts";
import { encodeTexts } from "../../../src/clip/text-encoder.ts";
import { classify } from "../../../src/clip/zero-shot.ts";
import { readFloat32 } from "../../../src/tensor/node/read-tensor.ts";
import { createTensor } from "../../../src/tensor/tensor.ts";
import type { CaseContext, RunCase } from "../case-kind.ts";
import type { Check } from "../check.ts";
import { relativeDifference } from "../deviation.ts";
import { compareEachForm } from "../each-form.ts";
import type { GoldenCheckpoint } from "../golden-folder.ts";
import { sequencesOf } from "../golden-prompts.ts";
import { FORWARD } from "../tolerances.ts";

/** Both towers on every stored form of the checkpoint: raw features, and the logits that they give. */
export const runEncode: RunCase = (context) => compareEachForm(context, compareForm);

async function compareForm(
  { golden, runtime, name }: CaseContext,
  { form, path }: GoldenCheckpoint,
): Promise<Check[]> {
  const tensors = golden.tensors(name);
  const clip = await loadClipWeights(path);
  const images = tensors.float32("images", [undefined, 3, undefined, undefined]);
  const [batchSize = 0] = images.shape;
  const encoder = await createImageEncoder(runtime, clip, { batchSize });
  const width = clip.config.jointWidth;
  const imageFeatures = createTensor("float32", [batchSize, width], await encoder.encode(images.data));
  await encoder.release();
  const sequences = sequencesOf(tensors.integers("token_ids", [undefined, undefined]));
  const texts = await encodeTexts(runtime, clip, sequences, readFloat32);
  const textFeatures = createTensor("float32", [sequences.length, width], texts);
  const logits = classify(imageFeatures, textFeatures, Math.exp(clip.weights.logitScale));
  const found = { image_features: imageFeatures, text_features: textFeatures, logits_per_image: logits };
  return Object.entries(found).map(([key, { data, shape }]) => ({
    part: `${form}: ${key}`,
    deviation: relativeDifference(data, tensors.float32(key, shape).data),
    tolerance: FORWARD,
  }));
}
