// Registers the stack's objects as Pulumi resources: fills their holes with Outputs, and sets what only Pulumi
// knows (order, protection, how long to wait).

import * as pulumi from "@pulumi/pulumi";
import { fill, type StackObject } from "../objects/stack-object";
import type { StackPlan } from "../plan/stack-plan";
import type { Origin } from "../schema/problem";
import { dataGuard } from "./data-guard";
import { failingPodHooks } from "./failing-pods";
import { type HoleFiller, textFiller } from "./holes";
import { type KubernetesResource, resourceClass } from "./kinds";

/** Kinds that the provider waits for unless it is told not to. */
const AWAITED = new Set(["Service", "Ingress", "PersistentVolumeClaim"]);

/** Registers `objects`, which stand in their order, behind `ground`; returns them by id. */
export function registerObjects(
  plan: StackPlan,
  objects: readonly StackObject[],
  filler: HoleFiller,
  ground: Promise<pulumi.Input<pulumi.Resource>[]>,
  origin: Origin,
  parent: pulumi.ComponentResource,
): Map<string, KubernetesResource> {
  const registered = new Map<string, KubernetesResource>();
  const known = (id: string): KubernetesResource => {
    const resource = registered.get(id);
    if (!resource) throw new Error(`${id} is needed before it is registered`);
    return resource;
  };
  // Names of objects are known here.
  const text = textFiller((hole) =>
    hole.hole === "name" ? known(hole.object).metadata.apply(({ name }) => name ?? "") : filler(hole),
  );

  const failing = failingPodHooks(plan, parent);
  const guard = dataGuard(plan, objects, origin, parent);
  for (const object of objects) {
    const { apiVersion, kind } = object.object;
    const args = fill(annotated(plan, object), text) as object;
    const after = object.after.map(known);
    const behind: Promise<pulumi.Input<pulumi.Resource>[]> = ground.then((first) => [...first, ...after]);
    const hooks = hooksOf(object, failing, guard);
    const resource = new (resourceClass(apiVersion, kind, object.keep))(`${plan.name}-${object.id}`, args, {
      parent,
      dependsOn: behind,
      ...(object.keep && { retainOnDelete: true, protect: plan.protect }),
      ...(hooks && { hooks }),
      ...(object.ignore && { ignoreChanges: object.ignore }),
      ...(object.timeoutSeconds && { customTimeouts: timeouts(object.timeoutSeconds) }),
    });
    registered.set(object.id, resource);
  }
  return registered;
}

/** What runs around its operations; whether its data would survive is asked first. */
function hooksOf(
  { wait, holds }: StackObject,
  failing: pulumi.ResourceHookBinding | undefined,
  guard: pulumi.ResourceHook | undefined,
): pulumi.ResourceHookBinding | undefined {
  const watching = wait ? failing : undefined;
  if (holds === undefined || !guard) return watching;
  return { ...watching, beforeUpdate: [guard, ...(watching?.beforeUpdate ?? [])] };
}

/** The object with the annotations that Pulumi's provider reads. */
function annotated(plan: StackPlan, { object, wait, waitFor, keep }: StackObject): object {
  const annotations = {
    ...object.metadata.annotations,
    ...(!wait && AWAITED.has(object.kind) && { "pulumi.com/skipAwait": "true" }),
    ...(wait && waitFor && { "pulumi.com/waitFor": waitFor }),
    // One that failed is run again by the next up, rather than only looked at again.
    ...(object.kind === "Job" && { "pulumi.com/replaceUnready": "true" }),
    // Whoever has set the number of pods since, by hand or by an autoscaler that is gone, owns it; without this the
    // API server would refuse to take it back.
    ...(object.kind === "Deployment" && { "pulumi.com/patchForce": "true" }),
    // Always the same owner of its fields, also after `destroy` and a new `up`; and another one for another stack,
    // so that the API server refuses to let two stacks fight over an object.
    ...(keep && {
      "pulumi.com/patchFieldManager": `service-stack-${pulumi.getProject()}-${plan.stack}-${plan.name}`.slice(
        0,
        128,
      ),
    }),
  };
  if (Object.keys(annotations).length === 0) return object;
  return { ...object, metadata: { ...object.metadata, annotations } };
}

function timeouts(seconds: number): pulumi.CustomTimeouts {
  return { create: `${seconds}s`, update: `${seconds}s` };
}
