// What runs once to its end: what makes the database ready, the migration, tasks. A Job's name is Pulumi's choice: each
// version of the template is a new Job, which runs to its end before the old one is deleted, and before whatever comes behind
// it starts.

import type { Job } from "kubernetes-types/batch/v1";
import type { EnvVar, PodTemplateSpec } from "kubernetes-types/core/v1";
import type { JobPlan, StackPlan } from "../plan/stack-plan";
import { environment } from "./environment";
import { labels } from "./labels";
import { podObjects, podTemplate, startsAfter } from "./pod-template";
import { digestOf, type StackObject, stackObject } from "./stack-object";

/** All objects of something that runs to its end. */
export function jobObjects(plan: StackPlan, job: JobPlan): StackObject[] {
  const object: Job = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { namespace: plan.namespace, labels: labels(plan, job.id) },
    spec: {
      backoffLimit: job.backoffLimit,
      activeDeadlineSeconds: job.deadlineSeconds,
      // No `ttlSecondsAfterFinished`: a Job that is gone would be run again after a refresh.
      template: template(plan, job),
    },
  };
  const entry = stackObject(job.id, object as StackObject["object"], {
    after: startsAfter(job),
    wait: true,
    timeoutSeconds: job.deadlineSeconds + 60,
  });
  return [...podObjects(plan, job), entry];
}

function template(plan: StackPlan, job: JobPlan): PodTemplateSpec {
  const { repeatsWith, nameVariable } = job;
  const other = plan.jobs.find(({ id }) => id === repeatsWith);
  return podTemplate(
    plan,
    job,
    { restartPolicy: "Never" },
    nameVariable === undefined ? {} : { env: [...environment(job.id, job.env), jobName(nameVariable)] },
    other ? { "service-stack.dev/runs-with": digestOf(template(plan, other)) } : {},
  );
}

function jobName(variable: string): EnvVar {
  return {
    name: variable,
    valueFrom: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/job-name']" } },
  };
}
