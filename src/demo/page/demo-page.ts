import { type Html, html } from "../../experiments/report/html.ts";
import { percent } from "../../training/percent.ts";
import type { DemoResult, NewClass } from "../demo-result.ts";
import { confusionFigure } from "./confusion-figure.ts";
import { curveFigure } from "./curve-figure.ts";
import { examplesList } from "./examples-list.ts";
import { mapFigure } from "./map-figure.ts";
import { PAGE_STYLE } from "./style.ts";

/**
 * A demo's result as one HTML page without anything from outside: figures are SVG, pictures are data.
 *
 * @param nextSteps commands that the reader can type next
 */
export function demoPage(result: DemoResult, nextSteps: readonly string[]): string {
  const { classNames, zeroShot, learned, examples, map } = result;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>LAMM: what your labels mean to CLIP</title>
<style>${{ html: PAGE_STYLE }}</style>
</head>
<body>
<main>
<h1>What your labels mean to CLIP</h1>
<p class="lead">${result.model} knows ${classNames.length} classes by their names alone. LAMM learns from a few pictures of each what
these names mean here: only the tokens of the names are trained, CLIP stays as it is.</p>
${numbers(result)}
<section>
<h2>A few pictures go a long way</h2>
<p class="note">Accuracy on ${result.testPictures} test pictures; the line is the mean over ${result.curve[0]?.accuracies.length ?? 0} draws of the training pictures, the band their range.</p>
<figure>${curveFigure(result)}</figure>
</section>
<section>
<h2>Before and after, picture by picture</h2>
<p class="note">The three likeliest classes of test pictures: first some that training put right, then some that it did not.</p>
${examplesList(examples, classNames)}
</section>
<section>
<h2>Who is taken for whom</h2>
<p>${worstLine(result)}</p>
<div class="pair">${confusionFigure("Names alone", zeroShot, classNames)}${confusionFigure("After training", learned, classNames)}</div>
<p class="note">A row is a class, a column what its test pictures were taken for; both in the same order.</p>
</section>
<section>
<h2>How the names moved</h2>
<p class="note">The classes that were mixed up most. Dots are test pictures; a ring is where a class's name was, the arrow leads to where training put it.
The axes are those along which the classes' pictures differ most; texts are centred and scaled on their own, as CLIP keeps them apart from pictures.</p>
<figure>${mapFigure(map, classNames)}</figure>
</section>
${newClassSection(result.newClass)}
<section>
<h2>Now with your own pictures</h2>
<p>One folder of pictures a class, 1 to 16 in each; the folders' names are the labels.</p>
<pre>${nextSteps.join("\n")}</pre>
</section>
<p class="note">Made in ${result.seconds.toFixed(0)} seconds from ${result.trainPictures} training pictures. LAMM: Gao et al., AAAI 2024.</p>
</main>
</body>
</html>
`;
  return page.html;
}

function numbers({ zeroShot, curve, newClass }: DemoResult): Html {
  const last = curve.at(-1);
  const gain = 100 * ((last?.mean ?? 0) - zeroShot.accuracy);
  const shots = last?.shots === 1 ? "1 picture" : `${last?.shots ?? 0} pictures`;
  return html`<ul class="numbers">
<li class="plain"><b>${percent(zeroShot.accuracy)}</b><span>right by names alone</span></li>
<li class="good"><b>${percent(last?.mean ?? 0)}</b><span>right after ${shots} a class</span></li>
<li class="good"><b>${gain >= 0 ? "+" : "−"}${Math.abs(gain).toFixed(1)}</b><span>points of accuracy</span></li>
<li><b>${percent(newClass.union)}</b><span>right after “${newClass.name}” joined later</span></li>
</ul>`;
}

function worstLine({ worst, classNames }: DemoResult): Html {
  if (worst === undefined) return html`CLIP mixed up none of the test pictures.`;
  const [label = "", predicted = ""] = [classNames[worst.label], classNames[worst.predicted]];
  return html`Worst of all, <strong>${label}</strong> was taken for <strong>${predicted}</strong> in ${worst.count} of ${worst.total} pictures; after training in ${worst.after}.`;
}

function newClassSection({ name, oldBefore, oldAfter, added, union }: NewClass): Html {
  return html`<section>
<h2>A class that did not exist</h2>
<p>The classifier was trained without <strong>${name}</strong>. Then “${name}” was learned alone, with all others as fixed negatives: their text features did not change by a bit.</p>
<table class="facts"><tbody>
<tr><th scope="row">old classes, before “${name}” came</th><td>${percent(oldBefore)}</td></tr>
<tr><th scope="row">old classes, with it among the answers</th><td>${percent(oldAfter)}</td></tr>
<tr><th scope="row">“${name}” itself</th><td>${percent(added)}</td></tr>
<tr><th scope="row">all together</th><td>${percent(union)}</td></tr>
</tbody></table>
</section>`;
}
