import { initialisationAverages } from "../../published/published-ablations.ts";
import { methodTitle } from "../method-title.ts";
import type { ReportBlock } from "../report-document.ts";
import { isPaperSection, methodsOf, type SectionInput, slug } from "./section-input.ts";
import { variantsByShots } from "./variants-by-shots.ts";

/** Tokens that start from random vectors against those that start from the words, by shots. */
export function ablationInitSection(input: SectionInput): readonly ReportBlock[] {
  const { rows, datasets, model } = input;
  const isComparable = isPaperSection(input);
  return methodsOf(rows)
    .filter((method) => method !== "zero-shot")
    .flatMap((method) => {
      const published = isComparable && method === "lamm" ? initialisationAverages : {};
      return variantsByShots({
        rows: rows.filter((row) => row.method === method),
        datasets,
        variants: [
          { variant: "random", name: "random", published: published.random },
          { variant: "words", name: "words", published: published.words },
        ],
        name: `${methodTitle(method)} from random vectors and from words, ${model}`,
        figure: `ablation-init-${slug(method)}-${slug(model)}`,
      });
    });
}
