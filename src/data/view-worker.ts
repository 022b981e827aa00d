// Node only: the program of a worker thread, started by view-pool.ts.
import { answerCalls } from "./answer-calls.ts";
import { limitConcurrency } from "./limit-concurrency.ts";
import { prepareViews } from "./prepare-views.ts";

/**
 * One picture at a time. The pool asks for many ahead, because the engine blocks its thread for long; decoded all at once
 * they would take gigabytes.
 */
const prepare = limitConcurrency(1, prepareViews);

answerCalls(prepare, ({ buffer }) => [buffer]);
