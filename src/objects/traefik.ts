// What Traefik 3 has words for beyond plain Ingress objects: Middlewares, which an Ingress names in an annotation, and
// a ServersTransport, which a Service names.
// https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/ingress/

import type { StackPlan } from "../plan/stack-plan";
import type { IngressPlan, RoutePlan, Scoped, ServiceTrafficPlan } from "../plan/traffic-plan";
import type { Translation } from "./ingress";
import { labels } from "./labels";
import { type StackObject, stackObject } from "./stack-object";

const PREFIX = "traefik.ingress.kubernetes.io";
const MIDDLEWARES = `${PREFIX}/router.middlewares`;

// By default the longest rule wins, as text: a short exact path would lose against a prefix, and a pattern of hosts
// would win over a host. Whoever else serves the host (an ACME solver, say) keeps its place between the two.
const EXACT = 10_000;
const HIDDEN = 20_000;

/** The address that no request comes from: whoever lets in only that lets in nobody. */
const NOBODY = "255.255.255.255/32";

/** A Middleware: what its name ends with, and its `spec`. */
interface Middleware {
  name: string;
  spec: object;
}

export const traefik: Translation = {
  route(plan, ingress, route) {
    const own = route.traffic.annotations[MIDDLEWARES];
    const priority = priorityOf(route, ingress.routes);
    return {
      ...(priority !== undefined && { [`${PREFIX}/router.priority`]: String(priority) }),
      ...route.traffic.annotations,
      // What the user names comes behind ours.
      [MIDDLEWARES]: [reference(plan, chainName(ingress, route)), ...(own ? [own] : [])].join(","),
    };
  },

  hidden: (plan, ingress) => ({
    [`${PREFIX}/router.priority`]: String(HIDDEN),
    [MIDDLEWARES]: reference(plan, hide(ingress).name),
  }),

  redirects: (plan, ingress) => ({
    [MIDDLEWARES]: ingress.redirects.map(() => reference(plan, redirectToHost(ingress).name))[0] ?? "",
  }),

  service(plan, ingress, process) {
    const service = ingress.services.find((candidate) => candidate.process === process);
    if (!service) return { annotations: {}, after: [] };
    const { affinity } = service;
    const cookie = `${PREFIX}/service.sticky.cookie`;
    const annotations = {
      ...(hasTimeouts(service) && { [`${PREFIX}/service.serverstransport`]: reference(plan, service.name) }),
      ...(affinity && {
        [cookie]: "true",
        [`${cookie}.name`]: affinity.cookieName,
        [`${cookie}.httponly`]: "true",
        [`${cookie}.samesite`]: "lax",
        ...(ingress.tls && { [`${cookie}.secure`]: "true" }),
        ...(affinity.maxAgeSeconds !== undefined && { [`${cookie}.maxage`]: String(affinity.maxAgeSeconds) }),
      }),
    };
    return { annotations, after: hasTimeouts(service) ? [`${process}-transport`] : [] };
  },

  objects(plan, ingress) {
    const links = [
      ...ingress.routes.flatMap((route) => middlewaresOf(ingress, route)),
      ...(ingress.hidden.length > 0 ? [hide(ingress)] : []),
      ...(ingress.redirects.length > 0 ? [redirectToHost(ingress)] : []),
    ];
    // Routes that have a word from the same place share its Middleware.
    const byName = new Map(links.map((middleware) => [middleware.name, middleware]));
    return [
      ...[...byName.values()].map((middleware) => middlewareObject(plan, middleware)),
      ...ingress.routes.map((route) => chain(plan, ingress, route)),
      ...ingress.services.filter(hasTimeouts).map((service) => serversTransport(plan, service)),
    ];
  },
};

/**
 * All Middlewares of a route as one, by a name that stays. Traefik reads Ingresses and Middlewares apart from each other,
 * and drops a route for as long as it hasn't read a Middleware of it: an Ingress that named each of them would be gone for
 * a moment when it gets a new one.
 */
function chain(plan: StackPlan, ingress: IngressPlan, route: RoutePlan): StackObject {
  const links = middlewaresOf(ingress, route);
  const spec = { chain: { middlewares: links.map(({ name }) => ({ name })) } };
  const object = middlewareObject(plan, { name: chainName(ingress, route), spec });
  return { ...object, after: links.map(({ name }) => idOf(plan, name)) };
}

function chainName(ingress: IngressPlan, { id }: RoutePlan): string {
  return `${ingress.name}-${id}-chain`;
}

/** How an annotation names an object of Traefik's own kinds. */
function reference(plan: StackPlan, name: string): string {
  return `${plan.namespace}-${name}@kubernetescrd`;
}

