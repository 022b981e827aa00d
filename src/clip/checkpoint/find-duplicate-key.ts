/**
 * Finds a key that occurs twice in one object of a JSON text. `JSON.parse` keeps the last one and says nothing, so that
 * two readers can see two different files.
 *
 * @param json text that `JSON.parse` has accepted
 * @returns the first repeated key, or `undefined`
 */
export function findDuplicateKey(json: string): string | undefined {
  const openObjects: Set<string>[] = [];
  let position = 0;
  while (position < json.length) {
    const character = json[position];
    if (character !== '"') {
      if (character === "{") openObjects.push(new Set());
      else if (character === "}") openObjects.pop();
      position++;
      continue;
    }
    const end = endOfString(json, position);
    if (isKey(json, end)) {
      const key: string = JSON.parse(json.slice(position, end));
      const keys = openObjects.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
    position = end;
  }
  return undefined;
}

/** Position after the quote that closes the string opened at `start`: one behind an even number of backslashes. */
function endOfString(json: string, start: number): number {
  let quote = json.indexOf('"', start + 1);
  for (;;) {
    let backslash = quote - 1;
    while (json[backslash] === "\\") backslash--;
    if ((quote - backslash) % 2 === 1) return quote + 1;
    quote = json.indexOf('"', quote + 1);
  }
}

/** In valid JSON a colon follows a string exactly where the string is a key. */
function isKey(json: string, end: number): boolean {
  let position = end;
  while (" \t\n\r".includes(json[position] ?? "")) {
    if (position >= json.length) return false;
    position++;
  }
  return json[position] === ":";
}
