// Patches, applied to the objects that this package has made: to which, whether they can be, and what they make of them.

import type { PatchPlan, StackPlan } from "../plan/stack-plan";
import { join, keysOf } from "../schema/path";
import type { Problem } from "../schema/problem";
import { suggest } from "../schema/suggest";
import { ANYTHING, fieldsOf, misfits, typeOf, typeUnder, unknownField } from "./fields";
import { jsonPatch } from "./json-patch";
import { ROLE_LABEL } from "./labels";
import { mergePatch } from "./merge-patch";
import { nameIn, unsafeChanges } from "./patch-safety";
import type { KubernetesObject, StackObject } from "./stack-object";

/** `objects` after the patches of the plan. A patch that can't be applied, or must not be, is a problem. */
export function applyPatches(
  plan: StackPlan,
  objects: readonly StackObject[],
): { objects: StackObject[]; problems: Problem[] } {
  const problems: Problem[] = [];
  let patched = [...objects];
  for (const patch of plan.patches) {
    const chosen = new Set(patched.filter((object) => isMeant(plan, patch, object)));
    const found: Problem[] = chosen.size === 0 ? [matchesNothing(plan, patch, patched)] : [];
    patched = patched.map((entry) => {
      if (!chosen.has(entry)) return entry;
      const object = applied(plan, patch, entry, found);
      return { ...entry, object };
    });
    // What is wrong with the patch itself is wrong in each of the objects.
    const told = new Set<string>();
    for (const problem of found) {
      const key = JSON.stringify(problem);
      if (!told.has(key)) problems.push(problem);
      told.add(key);
    }
  }
  return { objects: patched, problems };
}

function isMeant(plan: StackPlan, { kind, role, name }: PatchPlan, entry: StackObject): boolean {
  return (
    entry.object.kind === kind &&
    (role === undefined || roleOf(entry) === role) &&
    (name === undefined || nameIn(plan, entry) === name)
  );
}

function roleOf({ object }: StackObject): string {
  return object.metadata.labels?.[ROLE_LABEL] ?? "";
}

function matchesNothing(plan: StackPlan, patch: PatchPlan, objects: readonly StackObject[]): Problem {
  const { path, kind, role, name } = patch;
  const known = (values: string[]) => [...new Set(values)].filter((value) => value !== "").sort();
  const problem = (key: string, value: string, reason: string, choice: string[]): Problem => ({
    path: join(path, key),
    value,
    reason,
    remedy: suggest(value, known(choice), "drop the patch"),
  });
  const ofKind = objects.filter(({ object }) => object.kind === kind);
  if (ofKind.length === 0) {
    const kinds = objects.map(({ object }) => object.kind);
    return problem("kind", kind, "is the kind of no object of this stack", kinds);
  }
  const ofRole = ofKind.filter((entry) => role === undefined || roleOf(entry) === role);
  if (role !== undefined && ofRole.length === 0) {
    return problem("role", role, `has no ${kind} in this stack`, ofKind.map(roleOf));
  }
  const names = ofRole.map((entry) => nameIn(plan, entry));
  return problem("name", name ?? "", `is the name of no ${kind}${role ? ` of ${role}` : ""}`, names);
}

function applied(
  plan: StackPlan,
  { path, merge, operations }: PatchPlan,
  entry: StackObject,
  problems: Problem[],
): KubernetesObject {
  const { object } = entry;
  const type = typeOf(object.apiVersion, object.kind);
  const found: Problem[] = [];
  let after: object = object;
  if (merge) {
    const at = `${path}.merge`;
    found.push(...misfits(at, merge, type));
    // A patch of the wrong shape would only make further mistakes.
    if (found.length === 0) after = mergePatch(at, object, merge, type, found) ?? {};
  }
  if (operations) {
    const at = `${path}.jsonPatch`;
    for (const [index, { op, path: pointer, value }] of operations.entries()) {
      if (op === "remove" || op === "test") continue;
      found.push(...misplaced(join(at, index), pointer, value, type));
    }
    if (found.length === 0) after = jsonPatch(at, after, operations, found);
  }
  if (found.length === 0) found.push(...unsafeChanges(plan, path, entry, after as KubernetesObject));
  problems.push(...found);
  return found.length === 0 ? (after as KubernetesObject) : object;
}

/** Whether what an operation puts somewhere can be there. */
function misplaced(path: string, pointer: string, value: unknown, type: string): Problem[] {
  let under = type;
  for (const key of keysOf(pointer)) {
    const next = typeUnder(under, key);
    if (next === undefined) {
      const fields = [...(fieldsOf(under)?.keys() ?? [])];
      return [{ ...unknownField(`${path}.path`, key, fields), value: pointer }];
    }
    under = next;
  }
  return value === undefined || under === ANYTHING ? [] : misfits(`${path}.value`, value, under);
}
