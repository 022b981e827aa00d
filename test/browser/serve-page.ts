import { createReadStream } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, extname, join } from "node:path";
import { rolldown } from "rolldown";

/** A page on 127.0.0.1, and how to end it. */
export interface ServedPage {
  readonly url: string;
  close(): Promise<void>;
}

const engineFolder = join(import.meta.dirname, "../../node_modules/onnxruntime-web/dist");
const contentTypes: Readonly<Record<string, string>> = {
  ".wasm": "application/wasm",
  ".mjs": "text/javascript",
};

/**
 * Bundles a script for browsers and serves a page that runs it, isolated so that WebAssembly may use threads. The engine's
 * own files are under `/engine/`.
 *
 * @param script path of the entry file
 */
export async function servePage(script: string): Promise<ServedPage> {
  const bundle = await bundleScript(script);
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://127.0.0.1").pathname;
    response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    if (path.startsWith("/engine/")) {
      const file = join(engineFolder, basename(path));
      response.setHeader("Content-Type", contentTypes[extname(file)] ?? "application/octet-stream");
      createReadStream(file)
        .on("error", () => response.writeHead(404).end())
        .pipe(response);
      return;
    }
    const code = bundle.get(path.slice(1));
    if (code !== undefined) {
      response.setHeader("Content-Type", "text/javascript").end(code);
    } else if (path === "/") {
      response
        .setHeader("Content-Type", "text/html")
        .end(
          '<!doctype html><title>test</title><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>',
        );
    } else {
      response.writeHead(404).end();
    }
  });
  const url = await listen(server);
  return { url, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** Code of the bundle's files, by name; the entry is `page.js`. */
async function bundleScript(script: string): Promise<Map<string, string>> {
  const build = await rolldown({ input: { page: script }, platform: "browser", logLevel: "silent" });
  const { output } = await build.generate({ format: "esm", entryFileNames: "[name].js" });
  await build.close();
  return new Map(output.flatMap((file) => (file.type === "chunk" ? [[file.fileName, file.code]] : [])));
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    });
  });
}
