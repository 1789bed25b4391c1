// Two objects with one name: a role may be named as an object that another role has, such as `backend-env`.

import type { StackPlan } from "../plan/stack-plan";
import type { Problem } from "../schema/problem";
import { ROLE_LABEL } from "./labels";
import { nameIn } from "./patch-safety";
import type { StackObject } from "./stack-object";

/** A mistake for each of `objects` whose id or name one of another role has already. */
export function clashes(plan: StackPlan, objects: readonly StackObject[]): Problem[] {
  const holders = new Map<string, StackObject>();
  const problems = new Map<string, Problem>();
  for (const entry of objects) {
    for (const key of [entry.id, keyOf(plan, entry)]) {
      const holder = holders.get(key);
      if (holder === undefined) holders.set(key, entry);
      else if (roleOf(holder) !== roleOf(entry)) {
        const problem = clash(plan, holder, entry);
        problems.set(problem.path, problem);
      }
    }
  }
  return [...problems.values()];
}

function keyOf(plan: StackPlan, entry: StackObject): string {
  return `${entry.object.kind}/${nameIn(plan, entry)}`;
}

/** Of two that clash, the one with the longer name was named by the user. */
function clash(plan: StackPlan, one: StackObject, other: StackObject): Problem {
  const [owner = "", named = ""] = [roleOf(one), roleOf(other)].sort((a, b) => a.length - b.length);
  const { kind } = roleOf(one) === owner ? one.object : other.object;
  return {
    path: plan.places[named] ?? named,
    value: named,
    reason: `is a name that an object of ${plan.places[owner] ?? owner} has: its ${kind}`,
    remedy: "give it another; every object of a stack has a name of its own",
  };
}

function roleOf({ id, object }: StackObject): string {
  return object.metadata.labels?.[ROLE_LABEL] ?? id;
}
