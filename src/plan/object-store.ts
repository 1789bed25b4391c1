// Where CloudNativePG keeps its backups: a bucket, how often, and how far back.

import type { BackupArgs, ObjectStoreArgs } from "../schema/backup-args";
import type { Problem } from "../schema/problem";
import type { SecretKeyRefArgs } from "../schema/secret-args";
import { subdomainProblem } from "./names";
import { scheduleProblem } from "./schedule";
import type { ObjectStorePlan } from "./store-plan";

const PATH = "postgres.backup";

/** What only dumps on a volume have. */
const DUMPS = [
  "keep",
  "keepBeforeMigration",
  "storage",
  "storageClassName",
  "resources",
  "activeDeadlineSeconds",
] as const;

/** The object store that `backup` names, if it does. */
export function planObjectStore(
  backup: BackupArgs | undefined,
  mode: string,
  problems: Problem[],
): ObjectStorePlan | undefined {
  const store = backup?.objectStore;
  if (!backup || !store) return undefined;
  const at = `${PATH}.objectStore`;
  if (mode !== "cloudnative-pg") {
    problems.push({
      path: at,
      reason: `is CloudNativePG's, and the mode is \`${mode}\``,
      remedy: "drop it for dumps on a volume, or write `mode: cloudnative-pg`",
    });
  }
  if (backup.beforeMigration !== true) checkNoDumps(backup, problems);
  checkPlace(at, store, problems);
  const { retentionPolicy = "30d" } = store;
  if (!/^[1-9]\d*[dwm]$/.test(retentionPolicy)) {
    problems.push({
      path: `${at}.retentionPolicy`,
      value: retentionPolicy,
      reason: "is not a length of time: a number and `d`, `w` or `m`",
      remedy: "write e.g. `30d`",
    });
  }
  const credentials = planCredentials(at, store, problems);
  return {
    destinationPath: store.destinationPath,
    endpointURL: store.endpointURL,
    port: portOf(store.endpointURL),
    credentials,
    retentionPolicy,
    plugin: store.plugin ?? false,
    schedule: planSchedule(backup, problems),
  };
}

function checkNoDumps(backup: BackupArgs, problems: Problem[]): void {
  for (const key of DUMPS) {
    if (backup[key] === undefined) continue;
    problems.push({
      path: `${PATH}.${key}`,
      value: backup[key],
      reason: "is for dumps on a volume, and these backups lie in an object store",
      remedy: "drop it, or add `beforeMigration: true` to have a dump made before each migration too",
    });
  }
}

function checkPlace(
  at: string,
  { destinationPath, endpointURL }: ObjectStoreArgs,
  problems: Problem[],
): void {
  if (!/^(s3|gs):\/\/[^/\s]+|^https:\/\/[^/\s]+\.blob\.core\.windows\.net\/./.test(destinationPath)) {
    problems.push({
      path: `${at}.destinationPath`,
      value: destinationPath,
      reason: "is not a bucket",
      remedy:
        "write e.g. `s3://acme-backups/notes`, `gs://…` or `https://<account>.blob.core.windows.net/<container>`",
    });
  }
  if (endpointURL !== undefined && !/^https?:\/\/[^/\s]+/.test(endpointURL)) {
    problems.push({
      path: `${at}.endpointURL`,
      value: endpointURL,
      reason: "is not an address",
      remedy: "write e.g. `https://s3.example.com`",
    });
  }
}

function portOf(endpointURL: string | undefined): number {
  const [, scheme, port] = /^(https?):\/\/[^/:]+(?::(\d+))?/.exec(endpointURL ?? "") ?? [];
  return port ? Number(port) : scheme === "http" ? 80 : 443;
}

function planCredentials(
  at: string,
  { destinationPath, accessKeyId, secretAccessKey }: ObjectStoreArgs,
  problems: Problem[],
): ObjectStorePlan["credentials"] {
  for (const [key, ref] of Object.entries({ accessKeyId, secretAccessKey })) {
    const wrong = ref && subdomainProblem(`${at}.${key}.name`, ref.name);
    if (wrong) problems.push(wrong);
  }
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    const missing = accessKeyId === undefined ? "accessKeyId" : "secretAccessKey";
    problems.push({
      path: `${at}.${missing}`,
      reason: "is missing beside its other half",
      remedy: "give both, or neither to use the rights of the instances' ServiceAccount",
    });
  }
  if (accessKeyId && !destinationPath.startsWith("s3://")) {
    problems.push({
      path: `${at}.accessKeyId`,
      reason: "is for `s3://`; elsewhere the rights of the instances' ServiceAccount are used",
      remedy: "drop it and `secretAccessKey`",
    });
  }
  return accessKeyId && secretAccessKey
    ? { accessKeyId: ref(accessKeyId), secretAccessKey: ref(secretAccessKey) }
    : undefined;
}

function ref({ name, key }: SecretKeyRefArgs): { name: string; key: string } {
  return { name, key };
}

/** The operator's schedules have seconds, and the operator's own time zone, which is UTC. */
function planSchedule({ schedule = "30 1 * * *", timeZone }: BackupArgs, problems: Problem[]): string {
  const wrong = scheduleProblem(`${PATH}.schedule`, schedule);
  if (wrong) problems.push(wrong);
  if (timeZone !== undefined && !/^(Etc\/)?UTC$/.test(timeZone)) {
    problems.push({
      path: `${PATH}.timeZone`,
      value: timeZone,
      reason: "is not what CloudNativePG's operator goes by: that is UTC",
      remedy: "drop it, and write the schedule in UTC",
    });
  }
  return schedule.startsWith("@") ? schedule : `0 ${schedule.trim()}`;
}
