// The public arguments of requests from outside: which controller answers them, on which hosts, and how they are
// encrypted. What holds for all of them can be said differently for a process or a route, see route-args.ts.

import type { TrafficArgs } from "./route-args";

/** Requests from outside. What is said here holds for every process, unless the process or its route says otherwise. */
export interface IngressArgs extends TrafficArgs {
  /**
   * Whether anything is reachable from outside. With false nothing is made and nothing let in; public addresses in
   * references stay what they are.
   *
   * @default true
   */
  enabled?: boolean;

  /**
   * Which controller answers. It decides into what the words of this page are translated.
   *
   * @default - `gateway-api` where a `gateway` is given; otherwise by `ingressClassName`: `traefik`, or `ingress-nginx`
   * for `nginx`; otherwise none is assumed, and what needs one is refused
   */
  controller?: IngressController;

  /**
   * The ingress class.
   *
   * @default - the cluster's default class
   */
  ingressClassName?: string;

  /** The Gateway that routes are attached to, for the Gateway API. */
  gateway?: GatewayArgs;

  /**
   * The namespace that the controller's pods run in; only from there may requests reach the processes. For the
   * Gateway API that is where the pods are which carry the traffic.
   *
   * @default - `traefik` or `ingress-nginx` with these controllers, or any namespace
   */
  controllerNamespace?: string;

  /**
   * Blocks of addresses that the controller's requests come from, where it has no pods in the cluster's own network:
   * a load balancer of the cloud's, or a controller in its node's network.
   *
   * @default - none
   * @example ["130.211.0.0/22", "35.191.0.0/16"]
   */
  controllerCidrs?: string[];

  /** Encryption. */
  tls?: TlsArgs;

  /**
   * Further hosts that lead to the stack's `host` by a redirect.
   *
   * @example ["www.notes.example.com"]
   */
  redirectHosts?: string[];

  /**
   * Paths that can't be reached from outside, on any host; from inside the cluster they can.
   *
   * @default - none
   * @example ["/metrics"]
   */
  hiddenPaths?: string[];

  /**
   * Blocks of addresses of proxies in front of the controller. `rateLimit` and `sourceRanges` look at the client
   * before them. The controller itself must trust them too, which is a setting of its own.
   *
   * @default - none
   * @example ["10.0.0.0/8"]
   */
  trustedProxies?: string[];

  /** The ports that the controller is reached at from outside, where they aren't 80 and 443. */
  ports?: PublicPortsArgs;
}

/** Which controller answers requests from outside. */
export const IngressController = {
  /** Traefik 3, by Ingress objects and Traefik's own Middlewares. */
  traefik: "traefik",
  /** Any implementation of the Gateway API, by HTTPRoutes. */
  gatewayApi: "gateway-api",
  /** The Kubernetes project's ingress-nginx, which was retired in March 2026. */
  ingressNginx: "ingress-nginx",
} as const;
export type IngressController = (typeof IngressController)[keyof typeof IngressController];

/** The Gateway that routes are attached to: one that is there (`name`), or one of this stack's own (`gatewayClassName`). */
export interface GatewayArgs {
  /** The name of a Gateway that is there. Its owner decides on its certificates. */
  name?: string;

  /**
   * The namespace of that Gateway. Its listeners must allow routes from the stack's namespace.
   *
   * @default - the stack's
   */
  namespace?: string;

  /**
   * The class of a Gateway of this stack's own.
   *
   * @example "traefik"
   */
  gatewayClassName?: string;

  /**
   * The name of the listener for http.
   *
   * @default "http"
   */
  httpListener?: string;

  /**
   * The name of the listener for https. An own Gateway has one for each host, named after it.
   *
   * @default "https"
   */
  httpsListener?: string;

  /**
   * The port of an own Gateway's listener for http.
   *
   * @default 80
   * @asType integer
   * @minimum 1
   * @maximum 65535
   */
  httpPort?: number;

  /**
   * The port of an own Gateway's listeners for https.
   *
   * @default 443
   * @asType integer
   * @minimum 1
   * @maximum 65535
   */
  httpsPort?: number;

  /** Annotations for an own Gateway. */
  annotations?: { [name: string]: string };
}

/** Encryption of requests from outside. */
export interface TlsArgs {
  /**
   * Whether the hosts are served over https. In prod they must be.
   *
   * @default - false in dev, true in acc and prod
   */
  enabled?: boolean;

  /**
   * The Secret (type `kubernetes.io/tls`, in the stack's namespace) with a certificate for all hosts.
   *
   * @default - the controller's default certificate
   */
  secretName?: string;

  /**
   * Secrets with a certificate for one host each, by host.
   *
   * @example { "api.notes.example.com": "api-tls" }
   */
  secretNames?: { [host: string]: string };

  /** Who issues the certificates, by cert-manager: one for each host that `secretNames` has none for. */
  issuer?: IssuerArgs;

  /**
   * Whether requests over http are sent to https.
   *
   * @default - true where TLS is on and the controller is known
   */
  redirect?: boolean;

  /** Tells browsers to use https alone from then on (HSTS). Absent means that they aren't told. */
  hsts?: HstsArgs;
}

/**
 * An issuer of cert-manager's.
 *
 * @see https://cert-manager.io/docs/concepts/issuer/
 */
export interface IssuerArgs {
  /**
   * Its name.
   *
   * @example "letsencrypt"
   */
  name: string;

  /**
   * Its kind: `ClusterIssuer`, `Issuer` (in the stack's namespace), or one of another group.
   *
   * @default "ClusterIssuer"
   */
  kind?: string;

  /**
   * Its API group.
   *
   * @default "cert-manager.io"
   */
  group?: string;
}

/**
 * HTTP Strict Transport Security. It can't be taken back before its time: begin with a short one.
 *
 * @see https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Strict-Transport-Security
 */
export interface HstsArgs {
  /**
   * For how long, in seconds.
   *
   * @default 31536000
   * @asType integer
   * @minimum 0
   */
  maxAgeSeconds?: number;

  /**
   * Whether for every name below the host too.
   *
   * @default false
   */
  includeSubDomains?: boolean;

  /**
   * Whether the host may join the list that browsers come with.
   *
   * @default false
   */
  preload?: boolean;
}

/** The ports that the controller is reached at from outside. */
export interface PublicPortsArgs {
  /**
   * The port for http.
   *
   * @default 80
   * @asType integer
   * @minimum 1
   * @maximum 65535
   */
  http?: number;

  /**
   * The port for https.
   *
   * @default 443
   * @asType integer
   * @minimum 1
   * @maximum 65535
   */
  https?: number;
}
