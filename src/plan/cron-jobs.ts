// Cron jobs: a command, when it runs, and what becomes of runs that are late, long or failed.

import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import type { CronJobArgs, ProcessArgs } from "../schema/process-args";
import { planImage } from "./images";
import { labelProblem } from "./names";
import { checkCommand, checkUser, type ProcessContext, planEnv } from "./processes";
import { planResources } from "./resources";
import { checkRoleName, withBackends } from "./roles";
import { scheduleProblem, timeZoneProblem } from "./schedule";
import type { CronJobPlan, Edge, ImagePlan } from "./stack-plan";
import { TIERS } from "./tiers";

/** A CronJob's Jobs get 11 characters more. https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ */
const NAME_LIMIT = 52;

/** The plans of all cron jobs; `roles` are the names that others have, with where they stand. */
export function planCronJobs(
  cronJobs: { [name: string]: CronJobArgs },
  backend: ProcessArgs | undefined,
  roles: readonly { id: string; path: string }[],
  context: ProcessContext,
  images: ImagePlan[],
  problems: Problem[],
): { cronJobs: CronJobPlan[]; edges: Edge[] } {
  const planned = Object.entries(cronJobs).map(([id, own]) => {
    const path = join("cronJobs", id);
    checkRoleName(path, id, roles, problems);
    return planCronJob(id, path, own, backend, context, images, problems);
  });
  return {
    cronJobs: planned.map(({ cronJob }) => cronJob),
    edges: planned.flatMap(({ edges }) => edges),
  };
}

function planCronJob(
  id: string,
  path: string,
  own: CronJobArgs,
  backend: ProcessArgs | undefined,
  context: ProcessContext,
  images: ImagePlan[],
  problems: Problem[],
): { cronJob: CronJobPlan; edges: Edge[] } {
  const { args, taken } = withBackends(own, backend);
  const name = `${context.name}-${id}`;
  const timeZone = args.timeZone ?? "Etc/UTC";
  const found = [
    labelProblem(`(the name of ${id})`, name, NAME_LIMIT),
    scheduleProblem(`${path}.schedule`, args.schedule),
    timeZoneProblem(`${path}.timeZone`, timeZone),
  ];
  problems.push(...found.filter((problem) => problem !== undefined));
  checkCommand(`${path}.command`, args.command, problems);
  checkUser(`${path}.runAsUser`, own.runAsUser, problems);
  const { env, roles } = planEnv(id, path, args.env ?? {}, taken.env, context.targets, problems);
  const cronJob: CronJobPlan = {
    id,
    name,
    schedule: args.schedule,
    timeZone,
    image: planImage(id, path, args, context, images, taken.image ? [] : problems),
    command: args.command,
    env,
    resources: planResources(
      `${path}.resources`,
      args.resources,
      TIERS[context.tier].processResources,
      problems,
    ),
    concurrencyPolicy: args.concurrencyPolicy ?? "Forbid",
    startingDeadlineSeconds: args.startingDeadlineSeconds ?? 300,
    deadlineSeconds: args.activeDeadlineSeconds ?? 3600,
    backoffLimit: args.backoffLimit ?? 0,
    history: { successful: args.successfulJobsHistoryLimit ?? 3, failed: args.failedJobsHistoryLimit ?? 3 },
    suspend: args.suspend ?? false,
    runAsUser: args.runAsUser,
    after: context.migrates ? ["migration", ...roles] : roles,
  };
  return { cronJob, edges: roles.map((to) => ({ from: id, to })) };
}
