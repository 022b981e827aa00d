import { expect, test } from "vitest";
import { renderHtml } from "./render-html.ts";
import { renderLatex } from "./render-latex.ts";
import { renderMarkdown } from "./render-markdown.ts";
import type { ReportBlock } from "./report-document.ts";

const blocks: readonly ReportBlock[] = [
  { kind: "heading", level: 1, text: "Results" },
  { kind: "heading", level: 2, text: "A <b> & *c*" },
  { kind: "paragraph", text: "1 of 2 failed", isWarning: true },
  { kind: "list", items: ["see https://example.org/a_b"] },
  {
    kind: "table",
    caption: "100 % of $x_1 | y$",
    note: "Bold: best.",
    columns: ["a_b", "n"],
    rows: [
      { name: "x<y", cells: [{ text: "1.00 ± 0.10", isBest: true }] },
      { name: "published", cells: [{ text: "−0.50" }], isAside: true },
    ],
  },
];

test("Markdown: names do not become marks", () => {
  expect(renderMarkdown(blocks)).toBe(
    [
      "# Results",
      "## A \\<b\\> & \\*c\\*",
      "**1 of 2 failed**",
      "- see https://example.org/a_b",
      "100 % of $x\\_1 \\| y$ Bold: best.",
      "| a\\_b | n |\n|---|--:|\n| x\\<y | **1.00 ± 0.10** |\n| *published* | −0.50 |\n",
    ].join("\n\n"),
  );
});

test("LaTeX: booktabs tables with escaped names", () => {
  const text = renderLatex(blocks);
  expect(text).toContain("% A <b> & *c*");
  expect(text).toContain("\\caption{100 \\% of \\$x\\_1 | y\\$ Bold: best.}");
  expect(text).toContain("\\begin{tabular}{lr}\n\\toprule\n  a\\_b & n \\\\\n\\midrule");
  expect(text).toContain("  x\\textless{}y & \\textbf{1.00 $\\pm$ 0.10} \\\\");
  expect(text).toContain("  \\quad\\textit{published} & $-$0.50 \\\\\n\\bottomrule");
});

test("LaTeX: no more tables wait for a page than it can hold", () => {
  const tables = Array.from({ length: 50 }, () => ({
    kind: "table" as const,
    caption: "",
    columns: ["n"],
    rows: [],
  }));
  const text = renderLatex([{ kind: "table-group", title: "each", tables }]);
  const waiting = text.split("\\clearpage").map((part) => part.split("\\begin{table}[!htbp]").length - 1);
  expect(waiting.reduce((sum, count) => sum + count)).toBe(50);
  expect(Math.max(...waiting)).toBeLessThan(18);
});

test("LaTeX: every character that has a meaning loses it", () => {
  const text = renderLatex([{ kind: "table", caption: "", columns: ["\\{}$&#%_^~"], rows: [] }]);
  expect(text).toContain(
    "  \\textbackslash{}\\{\\}\\$\\&\\#\\%\\_\\textasciicircum{}\\textasciitilde{} \\\\",
  );
});

test("HTML: names are text, and a table has a box of its own that keys scroll", () => {
  const text = renderHtml(blocks, new Map());
  expect(text).toContain('<h2 id="part-1">A &lt;b&gt; &amp; *c*</h2>');
  expect(text).toContain('<a href="#part-1">A &lt;b&gt; &amp; *c*</a>');
  expect(text).toContain('<p class="warning">1 of 2 failed</p>');
  expect(text).toContain('<div class="scroll" tabindex="0" role="region"');
  expect(text).toContain('<tr class="aside"><th scope="row">published</th><td>−0.50</td></tr>');
});
