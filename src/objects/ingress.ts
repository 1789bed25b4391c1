// Requests from outside, as Kubernetes objects. The basics (host, path, Service, certificate) are plain Ingress objects
// or, with the Gateway API, HTTPRoutes; what a controller has words of its own for is translated in a file for each.

import type { Ingress, IngressRule, IngressTLS } from "kubernetes-types/networking/v1";
import type { StackPlan } from "../plan/stack-plan";
import type { HiddenPath, IngressPlan, RoutePlan } from "../plan/traffic-plan";
import { certificateObjects } from "./certificate";
import { gatewayObjects } from "./gateway";
import { ingressNginx } from "./ingress-nginx";
import { labels } from "./labels";
import { type StackObject, stackObject } from "./stack-object";
import { traefik } from "./traefik";

/** What a controller that works with Ingress objects has words for. */
export interface Translation {
  /** The annotations of a route's Ingress. */
  route(plan: StackPlan, ingress: IngressPlan, route: RoutePlan): Record<string, string>;
  /** The annotations of the Ingress with the hidden paths. */
  hidden(plan: StackPlan, ingress: IngressPlan): Record<string, string>;
  /** The annotations of the Ingress with the hosts that lead elsewhere; none where the routes' own do it. */
  redirects?(plan: StackPlan, ingress: IngressPlan): Record<string, string>;
  /** What a process' Service is annotated with. */
  service?(plan: StackPlan, ingress: IngressPlan, process: string): ServiceTraffic;
  /** The objects that the annotations name. */
  objects?(plan: StackPlan, ingress: IngressPlan): StackObject[];
}

/** What a Service says to the controller. */
export interface ServiceTraffic {
  annotations: Record<string, string>;
  /** The ids of the objects that they name. */
  after: string[];
}

const TRANSLATIONS: Partial<Record<IngressPlan["controller"], Translation>> = {
  traefik,
  "ingress-nginx": ingressNginx,
};

/** The kinds of objects that let requests in. */
const ROUTES = new Set(["Ingress", "HTTPRoute"]);

/** All objects that requests from outside need, beside the processes. */
export function trafficObjects(plan: StackPlan, ingress: IngressPlan): StackObject[] {
  const translation = TRANSLATIONS[ingress.controller];
  const objects =
    ingress.controller === "gateway-api"
      ? gatewayObjects(plan, ingress)
      : translation
        ? translatedIngresses(plan, ingress, translation)
        : plainIngresses(plan, ingress);
  return [...certificateObjects(plan, ingress), ...objects.map((entry) => behindJobs(plan, entry))];
}

/** Nobody comes in before every task has succeeded: until then there may be a set-up page that is open to anybody. */
function behindJobs(plan: StackPlan, entry: StackObject): StackObject {
  if (!ROUTES.has(entry.object.kind)) return entry;
  return { ...entry, after: [...entry.after, ...plan.jobs.map(({ id }) => id)] };
}

/** What a process' Service says to the controller. */
export function serviceTraffic(plan: StackPlan, process: string): ServiceTraffic {
  const translation = plan.ingress && TRANSLATIONS[plan.ingress.controller];
  return translation?.service?.(plan, plan.ingress as IngressPlan, process) ?? { annotations: {}, after: [] };
}

/**
 * An Ingress for each route, for its annotations hold for all of it. Also for those without any: an Ingress that took
 * a path over from another one at some change would for a moment be the second with that path, which ingress-nginx
 * refuses.
 */
