// How requests from outside reach the processes: the parts of it are planned in files of their own (routes, traffic,
// tls, hidden-paths, gateway); here they meet, and the controller in use is asked whether it can do all of it.

import { type IngressArgs, IngressController } from "../schema/ingress-args";
import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import type { ServiceStackArgs } from "../schema/stack-args";
import type { Tier } from "../schema/tier";
import { checkAbilities, planController, planOrigin } from "./controllers";
import { planGateway } from "./gateway";
import { planHiddenPaths } from "./hidden-paths";
import { hostProblem, labelProblem, subdomainProblem } from "./names";
import type { Role } from "./roles";
import { planRoutes, pushIf, type Route } from "./routes";
import { planTls } from "./tls";
import {
  checkBlocks,
  checkTraffic,
  planServices,
  planTraffic,
  type Scope,
  scopeOf,
  scopesOf,
} from "./traffic";
import type { Address, Controller, IngressPlan, RedirectPlan, TlsPlan } from "./traffic-plan";

export interface PlannedIngress {
  /** None where nothing is to be reached from outside. */
  ingress?: IngressPlan;
  /** The stack's public address. */
  address?: Address;
  /** The public addresses of the processes that have one. */
  addresses: ReadonlyMap<string, Address>;
}

/** Requests from outside to the processes of a stack. */
export function planIngress(
  name: string,
  tier: Tier,
  args: ServiceStackArgs,
  roles: readonly Role[],
  problems: Problem[],
): PlannedIngress {
  const ingress = args.ingress ?? {};
  const routes = planRoutes(name, args.host, roles, problems);
  checkHost(args.host, roles, routes, problems);
  checkStack(ingress, problems);
  const controller = planController(ingress, problems);
  const stack: Scope = { at: "ingress", args: ingress };
  const scopes = scopesIn(stack, roles, routes);
  for (const scope of scopes) checkTraffic(scope, ingress, problems);
  checkAbilities(controller, scopes, ingress, problems);

  const aliases = planAliases(args.host, ingress, controller, routes, problems);
  const tls = planTls(
    ingress.tls ?? {},
    {
      name,
      tier,
      controller,
      host: args.host,
      hosts: hostsOf(args.host, routes, aliases),
      port: ingress.ports?.https,
    },
    problems,
  );
  const hidden = planHiddenPaths(ingress, routes, { controller, tier }, problems);
  const planned = addressesOf(args.host, routes, tls, ingress);
  if (routes.length === 0 || ingress.enabled === false) return planned;

  const gateway =
    controller === IngressController.gatewayApi
      ? planGateway(name, ingress.gateway, tls, problems)
      : undefined;
  return {
    ...planned,
    ingress: {
      name,
      controller,
      ingressClassName: ingress.ingressClassName,
      from: planOrigin(controller, ingress),
      routes: routes.map((route) => ({
        id: route.id,
        host: route.host,
        path: route.path,
        pathType: route.pathType,
        process: route.process,
        service: route.service,
        port: route.port,
        traffic: planTraffic(scopesOf(stack, route)),
      })),
      hidden,
      redirects: planRedirects(args.host, aliases, routes, planned.address, ingress),
      ...(tls && { tls }),
      services: planServices(stack, name, routes),
      trustedProxies: ingress.trustedProxies ?? [],
      annotations: planTraffic([stack]).annotations,
      ...(gateway && { gateway }),
    },
  };
}

/** Every place where traffic is spoken of, once. */
function scopesIn(stack: Scope, roles: readonly Role[], routes: readonly Route[]): Scope[] {
  const own = routes.flatMap((route) => scopesOf(stack, route).filter((scope) => scope.route));
  return [stack, ...roles.map(scopeOf), ...own];
}

function checkHost(
  host: string | undefined,
  roles: readonly Role[],
  routes: readonly Route[],
  problems: Problem[],
): void {
  // A process without a port is told of already.
  const incomplete = roles.some(({ args }) => args.path !== undefined && args.port === undefined);
  if (host === undefined || incomplete || routes.some((route) => route.host === host)) return;
  problems.push({
    path: "host",
    value: host,
    reason: "leads nowhere: no process has a `path` on it",
    remedy: "give a process a `path`, e.g. `backend: { path: / }`, or drop the host",
  });
}

