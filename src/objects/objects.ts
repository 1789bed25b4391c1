// From a plan to the Kubernetes objects of the stack and their order: a pure translation, with nothing to decide.

import type { StackPlan } from "../plan/stack-plan";
import type { Problem } from "../schema/problem";
import { clashes } from "./clashes";
import { cloudNativePgObjects } from "./cloudnative-pg";
import { cronJobObjects } from "./cron-job";
import { extraObjectProblems, extraObjects } from "./extra-objects";
import { trafficObjects } from "./ingress";
import { jobObjects } from "./job";
import { namespaceObject } from "./namespace";
import { networkPolicies } from "./network-policies";
import { applyPatches } from "./patches";
import { postgresObjects } from "./postgres";
import { processObjects } from "./process";
import { pullSecret } from "./pull-secret";
import { quotaObjects } from "./quota";
import { redisObjects } from "./redis";
import { holesIn, type StackObject } from "./stack-object";
import { volumeClaims } from "./volumes";

/** Every object of the stack; each stands behind those that it comes after. */
export function stackObjects(plan: StackPlan): StackObject[] {
  return translate(plan).objects;
}

/** Every object of the stack, and what is wrong with what the user makes of them. */
export function translate(plan: StackPlan): { objects: StackObject[]; problems: Problem[] } {
  const own = ownObjects(plan);
  const patched = applyPatches(plan, own);
  const ground = own.filter(({ object }) => object.kind === "Namespace").map(({ id }) => id);
  const all = [...patched.objects, ...extraObjects(plan, ground)];
  const objects = all.map((entry) => withAnnotations(behindExtraObjects(plan, entry, all), plan.annotations));
  const clashing = clashes(plan, own);
  return {
    // Two of one name have no order.
    objects: clashing.length > 0 ? objects : inOrder(objects),
    problems: [...clashing, ...patched.problems, ...extraObjectProblems(plan, own)],
  };
}

/** The objects that this package makes. */
function ownObjects(plan: StackPlan): StackObject[] {
  const namespace = namespaceObject(plan);
  const policies = [...networkPolicies(plan), ...quotaObjects(plan)];
  const rest = [
    ...pullSecret(plan),
    ...volumeClaims(plan),
    ...(plan.postgres?.mode === "embedded" ? postgresObjects(plan, plan.postgres) : []),
    ...(plan.postgres?.mode === "cloudnative-pg" ? cloudNativePgObjects(plan, plan.postgres) : []),
    ...plan.redis.flatMap((redis) => redisObjects(plan, redis)),
    ...plan.jobs.flatMap((job) => jobObjects(plan, job)),
    ...plan.processes.flatMap((process) => processObjects(plan, process)),
    ...plan.cronJobs.flatMap((cronJob) => cronJobObjects(plan, cronJob)),
    ...(plan.ingress ? trafficObjects(plan, plan.ingress) : []),
  ];
  const objects = [...policies, ...rest].map((object) => ({
    ...object,
    after: after(object, namespace, policies),
  }));
  return [...namespace, ...objects];
}

/** What runs starts behind its policies and within its quota; everything lies in the namespace. */
function after(
  { object, after: own, wait }: StackObject,
  namespace: StackObject[],
  policies: StackObject[],
): string[] {
  const behind = wait ? policies.map((policy) => policy.id) : [];
  // What carries another's name comes behind it, wherever that was chosen.
  const named = holesIn(object).flatMap((hole) => (hole.hole === "name" ? [hole.object] : []));
  return [...new Set([...namespace.map((one) => one.id), ...behind, ...own, ...named])];
}

/** With what the user has put before it, as far as that is there: a database elsewhere has no object. */
function behindExtraObjects(plan: StackPlan, entry: StackObject, all: readonly StackObject[]): StackObject {
  if (plan.extraObjects.length === 0) return entry;
  const there = new Set(all.map(({ id }) => id));
  const extra = plan.extraObjects.filter(({ before }) => before.includes(entry.id)).map(({ id }) => id);
  return { ...entry, after: [...entry.after, ...extra].filter((id) => there.has(id)) };
}

function withAnnotations(entry: StackObject, annotations: Record<string, string>): StackObject {
  if (Object.keys(annotations).length === 0) return entry;
  const { metadata } = entry.object;
  const all = { ...annotations, ...metadata.annotations };
  return { ...entry, object: { ...entry.object, metadata: { ...metadata, annotations: all } } };
}

function inOrder(objects: StackObject[]): StackObject[] {
  const byId = new Map(objects.map((object) => [object.id, object]));
  const ordered = new Set<StackObject>();
  const place = (object: StackObject): void => {
    if (ordered.has(object)) return;
    for (const id of object.after) place(byId.get(id) as StackObject);
    ordered.add(object);
  };
  for (const object of objects) place(object);
  return [...ordered];
}
