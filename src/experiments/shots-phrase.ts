/** `1 shot`, `16 shots`. */
export function shotsPhrase(shots: number): string {
  return shots === 1 ? "1 shot" : `${shots} shots`;
}
