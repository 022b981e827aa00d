import type { Command } from "commander";
import { defaultDataFolder, hasDataFolder } from "../data/datasets/data-folder.ts";
import type { WrittenSplit } from "../data/datasets/dataset.ts";
import { datasetDefinitions, inspectDatasets } from "../data/datasets/registry.ts";
import type { CommandContext } from "./command-context.ts";
import { formatDatasets } from "./format-datasets.ts";

interface DatasetsFlags {
  readonly data?: string;
  readonly json?: boolean;
  readonly makeSplits?: boolean;
}

/** Adds `lamm datasets`. */
export function addDatasetsCommand(program: Command, { io }: CommandContext): void {
  program
    .command("datasets")
    .description(
      "the data sets of the papers and the embedded ones: which are there, and where to get the others",
    )
    .option("--data <folder>", "folder that holds the data sets' folders (default: $LAMM_DATA, or ./data)")
    .option("--make-splits", "where a published split file is missing, write the one that is made instead")
    .option("--json", "print the result as JSON")
    .action(({ data = defaultDataFolder(), json = false, makeSplits = false }: DatasetsFlags) => {
      const exists = hasDataFolder(data);
      const states = inspectDatasets(data);
      const written: WrittenSplit[] = [];
      for (const [index, definition] of makeSplits ? datasetDefinitions.entries() : []) {
        const { isSplitMade = false, isSplitWritten = false } = states[index] ?? {};
        if (definition.makeSplit === undefined || !isSplitMade || isSplitWritten) continue;
        written.push(definition.makeSplit(data));
        states[index] = definition.inspect(data);
      }
      const report = { data, exists, datasets: states, written };
      io.stdout(json ? `${JSON.stringify(report, null, 2)}\n` : formatDatasets(report, io.columns));
    });
}
