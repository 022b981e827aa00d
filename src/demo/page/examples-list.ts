import { type Html, html } from "../../experiments/report/html.ts";
import type { Guess } from "../../training/metrics.ts";
import type { Example } from "../demo-result.ts";

/** Test pictures with their likeliest classes before and after training. */
export function examplesList(examples: readonly Example[], names: readonly string[]): Html {
  return html`<ul class="examples">${examples.map((example) => exampleItem(example, names))}</ul>`;
}

function exampleItem({ thumbnail, label, before, after }: Example, names: readonly string[]): Html {
  const name = names[label] ?? "";
  return html`<li><div class="shown"><img src="${thumbnail}" alt="A test picture of the class ${name}" width="96" height="96"><strong>${name}</strong></div>
<div class="guesses">${guessTable("names alone", before, label, names)}${guessTable("after training", after, label, names)}</div></li>`;
}

function guessTable(title: string, guesses: readonly Guess[], label: number, names: readonly string[]): Html {
  const rows = guesses.map((guess) => {
    const isRight = guess.label === label;
    const percent = Math.round(100 * guess.probability);
    return html`<tr class="${isRight ? "is-right" : "is-wrong"}"><th scope="row">${names[guess.label] ?? ""}${isRight ? " ✓" : ""}</th>
<td><span class="bar" style="width:${percent}%"></span><span class="share">${percent} %</span></td></tr>`;
  });
  return html`<table class="guess"><caption>${title}</caption><tbody>${rows}</tbody></table>`;
}
