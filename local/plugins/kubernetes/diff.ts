// What an update would change: the differences between the live state (as far as inputs describe it) and the
// new inputs, path by path, and which of them replace the object. Decides only; reads no cluster.
import { isDeepStrictEqual } from "node:util";
import { type Fields, isFields, type Value } from "./object";

type Change = "add" | "delete" | "update";
export interface Difference {
  change: Change;
  replace: boolean;
  /** Whether the path is one of the inputs only; the engine shows it from there. */
  ofInputs: boolean;
}
export type Differences = Map<string, Difference>;
type Path = (string | number)[];

/** RFC 7386: what has to be merged into `from` to get `to`. */
export function mergePatch(from: Fields, to: Fields): Fields {
  const patch: Fields = {};
  for (const key of Object.keys(from)) if (to[key] === undefined) patch[key] = null;
  for (const [key, value] of Object.entries(to)) {
    const old = from[key];
    if (isFields(value) && isFields(old)) {
      const inner = mergePatch(old, value);
      if (Object.keys(inner).length > 0) patch[key] = inner;
    } else if (!isDeepStrictEqual(value, old)) patch[key] = value;
  }
  return patch;
}

/**
 * The differences that turn `live` into `inputs`; `forceNew` are the paths whose change replaces.
 * A list is compared element by element, by position.
 */
export function differences(live: Fields, inputs: Fields, forceNew: string[]): Differences {
  const found: Differences = new Map();
  const patterns = forceNew.map((path) => path.split("."));

  function compareMaps(
    path: Path,
    patch: Fields,
    old: Fields,
    fresh: Value | undefined,
    inList: boolean,
  ): void {
    const wanted = isFields(fresh) ? fresh : {};
    for (const [key, value] of Object.entries(patch)) {
      compare([...path, key], value ?? null, old[key], wanted[key], inList);
    }
    // Within a list the patch is the whole new element: what it lacks was deleted.
    if (!inList) return;
    for (const [key, value] of Object.entries(old)) {
      if (!(key in patch)) compare([...path, key], null, value, wanted[key], inList);
    }
  }

  function compare(
    path: Path,
    value: Value,
    old: Value | undefined,
    fresh: Value | undefined,
    inList: boolean,
  ): void {
    // Without an input only a deletion can be meant; all else is the server's own.
    if (fresh === undefined && (value !== null || old === undefined)) return;
    if (value === null) note(path, value, "delete");
    else if (old === undefined) note(path, value, "add");
    else if (isFields(value) && isFields(old)) compareMaps(path, value, old, fresh, inList);
    else if (Array.isArray(value) && Array.isArray(old)) {
      for (let index = 0; index < Math.max(value.length, old.length); index++) {
        const wanted = Array.isArray(fresh) ? fresh[index] : undefined;
        compare([...path, index], value[index] ?? null, old[index], wanted ?? null, true);
      }
    } else if (!isDeepStrictEqual(value, old)) note(path, value, "update");
  }

  function note(path: Path, value: Value, change: Change): void {
    const replace = patterns.some((pattern) => touches(pattern, path, value));
    found.set(shown(path), { change, replace, ofInputs: change === "delete" });
  }

  compareMaps([], mergePatch(live, inputs), live, inputs, false);
  return found;
}

/** Whether setting `value` at `path` sets something at `pattern`: above it, at it or below it. */
function touches(pattern: string[], path: Path, value: Value): boolean {
  const [wanted, ...rest] = pattern;
  if (wanted === undefined) return true;
  const [step, ...further] = path;
  if (step !== undefined) {
    const same = typeof step === "number" ? wanted === "*" : wanted === step;
    return same && touches(rest, further, value);
  }
  if (Array.isArray(value)) return wanted === "*" && value.every((element) => touches(rest, [], element));
  return isFields(value) && value[wanted] !== undefined && touches(rest, [], value[wanted]);
}

/** A path as the engine writes it: `spec.ports[0].port`, `metadata.annotations["pulumi.com/autonamed"]`. */
function shown(path: Path): string {
  return path.reduce<string>((before, step) => {
    if (typeof step === "number") return `${before}[${step}]`;
    if (/[."[\]]/.test(step)) return `${before}["${step.replaceAll('"', '\\"')}"]`;
    return before === "" ? step : `${before}.${step}`;
  }, "");
}

/** The steps of a path as the engine writes it. */
export function steps(path: string): Path {
  const parts = path.matchAll(/\[(\d+|\*)\]|\["((?:[^"\\]|\\.)*)"\]|([^.[\]]+)/g);
  return [...parts].map(([, index, quoted, plain]) => {
    if (index !== undefined) return index === "*" ? "*" : Number(index);
    return quoted !== undefined ? quoted.replaceAll('\\"', '"') : (plain ?? "");
  });
}

/** Takes out the differences below the paths that `ignoreChanges` names. */
export function withoutIgnored(found: Differences, ignored: string[]): Differences {
  const paths = ignored.map(steps);
  const kept = [...found].filter(([path]) => {
    const here = steps(path);
    return !paths.some((above) => above.every((step, index) => step === "*" || step === here[index]));
  });
  return new Map(kept);
}
