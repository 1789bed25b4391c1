// The migration: one command between a ready database and the processes of the new version.

import type { ProcessArgs } from "../schema/process-args";
import type { MigrationArgs } from "../schema/task-args";
import { checkCommand, type PodContext, planPod } from "./pods";
import { withBackends } from "./roles";
import type { Edge, JobPlan } from "./stack-plan";

const ID = "migration";

/** The plan of the migration. */
export function planMigration(
  own: MigrationArgs,
  backend: ProcessArgs | undefined,
  context: PodContext,
): { migration: JobPlan; edges: Edge[] } {
  const { args, taken } = withBackends(own, backend);
  checkCommand(`${ID}.command`, args.command, context.problems);
  const { pod, roles, edges } = planPod({ id: ID, path: ID, args, taken }, context);
  // Processes wait for the migration; what it would talk to among them isn't there yet, or is of the old version.
  const stores = roles.filter((role) => context.stores.has(role));
  const reachable = new Set([...stores, ...context.peers.map((peer) => peer.id)]);
  const after = [...stores.flatMap((role) => context.stores.get(role) ?? []), ...context.beforeMigration];
  const migration = { ...pod, after, deadlineSeconds: args.activeDeadlineSeconds ?? 600 };
  return { migration, edges: edges.filter(({ to }) => reachable.has(to)) };
}