function translatedIngresses(plan: StackPlan, ingress: IngressPlan, translation: Translation): StackObject[] {
  const beside = translation.objects?.(plan, ingress) ?? [];
  const names = beside.map(({ id }) => id);
  const routes = ingress.routes.map((route) =>
    ingressObject(plan, ingress, {
      id: `${route.id}-ingress`,
      name: `${ingress.name}-${route.id}`,
      annotations: translation.route(plan, ingress, route),
      routes: [route],
      after: [...names, route.process],
    }),
  );
  const { hidden, redirects } = ingress;
  const closed = ingressObject(plan, ingress, {
    id: "hidden-ingress",
    name: `${ingress.name}-hidden`,
    annotations: { ...ingress.annotations, ...translation.hidden(plan, ingress) },
    routes: hidden.map((path) => ({ ...path, pathType: "Prefix" as const })),
    after: names,
  });
  const moved = ingressObject(plan, ingress, {
    id: "redirect-ingress",
    name: `${ingress.name}-redirect`,
    annotations: { ...ingress.annotations, ...translation.redirects?.(plan, ingress) },
    routes: redirects.map(({ host, service, port }) => ({
      host,
      path: "/",
      pathType: "Prefix" as const,
      service,
      port,
    })),
    after: names,
  });
  return [
    ...beside,
    // Closed before it could be open.
    ...(hidden.length > 0 ? [closed] : []),
    ...routes.map((route) => ({
      ...route,
      after: hidden.length > 0 ? [...route.after, closed.id] : route.after,
    })),
    ...(redirects.length > 0 && translation.redirects ? [moved] : []),
  ];
}

/** One Ingress, for a controller of a cloud's may make a load balancer of each; but no two sets of annotations fit one. */
function plainIngresses(plan: StackPlan, ingress: IngressPlan): StackObject[] {
  const common = JSON.stringify(ingress.annotations);
  const shared = ingress.routes.filter(({ traffic }) => JSON.stringify(traffic.annotations) === common);
  const others = ingress.routes.filter((route) => !shared.includes(route));
  const one = (id: string, name: string, routes: RoutePlan[]) =>
    ingressObject(plan, ingress, {
      id,
      name,
      annotations: routes[0]?.traffic.annotations ?? {},
      routes,
      after: [...new Set(routes.map(({ process }) => process))],
    });
  return [
    ...(shared.length > 0 ? [one("ingress", ingress.name, shared)] : []),
    ...others.map((route) => one(`${route.id}-ingress`, `${ingress.name}-${route.id}`, [route])),
  ];
}

type Path =
  | Pick<RoutePlan, "host" | "path" | "pathType" | "service" | "port">
  | (HiddenPath & { pathType: "Prefix" });

interface Described {
  id: string;
  name: string;
  annotations: Record<string, string>;
  routes: Path[];
  after: string[];
}

function ingressObject(plan: StackPlan, ingress: IngressPlan, described: Described): StackObject {
  const { id, name, annotations, routes, after } = described;
  const hosts = [...new Set(routes.map(({ host }) => host))];
  const tls = certificatesOf(ingress, hosts);
  const object: Ingress = {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: {
      name,
      namespace: plan.namespace,
      labels: labels(plan, "ingress"),
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec: {
      ingressClassName: ingress.ingressClassName,
      ...(tls.length > 0 && { tls }),
      rules: hosts.map(
        (host): IngressRule => ({
          host,
          http: {
            paths: routes
              .filter((route) => route.host === host)
              .map(({ path, pathType, service, port }) => ({
                path,
                pathType,
                backend: { service: { name: service, port: { number: port } } },
              })),
          },
        }),
      ),
    },
  };
  // Only once its processes are ready, so that the first request finds one. Not waited for: a controller that
  // writes no address into the status (behind a NodePort, say) would hold the deployment up until it times out.
  return stackObject(id, object as StackObject["object"], { after });
}

/** The certificates for some hosts, and for those that lead to them. */
function certificatesOf({ tls, redirects }: IngressPlan, hosts: readonly string[]): IngressTLS[] {
  const aliases = redirects.filter(({ to }) => hosts.includes(to.host)).map(({ host }) => host);
  const wanted = new Set([...hosts, ...aliases]);
  return (tls?.certificates ?? []).flatMap(({ hosts: own, secretName }) => {
    const covered = own.filter((host) => wanted.has(host));
    return covered.length > 0 ? [{ hosts: covered, ...(secretName !== undefined && { secretName }) }] : [];
  });
}
