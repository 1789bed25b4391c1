// Environment variables: what holds a secret stands in a Secret, the rest in the pod itself.

import type { EnvFromSource, EnvVar, Secret } from "kubernetes-types/core/v1";
import type { EnvFromPlan, Hole, StackPlan, Text } from "../plan/stack-plan";
import { labels } from "./labels";
import { later, nameOf, type StackObject, stackObject } from "./stack-object";

type Env = { name: string; value: Text }[];
type SecretKey = Extract<Hole, { hole: "secretKey" }>;

function secretId(role: string): string {
  return `${role}-env`;
}

/** The Secret with those variables of `role` that hold secrets. A change makes one of a new name, and so rolls exactly
 * these pods; the old pods keep the old one until they are gone. */
export function environmentSecret(plan: StackPlan, role: string, env: Env): StackObject[] {
  const secrets = env.flatMap(pieces).filter(({ value }) => value.secret && !secretKey(value));
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
  return env.flatMap(({ name, value }) => {
    const parts = pieces({ name, value });
    const variables = parts.map((part) => variable(role, part));
    if (parts.length === 1 && parts[0]?.name === name) return variables;
    // Kubernetes puts the pieces together: it expands variables that stand before in the list.
    const whole = composed(value, parts);
    return [...variables, { name, value: whole }];
  });
}

function variable(role: string, { name, value }: Env[number]): EnvVar {
  const external = secretKey(value);
  if (external) {
    return { name, valueFrom: { secretKeyRef: { name: external.name, key: external.key } } };
  }
  return value.secret
    ? { name, valueFrom: { secretKeyRef: { name: nameOf(secretId(role)), key: name } } }
    : { name, value: withoutExpansion(later(value)) };
}

/**
 * A value that holds one of the cluster's own Secrets amid other text can't stand in a Secret of ours, for nobody
 * here knows it: each piece of it that is secret becomes a variable of its own. Any other value is one piece.
 */
function pieces({ name, value }: Env[number]): Env {
  if (secretKey(value) || !value.parts.some(isSecretKey)) return [{ name, value }];
  return runs(value)
    .filter((run) => !isLiteral(run))
    .map((run, index) => ({ name: `SERVICE_STACK_${name}_${index + 1}`, value: run }));
}

/** Neighbouring parts that can be kept in one place. */
function runs({ parts }: Text): Text[] {
  const result: Text[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    const joins =
      typeof part !== "string" && !isSecretKey(part) && last && !isLiteral(last) && !secretKey(last);
    if (joins) last.parts.push(part);
    else result.push({ parts: [part], secret: typeof part !== "string" });
  }
  return result;
}

function composed(value: Text, parts: Env): string {
  let next = 0;
  return runs(value)
    .map((run) => (isLiteral(run) ? withoutExpansion(run.parts[0] as string) : `$(${parts[next++]?.name})`))
    .join("");
}

function isLiteral({ parts }: Text): boolean {
  return typeof parts[0] === "string";
}

function isSecretKey(part: string | Hole): part is SecretKey {
  return typeof part !== "string" && part.hole === "secretKey";
}

/** The key of a foreign Secret, where the text is that and nothing else. */
function secretKey({ parts }: Text): SecretKey | undefined {
  const [only] = parts;
  return parts.length === 1 && only !== undefined && isSecretKey(only) ? only : undefined;
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
