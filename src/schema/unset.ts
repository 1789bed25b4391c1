// How a key is taken away: `null` in a later layer. It works in maps whose keys are the user's own (variables, labels,
// files…), where an empty value and no value are two things. Anywhere else null is a mistake.

/** Stands, once layers are merged, where null took away what an earlier layer says. */
export class Unset {
  // Without a member, any object would pass for one.
  readonly takesAway = true;
}

/** The maps whose entries can be taken away. */
export const MAPS: ReadonlySet<string> = new Set([
  "env",
  "labels",
  "annotations",
  "nodeSelector",
  "files",
  "mounts",
  "ports",
  "egress",
  "ingressFrom",
  "checks",
]);

/** The maps of roles by name: what a role has lies one step deeper there. */
const ROLES = new Set(["services", "workers", "schedulers", "cronJobs", "tasks"]);

/** Maps by a name of the user's choice that hold no role. */
const NAMED = new Set(["secrets", "volumes"]);

/** A place in the input and what stands there instead of a value. */
interface Taken {
  keys: string[];
  value: null | Unset;
}

/** Takes every null out of `input` that may stand there, for the JSON Schema knows none. */
export function withoutUnset(input: unknown): { tree: unknown; taken: Taken[] } {
  const taken: Taken[] = [];
  const visit = (value: unknown, keys: string[]): unknown => {
    // Where it may not stand, it is the null that the user wrote.
    if (value instanceof Unset) return null;
    if (Array.isArray(value)) return value.map((item, index) => visit(item, [...keys, String(index)]));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, member]) => {
        const at = [...keys, key];
        if ((member === null || member instanceof Unset) && mayBeUnset(at)) {
          taken.push({ keys: at, value: member });
          return [];
        }
        return [[key, visit(member, at)]];
      }),
    );
  };
  return { tree: visit(input, []), taken };
}

/** Puts back what `withoutUnset` took, as far as the map around it is still there. */
export function withUnset(tree: unknown, taken: readonly Taken[]): unknown {
  return taken.reduce((whole, { keys, value }) => placed(whole, keys, value), tree);
}

function placed(tree: unknown, [key = "", ...rest]: string[], value: unknown): unknown {
  if (tree === null || typeof tree !== "object" || Array.isArray(tree)) return tree;
  const map = tree as Record<string, unknown>;
  if (rest.length === 0) return { ...map, [key]: value };
  return Object.hasOwn(map, key) ? { ...map, [key]: placed(map[key], rest, value) } : map;
}

function mayBeUnset(keys: string[]): boolean {
  const map = keys.at(-2) ?? "";
  if (!MAPS.has(map) || NAMED.has(keys[0] ?? "")) return false;
  return keys.length === (ROLES.has(keys[0] ?? "") ? 4 : keys.length > 2 ? 3 : 2);
}

/** Whether `value` takes away what stands below it. */
export function isUnset(value: unknown): value is null | Unset {
  return value === null || value instanceof Unset;
}
