// The public arguments of a process' ports, and of the Service in front of them.

import type { NetworkProtocol } from "./network-args";

/** A port beside the process' `port`. */
export interface PortArgs {
  /**
   * The port that the process listens on, 1024 to 65535; the Service has the same.
   *
   * @asType integer
   */
  port: number;

  /**
   * The protocol.
   *
   * @default - TCP
   */
  protocol?: NetworkProtocol;

  /**
   * The port on every node that leads to it, 30000 to 32767, where the Service's type has such.
   *
   * @default - Kubernetes chooses one
   * @asType integer
   */
  nodePort?: number;
}

/**
 * The Service in front of a process.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/service/
 */
export interface ServiceArgs {
  /**
   * From where it can be reached. With `NodePort` and `LoadBalancer` everybody can who reaches a node or the load
   * balancer, at each of the process' ports.
   *
   * @default - `NodePort` where a `nodePort` is given, else `ClusterIP`
   */
  type?: ServiceType;

  /**
   * The port on every node that leads to the process' `port`, 30000 to 32767.
   *
   * @default - Kubernetes chooses one, where the type has such
   * @asType integer
   */
  nodePort?: number;

  /**
   * `ClientIP` sends a client to the same pod again. Behind an ingress the client is the ingress controller.
   *
   * @default - None
   */
  sessionAffinity?: SessionAffinity;

  /**
   * Annotations of the Service: how clouds are told about a load balancer.
   *
   * @default - none
   * @example { "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal" }
   */
  annotations?: { [annotation: string]: string };

  /**
   * `Local` keeps the client's address, and leads only to pods on the node that was reached.
   *
   * @default - Cluster
   */
  externalTrafficPolicy?: ExternalTrafficPolicy;

  /**
   * The load balancer's kind.
   *
   * @default - the cluster's default
   * @example "service.k8s.aws/nlb"
   */
  loadBalancerClass?: string;

  /**
   * The addresses that the load balancer lets in, as blocks.
   *
   * @default - all
   * @example ["203.0.113.0/24"]
   */
  loadBalancerSourceRanges?: string[];
}

/** From where a Service can be reached. */
export const ServiceType = {
  /** From within the cluster. */
  ClusterIP: "ClusterIP",
  /** At a port of every node too. */
  NodePort: "NodePort",
  /** Through a load balancer of the cloud's too. */
  LoadBalancer: "LoadBalancer",
} as const;
export type ServiceType = (typeof ServiceType)[keyof typeof ServiceType];

/** Whether a client comes to the same pod again. */
export const SessionAffinity = {
  /** To any pod. */
  None: "None",
  /** To the same pod, by the client's address. */
  ClientIP: "ClientIP",
} as const;
export type SessionAffinity = (typeof SessionAffinity)[keyof typeof SessionAffinity];

/** Where what reaches a node goes. */
export const ExternalTrafficPolicy = {
  /** To any pod. */
  Cluster: "Cluster",
  /** To pods on that node; the client's address is kept. */
  Local: "Local",
} as const;
export type ExternalTrafficPolicy = (typeof ExternalTrafficPolicy)[keyof typeof ExternalTrafficPolicy];
