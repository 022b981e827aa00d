export { readResultTable as readResults } from "./result-store.ts";
