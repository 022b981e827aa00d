import type { DrawnFigure } from "./figures/draw-figure.ts";
import { fullCaption } from "./full-caption.ts";
import { type Html, html } from "./html.ts";
import type { FigureBlock, HeadingBlock, ReportBlock, TableBlock } from "./report-document.ts";
import { REPORT_STYLE } from "./report-style.ts";

/**
 * A report as one HTML page with nothing from outside: figures are SVG in it, and there is no script.
 *
 * @param drawn what each figure looks like, by name
 */
export function renderHtml(blocks: readonly ReportBlock[], drawn: ReadonlyMap<string, DrawnFigure>): string {
  const styles = [...new Set([...drawn.values()].map(({ style }) => style))].join("\n");
  const headings = blocks.flatMap((block, index) =>
    block.kind === "heading" && block.level === 2 ? [{ text: block.text, id: idOf(index) }] : [],
  );
  const title = blocks.find((block) => block.kind === "heading")?.text ?? "Results";
  const body = blocks.map((block, index) => {
    const isFirst = block.kind === "heading" && block.level === 2 && idOf(index) === headings[0]?.id;
    return html`${isFirst ? contents(headings) : []}${renderBlock(block, index, drawn)}\n`;
  });
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${{ html: `${REPORT_STYLE}${styles}` }}</style>
</head>
<body>
<main>
${body}</main>
</body>
</html>
`;
  return page.html;
}

function idOf(index: number): string {
  return `part-${index}`;
}

function contents(headings: readonly { readonly text: string; readonly id: string }[]): Html {
  const links = headings.map(({ text, id }) => html`<a href="#${id}">${text}</a>`);
  return html`<nav aria-label="Contents">${links}</nav>\n`;
}

function renderBlock(block: ReportBlock, index: number, drawn: ReadonlyMap<string, DrawnFigure>): Html {
  switch (block.kind) {
    case "heading":
      return renderHeading(block, index);
    case "paragraph":
      return block.isWarning ? html`<p class="warning">${block.text}</p>` : html`<p>${block.text}</p>`;
    case "list":
      return html`<ul>${block.items.map((item) => html`<li>${item}</li>`)}</ul>`;
    case "table":
      return renderTable(block);
    case "table-group":
      return html`<details><summary>${block.title}</summary>
${block.tables.map(renderTable)}</details>`;
    case "figure":
      return renderFigure(block, drawn.get(block.name));
  }
}

function renderHeading({ level, text }: HeadingBlock, index: number): Html {
  return level === 1 ? html`<h1>${text}</h1>` : html`<h2 id="${idOf(index)}">${text}</h2>`;
}

/** A table in a box of its own, which scrolls where the table is wider; by keys too. */
function renderTable(table: TableBlock): Html {
  const { columns, rows, isText = false } = table;
  const caption = fullCaption(table);
  const body = rows.map(({ name, cells, isAside = false }) => {
    const texts = cells.map(({ text, isBest }) =>
      isBest ? html`<td><strong>${text}</strong></td>` : html`<td>${text}</td>`,
    );
    return html`<tr${{ html: isAside ? ' class="aside"' : "" }}><th scope="row">${name}</th>${texts}</tr>\n`;
  });
  return html`<div class="table"><p class="caption">${caption}</p>
<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table${{ html: isText ? ' class="words"' : "" }}><thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${body}</tbody></table></div></div>`;
}

function renderFigure(
  { caption, panels, legend: entries }: FigureBlock,
  figure: DrawnFigure | undefined,
): Html {
  if (figure === undefined) return html`<p>${caption}</p>`;
  const legend = entries.map(
    ({ title }, index) => html`<li>${{ html: figure.legend[index] ?? "" }} ${title}</li>`,
  );
  const kind = panels.some((panel) => panel.kind === "bars") ? "panels bars" : "panels";
  return html`<figure>${legend.length > 0 ? html`<ul class="legend">${legend}</ul>` : []}
<div class="${kind}">${figure.panels.map((panel) => ({ html: panel }))}</div>
<figcaption>${caption}</figcaption></figure>`;
}
