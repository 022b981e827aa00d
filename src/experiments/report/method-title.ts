import { methods } from "../../methods/methods.ts";

/** A method as papers write it: `CoOp+LAMM`; `gda@lamm` is `GDA on LAMM`. Unknown names stay as they are. */
export function methodTitle(name: string): string {
  if (name === "zero-shot") return "Zero-shot CLIP";
  const [method = "", base] = name.split("@");
  const title = methods.find((known) => known.name === method)?.title ?? method;
  return base === undefined ? title : `${title} on ${methodTitle(base)}`;
}
