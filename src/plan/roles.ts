// The roles that run an image: who they are, where in the input they stand, and what some take from the backend.

import type { ContainerArgs } from "../schema/container-args";
import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import type { ProcessArgs } from "../schema/process-args";
import type { ServiceStackArgs } from "../schema/stack-args";
import { labelProblem } from "./names";

export interface Role {
  /** The name in references, labels and object names. */
  id: string;
  /** Where its arguments stand. */
  path: string;
  kind: "server" | "worker" | "scheduler";
  args: ProcessArgs;
  /** What of `args` was taken from the backend; mistakes in it are the backend's, and told there. */
  taken: Taken;
}

/** What a role takes from the backend. */
export interface Taken {
  image: boolean;
  /** The backend's arguments, where its settings (variables, where they lead, files, user) stand below the role's own. */
  settings?: ContainerArgs;
}

export const NOTHING: Taken = { image: false };

/** What `${…}`, labels and objects name already. */
const TAKEN = new Set([
  "stack",
  "config",
  "secrets",
  "postgres",
  "postgres-backup",
  "postgres-restore",
  "postgres-dump",
  "postgres-extensions",
  "redis",
  "caches",
  "ingress",
  "migration",
  "network",
  "namespace",
  "acme-solver",
  "default-deny",
  "limit-range",
  "quota",
]);

/** The processes of a stack in the order in which they are told of. */
export function rolesOf(args: ServiceStackArgs, problems: Problem[]): Role[] {
  const { backend, frontend } = args;
  const roles: Role[] = [];
  if (backend) roles.push({ id: "backend", path: "backend", kind: "server", args: backend, taken: NOTHING });
  if (frontend)
    roles.push({ id: "frontend", path: "frontend", kind: "server", args: frontend, taken: NOTHING });
  const named = [
    { group: "services", kind: "server" },
    { group: "workers", kind: "worker" },
    { group: "schedulers", kind: "scheduler" },
  ] as const;
  for (const { group, kind } of named) {
    for (const [id, own] of Object.entries(args[group] ?? {})) {
      const path = join(group, id);
      checkRoleName(path, id, roles, problems);
      const whole = kind === "server" ? { args: own, taken: NOTHING } : withBackends(own, backend);
      roles.push({ id, path, kind, ...whole });
    }
  }
  return roles;
}

/** Whether `id` can be the name of a role beside `roles`. */
export function checkRoleName(
  path: string,
  id: string,
  roles: readonly { id: string; path: string }[],
  problems: Problem[],
): void {
  const wrong = labelProblem(path, id);
  if (wrong) problems.push({ ...wrong, value: id });
  const holder = TAKEN.has(id) ? "this package" : roles.find((role) => role.id === id)?.path;
  if (holder === undefined) return;
  problems.push({
    path,
    value: id,
    reason: `is a name that ${holder} has already`,
    remedy: "give it another; every role of a stack has a name of its own",
  });
}

/** A role without an image of its own runs the backend's, as part of the same code base, with the same settings. */
export function withBackends<T extends ContainerArgs>(
  own: T,
  backend: ProcessArgs | undefined,
): { args: T; taken: Taken } {
  if (!backend || own.image !== undefined || own.build !== undefined) return { args: own, taken: NOTHING };
  const args = {
    ...own,
    image: backend.image,
    build: backend.build,
  };
  return { args, taken: { image: true, settings: backend } };
}
