// One map over another, where null takes away what stands below. A null over nothing was meant as something else.

import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import { isUnset } from "../schema/unset";

interface Map<T> {
  [name: string]: T;
}

/**
 * What of `own`, which stands at `path`, is a value, and what it takes away from `below`. A null that takes away
 * nothing is a mistake; `instead` says what was probably meant.
 */
export function overlay<T>(
  path: string,
  own: Map<T> | undefined,
  below: Iterable<string>,
  problems: Problem[],
  instead = 'write `""` for an empty value, or remove the line',
): { set: [string, T][]; removed: Set<string> } {
  const known = new Set(below);
  const removed = new Set<string>();
  const set: [string, T][] = [];
  for (const [key, value] of Object.entries(own ?? {})) {
    if (!isUnset(value)) {
      set.push([key, value]);
      continue;
    }
    removed.add(key);
    if (value !== null || known.has(key)) continue;
    problems.push({
      path: join(path, key),
      reason: "is nothing (null), which takes away what stands below it, and nothing does",
      remedy: instead,
    });
  }
  return { set, removed };
}
