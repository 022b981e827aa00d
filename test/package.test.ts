import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { publint } from "publint";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clipShapes } from "../scripts/random-checkpoint/clip-shapes.ts";
import { writeRandomCheckpoint } from "../scripts/random-checkpoint/write-random-checkpoint.ts";
import { writeTinyClip } from "./support/cli/workspace.ts";
import { testTokenizerJson } from "./support/test-tokenizer.ts";

const repository = join(import.meta.dirname, "..");
const run = promisify(execFile);

/** A project of someone who installed the package, beside the repository's own dependencies. */
let project: string;
let installed: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "lamm-package-"));
  const shell = process.platform === "win32";
  await run("npm", ["pack", "--pack-destination", project], { cwd: repository, shell }).catch((error) => {
    throw new Error(`npm pack failed:\n${error.stdout}${error.stderr}`);
  });
  const [tarball] = (await readdir(project)).filter((file) => file.endsWith(".tgz"));
  if (tarball === undefined) throw new Error("npm pack left no tarball");
  await run("tar", ["-xzf", tarball], { cwd: project });
  await mkdir(join(project, "node_modules"));
  installed = join(project, "node_modules", "lamm");
  await rename(join(project, "package"), installed);
  for (const entry of await readdir(join(repository, "node_modules"))) {
    const link = join(project, "node_modules", entry);
    if (!entry.startsWith(".")) await symlink(join(repository, "node_modules", entry), link, "junction");
  }
  await writeFile(join(project, "package.json"), '{ "type": "module" }');
});

afterAll(() => rm(project, { recursive: true }));

test("the package holds the compiled sources, the command, the model, the demo's pictures and the papers, and nothing else", () => {
  const all = globSync("**/*.*", { cwd: installed }).concat(globSync("LICENSE", { cwd: installed }));
  const demo = all.filter((file) => file.startsWith("demo"));
  const files = all.filter((file) => !file.startsWith("demo"));
  const sources = globSync("**/*.ts", { cwd: join(repository, "src"), exclude: ["**/*.test.ts"] });
  const compiled = sources.flatMap((file) => {
    const name = join("dist", file.slice(0, -".ts".length));
    return [`${name}.d.ts`, `${name}.js`, `${name}.js.map`];
  });
  const others = ["CHANGELOG.md", "LICENSE", "README.md", join("bin", "lamm.cjs"), "package.json"];
  const model = globSync(join("models", "picture-world", "*.*"), { cwd: repository });
  expect(files.sort()).toEqual([...compiled, ...model, ...others].sort());
  const classes = globSync(join("demo", "animals", "images", "test", "*"), { cwd: installed });
  expect(classes.length).toBeGreaterThan(20);
  // 20 pictures to learn from, 4 to choose with and 20 to test on, of each class.
  expect(demo.filter((file) => file.endsWith(".jpg"))).toHaveLength(44 * classes.length);
});

test("publint finds nothing to better", async () => {
  const { messages } = await publint({ pkgDir: installed, pack: false, level: "suggestion" });
  expect(messages).toEqual([]);
});

test("all entry points can be imported by their names", async () => {
  const program = `
    import * as anywhere from "lamm";
    import * as node from "lamm/node";
    import * as web from "lamm/web";
    console.log(node.GraphBuilder === anywhere.GraphBuilder, web.GraphBuilder === anywhere.GraphBuilder);
    console.log(node.listDevices().includes("cpu"), typeof web.createWebRuntime);`;
  await writeFile(join(project, "program.js"), program);
  const { stdout } = await run(process.execPath, ["program.js"], { cwd: project });
  expect(stdout).toBe("true true\ntrue function\n");
});

test.each(["nodenext", "bundler"])(
  "its types are complete for users with moduleResolution %s",
  async (resolution) => {
    const program = `
    import { createTensor, type Tensor } from "lamm";
    import { createNodeRuntime, type Runtime } from "lamm/node";
    import { createWebRuntime } from "lamm/web";
    export const tensor: Tensor<"float32"> = createTensor("float32", [1], new Float32Array(1));
    export const runtimes: Runtime[] = [createNodeRuntime(), await createWebRuntime()];
    // @ts-expect-error: an option of another type
    createNodeRuntime({ threads: "two" });`;
    await writeFile(join(project, "program.ts"), program);
    const tsc = join(repository, "node_modules", "typescript", "bin", "tsc");
    const module = resolution === "nodenext" ? "nodenext" : "esnext";
    const options = ["--strict", "--noEmit", "--types", "", "--skipLibCheck", "false", "--target", "es2024"];
    const args = [tsc, ...options, "--module", module, "--moduleResolution", resolution, "program.ts"];
    const { stdout } = await run(process.execPath, args, { cwd: project }).catch((error) => error);
    expect(stdout).toBe("");
  },
);

test("the command knows its version", async () => {
  const { version } = JSON.parse(await readFile(join(repository, "package.json"), "utf8"));
  const { stdout } = await run(process.execPath, [join(installed, "bin", "lamm.cjs"), "--version"]);
  expect(stdout).toBe(`${version}\n`);
});

test("the installed command trains on pictures and tells them apart", async () => {
  const model = join(project, "model");
  await writeRandomCheckpoint({
    folder: model,
    config: clipShapes["tiny-vit"],
    layout: "openai",
    dtype: "float32",
    seed: 1,
  });
  await writeFile(join(model, "tokenizer.json"), testTokenizerJson);
  for (const [name, background] of Object.entries({ cat: "orange", dog: "navy" })) {
    await mkdir(join(project, "photos", name), { recursive: true });
    for (const width of [40, 50]) {
      const image = sharp({ create: { width, height: 40, channels: 3, background } });
      await image.png().toFile(join(project, "photos", name, `${width}.png`));
    }
  }
  const env = { ...process.env, LAMM_CACHE: join(project, "cache") };
  const lamm = (...args: string[]) =>
    run(process.execPath, [join(installed, "bin", "lamm.cjs"), ...args], { cwd: project, env });
  await lamm("train", "photos", "--model", model, "--out", "pets.safetensors");
  const { stdout } = await lamm("evaluate", "pets.safetensors", "photos", "--json");
  expect(JSON.parse(stdout).accuracy).toBe(1);
});

test("the installed command finds devices, and the model that comes with it", async () => {
  // A small one in the place of the real one.
  await rm(join(installed, "models"), { recursive: true, force: true });
  await writeTinyClip(join(installed, "models", "picture-world"), 1);
  const folders = { HF_HOME: join(project, "home"), LAMM_CACHE: join(project, "cache") };
  const env = { ...process.env, ...folders, HF_HUB_CACHE: "", HF_HUB_OFFLINE: "1" };
  const { stdout } = await run(process.execPath, [join(installed, "bin", "lamm.cjs"), "doctor", "--json"], {
    cwd: project,
    env,
  });
  const { devices, model } = JSON.parse(stdout);
  expect(devices).toContainEqual({ device: "cpu", works: true });
  expect(model).toMatchObject({ model: "lamm/picture-world", source: "package" });
});

test.each(["10.24.1", "20.19.0", "22.17.1"])(
  "on Node %s the command says which it needs",
  async (version) => {
    const command = JSON.stringify(join(installed, "bin", "lamm.cjs"));
    const program = `Object.defineProperty(process.versions, "node", { value: "${version}" }); require(${command})`;
    await expect(run(process.execPath, ["--eval", program])).rejects.toMatchObject({
      code: 1,
      stdout: "",
      stderr:
        `lamm: expected Node 22.18 or later, got ${version} (${process.execPath}). ` +
        "Install a newer one from https://nodejs.org.\n",
    });
  },
);
