// Cron jobs: a command, when it runs, and what becomes of runs that are late, long or failed.

import { join } from "../schema/path";
import type { ProcessArgs } from "../schema/process-args";
import type { CronJobArgs } from "../schema/task-args";
import { checkCommand, type PodContext, planPod } from "./pods";
import { checkRoleName, withBackends } from "./roles";
import { scheduleProblem, timeZoneProblem } from "./schedule";
import type { CronJobPlan, Edge } from "./stack-plan";

/** A CronJob's Jobs get 11 characters more. https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ */
const NAME_LIMIT = 52;

/** The plans of all cron jobs; `roles` are the names that others have, with where they stand. */
export function planCronJobs(
  cronJobs: { [name: string]: CronJobArgs },
  backend: ProcessArgs | undefined,
  roles: readonly { id: string; path: string }[],
  context: PodContext,
): { cronJobs: CronJobPlan[]; edges: Edge[] } {
  const planned = Object.entries(cronJobs).map(([id, own]) => {
    const path = join("cronJobs", id);
    checkRoleName(path, id, roles, context.problems);
    return planCronJob(id, path, own, backend, context);
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
  context: PodContext,
): { cronJob: CronJobPlan; edges: Edge[] } {
  const { args, taken } = withBackends(own, backend);
  const timeZone = args.timeZone ?? "Etc/UTC";
  const found = [
    scheduleProblem(`${path}.schedule`, args.schedule),
    timeZoneProblem(`${path}.timeZone`, timeZone),
  ];
  context.problems.push(...found.filter((problem) => problem !== undefined));
  checkCommand(`${path}.command`, args.command, context.problems);
  const { pod, edges } = planPod({ id, path, args, taken, nameLimit: NAME_LIMIT }, context);
  const cronJob: CronJobPlan = {
    ...pod,
    schedule: args.schedule,
    timeZone,
    concurrencyPolicy: args.concurrencyPolicy ?? "Forbid",
    startingDeadlineSeconds: args.startingDeadlineSeconds ?? 300,
    deadlineSeconds: args.activeDeadlineSeconds ?? 3600,
    backoffLimit: args.backoffLimit ?? 0,
    history: { successful: args.successfulJobsHistoryLimit ?? 3, failed: args.failedJobsHistoryLimit ?? 3 },
    suspend: args.suspend ?? false,
  };
  return { cronJob, edges };
}
