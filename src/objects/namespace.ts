// The namespace of a stack. Whoever may not create one can be given one; it is taken over as it is.

import type { Namespace } from "kubernetes-types/core/v1";
import type { StackPlan } from "../plan/stack-plan";
import { type StackObject, stackObject } from "./stack-object";

/** The namespace, with the restricted Pod Security profile enforced. */
export function namespaceObject(plan: StackPlan): StackObject {
  const object: Namespace = {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name: plan.namespace,
      labels: {
        "app.kubernetes.io/part-of": plan.name,
        // Two stacks of different tiers can't share a namespace: the API server lets only one of them own this.
        "service-stack.dev/tier": plan.tier,
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/warn": "restricted",
      },
    },
  };
  return stackObject("namespace", object as StackObject["object"], { keep: true });
}
