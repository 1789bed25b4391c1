// Where the input comes from: what the program says, and what Pulumi.<stack>.yaml says on top of it.

import { DEEPEST, isGiven, isMap } from "./given";
import { join } from "./path";
import type { Origin } from "./problem";
import { Unset } from "./unset";

/** One source of arguments. */
export interface Layer {
  /** What to call it in a message, such as `Pulumi.dev.yaml`. */
  source: string;
  value: unknown;
}

/** The layers as one input: maps are merged key by key, anything else of a later layer replaces the earlier, and null
 * takes it away. Of two that exclude each other, such as `image` and `build`, the later layer's takes the place of the
 * earlier's. */
export function mergeLayers(layers: readonly Layer[]): unknown {
  return layers.reduce<unknown>((merged, { value }) => merge(merged, value), undefined);
}

function merge(below: unknown, above: unknown, depth = 0): unknown {
  if (above === undefined) return below;
  if (above === null && below !== undefined && below !== null) return new Unset();
  if (!isMap(below) || !isMap(above) || depth > DEEPEST) return above;
  // Not by assignment: a key `__proto__` would be none.
  const merged = new Map(Object.entries(below));
  for (const [said, other] of INSTEAD) {
    if (says(above, said) && above[other] === undefined && says(below, other)) merged.delete(other);
  }
  for (const [key, value] of Object.entries(above)) {
    merged.set(key, merge(Object.hasOwn(below, key) ? below[key] : undefined, value, depth + 1));
  }
  return Object.fromEntries(merged);
}

/** What takes the place of what. */
const INSTEAD: [keyof typeof MEANT, keyof typeof MEANT][] = [
  ["image", "build"],
  ["build", "image"],
  ["replicas", "autoscaling"],
  ["autoscaling", "replicas"],
  // A secret that is given, such as an old one, instead of one that is generated.
  ["value", "length"],
  ["value", "format"],
  ["secretKeyRef", "length"],
  ["secretKeyRef", "format"],
];

// By their types, for they may be names as well: of services, or of environment variables.
const MEANT = {
  image: (value: unknown) => value !== undefined && !isMap(value),
  build: (value: unknown) => isMap(value) && "context" in value,
  replicas: (value: unknown) => typeof value === "number",
  autoscaling: (value: unknown) => isMap(value) && "maxReplicas" in value && value.enabled !== false,
  value: isGiven,
  secretKeyRef: isMap,
  length: (value: unknown) => typeof value === "number",
  format: (value: unknown) => typeof value === "string",
};

const says = (layer: Record<string, unknown>, key: keyof typeof MEANT): boolean => MEANT[key](layer[key]);

/** Tells which layer the value at a path came from. */
export function originIn(layers: readonly Layer[]): Origin {
  const paths = layers.map(({ source, value }) => ({ source, paths: new Set(pathsOf(value)) }));
  return (path) => paths.findLast((layer) => layer.paths.has(path))?.source;
}

function pathsOf(value: unknown, path = "", above: readonly unknown[] = []): string[] {
  if (above.includes(value) || above.length > DEEPEST) return [];
  const members: [string | number, unknown][] = Array.isArray(value)
    ? value.map((item, index) => [index, item])
    : isMap(value)
      ? Object.entries(value)
      : [];
  const here = members.length > 0 ? [...above, value] : above;
  return [path, ...members.flatMap(([key, member]) => pathsOf(member, join(path, key), here))];
}