/** In the order in which a request passes them. */
function middlewaresOf(ingress: IngressPlan, { traffic }: RoutePlan): Middleware[] {
  const { sourceRanges, rateLimit, maxBodyBytes } = traffic;
  const named = <T>({ value, scope }: Scoped<T>, what: string, spec: (value: T) => object): Middleware => ({
    name: [ingress.name, scope, what].filter(Boolean).join("-"),
    spec: spec(value),
  });
  const strategy = ingress.trustedProxies.length > 0 && {
    ipStrategy: { excludedIPs: ingress.trustedProxies },
  };
  return [
    ...(ingress.tls?.redirect ? [redirectToHttps(ingress)] : []),
    ...(ingress.tls?.hsts ? [hsts(ingress)] : []),
    ...(sourceRanges
      ? [named(sourceRanges, "sources", (sourceRange) => ({ ipAllowList: { sourceRange, ...strategy } }))]
      : []),
    ...(rateLimit
      ? [
          named(rateLimit, "rate", ({ requests, periodSeconds, burst }) => ({
            rateLimit: {
              average: requests,
              period: `${periodSeconds}s`,
              burst,
              ...(strategy && { sourceCriterion: strategy }),
            },
          })),
        ]
      : []),
    ...(maxBodyBytes
      ? [named(maxBodyBytes, "body", (maxRequestBodyBytes) => ({ buffering: { maxRequestBodyBytes } }))]
      : []),
  ];
}

/** It lets pass what came by https, also what did so to a proxy in front that Traefik trusts. */
function redirectToHttps({ name, tls }: IngressPlan): Middleware {
  const port = tls?.port === undefined ? {} : { port: String(tls.port) };
  return { name: `${name}-https`, spec: { redirectScheme: { scheme: "https", permanent: true, ...port } } };
}

function hsts({ name, tls }: IngressPlan): Middleware {
  const { maxAgeSeconds = 0, includeSubDomains = false, preload = false } = tls?.hsts ?? {};
  return {
    name: `${name}-hsts`,
    spec: {
      headers: {
        stsSeconds: maxAgeSeconds,
        ...(includeSubDomains && { stsIncludeSubdomains: true }),
        ...(preload && { stsPreload: true }),
      },
    },
  };
}

function hide({ name }: IngressPlan): Middleware {
  return { name: `${name}-hidden`, spec: { ipAllowList: { sourceRange: [NOBODY], rejectStatusCode: 404 } } };
}

/** All of them lead to the stack's own host. */
function redirectToHost({ name, redirects }: IngressPlan): Middleware {
  const url = redirects[0]?.to.url ?? "";
  return {
    name: `${name}-redirect`,
    spec: { redirectRegex: { regex: "^https?://[^/]+(.*)", replacement: `${url}$1`, permanent: true } },
  };
}

/** The route's priority, where the length of its rule would be wrong. */
function priorityOf(route: RoutePlan, routes: readonly RoutePlan[]): number | undefined {
  if (!isPattern(route)) return route.pathType === "Exact" ? EXACT : undefined;
  const patterns = routes.filter(isPattern);
  const rank = ({ pathType, path }: RoutePlan) => (pathType === "Exact" ? 2000 : 0) + path.length;
  return 1 + patterns.filter((other) => rank(other) < rank(route)).length;
}

const isPattern = ({ host }: RoutePlan): boolean => host.startsWith("*.");

function hasTimeouts({ connectSeconds, readSeconds }: ServiceTrafficPlan): boolean {
  return connectSeconds !== undefined || readSeconds !== undefined;
}

function middlewareObject(plan: StackPlan, { name, spec }: Middleware): StackObject {
  const object = {
    apiVersion: "traefik.io/v1alpha1",
    kind: "Middleware",
    metadata: { name, namespace: plan.namespace, labels: labels(plan, "ingress") },
    spec,
  };
  return stackObject(idOf(plan, name), object);
}

function idOf(plan: StackPlan, middleware: string): string {
  return `${middleware.slice(plan.name.length + 1)}-middleware`;
}

function serversTransport(plan: StackPlan, service: ServiceTrafficPlan): StackObject {
  const { name, process, connectSeconds, readSeconds } = service;
  const object = {
    apiVersion: "traefik.io/v1alpha1",
    kind: "ServersTransport",
    metadata: { name, namespace: plan.namespace, labels: labels(plan, process) },
    spec: {
      forwardingTimeouts: {
        ...(connectSeconds !== undefined && { dialTimeout: `${connectSeconds}s` }),
        ...(readSeconds !== undefined && { responseHeaderTimeout: `${readSeconds}s` }),
      },
    },
  };
  return stackObject(`${process}-transport`, object);
}
