// A cron job.

import type { CronJob } from "kubernetes-types/batch/v1";
import type { CronJobPlan, StackPlan } from "../plan/stack-plan";
import { labels } from "./labels";
import { podObjects, podTemplate, startsAfter } from "./pod-template";
import { type StackObject, stackObject } from "./stack-object";

/** All objects of a cron job. */
export function cronJobObjects(plan: StackPlan, cronJob: CronJobPlan): StackObject[] {
  return [...podObjects(plan, cronJob), schedule(plan, cronJob)];
}

function schedule(plan: StackPlan, cronJob: CronJobPlan): StackObject {
  const object: CronJob = {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: cronJob.name, namespace: plan.namespace, labels: labels(plan, cronJob.id) },
    spec: {
      schedule: cronJob.schedule,
      timeZone: cronJob.timeZone,
      concurrencyPolicy: cronJob.concurrencyPolicy,
      startingDeadlineSeconds: cronJob.startingDeadlineSeconds,
      successfulJobsHistoryLimit: cronJob.history.successful,
      failedJobsHistoryLimit: cronJob.history.failed,
      suspend: cronJob.suspend,
      jobTemplate: {
        metadata: { labels: labels(plan, cronJob.id) },
        spec: {
          backoffLimit: cronJob.backoffLimit,
          activeDeadlineSeconds: cronJob.deadlineSeconds,
          template: podTemplate(plan, cronJob, { restartPolicy: "Never" }),
        },
      },
    },
  };
  // Its account is there before its first run: it comes after that, and its policies, as whatever runs does.
  return stackObject(cronJob.id, object as StackObject["object"], {
    after: startsAfter(cronJob),
    wait: true,
  });
}
