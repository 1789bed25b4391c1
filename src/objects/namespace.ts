// The namespace of a stack. It is taken over where it exists; one that is given stays as it is.

import type { Namespace } from "kubernetes-types/core/v1";
import type { StackPlan } from "../plan/stack-plan";
import { type StackObject, stackObject } from "./stack-object";

/** Says which tier a namespace belongs to. */
export const TIER_LABEL = "service-stack.dev/tier";

/** The namespace, unless it is given: with the restricted Pod Security profile enforced. */
export function namespaceObject(plan: StackPlan): StackObject[] {
  if (!plan.createNamespace) return [];
  const object: Namespace = {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name: plan.namespace,
      labels: {
        ...plan.labels,
        "app.kubernetes.io/part-of": plan.name,
        // Two stacks of different tiers can't share a namespace: the API server lets only one of them own this.
        [TIER_LABEL]: plan.tier,
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/warn": "restricted",
      },
    },
  };
  return [stackObject("namespace", object as StackObject["object"], { keep: true })];
}
