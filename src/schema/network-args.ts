// The public arguments of the network: who talks to whom beyond what the references say, and what the cluster
// around the stack looks like.

/**
 * Something outside of the stack: pods, by their namespace and labels, or addresses.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
export interface PeerArgs {
  /**
   * The namespace of the pods.
   *
   * @default - the stack's own, where `podLabels` are given
   * @example "mail"
   */
  namespace?: string;

  /**
   * Labels that the pods carry, all of them.
   *
   * @default - every pod of the namespace
   * @example { "app.kubernetes.io/name": "postfix" }
   */
  podLabels?: { [label: string]: string };

  /**
   * A block of addresses, in CIDR notation. Names can't be given: a network policy knows addresses only. The address of
   * the cloud's metadata service is never among those of a wider block.
   *
   * @default - none, where a namespace or labels are given
   * @example "203.0.113.0/24"
   */
  cidr?: string;

  /**
   * Blocks within `cidr` that are left out.
   *
   * @default - none
   * @example ["203.0.113.128/25"]
   */
  except?: string[];

  /**
   * The ports of the other end: of its pods, not of a Service in front of them.
   *
   * @default - any
   * @example [443]
   */
  ports?: number[];

  /**
   * The protocol of the ports.
   *
   * @default - TCP
   */
  protocol?: NetworkProtocol;
}

/** A protocol above IP. */
export const NetworkProtocol = {
  /** Connections. */
  TCP: "TCP",
  /** Datagrams. */
  UDP: "UDP",
  /** Streams of messages. */
  SCTP: "SCTP",
} as const;
export type NetworkProtocol = (typeof NetworkProtocol)[keyof typeof NetworkProtocol];

/** The network policies of a stack, and what they must know of the cluster. */
export interface NetworkPoliciesArgs {
  /**
   * Whether there are network policies. Where the cluster or your rights in it forbid them, say no: then every pod
   * of the cluster can talk to every pod of the stack.
   *
   * @default true
   */
  enabled?: boolean;

  /** Where the cluster's name servers are. */
  dns?: DnsArgs;

  /** Where the cluster's API server is, for roles that talk to it. */
  apiServer?: ApiServerArgs;
}

/** Where the cluster's name servers are. What NodeLocal DNSCache listens on (169.254.20.10) is always open. */
export interface DnsArgs {
  /**
   * The namespace of their pods.
   *
   * @default - `kube-system`; on OpenShift `openshift-dns`
   */
  namespace?: string;

  /**
   * The labels of their pods.
   *
   * @default - `k8s-app: kube-dns`; on OpenShift `dns.operator.openshift.io/daemonset-dns: default`
   * @example { "k8s-app": "kube-dns" }
   */
  podLabels?: { [label: string]: string };

  /**
   * The port that their pods listen on.
   *
   * @default - 53; on OpenShift 5353
   * @asType integer
   */
  port?: number;

  /**
   * Name servers that are not pods, such as a cache on each node, as blocks of addresses.
   *
   * @default ["169.254.20.10/32"]
   */
  cidrs?: string[];
}

/**
 * Where the API server is. Policies see the address behind its Service, which is that of the control plane
 * (`kubectl get endpointslices -n default`).
 */
export interface ApiServerArgs {
  /**
   * Its addresses, as blocks.
   *
   * @default - any address
   * @example ["10.0.0.2/32"]
   */
  cidrs?: string[];

  /**
   * Its ports.
   *
   * @default [443, 6443]
   */
  ports?: number[];
}
