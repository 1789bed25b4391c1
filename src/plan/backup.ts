// Backups by dumps: when they are made and how many are kept, the volume that they lie on, and the Job that makes one
// before each migration.

import type { BackupArgs } from "../schema/backup-args";
import type { PostgresArgs } from "../schema/postgres-args";
import { BACKUP_SCRIPT, BEFORE_MIGRATION_SCRIPT, RESTORE_SCRIPT, SCHEDULED_SCRIPT } from "./backup-scripts";
import { type ClientImage, clientPod, DATABASE } from "./database-client";
import { planResources } from "./resources";
import { scheduleProblem, timeZoneProblem } from "./schedule";
import type { CronJobPlan, JobPlan, PodPlan, VolumePlan } from "./stack-plan";
import { checkStorage } from "./store";
import { TIERS } from "./tiers";
import type { UpkeepContext } from "./upkeep";

const PATH = "postgres.backup";

/** The roles of what makes dumps and puts them back. */
const BACKUP = "postgres-backup";
const RESTORE = "postgres-restore";
export const DUMP_JOB = "postgres-dump";

/** How many dumps are kept of what was there before something was restored. */
const KEPT_BEFORE_RESTORE = 3;

export interface PlannedBackup {
  cronJobs: CronJobPlan[];
  /** Before the migration. */
  job?: JobPlan;
  volume: VolumePlan;
  /** Where the dumps lie. */
  outputs: { schedule: string; volume: string };
}

/** The dumps that `backup` asks for. */
export function planDumps(
  backup: BackupArgs,
  args: PostgresArgs,
  client: ClientImage,
  context: UpkeepContext,
): PlannedBackup {
  const { tier, problems } = context;
  const schedule = backup.schedule ?? "30 1 * * *";
  const timeZone = backup.timeZone ?? "Etc/UTC";
  const wrong = [
    scheduleProblem(`${PATH}.schedule`, schedule),
    timeZoneProblem(`${PATH}.timeZone`, timeZone),
  ];
  problems.push(...wrong.filter((problem) => problem !== undefined));
  const volume = planVolume(backup, args, context);
  const resources = planResources(
    `${PATH}.resources`,
    backup.resources,
    TIERS[tier].backupResources,
    problems,
  );
  const deadlineSeconds = backup.activeDeadlineSeconds ?? 7200;
  const pod = (
    id: string,
    command: string[],
    variables: Record<string, string>,
    files: Record<string, string>,
  ): PodPlan =>
    clientPod(context, {
      id,
      client,
      connection: context.connection,
      resources,
      command,
      variables,
      files: inFolder({ "backup.sh": BACKUP_SCRIPT, ...files }),
      volumes: [{ path: "/backups", volume: { name: "backups", source: { claim: volume } } }],
      after: context.inside ? [DATABASE] : [],
    });
  const cronJob = (own: PodPlan, more: Partial<CronJobPlan>): CronJobPlan => ({
    ...own,
    schedule,
    timeZone,
    concurrencyPolicy: "Forbid",
    // A backup that the cluster could not start in time is late, and still wanted.
    startingDeadlineSeconds: 3600,
    deadlineSeconds,
    backoffLimit: 1,
    history: { successful: 3, failed: 3 },
    suspend: false,
    ...more,
  });
  const run = (script: string) => ["sh", `/etc/postgres-backup/${script}`];
  const dump = pod(
    BACKUP,
    run("dump.sh"),
    { KEEP: String(backup.keep ?? 7) },
    { "dump.sh": SCHEDULED_SCRIPT },
  );
  const restore = pod(
    RESTORE,
    run("restore.sh"),
    { KEEP: String(KEPT_BEFORE_RESTORE) },
    { "restore.sh": RESTORE_SCRIPT },
  );
  const before = backup.beforeMigration ?? TIERS[tier].dumpBeforeMigration;
  const keepBefore = String(backup.keepBeforeMigration ?? 5);
  return {
    cronJobs: [
      // What is kept in an object store needs no dumps beside it, but for migrations.
      ...(backup.objectStore ? [] : [cronJob(dump, {})]),
      // Never by itself: a Job is made from it by hand, with the name of a dump.
      cronJob(restore, { schedule: "0 0 1 1 *", timeZone: "Etc/UTC", suspend: true, backoffLimit: 0 }),
    ],
    ...(before &&
      context.migrates && {
        job: {
          ...pod(DUMP_JOB, run("dump.sh"), { KEEP: keepBefore }, { "dump.sh": BEFORE_MIGRATION_SCRIPT }),
          deadlineSeconds,
          backoffLimit: 0,
          repeatsWith: "migration",
          nameVariable: "JOB",
        },
      }),
    volume,
    outputs: { schedule: `${schedule} ${timeZone}`, volume: volume.claimName },
  };
}

function inFolder(files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).map(([name, content]) => [`/etc/postgres-backup/${name}`, content]),
  );
}

function planVolume(
  backup: BackupArgs,
  args: PostgresArgs,
  { name, tier, inside, problems }: UpkeepContext,
): VolumePlan {
  if (backup.storage === undefined && !inside) {
    problems.push({
      path: `${PATH}.storage`,
      reason: "is missing, and nobody here knows how large an external database is",
      remedy: "write the size of the volume for the dumps, e.g. `storage: 20Gi`",
    });
  }
  const storage = backup.storage ?? args.storage ?? TIERS[tier].postgres.storage;
  checkStorage(`${PATH}.storage`, storage, problems);
  return {
    id: BACKUP,
    claimName: `${name}-${BACKUP}`,
    exclusive: true,
    readOnly: false,
    claim: { path: PATH, storage, storageClassName: backup.storageClassName, accessModes: ["ReadWriteOnce"] },
  };
}
