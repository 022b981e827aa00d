import { expect, test } from "vitest";
import { createDownloadLine } from "./download-line.ts";
import type { CommandIo } from "./io.ts";

test("a file that several processes fetch is shown once, as far as the furthest is", () => {
  let text = "";
  const io: CommandIo = {
    stdout: () => {},
    stderr: (piece) => {
      text += piece;
    },
    isTerminal: false,
    columns: 80,
    onInterrupt: () => () => {},
  };
  const line = createDownloadLine(io);
  const update = (loaded: number, total = 100) =>
    line.update({ file: "model.safetensors", loadedBytes: 1e6 * loaded, totalBytes: 1e6 * total });
  for (const loaded of [0, 0, 60, 50, 100, 90, 100]) update(loaded);
  // Another model's.
  for (const loaded of [0, 300]) update(loaded, 300);
  line.finish();
  expect(text).toBe(
    "download 100 % (100.0 MB of 100.0 MB) model.safetensors\n" +
      "download 100 % (300.0 MB of 300.0 MB) model.safetensors\n",
  );
});
