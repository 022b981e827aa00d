/**
 * Area under the receiver operating characteristic: the chance that a known picture scores higher than an unknown one, equal
 * scores counting half. 1 separates them, 0.5 is guessing. Computed from ranks, in O(n log n).
 *
 * @param known scores of pictures that should score high
 * @param unknown scores of the others
 * @returns in [0, 1]; NaN where one of them is empty
 * @see Hanley & McNeil 1982, The meaning and use of the area under a receiver operating characteristic (ROC) curve
 */
export function areaUnderRoc(known: readonly number[], unknown: readonly number[]): number {
  const sorted = [
    ...known.map((score) => ({ score, isKnown: true })),
    ...unknown.map((score) => ({ score, isKnown: false })),
  ].sort((a, b) => a.score - b.score);
  let wins = 0;
  let unknownBelow = 0;
  for (let start = 0; start < sorted.length; ) {
    let end = start;
    let knownHere = 0;
    for (; end < sorted.length && sorted[end]!.score === sorted[start]!.score; end++) {
      if (sorted[end]!.isKnown) knownHere++;
    }
    const unknownHere = end - start - knownHere;
    wins += knownHere * (unknownBelow + unknownHere / 2);
    unknownBelow += unknownHere;
    start = end;
  }
  return wins / (known.length * unknown.length);
}
