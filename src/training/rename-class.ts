import { DataError } from "../errors.ts";
import type { Adapter } from "./adapter.ts";
import { findClass } from "./find-class.ts";

/**
 * An adapter that calls one of its classes by another name. No number changes, nor what the adapter says of any picture: the name
 * that stood in the prompt when the class was learned is kept as `promptNames`.
 *
 * @param wanted name of the class, or `#` and its index from 0
 * @param name what it is called from now on; spaces around it are taken off
 * @throws {DataError} if there is no such class, several have the name, or the new name is empty or that of another class
 */
export function renameClass(adapter: Adapter, wanted: string, name: string): Adapter {
  const c = findClass(adapter, wanted);
  const trimmed = name.trim();
  const where = `new name of class "${wanted}"`;
  if (trimmed === "") {
    throw new DataError({ where, expected: "a name that says something", got: JSON.stringify(name) });
  }
  if (adapter.classNames.some((other, index) => other === trimmed && index !== c)) {
    const fix = "Choose another one, or remove that class first.";
    throw new DataError({ where, expected: "a name that no other class has", got: `"${trimmed}"`, fix });
  }
  const { promptNames = adapter.classNames, ...rest } = adapter;
  const classNames = adapter.classNames.with(c, trimmed);
  const isAsLearned = classNames.every((each, index) => each === promptNames[index]);
  return { ...rest, classNames, ...(!isAsLearned && { promptNames }) };
}
