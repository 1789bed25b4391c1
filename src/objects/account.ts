// A ServiceAccount for each role, so that rights can be given to one alone. None of them has a token.

import type { ServiceAccount } from "kubernetes-types/core/v1";
import type { StackPlan } from "../plan/stack-plan";
import { labels } from "./labels";
import { pullSecretNames } from "./pull-secret";
import { type StackObject, stackObject } from "./stack-object";

/** The ServiceAccount of `role`. */
export function serviceAccount(plan: StackPlan, role: string, name: string): StackObject {
  const secrets = pullSecretNames(plan);
  const object: ServiceAccount = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name, namespace: plan.namespace, labels: labels(plan, role) },
    automountServiceAccountToken: false,
    ...(secrets.length > 0 && { imagePullSecrets: secrets }),
  };
  return stackObject(`${role}-account`, object as StackObject["object"]);
}
