// Writes docs/operators.md. Usage: node scripts/write-operator-table.ts
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { operatorTable } from "./operator-table/operator-table.ts";

writeFileSync(join(import.meta.dirname, "../docs/operators.md"), operatorTable());
