import { ConfigError } from "../errors.ts";
import { cocoop, cocoopLamm } from "./cocoop.ts";
import { coop, coopLamm } from "./coop.ts";
import { clap } from "./features/clap.ts";
import { clipAdapter } from "./features/clip-adapter.ts";
import { gda } from "./features/gda.ts";
import { linearProbe } from "./features/linear-probe.ts";
import { lpPlusPlus } from "./features/lp-plus-plus.ts";
import { proker } from "./features/proker.ts";
import { taskRes } from "./features/taskres.ts";
import { tipAdapter } from "./features/tip-adapter.ts";
import { tipAdapterF } from "./features/tip-adapter-f.ts";
import { lamm } from "./lamm.ts";
import { maple, mapleLamm } from "./maple.ts";
import type { Method } from "./method.ts";
import { nearestName } from "./nearest-name.ts";

/** All methods, in the order in which they are listed. A new one is a line here. */
export const methods: readonly Method[] = [
  lamm,
  coop,
  cocoop,
  maple,
  coopLamm,
  cocoopLamm,
  mapleLamm,
  tipAdapter,
  tipAdapterF,
  clipAdapter,
  taskRes,
  clap,
  lpPlusPlus,
  linearProbe,
  gda,
  proker,
];

/**
 * The method of a name.
 *
 * @param known those to choose from
 * @throws {ConfigError} if there is none, with the nearest name that there is
 */
export function findMethod(name: string, known: readonly Method[] = methods): Method {
  const found = known.find((method) => method.name === name);
  if (found !== undefined) return found;
  const names = known.map((method) => method.name);
  const nearest = nearestName(name, names);
  throw new ConfigError({
    where: "method",
    expected: `one of ${names.join(", ")}`,
    got: `"${name}"`,
    ...(nearest !== undefined && { fix: `Did you mean "${nearest}"?` }),
  });
}
