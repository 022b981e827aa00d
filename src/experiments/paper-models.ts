import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";

/** Hub ids of OpenAI's CLIPs by the names that the papers have for them, smallest first. */
export const paperModels: Readonly<Record<string, string>> = {
  RN50: "timm/resnet50_clip.openai",
  RN101: "timm/resnet101_clip.openai",
  "ViT-B/32": "openai/clip-vit-base-patch32",
  "ViT-B/16": "openai/clip-vit-base-patch16",
};

/** What is opened for a model's name: the hub id of a paper's name, else the name itself. */
export function modelOf(name: string): string {
  return paperModels[name] ?? name;
}

/** A model's name in tables: a paper's name or a hub id as it is, of a path the last part. */
export function modelLabel(name: string): string {
  return name in paperModels || !existsSync(name) ? name : basename(resolve(name));
}
