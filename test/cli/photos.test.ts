import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runRecorded } from "../support/cli/run-recorded.ts";
import { createWorkspace } from "../support/cli/workspace.ts";

const shared = process.env.LAMM_SHARED ?? join(import.meta.dirname, "..", "..", "..", "shared");
const photos = join(shared, "photos", "clothing");
const model = join(shared, "checkpoints", "photo-clip-tiny");

test.skipIf(!existsSync(photos) || !existsSync(model))(
  "real photos are told apart better than by the names alone (skipped without LAMM_SHARED)",
  async () => {
    const work = await createWorkspace();
    try {
      const adapter = work.path("clothing.safetensors");
      const trained = await runRecorded([
        ...["train", photos, "--model", model, "--shots", "4", "--out", adapter, "--json"],
      ]);
      expect(trained.exitCode).toBe(0);
      const { evaluation, pictures } = JSON.parse(trained.stdout);
      expect(pictures).toBe(40);
      const evaluated = await runRecorded(["evaluate", adapter, photos, "--json"]);
      const { accuracy, zeroShot } = JSON.parse(evaluated.stdout);
      expect(evaluation).toEqual({ split: "test", accuracy, zeroShot: { accuracy: zeroShot.accuracy } });
      expect(accuracy).toBeGreaterThan(zeroShot.accuracy);
    } finally {
      work.remove();
    }
  },
);
