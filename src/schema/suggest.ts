// "Did you mean": the known name that is nearest to what was written.

import { closest, distance } from "fastest-levenshtein";

/** The nearest of `known`, if it is near enough to be a slip of the finger. */
export function nearest(written: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const candidate = closest(written.toLowerCase(), [...known]);
  return distance(written.toLowerCase(), candidate.toLowerCase()) <= Math.max(2, candidate.length / 3)
    ? candidate
    : undefined;
}

/** A remedy for an unknown name: the nearest known one, or all of them. */
export function suggest(written: string, known: readonly string[], none: string): string {
  const near = nearest(written, known);
  if (near) return `did you mean \`${near}\`?`;
  return known.length === 0 ? none : `known here: ${known.map((name) => `\`${name}\``).join(", ")}`;
}
