import { expect, test } from "vitest";
import { createProgress, formatBytes, formatDuration } from "./progress.ts";

/** Progress whose output and clock a test holds. */
function record({ isTerminal = false, columns = 60, format, logEvery }: RecordOptions = {}) {
  let output = "";
  let time = 0;
  const io = {
    stdout: () => undefined,
    stderr: (text: string) => {
      output += text;
    },
    isTerminal,
    columns,
    onInterrupt: () => () => undefined,
  };
  const progress = createProgress(io, "work", {
    now: () => time,
    ...(format && { format }),
    ...(logEvery !== undefined && { logEvery }),
  });
  return {
    progress,
    /** Moves the clock by milliseconds. */
    wait: (milliseconds: number) => {
      time += milliseconds;
    },
    /** What was written since the last call. */
    taken: () => {
      const text = output;
      output = "";
      return text;
    },
  };
}

interface RecordOptions {
  readonly isTerminal?: boolean;
  readonly columns?: number;
  readonly format?: (units: number) => string;
  readonly logEvery?: number;
}

test("a terminal's line is redrawn in place and ended", () => {
  const { progress, wait, taken } = record({ isTerminal: true });
  progress.update(0, 4);
  expect(taken()).toBe(`\rwork   0 % (0 of 4)\x1b[K`);
  wait(1000);
  progress.update(1, 4, "loss 1.5");
  expect(taken()).toBe(`\rwork  25 % (1 of 4, 3 s left) loss 1.5\x1b[K`);
  wait(10);
  progress.update(2, 4);
  expect(taken()).toBe("");
  progress.update(4, 4);
  expect(taken()).toBe(`\rwork 100 % (4 of 4)\x1b[K`);
  progress.finish();
  expect(taken()).toBe("\n");
  progress.finish();
  expect(taken()).toBe("");
});

test("a narrow terminal gets as much of the line as fits, so that it never wraps", () => {
  const { progress, taken } = record({ isTerminal: true, columns: 12 });
  progress.update(1, 3);
  expect(taken()).toBe("\rwork  33 % \x1b[K");
});

test("elsewhere a line is written at each quarter, but not more often than a second", () => {
  const { progress, wait, taken } = record();
  for (let done = 0; done < 100; done++) {
    progress.update(done, 100);
    wait(100);
  }
  expect(taken()).toBe(
    ["25 % (25 of 100, 8 s left)", "50 % (50 of 100, 5 s left)", "75 % (75 of 100, 3 s left)"]
      .map((line) => `work  ${line}\n`)
      .join(""),
  );
  progress.update(100, 100);
  expect(taken()).toBe("work 100 % (100 of 100)\n");
  progress.update(100, 100);
  progress.finish("done");
  expect(taken()).toBe("");
});

test("what takes hours gets lines in between, with the time left that is told", () => {
  const { progress, wait, taken } = record({ logEvery: 60_000 });
  for (let done = 0; done < 5; done++) {
    progress.update(done, 1000, `cell ${done}`, 7_300_000);
    wait(40_000);
  }
  expect(taken()).toBe(
    "work   0 % (2 of 1000, 2 h 2 min left) cell 2\nwork   0 % (4 of 1000, 2 h 2 min left) cell 4\n",
  );
});

test("what takes less than a second gets one line", () => {
  const { progress, taken } = record();
  for (let done = 0; done <= 8; done++) progress.update(done, 8);
  expect(taken()).toBe("work 100 % (8 of 8)\n");
});

test("time left is told by what was done since the first update", () => {
  const { progress, wait, taken } = record({ isTerminal: true });
  progress.update(40, 50);
  wait(2000);
  progress.update(41, 50);
  expect(taken()).toContain("(41 of 50, 18 s left)");
});

test("what stops before its total ends with a summary", () => {
  const terminal = record({ isTerminal: true });
  terminal.progress.update(15, 25);
  terminal.taken();
  terminal.progress.finish("done, loss 0.5");
  expect(terminal.taken()).toBe(`\rwork done, loss 0.5\x1b[K\n`);
  const pipe = record();
  pipe.progress.update(15, 25);
  pipe.progress.finish("done, loss 0.5");
  expect(pipe.taken()).toBe("work done, loss 0.5\n");
});

test("a second file starts anew", () => {
  const { progress, taken } = record({ format: formatBytes });
  progress.update(500, 500, "config.json");
  progress.update(1e6, 598.6e6, "model.safetensors");
  progress.update(598.6e6, 598.6e6, "model.safetensors");
  expect(taken()).toBe(
    "work 100 % (0.5 kB of 0.5 kB) config.json\nwork 100 % (598.6 MB of 598.6 MB) model.safetensors\n",
  );
});

test("durations and sizes have the unit that reads best", () => {
  expect([0, 1499, 99_000, 200_000].map(formatDuration)).toEqual(["0 s", "1 s", "99 s", "3 min 20 s"]);
  expect([0, 2520, 598_641_023].map(formatBytes)).toEqual(["0.0 kB", "2.5 kB", "598.6 MB"]);
});
