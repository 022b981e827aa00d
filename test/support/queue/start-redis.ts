import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Why tests with a Redis cannot run here; `undefined` where they can. */
export const noRedis =
  spawnSync("redis-server", ["--version"]).status === 0 ? undefined : "no redis-server is installed";

/** A Redis of its own, which keeps nothing when it ends. */
export interface TestRedis {
  readonly url: string;
  /** Kills it; what it had is lost. */
  stop(): Promise<void>;
  /** Starts it again at the same address. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
}

/** Starts a Redis on a free port. */
export async function startRedis({ password }: { readonly password?: string } = {}): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), "lamm-redis-"));
  const port = await freePort();
  let running = await launch(port, folder, password);
  const stop = async () => {
    const ended = new Promise((resolve) => running.once("exit", resolve));
    if (running.kill("SIGKILL")) await ended;
  };
  return {
    url: `redis://${password === undefined ? "" : `:${password}@`}127.0.0.1:${port}`,
    stop,
    async restart() {
      running = await launch(port, folder, password);
    },
    async remove() {
      await stop();
      rmSync(folder, { recursive: true });
    },
  };
}

async function launch(port: number, folder: string, password: string | undefined) {
  const settings = ["--save", "", "--appendonly", "no", "--bind", "127.0.0.1", "--dir", folder];
  const secret = password === undefined ? [] : ["--requirepass", password];
  const child = spawn("redis-server", ["--port", String(port), ...settings, ...secret], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise<void>((resolve, reject) => {
    let log = "";
    child.once("exit", (code) => reject(new Error(`redis-server ended with ${code}:\n${log}`)));
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      log += text;
      if (log.includes("Ready to accept connections")) resolve();
    });
  });
  child.removeAllListeners("exit");
  return child;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
