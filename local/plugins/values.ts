/**
 * Property values as they travel between engine and provider: plain JSON with two marked values, the
 * unknown of a preview and the secret. Only reading and marking; what a value means is a resource's affair.
 */

export type Properties = Record<string, unknown>;

/** What the engine sends in place of a value that only the update itself will know. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

export function isObject(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Marks a value so that the engine encrypts it in the state and hides it in its display. */
export function secret(value: unknown): Properties {
  return { [SIGNATURE]: SECRET, value };
}

export function isSecret(value: unknown): value is { value: unknown } {
  return isObject(value) && value[SIGNATURE] === SECRET;
}

/** The value without the marks of its secrets, all the way down. */
export function reveal(value: unknown): unknown {
  if (isSecret(value)) return reveal(value.value);
  if (Array.isArray(value)) return value.map(reveal);
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, reveal(each)]));
  }
  return value;
}

/** Whether anything in the value is unknown. */
export function hasUnknown(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasUnknown);
  if (isObject(value)) return Object.values(value).some(hasUnknown);
  return value === UNKNOWN;
}

/** The value as it can be sent: neither undefined nor null properties, as the engine drops them too. */
export function clean(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => (each === undefined ? null : clean(each)));
  if (isObject(value)) {
    const entries = Object.entries(value).filter(([, each]) => each !== undefined && each !== null);
    return Object.fromEntries(entries.map(([key, each]) => [key, clean(each)]));
  }
  return value;
}

/** Whether two values are the same, whatever the order of their keys. */
export function same(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((each, index) => same(each, right[index]));
  }
  if (isObject(left) && isObject(right)) {
    const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
    return [...keys].every((key) => same(left[key], right[key]));
  }
  return left === right;
}
