// Labels. Two of them never change and select pods; nothing that differs between versions may join those, for
// a selector can't be changed once its Deployment exists.

import type { StackPlan } from "../plan/stack-plan";

/** Whose an object is. */
export const ROLE_LABEL = "app.kubernetes.io/component";

/** What selects the pods of `role`. */
export function selector(plan: StackPlan, role: string): Record<string, string> {
  return { "app.kubernetes.io/instance": plan.name, [ROLE_LABEL]: role };
}

/**
 * What every object of `role` carries.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
 */
export function labels(plan: StackPlan, role: string): Record<string, string> {
  return {
    ...plan.labels,
    ...selector(plan, role),
    "app.kubernetes.io/part-of": plan.name,
    "app.kubernetes.io/managed-by": "pulumi",
  };
}
