import { expect, test } from "vitest";
import { checkSettings } from "../../src/experiments/method-settings.ts";
import { type GridPart, gridCells } from "../../src/experiments/plan-grid.ts";
import { checkSchedule } from "../../src/training/train-config.ts";

const configOf = (method: string, settings: GridPart["settings"]) => {
  const axes = { datasets: ["DTD"], shots: [1], seeds: [1], methods: [method], models: ["ViT-B/16"] };
  checkSettings(settings, [method]);
  const [cell] = gridCells({ ...axes, task: "accuracy", settings });
  return cell?.cell.config as Parameters<typeof checkSchedule>[0];
};

test("settings of the published schedule reach methods of a grid, which trains by it", () => {
  for (const method of ["lamm", "coop+lamm", "coop", "maple"]) {
    for (const owner of ["*", method]) {
      const config = configOf(method, { [owner]: { batchSize: 16, learningRate: 0.01 } });
      expect(config).toMatchObject({ schedule: "published", batchSize: 16, learningRate: 0.01 });
      checkSchedule(config);
    }
  }
  expect(configOf("lamm", { "*": { schedule: "fast" } })).toMatchObject({ schedule: "fast" });
});

test("a method that is set to the fast schedule and to a learning rate is refused", () => {
  expect(() => configOf("lamm", { lamm: { schedule: "fast", learningRate: 5 } })).toThrow(
    "training configuration, learningRate: expected none with the fast schedule",
  );
});
