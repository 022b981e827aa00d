import type {
  AdapterExplanation,
  ClassExplanation,
  ReadToken,
  VectorExplanation,
} from "../training/explain-prompts.ts";

/** Digits of a distance. */
const DIGITS = 3;

/** Learned vectors with the tokens near them, a line each. */
export function formatExplanation({
  method,
  template,
  context,
  classes,
  leftOut,
}: AdapterExplanation): string {
  const shared = context.length > 0 ? ["Context of all classes:", ...context.map(formatVector), ""] : [];
  return [
    `${method}, "${template}"`,
    "Each learned vector: the token that it stands for, its distance from it, and",
    "the nearest tokens with theirs.",
    'A token that goes on in the next one ends in "-".',
    "",
    ...shared,
    ...classes.flatMap(formatClass),
    ...leftOut,
    "",
  ].join("\n");
}

function formatClass({ name, promptName, tokens, context }: ClassExplanation): string[] {
  const learnedAs = promptName === undefined ? "" : `, learned as "${promptName}"`;
  return [
    `${name}${learnedAs}:`,
    ...(context.length > 0 ? ["  context", ...context.map((vector) => `  ${formatVector(vector)}`)] : []),
    ...(context.length > 0 && tokens.length > 0 ? ["  name"] : []),
    ...tokens.map((vector) => `${context.length > 0 ? "  " : ""}${formatVector(vector)}`),
    "",
  ];
}

function formatVector({ original, moved, nearest }: VectorExplanation): string {
  const start = original === undefined ? "(random)" : `${show(original)} ${moved?.toFixed(DIGITS)}`;
  return `  ${start}: ${nearest.map((token) => `${show(token)} ${token.distance.toFixed(DIGITS)}`).join(", ")}`;
}

const show = ({ text, endsWord }: ReadToken) =>
  endsWord || text.startsWith("<|") ? `"${text}"` : `"${text}-"`;
