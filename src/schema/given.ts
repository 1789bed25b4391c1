// Values that only the deployment knows: Pulumi Outputs, promises, and encrypted configuration. They are taken
// out of the input before anything looks at it, and a marker string stands where each of them was. So plan
// and render work on plain data, and only the room that runs in Pulumi gets the values back.

import { join } from "./path";
import { Unset } from "./unset";

/** An encrypted value in Pulumi.<stack>.yaml, seen without the key. */
export class Encrypted {}

// No environment variable, file or YAML document can hold a NUL, so no user's text is mistaken for a marker.
const MARKER = "\u0000given:";

export interface Extracted {
  /** The input, with a marker string for each value that only the deployment knows. */
  plain: unknown;
  /** Those values; a marker holds the index. */
  given: unknown[];
}

/** Replaces every Output, promise and encrypted value in `input` by a marker. */
export function extractGiven(input: unknown): Extracted {
  const given: unknown[] = [];
  const visit = (value: unknown): unknown => {
    if (isGiven(value)) return `${MARKER}${given.push(value) - 1}`;
    if (Array.isArray(value)) return value.map(visit);
    if (value !== null && typeof value === "object" && !(value instanceof Unset)) {
      return Object.fromEntries(
        Object.entries(value)
          .filter(([, member]) => member !== undefined)
          .map(([key, member]) => [key, visit(member)]),
      );
    }
    return value;
  };
  return { plain: visit(input), given };
}

function isGiven(value: unknown): boolean {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return false;
  if (value instanceof Encrypted || value instanceof Promise) return true;
  return (value as { __pulumiOutput?: unknown }).__pulumiOutput === true;
}

/** The index that a marker string holds, or `undefined` for any other value. */
export function givenIndex(value: unknown): number | undefined {
  return typeof value === "string" && value.startsWith(MARKER)
    ? Number(value.slice(MARKER.length))
    : undefined;
}

/** Every path in `plain` at which a marker stands. */
export function givenPaths(plain: unknown, path = ""): string[] {
  if (givenIndex(plain) !== undefined) return [path];
  if (Array.isArray(plain)) return plain.flatMap((item, index) => givenPaths(item, join(path, index)));
  if (plain !== null && typeof plain === "object") {
    return Object.entries(plain).flatMap(([key, value]) => givenPaths(value, join(path, key)));
  }
  return [];
}
