import { expect, test } from "vitest";
import { hidePassword, parseQueueAddress } from "./queue-address.ts";

test("an address keeps its password, and is shown without", () => {
  const url = "redis://me:se:cr@et@machine:6380/2";
  expect(parseQueueAddress(url)).toEqual({ url, label: "machine:6380" });
  expect(parseQueueAddress("rediss://machine")).toEqual({ url: "rediss://machine", label: "machine:6379" });
  expect(parseQueueAddress("redis://[::1]:7000").label).toBe("[::1]:7000");
});

test("without one it is taken from the environment", () => {
  expect(parseQueueAddress(true, { LAMM_QUEUE: "redis://a" }).label).toBe("a:6379");
  expect(() => parseQueueAddress(true, {})).toThrow(
    "--queue: expected an address such as redis://localhost:6379, with rediss:// for an encrypted connection, here or in LAMM_QUEUE, got none.",
  );
});

test.each([
  ["localhost:6379", '"localhost:6379"'],
  ["http://localhost", '"http://localhost"'],
  ["redis://", '"redis://"'],
  ["http://me:secret@localhost", '"http://***@localhost"'],
  ["me:secret@localhost", '"***@localhost"'],
])("%s is not one", (text, got) => {
  expect(() => parseQueueAddress(text)).toThrow(
    `--queue: expected an address such as redis://localhost:6379, with rediss:// for an encrypted connection, got ${got}.`,
  );
});

test("passwords are hidden wherever they stand", () => {
  expect(hidePassword("redis://:secret@host:1/0")).toBe("redis://***@host:1/0");
  expect(hidePassword("--queue=redis://me:a@b@host")).toBe("--queue=redis://***@host");
  expect(hidePassword("redis://host?db=1&password=secret")).toBe("redis://host?db=1&password=***");
  expect(hidePassword("gda@lamm")).toBe("gda@lamm");
  expect(hidePassword("redis://host:6379")).toBe("redis://host:6379");
});
