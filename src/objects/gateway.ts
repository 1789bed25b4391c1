// Requests from outside by the Gateway API: HTTPRoutes, and a Gateway where the stack has one of its own. Everything is
// of the standard channel. Extended, so not every implementation has it: timeouts, the scheme and port of a redirect,
// and HSTS, which is a header added to answers.
// https://gateway-api.sigs.k8s.io/reference/spec/

import type { StackPlan } from "../plan/stack-plan";
import type {
  GatewayPlan,
  HiddenPath,
  IngressPlan,
  ListenerPlan,
  RedirectPlan,
  RoutePlan,
} from "../plan/traffic-plan";
import { labels } from "./labels";
import { type StackObject, stackObject } from "./stack-object";

const API = "gateway.networking.k8s.io/v1";

/** The Gateway of the stack's own, if it has one, and all routes. */
export function gatewayObjects(plan: StackPlan, ingress: IngressPlan): StackObject[] {
  const { gateway, tls, routes, hidden, redirects } = ingress;
  if (!gateway) return [];
  const own = gateway.own ? [gatewayObject(plan, gateway, gateway.own)] : [];
  const closed = [...new Set(hidden.map(({ host }) => host))].map((host) =>
    hiddenRoute(plan, ingress, gateway, host, hidden),
  );
  const after = [...own, ...closed].map(({ id }) => id);
  const hosts = [...new Set(routes.map(({ host }) => host))];
  return [
    ...own,
    // Closed before it could be open.
    ...closed.map((route) => ({ ...route, after: own.map(({ id }) => id) })),
    ...routes.map((route) => backendRoute(plan, ingress, gateway, route, after)),
    ...(tls?.redirect ? [redirectToHttps(plan, ingress, gateway, hosts, after)] : []),
    ...redirects.map((redirect) => redirectToHost(plan, ingress, gateway, redirect, after)),
  ];
}

