/** Where the part of the card begins that pre-training does not write. */
const HEADING = "\n## Data\n";

/** What the embedded model was made of, and what it is not for. */
const DATA = `
Pictures drawn by the project's generator (\`picture-world/\`) from the emoji artwork of Noto Emoji, the older Noto Emoji, Firefox OS
Emoji and Streamline Emojis (Apache-2.0 and CC BY 4.0), about 1,450 things, each on a varied background, turned, scaled, recoloured, partly
hidden, blurred and noisy; captions from CLDR names and keywords (emojibase, MIT). Authors and licences: \`picture-world/CREDITS.md\`.
No photographs and no text from the web. The artwork of the tests and domains below (Twemoji, Fluent Emoji high contrast, EmojiOne
monotone) and that of their shots (EmojiOne, Fluent Emoji flat) was not seen in training.

## Results

\`lamm\` on the eleven benchmarks of picture-world (\`npm run benchmarks\`, \`scripts/measure-benchmarks.ts\`): test pictures are
Twemoji, shots are EmojiOne and Fluent Emoji flat; template "a photo of a {}.", schedule \`fast\`, accuracy in per cent, mean over three
draws of the shots. More than half of the class names are words that the captions use rarely or never. Labels that are off for every
class are learned with all their tokens (\`--tokens all\`).

`;

const LIMITS = `
## Limits

It knows drawings of emoji and nothing of photographs: it is there so that everything can be tried and tested without a network. For
photographs name a real CLIP, such as \`--model openai/clip-vit-base-patch16\`. The domains: \`v2\` is the test artwork under harder
conditions, \`sketch\` is line art, \`silhouette\` is line art of one colour in another hand; some of their black lines lie on dark
backgrounds and can hardly be seen.
`;

/**
 * A model card with data and results; what an earlier call added is replaced.
 *
 * @param card as pre-training wrote it, or with an earlier addition
 * @param tables results in Markdown
 */
export function addResults(card: string, tables: string): string {
  const [training = ""] = card.split(HEADING);
  return `${training.trimEnd()}\n${HEADING}${DATA}${tables.trimEnd()}\n${LIMITS}`;
}
