// Environment variables: what holds a secret stands in a Secret, the rest in the pod itself.

import type { EnvFromSource, EnvVar, Secret } from "kubernetes-types/core/v1";
import type { EnvFromPlan, StackPlan, Text } from "../plan/stack-plan";
import { labels } from "./labels";
import { later, nameOf, type StackObject, stackObject } from "./stack-object";

type Env = { name: string; value: Text }[];

function secretId(role: string): string {
  return `${role}-env`;
}

/** The Secret with those variables of `role` that hold secrets. A change makes one of a new name, and so rolls exactly
 * these pods; the old pods keep the old one until they are gone. */
export function environmentSecret(plan: StackPlan, role: string, env: Env): StackObject[] {
  const secrets = env.filter(({ value }) => value.secret);
  if (secrets.length === 0) return [];
  const object: Secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { namespace: plan.namespace, labels: labels(plan, role) },
    stringData: Object.fromEntries(secrets.map(({ name, value }) => [name, later(value)])),
  };
  return [stackObject(secretId(role), object as StackObject["object"])];
}

/** The variables of a container of `role`. */
export function environment(role: string, env: Env): EnvVar[] {
  return env.map(({ name, value }) =>
    value.secret
      ? { name, valueFrom: { secretKeyRef: { name: nameOf(secretId(role)), key: name } } }
      : { name, value: withoutExpansion(later(value)) },
  );
}

/** The existing objects whose keys are variables too. */
export function environmentSources(sources: EnvFromPlan[]): { envFrom?: EnvFromSource[] } {
  if (sources.length === 0) return {};
  return {
    envFrom: sources.map(({ kind, name, optional, prefix }) => {
      const ref = { name, ...(optional && { optional }) };
      return { prefix, ...(kind === "Secret" ? { secretRef: ref } : { configMapRef: ref }) };
    }),
  };
}

/** Kubernetes would expand `$(NAME)`; `$$(NAME)` is how it is told not to. */
function withoutExpansion(value: string): string {
  return typeof value === "string" ? value.replaceAll("$(", "$$$$(") : value;
}
