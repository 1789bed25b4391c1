// Strategic merge patches: maps are merged, and so are those lists whose items Kubernetes tells apart by a key.
// https://github.com/kubernetes/community/blob/main/contributors/devel/sig-api-machinery/strategic-merge-patch.md

import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import { suggest } from "../schema/suggest";
import { ANYTHING, DIRECTIVE, typeUnder } from "./fields";
import { isText } from "./stack-object";

/** The keys of lists, as the API says (`x-kubernetes-patch-merge-key`), by the list's place. */
const MERGE_KEYS: Record<string, string> = {
  "PodSpec.containers": "name",
  "PodSpec.initContainers": "name",
  "PodSpec.ephemeralContainers": "name",
  "PodSpec.volumes": "name",
  "PodSpec.imagePullSecrets": "name",
  "PodSpec.resourceClaims": "name",
  "PodSpec.schedulingGates": "name",
  "PodSpec.hostAliases": "ip",
  "PodSpec.topologySpreadConstraints": "topologyKey",
  "Container.env": "name",
  "Container.ports": "containerPort",
  "Container.volumeMounts": "mountPath",
  "Container.volumeDevices": "devicePath",
  "ResourceRequirements.claims": "name",
  "ServiceSpec.ports": "port",
  "ServiceAccount.imagePullSecrets": "name",
  "ServiceAccount.secrets": "name",
  "ObjectMeta.ownerReferences": "uid",
};

type Map = Record<string, unknown>;

/** `target`, a value of `type`, with `patch`, which stands at `path`, merged into it. */
export function mergePatch(
  path: string,
  target: unknown,
  patch: Map,
  type: string,
  problems: Problem[],
): Map | undefined {
  const { [DIRECTIVE]: directive, ...rest } = patch;
  if (directive === "delete") return undefined;
  if (directive !== undefined && directive !== "replace" && directive !== "merge") {
    problems.push({
      path: join(path, DIRECTIVE),
      reason: "is no directive",
      remedy: "write `delete`, `replace` or `merge`",
    });
  }
  const merged: Map = isMap(target) && directive !== "replace" ? { ...target } : {};
  for (const [key, value] of Object.entries(rest)) {
    const under = typeUnder(type, key) ?? ANYTHING;
    const made = merge(join(path, key), merged[key], value, under, mergeKey(type, key), problems);
    if (made === undefined) delete merged[key];
    else merged[key] = made;
  }
  return merged;
}

function merge(
  path: string,
  target: unknown,
  patch: unknown,
  type: string,
  key: string | undefined,
  problems: Problem[],
): unknown {
  if (patch === null) return undefined;
  if (Array.isArray(patch)) {
    return key === undefined ? patch : mergeList(path, target, patch, type.slice(2), key, problems);
  }
  return isMap(patch) ? mergePatch(path, target, patch, type, problems) : patch;
}

function mergeList(
  path: string,
  target: unknown,
  patch: unknown[],
  type: string,
  key: string,
  problems: Problem[],
): unknown[] {
  const replaces = patch.some((item) => isMap(item) && item[DIRECTIVE] === "replace" && !(key in item));
  let merged: unknown[] = Array.isArray(target) && !replaces ? [...target] : [];
  for (const [index, item] of patch.entries()) {
    const at = join(path, index);
    if (!isMap(item) || (item[DIRECTIVE] === "replace" && !(key in item))) continue;
    const place = merged.findIndex((other) => isMap(other) && same(other[key], item[key]));
    const problem = itemProblem(at, item, key, place >= 0, merged, type);
    if (problem) {
      problems.push(problem);
      continue;
    }
    const made = mergePatch(at, merged[place], item, type, problems);
    if (place < 0) merged.push(made);
    else merged = merged.flatMap((other, position) => (position === place ? (made ?? []) : [other]));
  }
  return merged;
}

function itemProblem(
  path: string,
  item: Map,
  key: string,
  found: boolean,
  among: unknown[],
  type: string,
): Problem | undefined {
  const name = item[key];
  if (name === undefined || name === null) {
    return {
      path: join(path, key),
      reason: "is missing: by it the items of this list are told apart",
      remedy: "add it",
    };
  }
  // What is new must be whole; half a container is one whose name is written wrong.
  const half = type.endsWith(".Container") && !("image" in item);
  if (found || !(item[DIRECTIVE] === "delete" || half)) return undefined;
  const names = among.map((other) => (isMap(other) ? String(other[key]) : ""));
  return {
    path: join(path, key),
    value: typeof name === "string" || typeof name === "number" ? name : undefined,
    reason: `is not there to be ${item[DIRECTIVE] === "delete" ? "deleted" : "changed, and a new one needs an `image`"}`,
    remedy: suggest(String(name), names, "drop it"),
  };
}

function mergeKey(type: string, field: string): string | undefined {
  return MERGE_KEYS[`${type.slice(type.lastIndexOf(".") + 1)}.${field}`];
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function isMap(value: unknown): value is Map {
  return value !== null && typeof value === "object" && !Array.isArray(value) && !isText(value);
}
