// Network policies on paper: who could connect to whom in a cluster that enforces them, which the tests' node doesn't.
// https://kubernetes.io/docs/concepts/services-networking/network-policies/

import { BlockList, isIPv6 } from "node:net";
import type {
  IPBlock,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicySpec,
} from "kubernetes-types/networking/v1";
import { parseAllDocuments } from "yaml";

/** The network policies among the objects that `service-stack render` prints. */
export const policiesIn = (rendered: string): NetworkPolicy[] =>
  parseAllDocuments(rendered)
    .map((document) => document.toJS())
    .filter((object) => object?.kind === "NetworkPolicy");

type Labels = { [label: string]: string };
type Selector = NetworkPolicySpec["podSelector"];

export interface Place {
  namespace: string;
  labels: Labels;
}

/** The pods of a role of the stack with this name and namespace. */
export const place = (name: string, namespace: string, role: string): Place => ({
  namespace,
  labels: { "app.kubernetes.io/instance": name, "app.kubernetes.io/component": role },
});

/** Whether the policies let a connection by: out of where it begins, and into where it leads. */
export function reaches(policies: NetworkPolicy[], from: Place, to: Place, port: number): boolean {
  return (
    letBy(policies, "Egress", from, (peer) => isPeer(peer, from.namespace, to), port) &&
    letBy(policies, "Ingress", to, (peer) => isPeer(peer, to.namespace, from), port)
  );
}

/** Whether the policies let a pod connect to an address outside of the cluster. */
export function reachesAddress(
  policies: NetworkPolicy[],
  from: Place,
  address: string,
  port: number,
): boolean {
  const isThere = ({ ipBlock }: NetworkPolicyPeer) => ipBlock !== undefined && holds(ipBlock, address);
  return letBy(policies, "Egress", from, isThere, port);
}

function holds({ cidr, except = [] }: IPBlock, address: string): boolean {
  const family = (text: string) => (isIPv6(text) ? "ipv6" : "ipv4");
  const within = (block: string) => {
    const [network = "", bits] = block.split("/");
    const list = new BlockList();
    list.addSubnet(network, Number(bits), family(network));
    // `::/0` would also hold what is IPv4.
    return family(network) === family(address) && list.check(address, family(address));
  };
  return within(cidr) && !except.some(within);
}

function letBy(
  policies: NetworkPolicy[],
  direction: "Ingress" | "Egress",
  own: Place,
  isOther: (peer: NetworkPolicyPeer) => boolean,
  port: number,
): boolean {
  const selecting = policies.filter(
    ({ metadata, spec }) =>
      metadata?.namespace === own.namespace &&
      spec?.policyTypes?.includes(direction) &&
      selects(spec.podSelector, own.labels),
  );
  if (selecting.length === 0) return true;
  const rules = selecting.flatMap(({ spec }) =>
    direction === "Ingress"
      ? (spec?.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports }))
      : (spec?.egress ?? []).map(({ to, ports }) => ({ peers: to, ports })),
  );
  return rules.some(({ peers, ports }) => (!peers || peers.some(isOther)) && isOpen(ports, port));
}

function isPeer(peer: NetworkPolicyPeer, ownNamespace: string, other: Place): boolean {
  // No pod's address is known here: at worst each block has it.
  if (peer.ipBlock) return true;
  const inNamespace = peer.namespaceSelector
    ? selects(peer.namespaceSelector, { "kubernetes.io/metadata.name": other.namespace })
    : other.namespace === ownNamespace;
  return inNamespace && (!peer.podSelector || selects(peer.podSelector, other.labels));
}

function isOpen(ports: NetworkPolicyPort[] | undefined, port: number): boolean {
  return (
    !ports ||
    ports.some(
      ({ port: first, endPort }) =>
        first === undefined || (Number(first) <= port && port <= (endPort ?? Number(first))),
    )
  );
}

function selects({ matchLabels, matchExpressions }: Selector, labels: Labels): boolean {
  if (matchExpressions) throw new Error("expressions aren't understood here");
  return Object.entries(matchLabels ?? {}).every(([label, value]) => labels[label] === value);
}
