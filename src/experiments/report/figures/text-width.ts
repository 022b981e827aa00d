/** Widths of letters as shares of the font's size, in a wide font such as DejaVu Sans: narrower ones leave a gap. */
const CAPITAL = 0.72;
const WIDE = 0.92;
const OTHER = 0.61;

/**
 * About how wide a text is drawn, in pixels. There is no font at hand to measure with, and readers have others.
 *
 * @param size of the font in pixels
 */
export function textWidth(text: string, size: number): number {
  const shares = [...text].map((letter) => {
    if (/[mwMW+±−@%]/.test(letter)) return WIDE;
    return /[A-Z]/.test(letter) ? CAPITAL : OTHER;
  });
  return size * shares.reduce((sum, share) => sum + share, 0);
}
