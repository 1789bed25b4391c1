// What becomes of data at a change of the object that holds it: judged by what the last deployment left and what
// this one wants. A value that isn't known yet, as in a preview, is no reason to refuse.

import { quantity } from "../plan/quantity";
import { join } from "../schema/path";
import type { Problem } from "../schema/problem";

/** An object before and after a change, as Pulumi's hooks tell of it. */
export interface Change {
  /** What the last deployment wanted. */
  oldInputs?: unknown;
  /** What was in the cluster after it. */
  oldOutputs?: unknown;
  /** What this one wants. */
  newInputs?: unknown;
}

const MOVE = 'to have it otherwise, see "Moving to another volume" in docs/data.md';

const STORAGE = ["spec", "resources", "requests", "storage"];

/** What can't be done without losing the data that is set up at `path`. */
export function lossesOf(path: string, change: Change): Problem[] {
  switch (at(change.newInputs, ["kind"])) {
    case "PersistentVolumeClaim":
      return [...shrinks(path, STORAGE, change), ...otherClass(path, change), ...otherModes(path, change)];
    case "Cluster": // CloudNativePG's
      return shrinks(path, ["spec", "storage", "size"], change);
    case "StatefulSet":
      return otherMajor(path, change);
    default:
      return [];
  }
}

/** What can be done, and leaves data behind where the stack doesn't look for it any more. */
export function leftBehind(path: string, change: Change): Problem[] {
  if (at(change.newInputs, ["kind"]) !== "StatefulSet") return [];
  return [...withoutVolume(path, change), ...otherDatabase(path, change)];
}

function shrinks(path: string, field: string[], change: Change): Problem[] {
  const had = textBefore(change, field);
  const wanted = text(change.newInputs, field);
  const bytes = quantity(wanted ?? "");
  if (had === undefined || bytes === undefined || bytes >= (quantity(had) ?? 0)) return [];
  // A growth that failed may be taken back, as far as the volume has not grown.
  const capacity = quantity(text(change.oldOutputs, ["status", "capacity", "storage"]) ?? "");
  if (capacity !== undefined && bytes > capacity) return [];
  return [
    {
      path: join(path, "storage"),
      value: wanted,
      reason: `is less than the ${had} that ${nameOf(change)} has, and a volume can't shrink`,
      remedy: `write \`storage: ${had}\`, or more; ${MOVE}`,
    },
  ];
}

function otherClass(path: string, change: Change): Problem[] {
  const field = ["spec", "storageClassName"];
  const had = textBefore(change, field);
  const wanted = at(change.newInputs, field);
  // Where nobody named a class, the volume has the cluster's default.
  const dropped = wanted === undefined && at(change.oldInputs, field) === had;
  const other = typeof wanted === "string" && wanted !== had;
  if (had === undefined || !(dropped || other)) return [];
  return [
    {
      path: join(path, "storageClassName"),
      ...(other && { value: wanted }),
      reason: `${other ? "is another class than" : "is missing, and was"} \`${had}\`, which ${nameOf(change)} has for good`,
      remedy: `write \`storageClassName: ${had}\`; ${MOVE}`,
    },
  ];
}

function otherModes(path: string, change: Change): Problem[] {
  const field = ["spec", "accessModes"];
  const had = texts(at(change.oldOutputs, field)) ?? texts(at(change.oldInputs, field));
  const wanted = texts(at(change.newInputs, field));
  if (!had || !wanted || [...had].sort().join() === [...wanted].sort().join()) return [];
  return [
    {
      path: join(path, "accessModes"),
      value: wanted.join(", "),
      reason: `are others than those that ${nameOf(change)} has for good: ${had.join(", ")}`,
      remedy: `write \`accessModes: [${had.join(", ")}]\`; ${MOVE}`,
    },
  ];
}

