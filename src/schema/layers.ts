// Where the input comes from: what the program says, and what Pulumi.<stack>.yaml says on top of it.

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

function merge(below: unknown, above: unknown): unknown {
  if (above === undefined) return below;
  if (above === null && below !== undefined && below !== null) return new Unset();
  if (!isMap(below) || !isMap(above)) return above;
  const merged: Record<string, unknown> = { ...below };
  if (saysImage(above) && !saysBuild(above) && saysBuild(below)) delete merged.build;
  if (saysBuild(above) && !saysImage(above) && saysImage(below)) delete merged.image;
  for (const [key, value] of Object.entries(above)) merged[key] = merge(below[key], value);
  return merged;
}

// By their types, for they may be names as well: of services, or of environment variables.
function saysImage({ image }: Record<string, unknown>): boolean {
  return image !== undefined && !isMap(image);
}

function saysBuild({ build }: Record<string, unknown>): boolean {
  return isMap(build) && "context" in build;
}

function isMap(value: unknown): value is Record<string, unknown> {
  if (value === null || typeof value !== "object") return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Tells which layer the value at a path came from. */
export function originIn(layers: readonly Layer[]): Origin {
  const paths = layers.map(({ source, value }) => ({ source, paths: new Set(pathsOf(value)) }));
  return (path) => paths.findLast((layer) => layer.paths.has(path))?.source;
}

function pathsOf(value: unknown, path = ""): string[] {
  if (Array.isArray(value))
    return [path, ...value.flatMap((item, index) => pathsOf(item, join(path, index)))];
  if (!isMap(value)) return [path];
  return [path, ...Object.entries(value).flatMap(([key, member]) => pathsOf(member, join(path, key)))];
}
