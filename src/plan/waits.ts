// What a role's pods wait for each time that they start: stores that must answer first. The order of a deployment alone
// doesn't help when a node comes back, and everything on it starts at once.

import type { ContainerArgs } from "../schema/container-args";
import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import { suggest } from "../schema/suggest";
import type { Targets } from "./references";
import type { WaitPlan } from "./stack-plan";
import type { StoreClient } from "./stores";

interface WaitContext {
  /** The stores by the name that references have for them. */
  clients: ReadonlyMap<string, StoreClient>;
  targets: Targets;
  problems: Problem[];
}

/** The waits of the role whose arguments stand at `path`: its own, or the backend's where it takes its settings and has no list. */
export function planWaits(
  path: string,
  { waitFor: own }: ContainerArgs,
  settings: ContainerArgs | undefined,
  context: WaitContext,
): WaitPlan[] {
  own?.forEach((name, index) => {
    const problem = notWaitable(join(`${path}.waitFor`, index), name, context);
    if (problem) context.problems.push(problem);
  });
  return [...new Set(own ?? settings?.waitFor)].flatMap((name) => {
    const client = context.clients.get(name);
    const { host, port, tls, password } = context.targets[name]?.values ?? {};
    if (!client || !host || !port) return [];
    // The Secret with a role's variables has these too, so each store's have names of their own.
    const variable = (key: string) => `SERVICE_STACK_${client.id.toUpperCase().replaceAll("-", "_")}_${key}`;
    const named = (key: string, value: WaitPlan["host"]["value"]) => ({ name: variable(key), value });
    return [
      {
        ...client,
        host: named("HOST", host),
        port: named("PORT", port),
        ...(client.kind === "redis" && tls && { tls: named("TLS", tls) }),
        // To an external server it would travel before anybody has seen that server's certificate.
        ...(client.kind === "redis" && client.own && password && { password: named("PASSWORD", password) }),
      },
    ];
  });
}

function notWaitable(path: string, name: string, { clients, targets }: WaitContext): Problem | undefined {
  if (clients.has(name)) return undefined;
  const target = Object.hasOwn(targets, name) ? targets[name] : undefined;
  if (target?.off) {
    return {
      path,
      value: name,
      reason: `is switched off here (\`${target.off}: false\`)`,
      remedy: "switch it on, or drop it from the list",
    };
  }
  return {
    path,
    value: name,
    reason: target ? "is no database and no cache" : "is not in this stack",
    remedy: suggest(name, [...clients.keys()], "drop it: there is no `postgres`, no `redis` and no `caches`"),
  };
}
