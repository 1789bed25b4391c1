// The public arguments of what runs to its end: the migration, tasks and cron jobs.

import type { Input } from "@pulumi/pulumi";
import type { ContainerArgs } from "./container-args";
import type { BuildArgs } from "./image-args";

/** A command that runs to its end. One without `image` and `build` runs the backend's image. */
export interface TaskArgs extends ContainerArgs {
  /**
   * The image to run, by reference.
   *
   * @default - the backend's
   */
  image?: Input<string>;

  /**
   * How to build the image.
   *
   * @default - the backend's
   */
  build?: BuildArgs;

  /** The command, as a list of words; it is never given to a shell. */
  command: string[];

  /**
   * Environment variables, as a process has them.
   *
   * @default - the backend's; what is written here is added to them, where the image is the backend's
   */
  env?: { [name: string]: Input<string> };

  /**
   * The numeric user to run as.
   *
   * @default - the backend's, or the image's USER
   * @asType integer
   */
  runAsUser?: number;
}

/** A command that runs once to its end, before the processes start. */
export interface MigrationArgs extends TaskArgs {
  /**
   * How long it may take, in seconds.
   *
   * @default 600
   * @asType integer
   * @minimum 1
   */
  activeDeadlineSeconds?: number;
}

/**
 * A command that runs once to its end for each version of it: again whenever its image, command or settings have changed.
 * So it must be safe to run again. It comes behind the migration and before the processes; one that refers to a process,
 * or names one in `after`, comes behind that process. No request is let in from outside before all tasks have
 * succeeded; at a first deployment, that is.
 */
export interface JobArgs extends TaskArgs {
  /**
   * Other tasks, and processes, that must have succeeded or be ready first. What its `env` refers to is waited for anyway.
   *
   * @default - none
   * @example ["backend"]
   */
  after?: string[];

  /**
   * How long it may take, in seconds, with all that is tried again.
   *
   * @default 600
   * @asType integer
   * @minimum 1
   */
  activeDeadlineSeconds?: number;

  /**
   * How often it is tried again when it fails.
   *
   * @default 0
   * @asType integer
   * @minimum 0
   */
  backoffLimit?: number;
}

/** A command that runs to its end at certain times. */
export interface CronJobArgs extends TaskArgs {
  /**
   * When it runs, in five fields: minute, hour, day of the month, month, day of the week.
   *
   * @example "30 2 * * *"
   * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
   */
  schedule: string;

  /**
   * The IANA time zone of the schedule.
   *
   * @default "Etc/UTC"
   * @example "Europe/Berlin"
   */
  timeZone?: string;

  /**
   * What to do when the last run goes on still.
   *
   * @default - `Forbid`: leave this one out
   */
  concurrencyPolicy?: ConcurrencyPolicy;

  /**
   * How late it may start, in seconds, when the cluster could not start it in time.
   *
   * @default 300
   * @asType integer
   * @minimum 10
   */
  startingDeadlineSeconds?: number;

  /**
   * How long a run may take, in seconds.
   *
   * @default 3600
   * @asType integer
   * @minimum 1
   */
  activeDeadlineSeconds?: number;

  /**
   * How often a run that failed is tried again.
   *
   * @default 0
   * @asType integer
   * @minimum 0
   */
  backoffLimit?: number;

  /**
   * How many finished runs are kept to look at.
   *
   * @default 3
   * @asType integer
   * @minimum 0
   */
  successfulJobsHistoryLimit?: number;

  /**
   * How many failed runs are kept to look at.
   *
   * @default 3
   * @asType integer
   * @minimum 0
   */
  failedJobsHistoryLimit?: number;

  /**
   * Whether no new runs are started.
   *
   * @default false
   */
  suspend?: boolean;
}

/** What a cron job does when its last run goes on still. */
export const ConcurrencyPolicy = {
  /** Start another beside it. */
  Allow: "Allow",
  /** Leave this run out. */
  Forbid: "Forbid",
  /** End the last run and start this one. */
  Replace: "Replace",
} as const;
export type ConcurrencyPolicy = (typeof ConcurrencyPolicy)[keyof typeof ConcurrencyPolicy];
