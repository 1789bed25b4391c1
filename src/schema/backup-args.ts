// The public arguments of backups.

import type { ResourcesArgs } from "./container-args";
import type { SecretKeyRefArgs } from "./secret-args";

/**
 * Backups of the database: dumps on a volume of their own, or, with CloudNativePG, a continuous backup in an object
 * store (`objectStore`).
 */
export interface BackupArgs {
  /**
   * Whether backups are made. Saying no leaves those that there are where they lie.
   *
   * @default true
   */
  enabled?: boolean;

  /**
   * When a backup is made, in five fields: minute, hour, day of the month, month, day of the week.
   *
   * @default "30 1 * * *"
   * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
   */
  schedule?: string;

  /**
   * The IANA time zone of the schedule.
   *
   * @default "Etc/UTC"
   * @example "Europe/Berlin"
   */
  timeZone?: string;

  /**
   * How many dumps are kept. The oldest is deleted once a newer one is complete and was read back.
   *
   * @default 7
   * @asType integer
   * @minimum 1
   */
  keep?: number;

  /**
   * Whether a dump is made before each migration.
   *
   * @default - false in dev, true in acc and prod; false with an `objectStore`, which has every moment
   */
  beforeMigration?: boolean;

  /**
   * How many dumps from before migrations are kept.
   *
   * @default 5
   * @asType integer
   * @minimum 1
   */
  keepBeforeMigration?: number;

  /**
   * The size of the volume with the dumps. It can grow later, never shrink.
   *
   * @default - as large as the database's own volume; with an external database it must be given
   * @example "20Gi"
   */
  storage?: string;

  /**
   * The volume's storage class. It cannot be changed later.
   *
   * @default - the cluster's default
   */
  storageClassName?: string;

  /**
   * CPU, memory and ephemeral storage of a run.
   *
   * @default - by tier
   */
  resources?: ResourcesArgs;

  /**
   * How long a run may take, in seconds.
   *
   * @default 7200
   * @asType integer
   * @minimum 60
   */
  activeDeadlineSeconds?: number;

  /**
   * Where CloudNativePG keeps its base backups and the log of all changes between them, so that the database can be
   * brought back as it was at any moment.
   *
   * @default - dumps on a volume
   */
  objectStore?: ObjectStoreArgs;
}

/**
 * An object store for CloudNativePG.
 *
 * @see https://cloudnative-pg.io/documentation/current/backup/
 */
export interface ObjectStoreArgs {
  /**
   * The bucket and the folder in it.
   *
   * @example "s3://acme-backups/notes"
   */
  destinationPath: string;

  /**
   * The address of a store other than AWS'.
   *
   * @default - AWS'
   * @example "https://s3.eu-central-1.example.com"
   */
  endpointURL?: string;

  /**
   * The access key's id, in a Secret of the stack's namespace.
   *
   * @default - the rights of the instances' ServiceAccount
   * @example { "name": "backup-store", "key": "ACCESS_KEY_ID" }
   */
  accessKeyId?: SecretKeyRefArgs;

  /**
   * The access key itself, in a Secret of the stack's namespace.
   *
   * @default - the rights of the instances' ServiceAccount
   * @example { "name": "backup-store", "key": "SECRET_ACCESS_KEY" }
   */
  secretAccessKey?: SecretKeyRefArgs;

  /**
   * How far back the database can be restored: a number and `d`, `w` or `m`.
   *
   * @default "30d"
   */
  retentionPolicy?: string;

  /**
   * Whether the Barman Cloud plugin does the work, which must be installed beside the operator. Without it the operator does
   * it by itself, as it has up to now and will not for ever.
   *
   * @default false
   */
  plugin?: boolean;
}
