// The Secret that the cluster's nodes pull images with, and which Secrets a ServiceAccount's pods pull with. They stand
// at the accounts, not in the pods: new credentials then are there for the next pod, and no running one is replaced.

import type { LocalObjectReference, Secret } from "kubernetes-types/core/v1";
import type { RegistryPlan, StackPlan } from "../plan/stack-plan";
import { labels } from "./labels";
import { later, nameOf, type StackObject, stackObject } from "./stack-object";

const ID = "registry-credentials";

/** The Secret with the registry's credentials, where the cluster is to pull with them. */
export function pullSecret(plan: StackPlan): StackObject[] {
  const { registry } = plan;
  if (!registry?.pullSecret || !registry.credentials) return [];
  const file = {
    hole: "docker-config" as const,
    server: credentialServer(registry),
    ...registry.credentials,
  };
  const object: Secret = {
    apiVersion: "v1",
    kind: "Secret",
    type: "kubernetes.io/dockerconfigjson",
    metadata: { namespace: plan.namespace, labels: labels(plan, "registry") },
    stringData: { ".dockerconfigjson": later({ parts: [file], secret: true }) },
  };
  return [stackObject(ID, object as StackObject["object"])];
}

/** All Secrets that images are pulled with. */
export function pullSecretNames(plan: StackPlan): LocalObjectReference[] {
  const { registry, imagePullSecrets } = plan;
  const given = imagePullSecrets.map((name) => ({ name }));
  return registry?.pullSecret ? [...given, { name: nameOf(ID) }] : given;
}

/** The name under which credentials are looked up; Docker Hub's is older than Docker Hub. */
function credentialServer({ prefix }: RegistryPlan): string {
  const [host = ""] = prefix.split("/", 1);
  return host === "docker.io" ? "https://index.docker.io/v1/" : host;
}

/**
 * The file that lets the kubelet in.
 * https://kubernetes.io/docs/concepts/configuration/secret/#docker-config-secrets
 */
export function dockerConfig(server: string, username: string, password: string): string {
  const auth = Buffer.from(`${username}:${password}`).toString("base64");
  return JSON.stringify({ auths: { [server]: { username, password, auth } } });
}
