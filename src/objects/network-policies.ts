// Who may talk to whom: exactly the edges of the plan, both ways, and nothing else.
// https://kubernetes.io/docs/concepts/services-networking/network-policies/

import type {
  NetworkPolicy,
  NetworkPolicyEgressRule,
  NetworkPolicyIngressRule,
} from "kubernetes-types/networking/v1";
import type { StackPlan } from "../plan/stack-plan";
import { labels, selector } from "./labels";
import { type StackObject, stackObject } from "./stack-object";

/** One policy for each role, over a default that denies everything. */
export function networkPolicies(plan: StackPlan): StackObject[] {
  return [defaultDeny(plan), ...[...rolePorts(plan).keys()].map((role) => rolePolicy(plan, role))];
}

/** Every role that has pods, with the port that it listens on. */
function rolePorts(plan: StackPlan): Map<string, number | undefined> {
  const ports = new Map<string, number | undefined>();
  for (const { id, port } of plan.processes) ports.set(id, port);
  for (const { id } of plan.cronJobs) ports.set(id, undefined);
  if (plan.migration) ports.set("migration", undefined);
  if (plan.postgres) ports.set("postgres", plan.postgres.port);
  if (plan.redis) ports.set("redis", plan.redis.port);
  return ports;
}

function defaultDeny(plan: StackPlan): StackObject {
  const object: NetworkPolicy = {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: {
      name: `${plan.name}-default-deny`,
      namespace: plan.namespace,
      labels: labels(plan, "network"),
    },
    // Of this stack's pods only: a namespace that was given may hold others.
    spec: {
      podSelector: { matchLabels: { "app.kubernetes.io/instance": plan.name } },
      policyTypes: ["Ingress", "Egress"],
    },
  };
  return stackObject("default-deny", object as StackObject["object"]);
}

function rolePolicy(plan: StackPlan, role: string): StackObject {
  const ports = rolePorts(plan);
  const own = ports.get(role);
  const callers = plan.edges.filter(({ to }) => to === role).map(({ from }) => caller(plan, from));
  const called = plan.edges
    .filter(({ from }) => from === role)
    .map(({ to }) => callee(plan, to, ports.get(to)));
  const object: NetworkPolicy = {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: `${plan.name}-${role}`, namespace: plan.namespace, labels: labels(plan, role) },
    spec: {
      podSelector: { matchLabels: selector(plan, role) },
      policyTypes: ["Ingress", "Egress"],
      ingress:
        callers.length === 0 ? [] : [{ from: callers, ...(own !== undefined && { ports: [tcp(own)] }) }],
      // A role that calls nobody needs no names either.
      egress: called.length === 0 ? [] : [dns(), ...called],
    },
  };
  return stackObject(`${role}-network`, object as StackObject["object"]);
}

type Peer = NonNullable<NetworkPolicyIngressRule["from"]>[number];

function caller(plan: StackPlan, from: string): Peer {
  if (from !== "ingress") return { podSelector: { matchLabels: selector(plan, from) } };
  const namespace = plan.ingress?.controllerNamespace;
  return {
    namespaceSelector: namespace ? { matchLabels: { "kubernetes.io/metadata.name": namespace } } : {},
  };
}

function callee(plan: StackPlan, to: string, port: number | undefined): NetworkPolicyEgressRule {
  return {
    to: [{ podSelector: { matchLabels: selector(plan, to) } }],
    ...(port !== undefined && { ports: [tcp(port)] }),
  };
}

function tcp(port: number) {
  return { protocol: "TCP", port };
}

/** The cluster's name servers, over UDP and, for long answers, TCP. */
function dns(): NetworkPolicyEgressRule {
  return {
    to: [
      {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
        podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
      },
    ],
    ports: [
      { protocol: "UDP", port: 53 },
      { protocol: "TCP", port: 53 },
    ],
  };
}