function gatewayObject(
  plan: StackPlan,
  gateway: GatewayPlan,
  own: NonNullable<GatewayPlan["own"]>,
): StackObject {
  const { annotations, gatewayClassName } = own;
  return stackObject("gateway", {
    apiVersion: API,
    kind: "Gateway",
    metadata: {
      name: gateway.name,
      namespace: plan.namespace,
      labels: labels(plan, "ingress"),
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec: { gatewayClassName, listeners: gateway.listeners.map(listener) },
  } as StackObject["object"]);
}

function listener({ name, protocol, port, host, secretName }: ListenerPlan) {
  return {
    name,
    protocol,
    port,
    ...(host !== undefined && { hostname: host }),
    allowedRoutes: { namespaces: { from: "Same" } },
    ...(secretName !== undefined && { tls: { mode: "Terminate", certificateRefs: [{ name: secretName }] } }),
  };
}

/** The listeners that serve a host; http only where it isn't sent to https. */
function parentsOf(ingress: IngressPlan, gateway: GatewayPlan, host: string) {
  const served = gateway.listeners.filter(({ protocol, host: own }) =>
    protocol === "HTTPS" ? own === undefined || own === host : !ingress.tls?.redirect,
  );
  return served.map((own) => parent(gateway, own));
}

/** The listeners for http. */
function httpParents(gateway: GatewayPlan) {
  return gateway.listeners.filter(({ protocol }) => protocol === "HTTP").map((own) => parent(gateway, own));
}

function parent({ name, namespace }: GatewayPlan, { name: sectionName }: ListenerPlan) {
  return { name, ...(namespace !== undefined && { namespace }), sectionName };
}

interface RouteSpec {
  parentRefs: object[];
  hostnames: string[];
  rules: object[];
}

function httpRoute(
  plan: StackPlan,
  id: string,
  annotations: Record<string, string>,
  spec: RouteSpec,
  after: string[],
): StackObject {
  const object = {
    apiVersion: API,
    kind: "HTTPRoute",
    metadata: {
      name: `${plan.name}-${id}`,
      namespace: plan.namespace,
      labels: labels(plan, "ingress"),
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec,
  };
  return stackObject(`${id}-route`, object, { after });
}

function backendRoute(
  plan: StackPlan,
  ingress: IngressPlan,
  gateway: GatewayPlan,
  route: RoutePlan,
  after: string[],
): StackObject {
  const { id, host, path, pathType, process, service, port, traffic } = route;
  const seconds = traffic.readSeconds ?? (traffic.streaming ? 0 : undefined);
  const rule = {
    matches: [match(path, pathType)],
    ...(ingress.tls?.hsts && { filters: [hsts(ingress.tls.hsts)] }),
    ...(seconds !== undefined && { timeouts: { request: duration(seconds) } }),
    backendRefs: [{ name: service, port }],
  };
  const parentRefs = parentsOf(ingress, gateway, host);
  // Only once its process is ready, so that the first request finds one.
  return httpRoute(plan, id, traffic.annotations, { parentRefs, hostnames: [host], rules: [rule] }, [
    ...after,
    process,
  ]);
}

function match(path: string, pathType: RoutePlan["pathType"]) {
  return { path: { type: pathType === "Exact" ? "Exact" : "PathPrefix", value: path } };
}

/** A host as part of a name. */
const slug = (host: string): string => host.replace("*", "wildcard").replaceAll(".", "-");

/** The Gateway API's durations have at most five digits a unit. */
function duration(seconds: number): string {
  return seconds < 100_000 ? `${seconds}s` : `${Math.floor(seconds / 3600)}h${seconds % 3600}s`;
}

function hsts({
  maxAgeSeconds,
  includeSubDomains,
  preload,
}: NonNullable<NonNullable<IngressPlan["tls"]>["hsts"]>) {
  const value = [
    `max-age=${maxAgeSeconds}`,
    ...(includeSubDomains ? ["includeSubDomains"] : []),
    ...(preload ? ["preload"] : []),
  ].join("; ");
  return {
    type: "ResponseHeaderModifier",
    responseHeaderModifier: { set: [{ name: "Strict-Transport-Security", value }] },
  };
}

/** Rules without a backend: what matches them is answered with an error, 500 or, by earlier versions, 404. */
function hiddenRoute(
  plan: StackPlan,
  ingress: IngressPlan,
  gateway: GatewayPlan,
  host: string,
  hidden: readonly HiddenPath[],
): StackObject {
  const paths = hidden.filter((path) => path.host === host);
  const rules = paths.map(({ path }) => ({ matches: [match(path, "Prefix")] }));
  return httpRoute(
    plan,
    `hidden-${slug(host)}`,
    ingress.annotations,
    { parentRefs: parentsOf(ingress, gateway, host), hostnames: [host], rules },
    [],
  );
}

function redirectToHttps(
  plan: StackPlan,
  ingress: IngressPlan,
  gateway: GatewayPlan,
  hostnames: string[],
  after: string[],
): StackObject {
  const port = ingress.tls?.port;
  const requestRedirect = { scheme: "https", statusCode: 301, ...(port !== undefined && { port }) };
  const rules = [{ filters: [{ type: "RequestRedirect", requestRedirect }] }];
  return httpRoute(
    plan,
    "https",
    ingress.annotations,
    { parentRefs: httpParents(gateway), hostnames, rules },
    after,
  );
}

function redirectToHost(
  plan: StackPlan,
  ingress: IngressPlan,
  gateway: GatewayPlan,
  { host, to }: RedirectPlan,
  after: string[],
): StackObject {
  const { scheme, host: hostname, port } = to;
  const requestRedirect = { scheme, hostname, statusCode: 301, ...(port !== undefined && { port }) };
  const served = gateway.listeners.filter(
    (own) => own.protocol === "HTTP" || own.host === undefined || own.host === host,
  );
  return httpRoute(
    plan,
    `redirect-${slug(host)}`,
    ingress.annotations,
    {
      parentRefs: served.map((own) => parent(gateway, own)),
      hostnames: [host],
      rules: [{ filters: [{ type: "RequestRedirect", requestRedirect }] }],
    },
    after,
  );
}
