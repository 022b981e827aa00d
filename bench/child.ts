// Runs one scenario, given as JSON in the first argument, and writes its rows as JSON to stdout.
import { runScenario, type Scenario } from "./scenario.ts";

const scenario = JSON.parse(process.argv[2] ?? "null") as Scenario;
process.stdout.write(JSON.stringify(await runScenario(scenario)));
