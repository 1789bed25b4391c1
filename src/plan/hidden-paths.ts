// Paths that are closed to the outside. Each lies below a route, for otherwise there is nothing to close; and none may
// lie above a route, for nobody could say which of the two counts.

import type { IngressArgs } from "../schema/ingress-args";
import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import { PathType } from "../schema/route-args";
import type { Tier } from "../schema/tier";
import type { Role } from "./roles";
import { pathProblem, type Route } from "./routes";
import { TIERS } from "./tiers";
import type { Controller, HiddenPath } from "./traffic-plan";

/** The hidden paths of all hosts: those that are named, and metrics, where the controller can hide anything. */
export function planHiddenPaths(
  ingress: IngressArgs,
  routes: readonly Route[],
  { controller, tier }: { controller: Controller; tier: Tier },
  problems: Problem[],
): HiddenPath[] {
  const hidden = new Map<string, HiddenPath>();
  for (const { role, ...found } of publicMetrics(routes)) {
    if (controller !== "any") hidden.set(key(found), found);
    else if (TIERS[tier].hiddenMetrics) problems.push(publicProblem(role, found));
  }
  const hide = (at: string, paths: readonly string[] | undefined, own: readonly Route[]): void => {
    for (const [index, path] of (paths ?? []).entries()) {
      const place = join(at, index);
      const wrong = pathProblem(place, path);
      if (wrong) problems.push(wrong);
      else for (const found of hiddenAt(place, path, own, routes, problems)) hidden.set(key(found), found);
    }
  };
  hide("ingress.hiddenPaths", ingress.hiddenPaths, routes);
  for (const role of new Set(routes.map((route) => route.role))) {
    const own = routes.filter((route) => route.role === role);
    hide(`${role.path}.ingress.hiddenPaths`, role.args.ingress?.hiddenPaths, own);
  }
  return [...hidden.values()];
}

/**
 * The metrics that a route would show to everyone: those on the process' own port. A path that was asked for by itself
 * is meant to be seen.
 */
function publicMetrics(routes: readonly Route[]): (HiddenPath & { role: Role })[] {
  const hosts = new Set(routes.map(({ host }) => host));
  return [...hosts].flatMap((host) => {
    const here = routes.filter((route) => route.host === host);
    const roles = new Set(here.map(({ role }) => role));
    return [...roles].flatMap((role) => {
      const { metrics, port } = role.args;
      const path = metrics?.path ?? "/metrics";
      if (metrics === undefined || (metrics.port ?? port) !== port) return [];
      // Those with longer paths stand first, and are asked first.
      const route = here.find((candidate) => leadsTo(candidate, path));
      if (route?.role !== role || here.some((other) => isBelow(other.path, path))) return [];
      return [{ host, path, service: route.service, port: route.port, role }];
    });
  });
}

function publicProblem(role: Role, { host, path }: HiddenPath): Problem {
  return {
    path: `${role.path}.metrics`,
    reason: `can be read by everyone at ${host}${path}: they are on the process' own port, and a plain Ingress hides nothing`,
    remedy: "give them a `port` of their own, or say which controller it is with `ingress.controller`",
  };
}

const key = ({ host, path }: HiddenPath): string => `${host} ${path}`;

/** A path on every host where one of `own` would lead it somewhere. */
function hiddenAt(
  at: string,
  written: string,
  own: readonly Route[],
  routes: readonly Route[],
  problems: Problem[],
): HiddenPath[] {
  const path = written.replace(/\/+$/, "") || "/";
  const hosts = new Set(own.map(({ host }) => host));
  const found = [...hosts].flatMap((host) => {
    // Those with longer paths stand first, and are asked first.
    const route = own.find((candidate) => candidate.host === host && leadsTo(candidate, path));
    return route ? [{ host, path, service: route.service, port: route.port }] : [];
  });
  if (found.length === 0) {
    const paths = [...new Set(own.map((route) => route.path))];
    problems.push({
      path: at,
      value: written,
      reason: "hides nothing: no route leads there",
      remedy: `write the path as it is asked for from outside, below ${paths.join(" or ") || "a route"}`,
    });
  }
  const below = routes.find((route) => hosts.has(route.host) && isBelow(route.path, path));
  if (below) {
    problems.push({
      path: at,
      value: written,
      reason: `hides the path ${below.path} too, which leads to ${below.process} (${below.at})`,
      remedy: "drop one of the two, or hide a path further down",
    });
  }
  return found;
}

function leadsTo({ path, pathType }: Route, wanted: string): boolean {
  return pathType === PathType.Exact ? path === wanted : isBelow(wanted, path);
}

/** Whether `path` is `above`, or lies below it. */
function isBelow(path: string, above: string): boolean {
  return above === "/" || path === above || path.startsWith(`${above}/`);
}