function checkStack(ingress: IngressArgs, problems: Problem[]): void {
  const { ingressClassName, controllerNamespace, controllerCidrs = [], trustedProxies = [] } = ingress;
  if (ingressClassName !== undefined)
    pushIf(problems, subdomainProblem("ingress.ingressClassName", ingressClassName));
  if (controllerNamespace !== undefined)
    pushIf(problems, labelProblem("ingress.controllerNamespace", controllerNamespace));
  checkBlocks("ingress.controllerCidrs", controllerCidrs, problems);
  checkBlocks("ingress.trustedProxies", trustedProxies, problems);
}

/** The hosts that lead to the stack's own. */
function planAliases(
  host: string | undefined,
  { redirectHosts = [] }: IngressArgs,
  controller: Controller,
  routes: readonly Route[],
  problems: Problem[],
): string[] {
  for (const [index, alias] of redirectHosts.entries()) {
    const path = join("ingress.redirectHosts", index);
    const problem = (reason: string, remedy: string) => problems.push({ path, value: alias, reason, remedy });
    const holder = routes.find((route) => route.host === alias);
    const wrong = hostProblem(path, alias);
    if (wrong) problems.push(wrong);
    else if (alias.startsWith("*.")) problem("stands for many hosts", "name each of them");
    else if (host === undefined || host.startsWith("*."))
      problem(
        "has nowhere to lead: the stack has no host of its own",
        "add `host: notes.example.com` to the stack",
      );
    else if (holder)
      problem(`is a host that ${holder.process} answers to (${holder.at})`, "drop one of the two");
    else if (redirectHosts.indexOf(alias) < index) problem("stands there twice", "drop one of the two");
    else if (controller === IngressController.ingressNginx && alias !== twin(host)) {
      problem(
        "can't be told to ingress-nginx, which knows redirects between a host and its `www.` alone",
        `write \`${twin(host)}\`, or let another controller or the DNS provider redirect`,
      );
    }
  }
  return [...new Set(redirectHosts)].filter((alias) => hostProblem("", alias) === undefined);
}

/** The host with `www.` before it, or without. */
function twin(host: string): string {
  return host.startsWith("www.") ? host.slice(4) : `www.${host}`;
}

function hostsOf(
  host: string | undefined,
  routes: readonly Route[],
  aliases: readonly string[],
): { host: string; aliases: readonly string[] }[] {
  const all = [...new Set(routes.map((route) => route.host))].sort((a, b) =>
    a === host ? -1 : b === host ? 1 : a.localeCompare(b),
  );
  return all.map((each) => ({ host: each, aliases: each === host ? aliases : [] }));
}

function addressesOf(
  host: string | undefined,
  routes: readonly Route[],
  tls: TlsPlan | undefined,
  { ports = {} }: IngressArgs,
): PlannedIngress {
  const scheme = tls ? "https" : "http";
  const port = tls ? (ports.https ?? 443) : (ports.http ?? 80);
  const authority = (name: string) => (port === (tls ? 443 : 80) ? name : `${name}:${port}`);
  const address = (name: string, path: string): Address => ({
    url: `${scheme}://${authority(name)}${path === "/" ? "" : path}`,
    host: name,
  });
  // A pattern of hosts is nobody's address.
  const named = routes.filter((route) => !route.host.startsWith("*."));
  const addresses = new Map<string, Address>();
  // The short form first, then the shortest path.
  for (const route of [...named].sort((a, b) => rank(a) - rank(b))) {
    if (!addresses.has(route.process)) addresses.set(route.process, address(route.host, route.path));
  }
  const main = named.find((route) => route.host === host);
  return { addresses, ...(main && { address: address(main.host, "/") }) };
}

const rank = ({ own, path }: Route): number => (own ? 1 + path.length : 0);

function planRedirects(
  host: string | undefined,
  aliases: readonly string[],
  routes: readonly Route[],
  address: Address | undefined,
  { ports = {} }: IngressArgs,
): RedirectPlan[] {
  // The least of the stack's own routes, for that is the one most likely to stay.
  const behind = routes.findLast((route) => route.host === host);
  if (!address || !behind) return [];
  const scheme = address.url.startsWith("https:") ? "https" : "http";
  const port = ports[scheme];
  const to = { ...address, scheme, ...(port !== undefined && { port }) } as const;
  return aliases.map((alias) => ({ host: alias, to, service: behind.service, port: behind.port }));
}
