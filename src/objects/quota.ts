// What the namespace may use in all: a ResourceQuota, and a LimitRange for pods that say too little to be counted.

import type { LimitRange, ResourceQuota } from "kubernetes-types/core/v1";
import type { StackPlan } from "../plan/stack-plan";
import { labels } from "./labels";
import { type StackObject, stackObject } from "./stack-object";

/** The quota's objects; none where there is no quota. */
export function quotaObjects(plan: StackPlan): StackObject[] {
  const { quota } = plan;
  if (!quota) return [];
  const metadata = { name: plan.name, namespace: plan.namespace, labels: labels(plan, "quota") };
  const range: LimitRange = {
    apiVersion: "v1",
    kind: "LimitRange",
    metadata,
    spec: {
      limits: [
        {
          type: "Container",
          defaultRequest: quota.defaults.requests,
          ...(quota.defaults.limits && { default: quota.defaults.limits }),
        },
      ],
    },
  };
  const whole: ResourceQuota = {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata,
    spec: { hard: quota.hard },
  };
  return [
    stackObject("limit-range", range as StackObject["object"]),
    stackObject("quota", whole as StackObject["object"]),
  ];
}
