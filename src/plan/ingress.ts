// How requests from outside reach the processes.

import type { Problem } from "../schema/problem";
import type { ServiceStackArgs } from "../schema/stack-args";
import type { Tier } from "../schema/tier";
import { hostProblem } from "./names";
import type { Role } from "./roles";
import type { IngressPlan } from "./stack-plan";
import { TIERS } from "./tiers";

/** The ingress of a stack; none where nothing is to be reached from outside. */
export function planIngress(
  name: string,
  tier: Tier,
  args: ServiceStackArgs,
  roles: readonly Role[],
  problems: Problem[],
): IngressPlan | undefined {
  const routes = planRoutes(name, roles, problems);
  const { host } = args;
  if (host === undefined) {
    for (const { path, process } of routes) {
      problems.push({
        path: `${roles.find(({ id }) => id === process)?.path}.path`,
        value: path,
        reason: "is a path without a host: the ingress wouldn't know which requests are meant",
        remedy: "add `host: notes.example.com` to the stack",
      });
    }
    return undefined;
  }
  const wrong = hostProblem("host", host);
  if (wrong) problems.push(wrong);
  if (routes.length === 0) {
    problems.push({
      path: "host",
      value: host,
      reason: "leads nowhere: no process has a `path`",
      remedy: "give a process a `path`, e.g. `backend: { path: / }`, or drop the host",
    });
  }
  const tls = args.ingress?.tls?.enabled ?? TIERS[tier].tls;
  if (!tls && tier === "prod") {
    problems.push({
      path: "ingress.tls.enabled",
      value: false,
      reason: "would send passwords and cookies in clear text; prod needs TLS",
      remedy: "drop it, or set it to true",
    });
  }
  return {
    name,
    host,
    ingressClassName: args.ingress?.ingressClassName,
    controllerNamespace: args.ingress?.controllerNamespace ?? args.ingress?.ingressClassName,
    tls: tls ? { secretName: args.ingress?.tls?.secretName } : undefined,
    routes,
    url: `${tls ? "https" : "http"}://${host}`,
  };
}

function planRoutes(name: string, roles: readonly Role[], problems: Problem[]): IngressPlan["routes"] {
  const routes: IngressPlan["routes"] = [];
  for (const { id: process, path: at, args } of roles) {
    const { path, port } = args;
    if (path === undefined) continue;
    const twin = routes.find((route) => route.path === path);
    if (twin) {
      problems.push({
        path: `${at}.path`,
        value: path,
        reason: `is already claimed by ${twin.process}`,
        remedy: "give each process a path of its own",
      });
    }
    if (!/^\/[^\s?#]*$/.test(path)) {
      problems.push({
        path: `${at}.path`,
        value: path,
        reason: path.startsWith("/") ? "has a blank, `?` or `#` in it" : "does not begin with `/`",
        remedy: `try \`/${path.replace(/^\/+/, "").replace(/[\s?#].*$/, "")}\``,
      });
    }
    if (port === undefined) {
      problems.push({
        path: `${at}.port`,
        reason: `is missing, but ${process} has a path: requests must arrive somewhere`,
        remedy: "name the port that the process listens on, e.g. `port: 8080`",
      });
      continue;
    }
    routes.push({ path, process, service: `${name}-${process}`, port });
  }
  return routes.sort((a, b) => b.path.length - a.path.length || a.path.localeCompare(b.path));
}
