// How requests from outside are treated: said for the stack, for a process, for a route, and the nearest word counts.
// Whether the controller in use can do it is controllers.ts' matter.

import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import type { ProcessTrafficArgs, SessionAffinityArgs, TrafficArgs } from "../schema/route-args";
import { isUnset } from "../schema/unset";
import { overlay } from "./overlay";
import { checkBlock } from "./peers";
import { quantity } from "./quantity";
import type { Role } from "./roles";
import type { Route } from "./routes";
import type { Scoped, ServiceTrafficPlan, TrafficPlan } from "./traffic-plan";

/** Somewhere that traffic is spoken of. */
export interface Scope {
  /** Where in the input. */
  at: string;
  /** The process or route that it is for; absent for the stack. */
  id?: string;
  args: TrafficArgs | undefined;
  /** Whether it is for one route. */
  route?: boolean;
}

/** The scopes that count for a route, the nearest last. */
export function scopesOf(stack: Scope, { role, own, id }: Route): Scope[] {
  return [stack, scopeOf(role), ...(own ? [{ ...own, id, route: true }] : [])];
}

/** What is said for a process. */
export function scopeOf({ id, path, args }: Role): Scope & { args: ProcessTrafficArgs | undefined } {
  return { at: `${path}.ingress`, id, args: args.ingress };
}

/** What `scopes` say together. */
export function planTraffic(scopes: readonly Scope[]): TrafficPlan {
  const plan: TrafficPlan = { streaming: false, annotations: {} };
  for (const { id, args = {} } of scopes) {
    const scoped = <T>(value: T): Scoped<T> => ({ value, ...(id !== undefined && { scope: id }) });
    const { maxBodySize, rateLimit, sourceRanges, timeouts, streaming, annotations } = args;
    if (streaming !== undefined) plan.streaming = streaming;
    if (streaming) {
      // What was said further out was said of requests that end.
      delete plan.maxBodyBytes;
      delete plan.readSeconds;
    }
    if (maxBodySize !== undefined) plan.maxBodyBytes = scoped(quantity(maxBodySize) ?? 0);
    if (rateLimit) {
      const { requests, periodSeconds = 1, burst = requests } = rateLimit;
      plan.rateLimit = scoped({ requests, periodSeconds, burst });
    }
    if (sourceRanges) plan.sourceRanges = scoped(sourceRanges);
    if (timeouts?.connectSeconds !== undefined) plan.connectSeconds = timeouts.connectSeconds;
    if (timeouts?.readSeconds !== undefined) plan.readSeconds = timeouts.readSeconds;
    for (const [key, value] of Object.entries(annotations ?? {})) {
      if (isUnset(value)) delete plan.annotations[key];
      else plan.annotations[key] = value;
    }
  }
  return plan;
}

/** What holds for all requests to each process that has routes. */
export function planServices(stack: Scope, name: string, routes: readonly Route[]): ServiceTrafficPlan[] {
  const roles = new Map(routes.map(({ role }) => [role.id, role]));
  return [...roles.values()].map((role) => {
    const own = scopeOf(role);
    const { connectSeconds, readSeconds } = planTraffic([stack, own]);
    const affinity = own.args?.sessionAffinity;
    const service = `${name}-${role.id}`;
    return {
      process: role.id,
      name: service,
      ...(connectSeconds !== undefined && { connectSeconds }),
      ...(readSeconds !== undefined && { readSeconds }),
      ...(affinity && {
        affinity: {
          cookieName: affinity.cookieName ?? service,
          ...(affinity.maxAgeSeconds !== undefined && { maxAgeSeconds: affinity.maxAgeSeconds }),
        },
      }),
    };
  });
}

/** Whether the values at a scope can be what they are meant to be; `stack` is what is said further out. */
export function checkTraffic({ at, args = {} }: Scope, stack: TrafficArgs, problems: Problem[]): void {
  const { maxBodySize, sourceRanges = [], annotations = {} } = args;
  if (maxBodySize !== undefined) checkBodySize(`${at}.maxBodySize`, maxBodySize, problems);
  checkBlocks(`${at}.sourceRanges`, sourceRanges, problems);
  const outer = args === stack ? [] : Object.keys(stack.annotations ?? {});
  const { set } = overlay(`${at}.annotations`, annotations, outer, problems);
  checkAnnotations(`${at}.annotations`, Object.fromEntries(set), problems);
  const { sessionAffinity } = args as ProcessTrafficArgs;
  if (sessionAffinity) checkAffinity(`${at}.sessionAffinity`, sessionAffinity, problems);
}

/** Whether every item of a list is a block of addresses. */
export function checkBlocks(at: string, blocks: readonly string[], problems: Problem[]): void {
  for (const [index, block] of blocks.entries()) {
    const path = join(at, index);
    if (!/[g-z]/i.test(block)) checkBlock(path, block, problems);
    else {
      problems.push({
        path,
        value: block,
        reason: "is a name, and requests come from addresses",
        remedy: "write the addresses, e.g. `203.0.113.0/24`",
      });
    }
  }
}

function checkBodySize(path: string, value: string, problems: Problem[]): void {
  const bytes = quantity(value);
  const digits = /^\s*([\d.]+)/.exec(value)?.[1] ?? "10";
  const meant = `\`${digits}${/^\s*[\d.]+\s*([kKgG])/.exec(value)?.[1]?.toUpperCase() ?? "M"}i\``;
  if (bytes === undefined || value.endsWith("m")) {
    const reason = bytes === undefined ? "is not a quantity" : `means ${bytes} bytes: m is a thousandth`;
    problems.push({ path, value, reason, remedy: `did you mean ${meant}?` });
  } else if (bytes < 1024) {
    problems.push({ path, value, reason: `means ${bytes} bytes`, remedy: `did you mean ${meant}?` });
  }
}

/** Keys of annotations. https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/ */
export function checkAnnotations(at: string, annotations: Record<string, string>, problems: Problem[]): void {
  for (const key of Object.keys(annotations)) {
    const [name = "", prefix, ...rest] = key.split("/").reverse();
    const sound =
      rest.length === 0 &&
      /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(name) &&
      (prefix === undefined || (/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(prefix) && prefix.length <= 253));
    if (sound) continue;
    problems.push({
      path: join(at, key),
      reason:
        "is not the key of an annotation: a name of at most 63 characters, with a domain before a `/` if need be",
      remedy:
        "write it as the controller's documentation does, e.g. `traefik.ingress.kubernetes.io/router.priority`",
    });
  }
}

function checkAffinity(at: string, { cookieName }: SessionAffinityArgs, problems: Problem[]): void {
  if (cookieName === undefined || /^[A-Za-z0-9!#$%&'*+.^_|~-]+$/.test(cookieName)) return;
  problems.push({
    path: `${at}.cookieName`,
    value: cookieName,
    reason: "is not the name of a cookie",
    remedy: `try \`${cookieName.replace(/[^A-Za-z0-9_.-]+/g, "-").replace(/^-+|-+$/g, "") || "session"}\``,
  });
}
