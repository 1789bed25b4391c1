// Who may talk to whom: exactly the edges of the plan, both ways, and nothing else.
// https://kubernetes.io/docs/concepts/services-networking/network-policies/

import type {
  NetworkPolicy,
  NetworkPolicyEgressRule,
  NetworkPolicyIngressRule,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from "kubernetes-types/networking/v1";
import type { AddressBlock, Edge, PeerPlan, PortPlan, StackPlan } from "../plan/stack-plan";
import { clusterSelector } from "./cloudnative-pg";
import { labels, selector } from "./labels";
import { laterNumber, type StackObject, stackObject } from "./stack-object";

/** One policy for each role, over a default that denies everything. */
export function networkPolicies(plan: StackPlan): StackObject[] {
  if (!plan.network.policies) return [];
  return [
    defaultDeny(plan),
    ...[...rolePorts(plan).keys()].map((role) => rolePolicy(plan, role)),
    ...(plan.network.acmeSolver ? [acmeSolver(plan)] : []),
  ];
}

/** Every role that has pods, with the ports that it listens on, the main one first. */
function rolePorts(plan: StackPlan): Map<string, PortPlan[]> {
  const ports = new Map<string, PortPlan[]>();
  for (const process of plan.processes) ports.set(process.id, process.ports);
  for (const { id } of [...plan.cronJobs, ...plan.jobs]) ports.set(id, []);
  const stores = [...(plan.postgres?.mode === "embedded" ? [plan.postgres] : []), ...plan.redis];
  for (const { id, port } of stores) ports.set(id, [{ protocol: "TCP", port }]);
  if (plan.postgres?.mode === "cloudnative-pg")
    ports.set(plan.postgres.id, [{ protocol: "TCP", port: 5432 }]);
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
  const inward = plan.edges.filter(({ to }) => to === role);
  const outward = plan.edges.filter(({ from }) => from === role);
  const object: NetworkPolicy = {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: `${plan.name}-${role}`, namespace: plan.namespace, labels: labels(plan, role) },
    spec: {
      podSelector: { matchLabels: podsOf(plan, role) },
      policyTypes: ["Ingress", "Egress"],
      ingress: inward.map((edge) => ingressRule(plan, edge)),
      // A role that calls nobody needs no names either.
      egress: outward.length === 0 ? [] : [...dns(plan), ...outward.map((edge) => egressRule(plan, edge))],
    },
  };
  return stackObject(`${role}-network`, object as StackObject["object"]);
}

/**
 * The pods that cert-manager puts into the namespace while a certificate is asked for. They carry none of our labels, and
 * would be shut off wherever the whole namespace is denied by somebody else's policy.
 * https://cert-manager.io/docs/configuration/acme/http01/
 */
function acmeSolver(plan: StackPlan): StackObject {
  const object: NetworkPolicy = {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: {
      name: `${plan.name}-acme-solver`,
      namespace: plan.namespace,
      labels: labels(plan, "ingress"),
    },
    spec: {
      podSelector: { matchLabels: { "acme.cert-manager.io/http01-solver": "true" } },
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ ...rule("from", peers(plan, "ingress")), ports: [{ protocol: "TCP", port: 8089 }] }],
      egress: [],
    },
  };
  return stackObject("acme-solver-network", object as StackObject["object"]);
}

function ingressRule(plan: StackPlan, edge: Edge): NetworkPolicyIngressRule {
  return { ...rule("from", peers(plan, edge.from)), ...policyPorts(portsOf(plan, edge)) };
}

function egressRule(plan: StackPlan, edge: Edge): NetworkPolicyEgressRule {
  return { ...rule("to", peers(plan, edge.to)), ...policyPorts(portsOf(plan, edge)) };
}

/** An empty list of peers would mean nobody to a reader and anybody to Kubernetes: there is none where anybody is meant. */
function rule(side: "from" | "to", found: NetworkPolicyPeer[]) {
  return found.length === 0 ? {} : { [side]: found };
}

/** Who stands at one end of an edge; nobody in particular where the list is empty. */
function peers(plan: StackPlan, id: string): NetworkPolicyPeer[] {
  const outside = plan.network.peers.find((peer) => peer.id === id);
  return outside ? outsidePeers(outside) : [{ podSelector: { matchLabels: podsOf(plan, id) } }];
}

/** What selects the pods of a role; an operator gives its own labels to those that it makes. */
function podsOf(plan: StackPlan, role: string): Record<string, string> {
  const { postgres } = plan;
  const operated = postgres?.mode === "cloudnative-pg" && postgres.id === role;
  return operated ? clusterSelector(postgres) : selector(plan, role);
}

function outsidePeers({ blocks = [], pods }: PeerPlan): NetworkPolicyPeer[] {
  return [...(pods ? [podsPeer(pods)] : []), ...blocks.map(blockPeer)];
}

/** In one element the two selectors are both meant; in two, either would do. */
function podsPeer({ namespace, labels: wanted }: NonNullable<PeerPlan["pods"]>): NetworkPolicyPeer {
  return {
    namespaceSelector: namespace ? { matchLabels: { "kubernetes.io/metadata.name": namespace } } : {},
    ...(Object.keys(wanted).length > 0 && { podSelector: { matchLabels: wanted } }),
  };
}

function blockPeer({ cidr, except }: AddressBlock): NetworkPolicyPeer {
  return { ipBlock: { cidr, ...(except.length > 0 && { except }) } };
}

/** The ports that an edge leads to: its own, else those that its end is known to listen on. */
function portsOf(plan: StackPlan, { from, to, ports }: Edge): PortPlan[] | undefined {
  if (ports) return ports;
  const outside = plan.network.peers.find((peer) => peer.id === to);
  if (outside) return outside.ports;
  const roles = rolePorts(plan);
  const own = roles.get(to) ?? [];
  // Who refers to a process may mean any of its ports; who comes from beyond the stack means the main one.
  const meant = roles.has(from) ? own : own.slice(0, 1);
  return meant.length === 0 ? undefined : meant;
}

function policyPorts(ports: PortPlan[] | undefined): { ports?: NetworkPolicyPort[] } {
  if (!ports) return {};
  return {
    ports: ports.map(({ protocol, port }) => ({
      protocol,
      port: typeof port === "number" ? port : laterNumber(port),
    })),
  };
}

/** The cluster's name servers, over UDP and, for long answers, TCP. */
function dns({ network }: StackPlan): NetworkPolicyEgressRule[] {
  const { pods, blocks } = network.dns;
  const ports = (port: number) => [
    { protocol: "UDP", port },
    { protocol: "TCP", port },
  ];
  return [
    { to: [podsPeer(pods)], ports: ports(pods.port) },
    ...(blocks.length > 0 ? [{ to: blocks.map(blockPeer), ports: ports(53) }] : []),
  ];
}
