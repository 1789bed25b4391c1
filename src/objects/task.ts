// A pod that runs one command to its end: of the migration, and of cron jobs.

import type { PodTemplateSpec } from "kubernetes-types/core/v1";
import type { CronJobPlan, MigrationPlan, StackPlan } from "../plan/stack-plan";
import { environment } from "./environment";
import { labels } from "./labels";
import { containerDefaults, podDefaults, resourceRequirements } from "./pod";
import { later } from "./stack-object";

type Task = Pick<
  CronJobPlan & MigrationPlan,
  "id" | "name" | "image" | "command" | "env" | "resources" | "runAsUser"
>;

/** The pod of a task. */
export function taskPod(plan: StackPlan, task: Task): PodTemplateSpec {
  return {
    metadata: { labels: labels(plan, task.id) },
    spec: {
      ...podDefaults(task),
      serviceAccountName: task.name,
      restartPolicy: "Never",
      containers: [
        {
          name: task.id,
          image: later(task.image),
          command: task.command,
          env: environment(task.id, task.env),
          resources: resourceRequirements(task.resources),
          ...containerDefaults(),
          volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
        },
      ],
      volumes: [{ name: "tmp", emptyDir: {} }],
    },
  };
}
