// A ServiceAccount for each role, so that rights can be given to one alone. None of them has a token of its own: a pod gets
// one where its role asks for it.

import type { ServiceAccount } from "kubernetes-types/core/v1";
import type { Role, RoleBinding } from "kubernetes-types/rbac/v1";
import type { AccountPlan, StackPlan } from "../plan/stack-plan";
import { labels } from "./labels";
import { pullSecretNames } from "./pull-secret";
import { type StackObject, stackObject } from "./stack-object";

export const accountId = (role: string) => `${role}-account`;
const bindingId = (role: string) => `${role}-role-binding`;

/** The account of `role` and what it may do. */
export function accountObjects(plan: StackPlan, role: string, account: AccountPlan): StackObject[] {
  return [
    ...(account.existing ? [] : [serviceAccount(plan, role, account.name, account.annotations)]),
    ...(account.rules.length > 0 ? rights(plan, role, account) : []),
  ];
}

/** What of it must be there before a pod of `role` starts. */
export function accountIds(role: string, { existing, rules }: AccountPlan): string[] {
  return [...(existing ? [] : [accountId(role)]), ...(rules.length > 0 ? [bindingId(role)] : [])];
}

/** The ServiceAccount of `role`. */
export function serviceAccount(
  plan: StackPlan,
  role: string,
  name: string,
  annotations: Record<string, string> = {},
): StackObject {
  const secrets = pullSecretNames(plan);
  const object: ServiceAccount = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { ...metadata(plan, role, name), ...(Object.keys(annotations).length > 0 && { annotations }) },
    automountServiceAccountToken: false,
    ...(secrets.length > 0 && { imagePullSecrets: secrets }),
  };
  return stackObject(accountId(role), object as StackObject["object"]);
}

function rights(plan: StackPlan, role: string, account: AccountPlan): StackObject[] {
  const name = `${plan.name}-${role}`;
  const rules: Role = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: metadata(plan, role, name),
    rules: account.rules,
  };
  const binding: RoleBinding = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: metadata(plan, role, name),
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
    subjects: [{ kind: "ServiceAccount", name: account.name, namespace: plan.namespace }],
  };
  return [
    stackObject(`${role}-role`, rules as StackObject["object"]),
    stackObject(bindingId(role), binding as StackObject["object"], { after: [`${role}-role`] }),
  ];
}

function metadata(plan: StackPlan, role: string, name: string) {
  return { name, namespace: plan.namespace, labels: labels(plan, role) };
}
