// Parts that a stack switches off: they are taken out before anything is planned, and what refers to them is told so.

import type { ContainerArgs } from "../schema/container-args";
import { join } from "../schema/path";
import type { ServiceStackArgs } from "../schema/stack-args";

/** Parts of which there is one. */
const PARTS = ["backend", "frontend", "migration", "postgres", "redis"] as const;

/** Groups of roles by name. */
const GROUPS = ["services", "workers", "schedulers", "cronJobs", "tasks", "caches"] as const;

/** Who may run the backend's image, also where the backend itself doesn't run. */
const SHARING = ["workers", "schedulers", "cronJobs", "tasks"] as const;

interface SwitchedOff {
  /** The arguments without the parts that are switched off. */
  args: ServiceStackArgs;
  /** Where each of those was switched off, by the name that references have for it. */
  off: Map<string, string>;
}

/** Takes out what says `enabled: false`. */
export function withoutSwitchedOff(args: ServiceStackArgs): SwitchedOff {
  const off = new Map<string, string>();
  const rest = { ...args };
  for (const part of PARTS) {
    if (args[part]?.enabled !== false) continue;
    off.set(part, `${part}.enabled`);
    delete rest[part];
  }
  if (rest.postgres?.backup?.enabled === false) {
    const { backup: _, ...postgres } = rest.postgres;
    rest.postgres = postgres;
  }
  for (const group of GROUPS) {
    const members = Object.entries<{ enabled?: boolean }>(args[group] ?? {});
    if (members.every(([, { enabled }]) => enabled !== false)) continue;
    for (const [id, { enabled }] of members)
      if (enabled === false)
        off.set(group === "caches" ? `caches.${id}` : id, join(join(group, id), "enabled"));
    const on = members.filter(([, { enabled }]) => enabled !== false);
    Object.assign(rest, { [group]: Object.fromEntries(on) });
  }
  return { args: rest, off };
}

/** Whether a role of `args` runs the image of the backend, with its settings. */
export function sharesBackend(args: ServiceStackArgs): boolean {
  const roles: ContainerArgs[] = SHARING.flatMap((group) => Object.values(args[group] ?? {}));
  if (args.migration) roles.push(args.migration);
  return roles.some(({ image, build }) => image === undefined && build === undefined);
}
