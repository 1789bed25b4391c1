// A namespace that is given: looked at before anything is put into it, and never changed.

import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import type * as pulumi from "@pulumi/pulumi";
import { TIER_LABEL } from "../objects/namespace";
import type { StackPlan } from "../plan/stack-plan";
import { refusal } from "./refusal";

/** What everything in the namespace has to wait for: nothing, or that the given one was looked at. */
export function givenNamespace(
  plan: StackPlan,
  opts: pulumi.CustomResourceOptions,
): pulumi.Input<pulumi.Resource>[] {
  if (plan.createNamespace) return [];
  const found = Namespace.get(`${plan.name}-namespace`, plan.namespace, opts);
  return [
    found.metadata.apply(({ labels }) => {
      const wrong = otherOwner(plan, labels ?? {});
      if (wrong) throw refusal(wrong);
      return found;
    }),
  ];
}

/** Who else has the namespace, as its labels say. */
export function otherOwner(
  { name, tier, namespace }: StackPlan,
  labels: Record<string, string>,
): string | undefined {
  const other = labels[TIER_LABEL];
  // Only ours have that label; on others `part-of` may mean anything.
  if (other === undefined) return undefined;
  const owner = labels["app.kubernetes.io/part-of"];
  if (other === tier && owner === name) return undefined;
  return (
    `The namespace ${namespace} belongs to "${owner}" in ${other}, and this is "${name}" in ${tier}; nothing was ` +
    "created. Name another `namespace`."
  );
}
