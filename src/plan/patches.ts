// Patches: what each of them changes, and in which objects. Whether there are such objects, and whether they have such
// fields, is known once they are made: see objects/patches.ts.

import type { PatchArgs, PatchOperationArgs } from "../schema/patch-args";
import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import { resolveTree } from "./free-form";
import type { Targets } from "./references";
import type { Edge, PatchOperationPlan, PatchPlan } from "./stack-plan";

interface PatchContext {
  targets: Targets;
  /** The roles that have pods: objects of others, such as `network`, talk to nobody. */
  roles: ReadonlySet<string>;
  problems: Problem[];
}

/** The patches in the order in which they are applied, and whom their roles talk to by them. */
export function planPatches(
  patches: { [name: string]: PatchArgs },
  context: PatchContext,
): { patches: PatchPlan[]; edges: Edge[] } {
  const edges: Edge[] = [];
  const planned = Object.entries(patches)
    .filter(([, { enabled }]) => enabled !== false)
    // Not every language keeps the order of a map.
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, args]) => planPatch(join("patches", id), args, edges, context));
  return { patches: planned, edges };
}

function planPatch(
  path: string,
  args: PatchArgs,
  edges: Edge[],
  { targets, roles: withPods, problems }: PatchContext,
): PatchPlan {
  const { kind, role, name, merge, jsonPatch } = args;
  if ((merge === undefined) === (jsonPatch === undefined)) {
    problems.push({
      path,
      reason: merge ? "has `merge` and `jsonPatch`, and a patch is one of them" : "changes nothing",
      remedy: merge ? "make two patches of it" : "add `merge: { spec: { … } }`, or a `jsonPatch`",
    });
  }
  const context = { targets, secrets: kind === "Secret", problems };
  const resolved = (at: string, tree: unknown): unknown => {
    const { tree: value, roles } = resolveTree(at, tree, context);
    if (role !== undefined && withPods.has(role)) {
      for (const to of roles) if (role !== to) edges.push({ from: role, to });
    }
    return value;
  };
  const operations = jsonPatch?.map((operation, index) => {
    const at = join(`${path}.jsonPatch`, index);
    checkOperation(at, operation, problems);
    return { ...operation, value: resolved(`${at}.value`, operation.value) };
  });
  return {
    path,
    kind,
    role,
    name,
    merge: merge && (resolved(`${path}.merge`, merge) as Record<string, unknown>),
    operations: operations as PatchOperationPlan[] | undefined,
  };
}

function checkOperation(path: string, operation: PatchOperationArgs, problems: Problem[]): void {
  const { op } = operation;
  for (const key of ["path", "from"] as const) {
    const pointer = operation[key];
    if (pointer === undefined || (pointer.startsWith("/") && !/~(?![01])/.test(pointer))) continue;
    problems.push({
      path: `${path}.${key}`,
      value: pointer,
      reason: pointer.startsWith("/") ? "has a `~` that isn't `~0` or `~1`" : "is not a JSON pointer",
      remedy: pointer.startsWith("/")
        ? "write `~0` for a `~` and `~1` for a `/` in a key"
        : `begin with a slash, e.g. \`/${pointer.replaceAll(".", "/")}\``,
    });
  }
  const moves = op === "move" || op === "copy";
  const needed = moves ? "from" : op === "remove" ? undefined : "value";
  if (needed !== undefined && operation[needed] === undefined) {
    problems.push({
      path: `${path}.${needed}`,
      reason: `is missing, and \`${op}\` needs it`,
      remedy: "add it",
    });
  }
}
