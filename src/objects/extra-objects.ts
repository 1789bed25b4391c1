// The user's own objects among ours: with the labels that all objects have, and in their order.

import type { StackPlan } from "../plan/stack-plan";
import type { Problem } from "../schema/problem";
import { misfits, typeOf } from "./fields";
import { nameIn, SHOWN, showsSecret } from "./patch-safety";
import { type KubernetesObject, type StackObject, stackObject } from "./stack-object";

/** The user's own objects; `ground` is what everything in the namespace comes after. */
export function extraObjects(plan: StackPlan, ground: readonly string[]): StackObject[] {
  return plan.extraObjects.map(({ id, object, after, wait, keep }) => {
    const { apiVersion, kind, metadata: own, ...rest } = object;
    const metadata = own as KubernetesObject["metadata"];
    const labels = {
      ...plan.labels,
      "app.kubernetes.io/part-of": plan.name,
      "app.kubernetes.io/managed-by": "pulumi",
      ...metadata.labels,
    };
    return stackObject(
      id,
      { apiVersion, kind, metadata: { ...metadata, labels }, ...rest },
      { after: [...ground, ...after], wait, keep },
    );
  });
}

/** What is wrong with the user's own objects beside `objects`, which are ours. */
export function extraObjectProblems(plan: StackPlan, objects: readonly StackObject[]): Problem[] {
  const taken = new Map(objects.map((entry) => [key(plan, entry), "this stack makes itself"]));
  return plan.extraObjects.flatMap(({ id, path, object }) => {
    const at = `${path}.object`;
    const { apiVersion, kind } = object;
    const found = misfits(at, object, typeOf(apiVersion, kind));
    if (showsSecret(object as KubernetesObject)) found.push({ path: at, ...SHOWN });
    const own = key(plan, stackObject(id, object as KubernetesObject));
    const other = taken.get(own);
    if (other !== undefined) {
      found.push({
        path: `${at}.metadata.name`,
        value: object.metadata.name,
        reason: `is the name of a ${kind} that ${other}`,
        remedy: "give it another name, or change that one with `patches`",
      });
    }
    taken.set(own, `stands at ${path}`);
    return found;
  });
}

function key(plan: StackPlan, entry: StackObject): string {
  const { kind, metadata } = entry.object;
  return `${kind}/${metadata.namespace ?? ""}/${nameIn(plan, entry)}`;
}
