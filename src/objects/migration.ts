// The migration's Job. Its name is Pulumi's choice: each version of the template is a new Job, which runs to its end
// before the old one is deleted and before any process of the new version starts.

import type { Job } from "kubernetes-types/batch/v1";
import type { MigrationPlan, StackPlan } from "../plan/stack-plan";
import { labels } from "./labels";
import { podObjects, podTemplate, startsAfter } from "./pod-template";
import { type StackObject, stackObject } from "./stack-object";

/** All objects of the migration. */
export function migrationObjects(plan: StackPlan, migration: MigrationPlan): StackObject[] {
  return [...podObjects(plan, migration), job(plan, migration)];
}

function job(plan: StackPlan, migration: MigrationPlan): StackObject {
  const object: Job = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { namespace: plan.namespace, labels: labels(plan, migration.id) },
    spec: {
      // Whether a second try is safe and worth it only the user knows: `up` tells of the first failure at once.
      backoffLimit: 0,
      activeDeadlineSeconds: migration.deadlineSeconds,
      // No `ttlSecondsAfterFinished`: a Job that is gone would be run again after a refresh.
      template: podTemplate(plan, migration, { restartPolicy: "Never" }),
    },
  };
  return stackObject(migration.id, object as StackObject["object"], {
    after: startsAfter(migration),
    wait: true,
    timeoutSeconds: migration.deadlineSeconds + 60,
  });
}
