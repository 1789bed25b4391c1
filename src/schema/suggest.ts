// "Did you mean": the known name that is nearest to what was written.

import { closest, distance } from "fastest-levenshtein";

/** Nothing that anybody means is longer; and comparing takes its time. */
const LONGEST = 64;

/** The nearest of `known`, if it is near enough to be a slip of the finger, or begins as the other does. */
export function nearest(written: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || written.length > LONGEST) return undefined;
  const plain = (name: string) => name.toLowerCase().replaceAll(/[-_]/g, "");
  const own = plain(written);
  const candidate = known[known.map(plain).indexOf(closest(own, known.map(plain)))] as string;
  if (distance(own, plain(candidate)) <= Math.max(2, candidate.length / 3)) return candidate;
  const alike = known.filter((name) => {
    const [short, long] = [own, plain(name)].sort((a, b) => a.length - b.length) as [string, string];
    return short.length > 2 && long.startsWith(short);
  });
  return alike.length === 1 ? alike[0] : undefined;
}

/** A remedy for an unknown name: the nearest known one, or all of them. */
export function suggest(written: string, known: readonly string[], none: string): string {
  const near = nearest(written, known);
  if (near) return `did you mean \`${near}\`?`;
  return known.length === 0 ? none : `known here: ${known.map((name) => `\`${name}\``).join(", ")}`;
}
