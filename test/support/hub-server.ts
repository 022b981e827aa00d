import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A model on the test hub: contents by file name. */
export interface HubRepository {
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Commit of each branch. */
  readonly refs?: Readonly<Record<string, string>>;
  /** Readable with this token alone (401 without), or with none at all ("gated", 403). */
  readonly access?: string;
}

/** Faults of the test hub; may be changed while it runs. */
export interface HubFaults {
  /** Close the connection of the next large file after this many bytes. */
  cutAfter?: number | undefined;
  /** Send whole files whatever range is asked for. */
  ignoreRanges?: boolean;
  /** Flip a byte of large files. */
  corrupt?: boolean;
  /** Answer all requests with this status. */
  status?: number | undefined;
  /** Take requests and never answer. */
  hang?: boolean;
  /** Answer all requests with this page, as a network does that wants a log-in first. */
  page?: string;
}

/** A running test hub. */
export interface HubServer {
  /** Address for `HF_ENDPOINT`. */
  readonly endpoint: string;
  readonly faults: HubFaults;
  /** Method, path and range of each request so far. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** Commit of the branch `main` where a repository does not say. */
export const MAIN_COMMIT = "0123456789abcdef0123456789abcdef01234567";
/** Files from this length on are kept outside Git, as large files are on the hub. */
const LARGE = 1000;

const hashOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const gitHashOf = (bytes: Uint8Array) =>
  createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");

/**
 * Starts a server that answers like the hub: revision and tree of a model, and its files, large ones by a redirection to
 * their contents.
 */
export async function startHub(repositories: Readonly<Record<string, HubRepository>>): Promise<HubServer> {
  const faults: HubFaults = {};
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url} ${request.headers.range ?? ""}`.trim());
    if (faults.hang) return;
    if (faults.page !== undefined) response.writeHead(200, { "content-type": "text/html" }).end(faults.page);
    else if (faults.status === undefined) answer(repositories, faults, request, response);
    else fail(response, faults.status, "Broken");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { endpoint: `http://127.0.0.1:${port}`, faults, requests, close };
}

function answer(
  repositories: Readonly<Record<string, HubRepository>>,
  faults: HubFaults,
  request: IncomingMessage,
  response: ServerResponse,
): ServerResponse {
  const path = decodeURIComponent((request.url ?? "").replace(/\?.*/, ""));
  const [, name = "", kind = "", rest = ""] =
    /^(?:\/api\/models)?\/([^/]+\/[^/]+)\/(revision|tree|resolve|contents)\/(.+)$/.exec(path) ?? [];
  const repository = repositories[name];
  if (repository === undefined) return fail(response, 401, "RepoNotFound");
  const { access, files, refs = { main: MAIN_COMMIT } } = repository;
  if (access === "gated") return fail(response, 403, "GatedRepo");
  const isContents = kind === "contents";
  if (access !== undefined && !isContents && request.headers.authorization !== `Bearer ${access}`) {
    return fail(response, 401, "RepoNotFound");
  }
  if (kind === "revision") return sendRevision(response, name, refs[rest] ?? refs.main, rest in refs);
  if (kind === "tree") return sendTree(response, files);
  const [, commit = "", file = ""] = /^([^/]+)\/(.+)$/.exec(rest) ?? [];
  const bytes = files[file];
  if (bytes === undefined) return fail(response, 404, "EntryNotFound");
  if (isContents || bytes.length < LARGE) return sendBytes(request, response, bytes, faults);
  response.writeHead(302, {
    location: `/${name}/contents/${commit}/${file}`,
    "x-repo-commit": commit,
    "x-linked-etag": `"${hashOf(bytes)}"`,
    "x-linked-size": bytes.length,
  });
  return response.end();
}

function sendRevision(
  response: ServerResponse,
  name: string,
  sha: string | undefined,
  known: boolean,
): ServerResponse {
  if (!known) return fail(response, 404, "RevisionNotFound");
  return sendJson(response, { _id: "1", id: name, sha, lastModified: "2021-03-04T00:00:00.000Z" });
}

function sendTree(response: ServerResponse, files: Readonly<Record<string, Uint8Array>>): ServerResponse {
  const entries = Object.entries(files).map(([path, bytes]) => {
    const entry = { type: "file", path, size: bytes.length, oid: gitHashOf(bytes) };
    if (bytes.length < LARGE) return entry;
    return { ...entry, lfs: { oid: hashOf(bytes), size: bytes.length, pointerSize: 134 } };
  });
  return sendJson(response, [{ type: "directory", path: "onnx", size: 0, oid: "0" }, ...entries]);
}

function sendBytes(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Uint8Array,
  faults: HubFaults,
): ServerResponse {
  const large = bytes.length >= LARGE;
  const sent = large && faults.corrupt ? bytes.with(0, (bytes[0] ?? 0) ^ 1) : bytes;
  const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? "") ?? [];
  const start = from === undefined || faults.ignoreRanges ? 0 : Number(from);
  const partial = from !== undefined && !faults.ignoreRanges;
  response.writeHead(partial ? 206 : 200, {
    "content-length": sent.length - start,
    ...(partial ? { "content-range": `bytes ${start}-${sent.length - 1}/${sent.length}` } : {}),
  });
  if (!large || faults.cutAfter === undefined) return response.end(sent.subarray(start));
  const end = start + faults.cutAfter;
  faults.cutAfter = undefined;
  response.write(sent.subarray(start, end), () => response.destroy());
  return response;
}

function sendJson(response: ServerResponse, value: unknown): ServerResponse {
  response.writeHead(200, { "content-type": "application/json" });
  return response.end(JSON.stringify(value));
}

function fail(response: ServerResponse, status: number, code: string): ServerResponse {
  response.writeHead(status, { "content-type": "application/json", "x-error-code": code });
  return response.end(JSON.stringify({ error: code }));
}
