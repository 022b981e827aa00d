// Draws the pictures of lamm demo into demo/: before npm pack, and before npm run demo.
import { join } from "node:path";
import { themesNamed } from "../picture-world/benchmarks/themes.ts";
import { writeBenchmarks } from "../picture-world/benchmarks/write-benchmarks.ts";

await writeBenchmarks({
  folder: join(import.meta.dirname, "..", "demo"),
  themes: themesNamed(["animals"]),
  domains: false,
  perClass: 20,
});
