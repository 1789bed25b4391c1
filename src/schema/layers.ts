// Where the input comes from: what the program says, and what Pulumi.<stack>.yaml says on top of it.

import { DEEPEST, isMap } from "./given";
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
 * takes it away. An `image` takes the place of an earlier layer's `build`, and a `build` that of an `image`. */
export function mergeLayers(layers: readonly Layer[]): unknown {
  return layers.reduce<unknown>((merged, { value }) => merge(merged, value), undefined);
}

function merge(below: unknown, above: unknown, depth = 0): unknown {
  if (above === undefined) return below;
  if (above === null && below !== undefined && below !== null) return new Unset();
  if (!isMap(below) || !isMap(above) || depth > DEEPEST) return above;
  // Not by assignment: a key `__proto__` would be none.
  const merged = new Map(Object.entries(below));
  if (saysImage(above) && !saysBuild(above) && saysBuild(below)) merged.delete("build");
  if (saysBuild(above) && !saysImage(above) && saysImage(below)) merged.delete("image");
  for (const [key, value] of Object.entries(above)) {
    merged.set(key, merge(Object.hasOwn(below, key) ? below[key] : undefined, value, depth + 1));
  }
  return Object.fromEntries(merged);
}

// By their types, for they may be names as well: of services, or of environment variables.
function saysImage({ image }: Record<string, unknown>): boolean {
  return image !== undefined && !isMap(image);
}

function saysBuild({ build }: Record<string, unknown>): boolean {
  return isMap(build) && "context" in build;
}

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
