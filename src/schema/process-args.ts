// The public arguments of one process: something that runs from an image, such as the backend.
// Words are Kubernetes' own wherever Kubernetes has one. What the defaults are worth in each tier
// stands in src/plan/tiers.ts.

import type { Input } from "@pulumi/pulumi";

/** A process: one image, run in one or more pods. */
export interface ProcessArgs {
  /**
   * The image to run, by reference. In prod with its digest. Give this or `build`, not both.
   *
   * @example "ghcr.io/acme/notes-api:1.8.2@sha256:…"
   */
  image?: string;

  /** How to build the image. Give this or `image`, not both. */
  build?: BuildArgs;

  /**
   * Overrides the image's entry point, as a list of words; it is never given to a shell.
   *
   * @default - the image's ENTRYPOINT
   * @see https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/
   */
  command?: string[];

  /**
   * Overrides the arguments of the entry point.
   *
   * @default - the image's CMD
   */
  args?: string[];

  /**
   * The TCP port that the process listens on, 1024 to 65535 (a process without privileges cannot
   * listen below 1024).
   *
   * @default - none: nothing can connect to the process
   * @asType integer
   */
  port?: number;

  /**
   * The path below the stack's `host` that the ingress sends to this process.
   *
   * @default - not reachable from outside
   * @example "/api"
   */
  path?: string;

  /**
   * How many pods run.
   *
   * @default - 1 in dev, 2 in acc, 3 in prod
   * @asType integer
   */
  replicas?: number;

  /**
   * Environment variables. A value may contain references such as `${postgres.url}`: they fill in the
   * value, and they also order the deployment and open the network between the two. `$${` stands for a
   * literal `${`. Values that hold a secret are kept in a Kubernetes Secret.
   *
   * @example { "DATABASE_URL": "${postgres.url}" }
   */
  env?: { [name: string]: Input<string> };

  /**
   * CPU, memory and ephemeral storage.
   *
   * @default - by tier, see the reference of tiers
   */
  resources?: ResourcesArgs;

  /**
   * When the process is to be restarted. It must not check what the process depends on.
   *
   * @default - a TCP connection to `port`, where there is one
   */
  livenessProbe?: ProbeArgs;

  /**
   * When the process may get requests, and when a rollout may go on.
   *
   * @default - a TCP connection to `port`, where there is one
   */
  readinessProbe?: ProbeArgs;

  /**
   * When the process has started; the other probes wait for it.
   *
   * @default - as the liveness probe, every 2 s for at most 2 minutes
   */
  startupProbe?: ProbeArgs;

  /**
   * How long a pod may take to end after SIGTERM, in seconds, before it is killed. The first 5 of them pass
   * before SIGTERM, so that no new request arrives any more.
   *
   * @default 30
   * @asType integer
   */
  terminationGracePeriodSeconds?: number;

  /**
   * The numeric user to run as.
   *
   * @default - the image's USER, which must be a number other than 0
   * @asType integer
   */
  runAsUser?: number;
}

/** A command that runs once to its end, before the processes start. */
export interface MigrationArgs {
  /**
   * The image to run, by reference.
   *
   * @default - the backend's
   */
  image?: string;

  /**
   * How to build the image.
   *
   * @default - the backend's
   */
  build?: BuildArgs;

  /** The command, as a list of words; it is never given to a shell. It must be safe to run again. */
  command: string[];

  /**
   * Environment variables, as a process has them.
   *
   * @default - the backend's; what is written here is added to them, where the image is the backend's
   */
  env?: { [name: string]: Input<string> };

  /**
   * CPU, memory and ephemeral storage.
   *
   * @default - by tier
   */
  resources?: ResourcesArgs;

  /**
   * How long it may take, in seconds.
   *
   * @default 600
   * @asType integer
   * @minimum 1
   */
  activeDeadlineSeconds?: number;

  /**
   * The numeric user to run as.
   *
   * @default - the backend's, or the image's USER
   * @asType integer
   */
  runAsUser?: number;
}

/** A command that runs to its end at certain times. */
export interface CronJobArgs {
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
   * The image to run, by reference.
   *
   * @default - the backend's
   */
  image?: string;

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
   * CPU, memory and ephemeral storage.
   *
   * @default - by tier
   */
  resources?: ResourcesArgs;

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

  /**
   * The numeric user to run as.
   *
   * @default - the backend's, or the image's USER
   * @asType integer
   */
  runAsUser?: number;
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

/** How an image is built: as `docker build` has it. */
export interface BuildArgs {
  /**
   * The folder with the sources, relative to Pulumi.yaml. What its `.dockerignore` names is left out.
   *
   * @example "./api"
   */
  context: string;

  /**
   * The Dockerfile, relative to Pulumi.yaml.
   *
   * @default - `Dockerfile` in the context
   */
  dockerfile?: string;

  /**
   * Build arguments (`ARG`). They can be read out of the image: never a secret.
   *
   * @default - none
   */
  args?: { [name: string]: string };

  /**
   * The stage of a multi-stage Dockerfile to build.
   *
   * @default - the last one
   */
  target?: string;

  /**
   * The platform to build for.
   *
   * @default "linux/amd64"
   */
  platform?: string;

  /**
   * The network of the build's RUN steps, as `docker build --network` has it.
   *
   * @default - the builder's own
   */
  network?: string;
}

/** What a process gets at least (`requests`) and at most (`limits`). */
export interface ResourcesArgs {
  /** What is reserved on the node. */
  requests?: ResourceListArgs;
  /** What cannot be exceeded. */
  limits?: ResourceListArgs;
}

/**
 * Amounts, as Kubernetes' quantities.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export interface ResourceListArgs {
  /**
   * Cores, `1` or `0.5`, or thousandths of one, `250m`.
   *
   * @example "250m"
   */
  cpu?: string;
  /**
   * Bytes, with a binary suffix.
   *
   * @example "512Mi"
   */
  memory?: string;
  /**
   * Bytes on the node's disk for logs and scratch files.
   *
   * @example "1Gi"
   */
  ephemeralStorage?: string;
}

/**
 * A check of a running process: exactly one of `httpGet`, `tcpSocket` and `exec`.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
 */
export interface ProbeArgs {
  /** An HTTP request that must be answered with 200 to 399. */
  httpGet?: HttpGetArgs;
  /** A TCP connection that must be accepted. */
  tcpSocket?: TcpSocketArgs;
  /** A command in the container that must exit with 0. */
  exec?: ExecArgs;
  /**
   * Seconds between two checks.
   *
   * @default 10
   * @asType integer
   * @minimum 1
   */
  periodSeconds?: number;
  /**
   * Seconds to wait for an answer.
   *
   * @default 2
   * @asType integer
   * @minimum 1
   */
  timeoutSeconds?: number;
  /**
   * How many checks must fail in a row.
   *
   * @default 3
   * @asType integer
   * @minimum 1
   */
  failureThreshold?: number;
  /**
   * Seconds to wait before the first check.
   *
   * @default 0
   * @asType integer
   * @minimum 0
   */
  initialDelaySeconds?: number;
}

/** An HTTP request to the process. */
export interface HttpGetArgs {
  /**
   * The path.
   *
   * @example "/readyz"
   */
  path: string;
  /**
   * The port.
   *
   * @default - the process' `port`
   * @asType integer
   */
  port?: number;
}

/** A TCP connection to the process. */
export interface TcpSocketArgs {
  /**
   * The port.
   *
   * @default - the process' `port`
   * @asType integer
   */
  port?: number;
}

/** A command in the container. */
export interface ExecArgs {
  /** The words of the command; it is not given to a shell. */
  command: string[];
}
