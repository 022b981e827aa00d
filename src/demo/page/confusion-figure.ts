import { coordinate as at, type Html, html } from "../../experiments/report/html.ts";
import type { Evaluation } from "../../training/metrics.ts";
import { percent } from "../../training/percent.ts";

const SIDE = 460;
/** Room for the classes' names. */
const NAMES = 110;

/** A confusion matrix: a row a class, a column for what its pictures were taken for, darker for more. */
export function confusionFigure(
  title: string,
  { confusion, perClass, accuracy }: Evaluation,
  names: readonly string[],
): Html {
  const cell = (SIDE - NAMES) / names.length;
  const fontSize = Math.min(12, Math.max(6, cell * 0.8));
  const cells = confusion.map(({ label, predicted, count }) => {
    const total = perClass[label]?.total ?? 0;
    const kind = label === predicted ? "right" : "wrong";
    const told = `${names[label]} taken for ${names[predicted]}: ${count} of ${total}`;
    return html`<rect class="${kind}" x="${at(NAMES + cell * predicted)}" y="${at(cell * label)}" width="${at(cell)}" height="${at(cell)}" fill-opacity="${(count / total).toFixed(2)}"><title>${told}</title></rect>`;
  });
  return html`<figure><figcaption><strong>${title}</strong> ${percent(accuracy)} right</figcaption>
<svg class="matrix" viewBox="0 0 ${SIDE} ${SIDE - NAMES}" role="img" aria-label="Confusion matrix, ${title}">
<rect class="field" x="${NAMES}" y="0" width="${SIDE - NAMES}" height="${SIDE - NAMES}"/>
${cells}
${names.map(
  (name, label) =>
    html`<text class="name" style="font-size:${fontSize.toFixed(1)}px" x="${NAMES - 5}" y="${at(cell * (label + 0.5) + fontSize * 0.35)}" text-anchor="end">${name}</text>`,
)}
</svg></figure>`;
}
