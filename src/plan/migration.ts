// The migration: one command between a ready database and the processes of the new version.

import type { Problem } from "../schema/problem";
import type { MigrationArgs, ProcessArgs } from "../schema/process-args";
import { planImage } from "./images";
import { labelProblem } from "./names";
import { checkCommand, checkUser, type ProcessContext, planEnv } from "./processes";
import { planResources } from "./resources";
import { withBackends } from "./roles";
import type { Edge, ImagePlan, MigrationPlan } from "./stack-plan";
import { TIERS } from "./tiers";

const ID = "migration";

/** The plan of the migration. */
export function planMigration(
  own: MigrationArgs,
  backend: ProcessArgs | undefined,
  context: ProcessContext,
  images: ImagePlan[],
  problems: Problem[],
): { migration: MigrationPlan; edges: Edge[] } {
  const { args, taken } = withBackends(own, backend);
  const name = `${context.name}-${ID}`;
  const long = labelProblem(`(the name of the ${ID})`, name);
  if (long) problems.push(long);
  checkUser(`${ID}.runAsUser`, own.runAsUser, problems);
  checkCommand(`${ID}.command`, args.command, problems);
  const { env, roles } = planEnv(ID, ID, args.env ?? {}, taken.env, context.targets, problems);
  const stores = roles.filter((role) => role === "postgres" || role === "redis");
  // Processes wait for the migration; what it would talk to among them isn't there yet, or is of the old version.
  const migration: MigrationPlan = {
    name,
    image: planImage(ID, ID, args, context, images, taken.image ? [] : problems),
    command: args.command,
    env,
    resources: planResources(
      `${ID}.resources`,
      args.resources,
      TIERS[context.tier].processResources,
      problems,
    ),
    deadlineSeconds: args.activeDeadlineSeconds ?? 600,
    runAsUser: args.runAsUser,
    after: stores,
  };
  return { migration, edges: stores.map((to) => ({ from: ID, to })) };
}
