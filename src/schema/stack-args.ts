// The public arguments of a stack. These interfaces are the only place where the input's shape is written:
// the JSON Schema, the validation and the reference documentation are made from them.

import type { CheckArgs } from "./check-args";
import type { ExtraObjectArgs } from "./extra-object-args";
import type { RegistryCredentialsArgs } from "./image-args";
import type { IngressArgs } from "./ingress-args";
import type { MonitoringArgs, TelemetryArgs } from "./monitoring-args";
import type { NetworkPoliciesArgs } from "./network-args";
import type { PatchArgs } from "./patch-args";
import type { PlacementArgs } from "./pod-args";
import type { PostgresArgs } from "./postgres-args";
import type { ProcessArgs } from "./process-args";
import type { QuotaArgs } from "./quota-args";
import type { RedisArgs } from "./redis-args";
import type { SecretArgs } from "./secret-args";
import type { CronJobArgs, JobArgs, MigrationArgs } from "./task-args";
import type { Tier } from "./tier";
import type { VolumeArgs } from "./volume-args";

/**
 * One web product in one environment.
 *
 * What all environments share is given to the component; what differs stands in `Pulumi.<stack>.yaml`
 * under `<name>:stack` in the same words, and wins.
 */
export interface ServiceStackArgs extends PlacementArgs {
  /**
   * What this environment is for.
   *
   * @default - the stack's name, where that is `dev`, `acc` or `prod`
   */
  tier?: Tier;

  /**
   * The namespace; it is created where it doesn't exist, and never deleted.
   *
   * @default - `<name>-<stack>`
   */
  namespace?: string;

  /**
   * Whether the namespace is the stack's to create and to label. With false it must be there, and nothing of it is
   * touched: the rights of an `admin` in that namespace are enough then.
   *
   * @default true
   */
  createNamespace?: boolean;

  /**
   * Labels for every object and every pod, for what counts costs, say. A change rolls all pods.
   *
   * @default - none beside the recommended ones
   * @example { "cost-center": "4711" }
   * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
   */
  labels?: { [name: string]: string };

  /**
   * Annotations for every object, but not for pods.
   *
   * @default - none
   * @example { "example.com/owner": "team-notes" }
   */
  annotations?: { [name: string]: string };

  /**
   * Whether the cluster is OpenShift, which gives each namespace users and groups of its own: then no pod names any. Its
   * name servers are found too.
   *
   * @default false
   */
  openshift?: boolean;

  /**
   * The host name that the ingress answers to, without scheme, port or path. A process can have another.
   *
   * @example "notes.example.com"
   */
  host?: string;

  /**
   * Where built images are pushed to: a registry, with a repository prefix if need be. Each image's tag is the git
   * commit that it was built from; pods run it by its digest.
   *
   * @example "ghcr.io/acme"
   */
  registry?: string;

  /**
   * How to get into `registry`.
   *
   * @default - what `docker login` has left on the machine that builds
   */
  registryCredentials?: RegistryCredentialsArgs;

  /**
   * Secrets of type `kubernetes.io/dockerconfigjson` in the namespace, by name, that pods pull their images with.
   *
   * @default - none
   * @see https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/
   */
  imagePullSecrets?: string[];

  /**
   * Secrets by name, for `${secrets.<name>}`. Each is generated unless it has a `value` or a `secretKeyRef`.
   *
   * @example { "session": { "length": 64 } }
   */
  secrets?: { [name: string]: SecretArgs };

  /** A PostgreSQL database. Absent means none. */
  postgres?: PostgresArgs;

  /** A Redis, fit for queues: what it has it keeps. Absent means none. */
  redis?: RedisArgs;

  /**
   * Further instances of Redis by name, fit for caches: they forget what was used longest ago rather than refuse, and all
   * of it with a restart. `${caches.<name>.url}` refers to one.
   *
   * @example { "sessions": {} }
   */
  caches?: { [name: string]: RedisArgs };

