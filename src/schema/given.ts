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

/** Deeper than this lies nothing that a stack has. */
export const DEEPEST = 64;

/** Replaces every Output, promise and encrypted value in `input` by a marker, and by a symbol whatever is not data:
 * a program can pass anything. The symbol's description says what it was; no type of the schema takes one. */
export function extractGiven(input: unknown): Extracted {
  const given: unknown[] = [];
  const visit = (value: unknown, above: readonly object[]): unknown => {
    if (isGiven(value)) return `${MARKER}${given.push(value) - 1}`;
    const foreign = notData(value, above);
    if (foreign !== undefined) return Symbol(foreign);
    if (value === null || typeof value !== "object" || value instanceof Unset) return value;
    const here = [...above, value];
    // As JSON has it, a gap in a list is null.
    if (Array.isArray(value)) return Array.from(value, (item) => visit(item ?? null, here));
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([key, member]) => [key, visit(member, here)]),
    );
  };
  return { plain: visit(input, []), given };
}

/** What a value is that no file could hold; `undefined` for data. */
function notData(value: unknown, above: readonly object[]): string | undefined {
  if (typeof value === "string") return value.includes("\u0000") ? "text with a NUL character" : undefined;
  if (typeof value === "function" || typeof value === "symbol" || typeof value === "bigint")
    return `a ${typeof value}`;
  if (value === null || typeof value !== "object") return undefined;
  if (above.includes(value)) return "something that contains itself";
  if (above.length > DEEPEST) return "something nested too deeply";
  if (Array.isArray(value) || isMap(value) || value instanceof Unset) return undefined;
  if ((value as { __pulumiResource?: unknown }).__pulumiResource === true) return "a Pulumi resource";
  return `an object of class ${String(value.constructor?.name ?? "")}`;
}

/** Whether a value is a map of keys and values, rather than an object of some class. */
export function isMap(value: unknown): value is Record<string, unknown> {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Whether only the deployment knows the value. */
export function isGiven(value: unknown): boolean {
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
