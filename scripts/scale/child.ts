// Measures one scenario, given as JSON in the first argument, and writes its numbers as JSON to stdout.
import { measureScenario, type ScaleScenario } from "./scenario.ts";

const scenario = JSON.parse(process.argv[2] ?? "null") as ScaleScenario;
process.stdout.write(JSON.stringify(await measureScenario(scenario)));
