import { fullCaption } from "./full-caption.ts";
import type { FigureBlock, ReportBlock, TableBlock } from "./report-document.ts";

/** A report as Markdown; figures are files beside it, in `figures/`. */
export function renderMarkdown(blocks: readonly ReportBlock[]): string {
  return `${blocks.map(renderBlock).join("\n\n")}\n`;
}

function renderBlock(block: ReportBlock): string {
  switch (block.kind) {
    case "heading":
      return `${"#".repeat(block.level)} ${escapeMarkdown(block.text)}`;
    case "paragraph":
      return block.isWarning ? `**${escapeMarkdown(block.text)}**` : escapeMarkdown(block.text);
    case "list":
      return block.items.map((item) => `- ${escapeMarkdown(item)}`).join("\n");
    case "table":
      return renderTable(block);
    case "table-group":
      return [`### ${escapeMarkdown(block.title)}`, ...block.tables.map(renderTable)].join("\n\n");
    case "figure":
      return renderFigure(block);
  }
}

function renderTable(table: TableBlock): string {
  const { columns, rows, isText = false } = table;
  const caption = fullCaption(table);
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = columns.map((_, index) => (index === 0 || isText ? "---" : "--:"));
  const body = rows.map(({ name, cells, isAside }) =>
    line([
      isAside ? `*${escapeMarkdown(name)}*` : escapeMarkdown(name),
      ...cells.map(({ text, isBest }) => (isBest ? `**${escapeMarkdown(text)}**` : escapeMarkdown(text))),
    ]),
  );
  return [
    escapeMarkdown(caption),
    "",
    line(columns.map(escapeMarkdown)),
    `|${rule.join("|")}|`,
    ...body,
  ].join("\n");
}

function renderFigure({ name, caption }: FigureBlock): string {
  return `![${escapeMarkdown(caption)}](figures/${name}.svg)\n\n*${escapeMarkdown(caption)}*`;
}

/** Text without what Markdown would take for its own; addresses stay as they are, so that they become links. */
function escapeMarkdown(text: string): string {
  return text
    .split(/(https:\/\/\S+)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll(/[\\`*_[\]<>|~]/g, "\\$&")))
    .join("")
    .replaceAll(/\s*\n\s*/g, " ");
}
