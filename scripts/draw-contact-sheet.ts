import { Command, Option } from "commander";
import sharp from "sharp";
import { createArtworkLibrary } from "../picture-world/artwork.ts";
import { conceptsDrawnIn } from "../picture-world/concepts.ts";
import { CONDITIONS, checkConditions, conditionsFor } from "../picture-world/conditions.ts";
import { drawPicture } from "../picture-world/draw-picture.ts";
import { checkStyle, STYLES } from "../picture-world/icon-set.ts";
import { createRandom } from "../src/tensor/random.ts";

/** Pictures each way. */
const COLUMNS = 15;
const ROWS = 10;
/** Side of a picture and distance of two, in pixels. */
const SIDE = 64;
const PITCH = 68;

const program = new Command("draw-contact-sheet")
  .description("Draws pictures of random concepts on one sheet, to look at.")
  .argument("<file>", "PNG file to write")
  .addOption(new Option("--style <name>").choices(STYLES).default("noto"))
  .addOption(new Option("--conditions <name>").choices(Object.keys(CONDITIONS)).default("standard"))
  .option("--seed <number>", "seed of all chance", Number, 1)
  .action(draw);

interface SheetOptions {
  readonly style: string;
  readonly conditions: string;
  readonly seed: number;
}

async function draw(file: string, options: SheetOptions): Promise<void> {
  const style = checkStyle(options.style);
  const conditions = checkConditions(options.conditions);
  const random = createRandom(options.seed);
  const library = createArtworkLibrary();
  const concepts = random.sample(conceptsDrawnIn([style]), COLUMNS * ROWS);
  const artworks = await Promise.all(concepts.map(({ hexcode }) => library.rgba(style, hexcode)));
  const pictures = concepts.map((concept, i) => {
    const picture = drawPicture({
      artwork: artworks[i] as (typeof artworks)[number],
      clutter: random.sample(artworks, 3),
      conditions: conditionsFor(concept, conditions),
      random,
      imageSize: SIDE,
    });
    return {
      input: Buffer.from(picture.data),
      raw: { width: SIDE, height: SIDE, channels: 3 as const },
      left: PITCH * (i % COLUMNS),
      top: PITCH * Math.floor(i / COLUMNS),
    };
  });
  const sheet = { width: PITCH * COLUMNS, height: PITCH * ROWS, channels: 3 as const, background: "white" };
  await sharp({ create: sheet }).composite(pictures).png().toFile(file);
}

await program.parseAsync();
