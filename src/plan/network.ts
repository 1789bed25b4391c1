// Who talks to whom, as a whole: the graph of references, and what the user says of the world around the stack.

import type { NetworkPoliciesArgs, PeerArgs } from "../schema/network-args";
import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import { checkLabels, labelProblem } from "./names";
import { overlay } from "./overlay";
import { ANY_ADDRESS, addressBlock, checkBlock, planPeer, planPorts } from "./peers";
import type { Edge, NetworkPlan, PeerPlan, PortPlan } from "./stack-plan";
import type { IngressPlan } from "./traffic-plan";

/** The cluster's API server, as edges call it. A role that talks to it has the edge `{ from: role, to: API_SERVER }`. */
export const API_SERVER = "cluster.apiServer";

/** Whoever sends requests from outside, as edges call it. */
export const INGRESS = "ingress";

/** The address at which each node of a cluster with NodeLocal DNSCache answers. */
const NODE_LOCAL_DNS = "169.254.20.10/32";

/** The name servers of most clusters. */
const DNS = { namespace: "kube-system", labels: { "k8s-app": "kube-dns" }, port: 53 };

/** Those of OpenShift. Policies see the port behind their Service. */
const OPENSHIFT_DNS = {
  namespace: "openshift-dns",
  labels: { "dns.operator.openshift.io/daemonset-dns": "default" },
  port: 5353,
};

/** Who comes to the role `id` from beyond the stack, as its `ingressFrom` says. */
export function planCallers(
  { id, path: at, port }: { id: string; path: string; port?: number },
  callers: { [name: string]: PeerArgs } | undefined,
  { namespace, peers, problems }: { namespace: string; peers: PeerPlan[]; problems: Problem[] },
): Edge[] {
  const { set } = overlay(`${at}.ingressFrom`, callers, [], problems, "remove the line");
  return set.map(([name, args]) => {
    const path = join(`${at}.ingressFrom`, name);
    const peer = planPeer(path, name, args, namespace, undefined, problems);
    peers.push(peer);
    const ports = planPorts(path, args.ports, args.protocol, problems);
    if (port === undefined && ports === undefined) {
      problems.push({
        path,
        reason: `leads to ${id}, which has no \`port\``,
        remedy: `give ${at} a \`port\`, or name the \`ports\` here`,
      });
    }
    return { from: peer.id, to: id, ports };
  });
}

/** The network of a stack. `edges` are all that there are; `peers` whatever of their ends is no role. */
export function planNetwork(
  args: NetworkPoliciesArgs = {},
  ingress: IngressPlan | undefined,
  edges: readonly Edge[],
  peers: readonly PeerPlan[],
  openshift: boolean,
  problems: Problem[],
): NetworkPlan {
  const known: PeerPlan[] = [...peers, apiServer(args, problems)];
  if (ingress) known.push(ingressPeer(ingress));
  const used = new Map(
    known
      .filter(({ id }) => edges.some(({ from, to }) => from === id || to === id))
      .map((peer) => [peer.id, peer]),
  );
  return {
    policies: args.enabled ?? true,
    dns: planDns(args, openshift ? OPENSHIFT_DNS : DNS, problems),
    peers: [...used.values()],
    acmeSolver: ingress?.tls?.certificates.some(({ issuer }) => issuer?.group === "cert-manager.io") ?? false,
  };
}

function ingressPeer({ from: { namespace, cidrs } }: IngressPlan): PeerPlan {
  const blocks = cidrs.map((cidr) => addressBlock(cidr));
  // Nobody said where the controller's pods run, unless by saying that it has none.
  const pods = namespace === undefined && blocks.length > 0 ? undefined : { namespace, labels: {} };
  return { id: INGRESS, name: INGRESS, ...(pods && { pods }), ...(blocks.length > 0 && { blocks }) };
}

function planDns(
  { dns = {} }: NetworkPoliciesArgs,
  standard: NetworkPlan["dns"]["pods"],
  problems: Problem[],
): NetworkPlan["dns"] {
  const path = "networkPolicies.dns";
  const wrong = dns.namespace === undefined ? undefined : labelProblem(`${path}.namespace`, dns.namespace);
  if (wrong) problems.push(wrong);
  checkLabels(`${path}.podLabels`, dns.podLabels, problems);
  const cidrs = dns.cidrs ?? [NODE_LOCAL_DNS];
  cidrs.forEach((cidr, index) => {
    checkBlock(join(`${path}.cidrs`, index), cidr, problems);
  });
  const port = dns.port ?? standard.port;
  if (port < 1 || port > 65535) {
    problems.push({
      path: `${path}.port`,
      value: port,
      reason: "is not a port: those go from 1 to 65535",
      remedy: "write the port of the name servers' pods, mostly 53, or drop it",
    });
  }
  return {
    pods: {
      namespace: dns.namespace ?? standard.namespace,
      labels: dns.podLabels ?? standard.labels,
      port,
    },
    blocks: cidrs.map((cidr) => addressBlock(cidr)),
  };
}

function apiServer({ apiServer = {} }: NetworkPoliciesArgs, problems: Problem[]): PeerPlan {
  const path = "networkPolicies.apiServer";
  apiServer.cidrs?.forEach((cidr, index) => {
    checkBlock(join(`${path}.cidrs`, index), cidr, problems);
  });
  return {
    id: API_SERVER,
    name: "Kubernetes API",
    blocks: apiServer.cidrs?.map((cidr) => addressBlock(cidr)) ?? ANY_ADDRESS,
    ports: planPorts(path, apiServer.ports ?? [443, 6443], "TCP", problems) as PortPlan[],
  };
}
