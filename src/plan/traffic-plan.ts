// The plan of requests from outside: pure data, made by ingress.ts and its neighbours, read by objects.

import type { IngressController } from "../schema/ingress-args";
import type { PathType } from "../schema/route-args";

/** Which controller the words are translated for. `any` is none in particular: a plain Ingress, without annotations. */
export type Controller = IngressController | "any";

export interface IngressPlan {
  name: string;
  controller: Controller;
  ingressClassName?: string;
  /** Where requests come from when they reach the processes. */
  from: { namespace?: string; cidrs: string[] };
  /** The routes; those with longer paths first. */
  routes: RoutePlan[];
  /** What of the routes is closed to the outside. */
  hidden: HiddenPath[];
  /** Hosts that lead to another address. */
  redirects: RedirectPlan[];
  tls?: TlsPlan;
  /** What holds for all requests to a process. */
  services: ServiceTrafficPlan[];
  trustedProxies: string[];
  /** For the objects that belong to no route. */
  annotations: Record<string, string>;
  gateway?: GatewayPlan;
}

/** Requests that go to a process. */
export interface RoutePlan {
  /** Unique, and the same for as long as host and path are: names its objects. */
  id: string;
  host: string;
  path: string;
  pathType: PathType;
  process: string;
  service: string;
  port: number;
  traffic: TrafficPlan;
}

/** How the requests of a route are treated. */
export interface TrafficPlan {
  maxBodyBytes?: Scoped<number>;
  rateLimit?: Scoped<RateLimitPlan>;
  sourceRanges?: Scoped<string[]>;
  connectSeconds?: number;
  readSeconds?: number;
  streaming: boolean;
  annotations: Record<string, string>;
}

/** A value, with the id of the route or process that it was said for; without one it was said for the stack. */
export interface Scoped<T> {
  value: T;
  scope?: string;
}

export interface RateLimitPlan {
  requests: number;
  periodSeconds: number;
  burst: number;
}

/** A path that isn't let in, with the Service that it would lead to. */
export interface HiddenPath {
  host: string;
  path: string;
  service: string;
  port: number;
}

export interface RedirectPlan {
  host: string;
  /** The address that it leads to, without a slash at the end. */
  to: { url: string; scheme: "http" | "https"; host: string; port?: number };
  /** A Service behind the address, for controllers that want one. */
  service: string;
  port: number;
}

export interface TlsPlan {
  certificates: CertificatePlan[];
  /** Whether http is sent to https. */
  redirect: boolean;
  /** The port of https from outside, where it isn't 443. */
  port?: number;
  hsts?: { maxAgeSeconds: number; includeSubDomains: boolean; preload: boolean };
}

/** A certificate: its hosts, and where it lies. */
export interface CertificatePlan {
  hosts: string[];
  /** Absent means the controller's own. */
  secretName?: string;
  /** Who makes it, where that isn't somebody else's matter. */
  issuer?: { name: string; kind: string; group: string };
}

export interface ServiceTrafficPlan {
  process: string;
  /** The name of the process' objects. */
  name: string;
  connectSeconds?: number;
  readSeconds?: number;
  affinity?: { cookieName: string; maxAgeSeconds?: number };
}

/** The Gateway that routes are attached to. */
export interface GatewayPlan {
  name: string;
  /** Absent means the stack's. */
  namespace?: string;
  /** What to make, where it is the stack's own. */
  own?: { gatewayClassName: string; annotations: Record<string, string> };
  listeners: ListenerPlan[];
}

export interface ListenerPlan {
  name: string;
  protocol: "HTTP" | "HTTPS";
  port: number;
  /** Absent means all. */
  host?: string;
  secretName?: string;
}

/** A public address. */
export interface Address {
  /** Without a slash at the end. */
  url: string;
  host: string;
}
