import type { Cell } from "./measure-theme.ts";

/** Tables of the mean accuracies over seeds, in Markdown: themes by shots, labels, and domains. */
export function summarize(cells: readonly Cell[]): string {
  return [shotsTable(cells), labelsTable(cells), domainsTable(cells)].join("\n");
}

/** A column of the first table: the cells that it averages. */
interface Column {
  readonly name: string;
  readonly keep: (cell: Cell) => boolean;
}

function shotsTable(cells: readonly Cell[]): string {
  const test = cells.filter(({ pictures, labels }) => pictures === "test" && labels === "names");
  const shots = distinct(test.filter(({ method }) => method === "lamm").map((cell) => cell.shots));
  const [fewest = 1] = shots;
  const columns: readonly Column[] = [
    { name: "zero-shot", keep: ({ method }) => method === "zero-shot" },
    ...shots.map((count) => ({ name: `${count} shots`, keep: isLamm(count) })),
    {
      name: `${fewest} shots, CE alone`,
      keep: ({ method }) => method === "lamm-without-hierarchical-loss",
    },
  ];
  const themes = distinct(test.map(({ theme }) => theme));
  const rows = themes.map((theme) => {
    const own = test.filter((cell) => cell.theme === theme);
    const classes = own[0]?.classes ?? 1;
    return [
      theme,
      `${classes}`,
      percent(1 / classes),
      ...columns.map(({ keep }) => percent(mean(own.filter(keep)))),
    ];
  });
  const averages = columns.map(({ keep }) => percent(meanOfThemes(test.filter(keep))));
  const header = ["test pictures", "classes", "chance", ...columns.map(({ name }) => name)];
  return table(header, [...rows, ["average", "", "", ...averages]]);
}

function labelsTable(cells: readonly Cell[]): string {
  const test = cells.filter(({ pictures }) => pictures === "test");
  const most = Math.max(...test.map(({ shots }) => shots));
  const rows = distinct(test.map(({ labels }) => labels)).map((labels) => {
    const own = test.filter((cell) => cell.labels === labels);
    const zeroShot = meanOfThemes(own.filter(({ method }) => method === "zero-shot"));
    return [labels, percent(zeroShot), percent(meanOfThemes(own.filter(isLamm(most))))];
  });
  return table(["labels, average of all themes", "zero-shot", `LAMM, ${most} shots`], rows);
}

function domainsTable(cells: readonly Cell[]): string {
  const named = cells.filter(({ labels }) => labels === "names");
  const most = Math.max(...named.map(({ shots }) => shots));
  const rows = distinct(named.map(({ pictures }) => pictures)).map((pictures) => {
    const own = named.filter((cell) => cell.pictures === pictures);
    const zeroShot = meanOfThemes(own.filter(({ method }) => method === "zero-shot"));
    return [pictures, percent(zeroShot), percent(meanOfThemes(own.filter(isLamm(most))))];
  });
  return table(["pictures, average of all themes", "zero-shot", `LAMM, ${most} shots`], rows);
}

function isLamm(count: number): (cell: Cell) => boolean {
  return ({ method, shots }) => method === "lamm" && shots === count;
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

function mean(cells: readonly Cell[]): number {
  return cells.reduce((sum, { accuracy }) => sum + accuracy, 0) / cells.length;
}

/** Each theme counts once, however many cells it has. */
function meanOfThemes(cells: readonly Cell[]): number {
  const themes = distinct(cells.map(({ theme }) => theme));
  const means = themes.map((theme) => mean(cells.filter((cell) => cell.theme === theme)));
  return means.reduce((sum, value) => sum + value, 0) / means.length;
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    line(header),
    line(header.map((_, column) => (column === 0 ? "---" : "--:"))),
    ...rows.map(line),
    "",
  ].join("\n");
}
