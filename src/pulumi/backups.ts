// What `up` says of the database's backups.

import * as pulumi from "@pulumi/pulumi";
import { DUMP_JOB } from "../plan/backup";
import type { StackPlan } from "../plan/stack-plan";
import type { KubernetesResource } from "./kinds";

/** When they are made, where they lie, which was made before the last migration, and how one is put back. */
export function backups(
  { name, namespace, backup }: StackPlan,
  registered: ReadonlyMap<string, KubernetesResource>,
): Record<string, pulumi.Input<string>> {
  if (!backup) return {};
  // It is named as its Job.
  const before = registered.get(DUMP_JOB)?.metadata.apply((job) => `before-migration/${job.name}.dump`);
  return {
    schedule: backup.schedule,
    ...(backup.objectStore && { objectStore: backup.objectStore }),
    ...(backup.volume && { PersistentVolumeClaim: backup.volume }),
    ...(before && { beforeMigration: before }),
    ...(backup.volume && { restoreWith: restoreCommand(name, namespace, before) }),
  };
}

function restoreCommand(
  name: string,
  namespace: string,
  dump: pulumi.Input<string> = "<dump>",
): pulumi.Output<string> {
  const job = `kubectl create job -n ${namespace} --from=cronjob/${name}-postgres-restore restore --dry-run=client -o yaml`;
  return pulumi.interpolate`${job} | kubectl set env --local -f - DUMP=${dump} -o yaml | kubectl create -f -`;
}
