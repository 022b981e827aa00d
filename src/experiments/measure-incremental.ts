import { ConfigError } from "../errors.ts";
import { findMethod } from "../methods/methods.ts";
import { addClassesOfSource } from "../tasks/add-classes.ts";
import { wordFeatures } from "../tasks/zero-shot.ts";
import type { Adapter } from "../training/adapter.ts";
import { sharedParameters } from "../training/class-parameters.ts";
import { isZeroShot } from "./cell.ts";
import type { CellRun } from "./cell-run.ts";
import { type ClassParts, splitClasses } from "./class-parts.ts";
import type { Metrics } from "./result-row.ts";
import { type Judge, scoreTest } from "./score-test.ts";
import { cellOptions, trainCell } from "./train-cell.ts";

/**
 * Learns the first half of the classes, then the second, and measures what that does to the first. A method with parameters of each
 * class learns those of the second half beside the first, which stays as it is, and is told from nothing but each other, as
 * published. Where all classes share what is learned it goes on from there on the second half's pictures alone.
 *
 * @returns `undefined` where the signal stopped it
 * @throws {ConfigError} if the method fits all classes together
 * @see Gao et al. 2024, section 4, class-incremental learning, https://arxiv.org/abs/2312.08212
 */
export async function measureIncremental(run: CellRun): Promise<Metrics | undefined> {
  const { context, cell } = run;
  const dataset = context.dataset(cell.dataset);
  const parts = splitClasses(dataset);
  const first = range(0, parts.set1.classIds.length);
  const second = range(first.length, dataset.classIds.length);
  if (isZeroShot(cell.config)) {
    const textFeatures = await wordFeatures(await context.source(dataset, cell.model), [dataset.template]);
    const shares = await measureAfter(run, { textFeatures }, { first, second });
    return shares && { set1Before: shares.set1After, ...shares };
  }
  checkIncremental(cell.config.method);
  const learned = await trainCell(run, parts.set1, { part: "-set1" });
  if (learned === undefined) return undefined;
  const source = await context.source(parts.set1, cell.model);
  const before = await scoreTest(run, { source, judge: learned, groups: { set1Before: first } });
  if (before === undefined) return undefined;
  const grown = await learnSecond(run, learned.adapter, parts);
  const shares = grown && (await measureAfter(run, grown, { first, second }));
  if (shares === undefined) return undefined;
  learned.clear();
  grown?.clear();
  return { ...before, ...shares };
}

/** Throws for methods that have no way to learn further classes. */
function checkIncremental(method: string): void {
  if (findMethod(method).kind === "prompts") return;
  throw new ConfigError({
    where: `method "${method}"`,
    expected: "a method that learns further classes beside those that it has",
    got: "one that fits all classes together",
    fix: "Choose a method that learns prompts, such as lamm.",
  });
}

/** An adapter of all classes, in the order of the data set's labels once `order` is applied. */
interface Grown {
  readonly adapter: Adapter;
  /** Column of the adapter's logits for each label, where these differ. */
  readonly order?: readonly number[];
  clear(): void;
}

async function learnSecond(
  run: CellRun,
  adapter: Adapter,
  { set1, set2 }: ClassParts,
): Promise<Grown | undefined> {
  const { context, cell, signal } = run;
  const model = await context.model(cell.model);
  // ImageNet has two pairs of classes of one name.
  const common = { negatives: "none" as const, allowEqualNames: true, ...(signal && { signal }) };
  const isShared = Object.keys(sharedParameters(adapter)).length === Object.keys(adapter.parameters).length;
  if (!isShared) {
    const source = await context.source(set2, cell.model);
    const grown = await addClassesOfSource(model, adapter, source, {
      ...{ ...common, ...cellOptions(run, "-set2") },
    });
    return grown && { adapter: grown.adapter, clear: () => grown.clearCheckpoint() };
  }
  const learned = await trainCell(run, set2, { part: "-set2", startFrom: adapter });
  const source = await context.source(set1, cell.model);
  const grown = learned && (await addClassesOfSource(model, learned.adapter, source, common));
  if (grown === undefined || learned === undefined) return undefined;
  const [count1, count2] = [set1.classIds.length, set2.classIds.length];
  const order = [...range(count2, count2 + count1), ...range(0, count2)];
  return { adapter: grown.adapter, order, clear: () => learned.clear() };
}

async function measureAfter(
  run: CellRun,
  { order, ...judge }: Judge & { readonly order?: readonly number[] },
  { first, second }: { readonly first: readonly number[]; readonly second: readonly number[] },
): Promise<Record<"set1After" | "set2" | "union", number> | undefined> {
  const { context, cell } = run;
  const source = await context.source(context.dataset(cell.dataset), cell.model);
  const columns = order ?? [...first, ...second];
  const columnsOf = (labels: readonly number[]) => labels.map((label) => columns[label] ?? label);
  const groups = {
    set1After: columnsOf(first),
    set2: columnsOf(second),
    union: columnsOf([...first, ...second]),
  };
  const shares = await scoreTest(run, { source, judge, columns, groups });
  return shares as Record<keyof typeof groups, number> | undefined;
}

const range = (begin: number, end: number) =>
  Array.from({ length: end - begin }, (_, index) => begin + index);