  /**
   * Volumes by name, for `mounts`.
   *
   * @default - none
   * @example { "uploads": { "storage": "50Gi" } }
   */
  volumes?: { [name: string]: VolumeArgs };

  /** The process that serves the API. */
  backend?: ProcessArgs;

  /** The process that serves the web front end. */
  frontend?: ProcessArgs;

  /** Further processes that serve requests, by name. */
  services?: { [name: string]: ProcessArgs };

  /**
   * Processes that work in the background, such as those of a queue, by name. One without `image` and `build` runs
   * the backend's image, with the backend's `env` below its own.
   *
   * @example { "celery": { "command": ["celery", "-A", "app", "worker"] } }
   */
  workers?: { [name: string]: ProcessArgs };

  /**
   * Processes of which exactly one may run, such as Celery's beat, by name: the old one has ended before the new one
   * starts. One without `image` and `build` runs the backend's image, with the backend's `env` below its own.
   *
   * @example { "beat": { "command": ["celery", "-A", "app", "beat"] } }
   */
  schedulers?: { [name: string]: ProcessArgs };

  /**
   * Commands that run to their end at certain times, by name. One without `image` and `build` runs the backend's
   * image, with the backend's `env` below its own.
   *
   * @example { "cleanup": { "schedule": "30 2 * * *", "command": ["python", "-m", "app.cleanup"] } }
   */
  cronJobs?: { [name: string]: CronJobArgs };

  /**
   * What brings the database's schema up to date. It runs once for each new version, after the database is ready
   * and before any process of that version starts. While it fails, the old version goes on.
   *
   * @example { "command": ["alembic", "upgrade", "head"] }
   */
  migration?: MigrationArgs;

  /**
   * What else runs once for each version, by name, such as the creation of the first administrator. One without `image` and
   * `build` runs the backend's image, with the backend's `env` below its own.
   *
   * @example { "bootstrap": { "command": ["python", "-m", "app.bootstrap"] } }
   */
  tasks?: { [name: string]: JobArgs };

  /** How requests from outside reach the processes that have a `path`, a `host` or `routes`. */
  ingress?: IngressArgs;

  /**
   * What everything in the namespace may use of the cluster together. It takes the right to write ResourceQuotas, which
   * who merely administers a namespace hasn't.
   *
   * @default - no quota
   * @example { "requests": { "cpu": "8", "memory": "16Gi" } }
   */
  quota?: QuotaArgs;

  /** How Prometheus finds and reaches the processes that have `metrics`. */
  monitoring?: MonitoringArgs;

  /**
   * Where the processes send traces, metrics and logs by OpenTelemetry.
   *
   * @example { "endpoint": "http://otel-collector.observability.svc:4318" }
   */
  telemetry?: TelemetryArgs;

  /** Network policies: nobody talks to anybody, but where a reference or a role's `egress` or `ingressFrom` says so. */
  networkPolicies?: NetworkPoliciesArgs;

  /**
   * What must hold of single settings of this product, by their path, whatever a stack's file says. What doesn't hold is
   * told before anything is created. In YAML, `null` takes one away.
   *
   * @default - none
   * @example { "backend.env.API_URL": { "pattern": "https://.+", "reason": "tokens would travel in clear text" } }
   */
  checks?: { [path: string]: CheckArgs };

  /**
   * Changes of the objects that the stack is made of, by names of your choice; they are applied in the order of their
   * names.
   *
   * @default - none
   * @example { "priority": { "kind": "Deployment", "merge": { "spec": { "template": { "spec": { "priorityClassName": "high" } } } } } }
   */
  patches?: { [name: string]: PatchArgs };

  /**
   * Kubernetes objects of your own beside them, by names of your choice.
   *
   * @default - none
   * @example { "banner": { "object": { "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "banner" }, "data": { "text": "hello" } } } }
   */
  extraObjects?: { [name: string]: ExtraObjectArgs };
}