/** No server of PostgreSQL reads what another major version has written. */
function otherMajor(path: string, change: Change): Problem[] {
  // One that never was ready hasn't written anything, or found what it couldn't read.
  if (!at(change.oldOutputs, ["status", "readyReplicas"])) return [];
  const had = text(container(change.oldOutputs, "containers", "postgres"), ["image"]);
  const wanted = text(container(change.newInputs, "containers", "postgres"), ["image"]);
  const [from, to] = [majorOf(had), majorOf(wanted)];
  if (from === undefined || to === undefined || from === to) return [];
  return [
    {
      path: join(path, "image"),
      value: wanted,
      reason: `is PostgreSQL ${to}, which can't read the volume of ${nameOf(change)}: PostgreSQL ${from} has written it`,
      remedy: `write \`image: ${had}\`, or another one of ${from}; ${MOVE}`,
    },
  ];
}

/**
 * The major version of PostgreSQL that an image's tag tells: `postgres:16.4-alpine`, `postgis/postgis:16-3.5`,
 * `timescale/timescaledb:2.17.2-pg16`. Of others nothing is known: `acme/db:24.10` may be a date.
 */
function majorOf(image: string | undefined): number | undefined {
  const [, name = "", tag = ""] = /([^/:@]+):([^/:@]+)(@.*)?$/.exec(image ?? "") ?? [];
  const major = /(?:^|-)pg(\d\d)\b/.exec(tag)?.[1] ?? (/^postg/.test(name) && /^(\d\d)(?!\d)/.exec(tag)?.[1]);
  return major ? Number(major) : undefined;
}

function withoutVolume(path: string, change: Change): Problem[] {
  const had = claimOf(change.oldInputs);
  const volumes = at(change.newInputs, VOLUMES);
  if (had === undefined || !Array.isArray(volumes) || claimOf(change.newInputs) !== undefined) return [];
  return [
    {
      path: join(path, "persistence"),
      value: false,
      reason: `starts empty, and forgets at each restart; what there is stays on the volume ${had}`,
      remedy: "`persistence: true` finds it again",
    },
  ];
}

function otherDatabase(path: string, change: Change): Problem[] {
  const databaseOf = (tree: unknown) =>
    text(named(at(container(tree, "initContainers", "prepare"), ["env"]), "DB_NAME"), ["value"]);
  const [had, wanted] = [databaseOf(change.oldInputs), databaseOf(change.newInputs)];
  if (had === undefined || wanted === undefined || had === wanted) return [];
  return [
    {
      path: join(path, "database"),
      value: wanted,
      reason: `is another database than \`${had}\`, and empty unless you have made it; \`${had}\` stays on the volume`,
      remedy: `\`database: ${had}\` finds it again`,
    },
  ];
}

const POD = ["spec", "template", "spec"];
const VOLUMES = [...POD, "volumes"];

function claimOf(tree: unknown): string | undefined {
  return text(named(at(tree, VOLUMES), "data"), ["persistentVolumeClaim", "claimName"]);
}

function container(tree: unknown, list: "containers" | "initContainers", name: string): unknown {
  return named(at(tree, [...POD, list]), name);
}

function nameOf({ newInputs }: Change): string {
  return text(newInputs, ["metadata", "name"]) ?? "it";
}

/** What stood there after the last deployment, or what that wanted. */
function textBefore({ oldOutputs, oldInputs }: Change, field: string[]): string | undefined {
  return text(oldOutputs, field) ?? text(oldInputs, field);
}

function text(tree: unknown, field: string[]): string | undefined {
  const value = at(tree, field);
  return typeof value === "string" ? value : undefined;
}

function texts(list: unknown): string[] | undefined {
  return Array.isArray(list) && list.every((item) => typeof item === "string") ? list : undefined;
}

function named(list: unknown, name: string): unknown {
  return Array.isArray(list) ? list.find((item) => at(item, ["name"]) === name) : undefined;
}

function at(tree: unknown, [key, ...rest]: string[]): unknown {
  if (key === undefined) return tree;
  return typeof tree === "object" && tree !== null
    ? at((tree as Record<string, unknown>)[key], rest)
    : undefined;
}
