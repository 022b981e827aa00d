import { fullCaption } from "./full-caption.ts";
import type { ReportBlock, TableBlock, TableGroupBlock } from "./report-document.ts";

const HEAD = `% Tables of a report, to be put into a paper with \\input.
% Needs \\usepackage{booktabs} and \\usepackage{graphicx}; figures are in figures/.
`;

/** Puts out the tables that wait for a page. */
const FLUSH = "\\clearpage\n";
/** Tables after which that is done: with no text between them LaTeX gives up on some twenty that wait. */
const MOST_WAITING = 12;

/** A report's tables as LaTeX, with booktabs; headings are comments, so that the file can be put in anywhere. */
export function renderLatex(blocks: readonly ReportBlock[]): string {
  const parts = blocks.flatMap((block) => {
    if (block.kind === "heading") return [`${FLUSH}% ${block.text.replaceAll("\n", " ")}\n`];
    if (block.kind === "table-group") return [FLUSH, ...renderGroup(block), FLUSH];
    return block.kind === "table" ? [renderTable(block)] : [];
  });
  return `${HEAD}\n${parts.join("\n")}`;
}

function renderGroup({ tables }: TableGroupBlock): string[] {
  return tables.flatMap((table, index) => [
    ...(index > 0 && index % MOST_WAITING === 0 ? [FLUSH] : []),
    renderTable(table),
  ]);
}

/** Tables wider than the page are made as narrow as it. */
function renderTable(table: TableBlock): string {
  const { columns, rows, isText = false } = table;
  const caption = fullCaption(table);
  const line = (cells: readonly string[]) => `  ${cells.join(" & ")} \\\\`;
  const body = rows.map(({ name, cells, isAside }) => {
    const title = escapeLatex(name);
    return line([
      isAside ? `\\quad\\textit{${title}}` : title,
      ...cells.map(({ text, isBest }) => (isBest ? `\\textbf{${escapeLatex(text)}}` : escapeLatex(text))),
    ]);
  });
  return [
    "\\begin{table}[!htbp]",
    "\\centering",
    `\\caption{${escapeLatex(caption)}}`,
    "\\smallskip",
    "\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%",
    `\\begin{tabular}{${columns.map((_, index) => (index === 0 || isText ? "l" : "r")).join("")}}`,
    "\\toprule",
    line(columns.map(escapeLatex)),
    "\\midrule",
    ...body,
    "\\bottomrule",
    "\\end{tabular}}",
    "\\end{table}",
    "",
  ].join("\n");
}

const REPLACEMENTS: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "{": "\\{",
  "}": "\\}",
  $: "\\$",
  "&": "\\&",
  "#": "\\#",
  "%": "\\%",
  _: "\\_",
  "^": "\\textasciicircum{}",
  "~": "\\textasciitilde{}",
  "±": "$\\pm$",
  "−": "$-$",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
  '"': "\\textquotedbl{}",
};

function escapeLatex(text: string): string {
  return text
    .replaceAll(/[\\{}$&#%_^~±−<>"]/g, (character) => REPLACEMENTS[character] ?? character)
    .replaceAll(/\s*\n\s*/g, " ");
}
