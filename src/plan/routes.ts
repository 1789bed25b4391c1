// The routes: which requests from outside go to which process. What becomes of the requests on their way is traffic.ts'.

import type { Problem } from "../schema/problem";
import { PathType, type RouteArgs } from "../schema/route-args";
import { hostProblem } from "./names";
import type { Role } from "./roles";
import type { RoutePlan } from "./traffic-plan";

/** What names the objects that belong to no route. */
const RESERVED = ["hidden", "redirect", "https"];

/** A route, with where it was asked for. */
export interface Route extends Omit<RoutePlan, "traffic"> {
  /** Where its path stands in the input. */
  at: string;
  role: Role;
  /** What was said of this route alone, and where. */
  own?: { at: string; args: RouteArgs };
}

interface Asked {
  /** Where it stands. */
  at: string;
  /** Where its path would stand. */
  pathAt: string;
  hostAt: string;
  args: RouteArgs;
  own: boolean;
}

/** The routes of all processes; those that lack a host or a port are told of and left out. */
export function planRoutes(
  name: string,
  host: string | undefined,
  roles: readonly Role[],
  problems: Problem[],
): Route[] {
  const routes: Route[] = [];
  const ids = new Set(RESERVED);
  if (host !== undefined) pushIf(problems, hostProblem("host", host));
  for (const role of roles) {
    const { id: process, path: at, args } = role;
    const asked = routesOf(role);
    if (asked.length > 0 && args.port === undefined) {
      problems.push({
        path: `${at}.port`,
        reason: `is missing, but ${process} has a path: requests must arrive somewhere`,
        remedy: "name the port that the process listens on, e.g. `port: 8080`",
      });
    }
    for (const { args: route, ...places } of asked) {
      if (route.host !== undefined) pushIf(problems, hostProblem(places.hostAt, route.host));
      const path = route.path ?? "/";
      pushIf(problems, pathProblem(places.pathAt, path));
      const own = route.host ?? host;
      if (own === undefined) {
        problems.push({
          path: places.pathAt,
          value: path,
          reason: "is a path without a host: the ingress wouldn't know which requests are meant",
          remedy: "add `host: notes.example.com` to the stack, or a `host` to the process",
        });
        continue;
      }
      if (args.port === undefined) continue;
      const planned = {
        host: own,
        path: normal(path),
        pathType: route.pathType ?? PathType.Prefix,
        process,
        service: `${name}-${process}`,
        port: args.port,
      };
      const id = unique(ids, places.own ? idOf(planned, host) : process);
      routes.push({
        id,
        ...planned,
        at: places.pathAt,
        role,
        ...(places.own && { own: { at: places.at, args: route } }),
      });
    }
  }
  checkClaims(routes, problems);
  return routes.sort(
    (a, b) => b.path.length - a.path.length || a.path.localeCompare(b.path) || a.host.localeCompare(b.host),
  );
}

/** The short form, which is a process' `host` and `path`, and the long one. */
function routesOf({ path: at, args }: Role): Asked[] {
  const short: Asked = {
    at,
    pathAt: args.path === undefined ? `${at}.host` : `${at}.path`,
    hostAt: `${at}.host`,
    args: { host: args.host, path: args.path },
    own: false,
  };
  const long = (args.routes ?? []).map((route, index) => {
    const place = `${at}.routes[${index}]`;
    return {
      at: place,
      pathAt: `${place}.path`,
      hostAt: `${place}.host`,
      args: { ...route, host: route.host ?? args.host },
      own: true,
    };
  });
  // Beside routes, a host alone is the one that they are on.
  const wanted = args.path !== undefined || (args.host !== undefined && long.length === 0);
  return wanted ? [short, ...long] : long;
}

/** `/api/` and everything below it is the same as `/api`. */
function normal(path: string): string {
  return path.replace(/\/+$/, "") || "/";
}

function idOf(route: { host: string; path: string; process: string }, mainHost: string | undefined): string {
  const words = [route.host === mainHost ? "" : route.host, route.path].join("/");
  const slug = words
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 100)
    .replace(/-+$/, "");
  return `${route.process}-${slug || "root"}`;
}

function unique(taken: Set<string>, wanted: string): string {
  let id = wanted;
  for (let number = 2; taken.has(id); number++) id = `${wanted}-${number}`;
  taken.add(id);
  return id;
}

function checkClaims(routes: readonly Route[], problems: Problem[]): void {
  const claims = new Map<string, Route>();
  for (const route of routes) {
    const key = `${route.host} ${route.pathType} ${route.path}`;
    const holder = claims.get(key);
    if (!holder) {
      claims.set(key, route);
      continue;
    }
    problems.push({
      path: route.at,
      value: route.path,
      reason: `is already claimed by ${holder.process}, for ${route.host} (${holder.at})`,
      remedy: "give each process a path, or a host, of its own",
    });
  }
}

/** What a path may be so that every controller reads it alike: what the Gateway API takes. */
export function pathProblem(at: string, path: string): Problem | undefined {
  const problem = (reason: string, remedy: string): Problem => ({ path: at, value: path, reason, remedy });
  const bare = `/${path
    .replace(/^\/+/, "")
    .replace(/[\s?#*].*$/, "")
    .replace(/\/{2,}/g, "/")}`;
  if (!path.startsWith("/")) return problem("does not begin with `/`", `try \`${bare}\``);
  if (/[\s?#]/.test(path)) return problem("has a blank, `?` or `#` in it", `try \`${bare}\``);
  if (path.includes("*"))
    return problem(
      "has a `*`, but is no pattern",
      `a path stands for what is below it too: try \`${normal(bare)}\``,
    );
  if (/\/{2}|\/\.{1,2}(\/|$)|%2f/i.test(path))
    return problem(
      "has `//`, `/./`, `/../` or an encoded slash in it, which controllers read in different ways",
      "write the path as it arrives, with single slashes",
    );
  if (!/^(?:[-A-Za-z0-9/._~!$&'()+,;=:@]|%[0-9a-fA-F]{2})+$/.test(path))
    return problem("has a character that no path can have", "percent-encode it as browsers do");
  if (path.length > 1024) return problem("is longer than 1024 characters", "shorten it");
  return undefined;
}

/** Adds a problem where there is one. */
export function pushIf(problems: Problem[], problem: Problem | undefined): void {
  if (problem) problems.push(problem);
}
