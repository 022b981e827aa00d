import type { RgbImage } from "../src/clip/rgb-image.ts";
import type { Random } from "../src/tensor/random.ts";
import { drawBackground } from "./background.ts";
import type { Canvas } from "./canvas.ts";
import { coverPixel, createCanvas, toRgbImage } from "./canvas.ts";
import type { Colour, ColourMatrix } from "./colour.ts";
import {
  applyColourMatrix,
  colourDistance,
  colourMatrix,
  nearbyColour,
  randomColour,
  within,
} from "./colour.ts";
import type { PictureConditions } from "./conditions.ts";
import { addNoise, blur } from "./finish.ts";
import type { Placement } from "./place-artwork.ts";
import { placeArtwork } from "./place-artwork.ts";
import type { RgbaImage } from "./rasterize.ts";

/** Everything that a picture is made of. */
export interface PictureRequest {
  /** What it shows. */
  readonly artwork: RgbaImage;
  /** Other artworks that may lie behind it, in small. */
  readonly clutter?: readonly RgbaImage[];
  /** How it may look. */
  readonly conditions: PictureConditions;
  /** The only source of chance. */
  readonly random: Random;
  /** Side of the picture, in pixels. */
  readonly imageSize: number;
}

/** Colours that are drawn before one too close to the artwork's is accepted. */
const COLOUR_TRIES = 6;

/**
 * Draws a picture of an artwork: on some background, turned, scaled, shifted, recoloured, perhaps partly hidden, blurred,
 * with noise. The same arguments, with the random numbers in the same state, give the same picture.
 */
export function drawPicture({
  artwork,
  clutter = [],
  conditions,
  random,
  imageSize,
}: PictureRequest): RgbImage {
  const canvas = createCanvas(imageSize);
  const colours = drawColours(conditions, random);
  drawBackground(canvas, conditions, drawBaseColour({ artwork, colours, conditions, random }), random);
  if (random.random() < conditions.clutter) drawClutter(canvas, clutter, random);
  const placement = drawPlacement(imageSize, conditions, random);
  placeArtwork(canvas, artwork, placement, colours);
  if (random.random() < conditions.hidden) hidePart(canvas, placement, conditions, random);
  if (random.random() < conditions.blur) blur(canvas, imageSize * within(conditions.blurWidth, random));
  const contrast = within(conditions.contrast, random);
  addNoise(canvas, { contrast, noise: within(conditions.noise, random) }, random);
  return toRgbImage(canvas);
}

function drawColours(conditions: PictureConditions, random: Random): ColourMatrix {
  const hue = within([-conditions.hue, conditions.hue], random);
  const saturation = random.random() < conditions.grey ? 0 : within(conditions.saturation, random);
  return colourMatrix({ hue, saturation, brightness: within(conditions.brightness, random) });
}

/** A random colour that the artwork stands out from. */
function drawBaseColour(options: {
  artwork: RgbaImage;
  colours: ColourMatrix;
  conditions: PictureConditions;
  random: Random;
}): Colour {
  const { artwork, colours, conditions, random } = options;
  const mean = applyColourMatrix(colours, meanColour(artwork));
  let base = randomColour(random);
  for (let i = 1; i < COLOUR_TRIES && colourDistance(base, mean) < conditions.backgroundDistance; i++) {
    base = randomColour(random);
  }
  return base;
}

const meanColours = new WeakMap<RgbaImage, Colour>();

/** Mean of the opaque pixels' colours. */
function meanColour(artwork: RgbaImage): Colour {
  const known = meanColours.get(artwork);
  if (known !== undefined) return known;
  const { data } = artwork;
  let [red, green, blue, alpha] = [0, 0, 0, 1];
  for (let i = 0; i < data.length; i += 4) {
    red += data[i]!;
    green += data[i + 1]!;
    blue += data[i + 2]!;
    alpha += data[i + 3]!;
  }
  const mean: Colour = [(255 * red) / alpha, (255 * green) / alpha, (255 * blue) / alpha];
  meanColours.set(artwork, mean);
  return mean;
}

function drawPlacement(side: number, conditions: PictureConditions, random: Random): Placement {
  const size = side * within(conditions.scale, random);
  const stretch = Math.sqrt(conditions.stretch ** (2 * random.random() - 1));
  const slack = (side - size) / 2 + side * conditions.overhang;
  const centre = () => side / 2 + slack * (2 * random.random() - 1);
  return {
    x: centre(),
    y: centre(),
    width: size * stretch,
    height: size / stretch,
    angle: (within([-conditions.rotation, conditions.rotation], random) * Math.PI) / 180,
    mirrored: random.random() < conditions.flip,
  };
}

/** One to three other artworks at a third of the picture's side and less, each at the border. */
function drawClutter(canvas: Canvas, clutter: readonly RgbaImage[], random: Random): void {
  const colours = colourMatrix({ hue: 0, saturation: 0.7, brightness: 0.9 });
  for (const artwork of clutter.slice(0, 1 + Math.floor(3 * random.random()))) {
    const size = canvas.side * (0.18 + 0.17 * random.random());
    const along = canvas.side * random.random();
    const across = canvas.side * (random.random() < 0.5 ? 0.1 : 0.9);
    const upright = random.random() < 0.5;
    placeArtwork(
      canvas,
      artwork,
      {
        x: upright ? along : across,
        y: upright ? across : along,
        width: size,
        height: size,
        angle: random.random() - 0.5,
        mirrored: false,
      },
      colours,
    );
  }
}

/** Covers a part near the artwork's edge with a disc or a turned square of one colour. */
function hidePart(
  { side, data }: Canvas,
  placement: Placement,
  conditions: PictureConditions,
  random: Random,
): void {
  const radius = 0.5 * placement.width * within(conditions.hiddenSide, random);
  const direction = 2 * Math.PI * random.random();
  const x = placement.x + 0.38 * placement.width * Math.cos(direction);
  const y = placement.y + 0.38 * placement.height * Math.sin(direction);
  const colour = nearbyColour(randomColour(random), 20, random);
  const disc = random.random() < 0.5;
  const angle = Math.PI * random.random();
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  for (let row = 0, at = 0; row < side; row++) {
    for (let column = 0; column < side; column++, at += 3) {
      const dx = column + 0.5 - x;
      const dy = row + 0.5 - y;
      const distance = disc
        ? Math.sqrt(dx * dx + dy * dy)
        : Math.max(Math.abs(cos * dx + sin * dy), Math.abs(cos * dy - sin * dx));
      const inside = radius - distance + 0.5;
      if (inside > 0) coverPixel(data, at, colour, inside < 1 ? inside : 1);
    }
  }
}
