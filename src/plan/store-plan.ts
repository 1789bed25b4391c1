// The part of the plan that keeps data: databases and caches that the stack runs, or that are there already.

import type { CheckArgs } from "../schema/check-args";
import type { Tier } from "../schema/tier";
import type { ResourcesPlan, Text } from "./stack-plan";

/** A server that this stack runs in one pod. */
export interface StorePlan {
  /** The role. */
  id: string;
  /** Where its arguments stand. */
  path: string;
  /** The name of its objects, and its host. */
  name: string;
  image: string;
  /** Absent where the cluster chooses it. */
  runAsUser?: number;
  port: number;
  /** Absent where nothing outlives a restart. */
  volume?: ClaimSizePlan;
  resources: ResourcesPlan;
  password: Text;
}

export interface ClaimSizePlan {
  storage: string;
  storageClassName?: string;
}

/** How to talk to the database, whoever runs it. */
export interface PostgresConnectionPlan {
  host: Text;
  port: Text;
  user: Text;
  password: Text;
  database: Text;
  sslMode: Text;
}

export type PostgresPlan = EmbeddedPostgresPlan | CloudNativePgPlan | ExternalPostgresPlan;

interface DatabasePlan {
  connection: PostgresConnectionPlan;
  extensions: string[];
}

export interface EmbeddedPostgresPlan extends StorePlan, DatabasePlan {
  mode: "embedded";
  database: string;
  user: string;
  /** A quarter of the memory limit, in bytes. */
  sharedBuffersBytes: number;
  /** Settings of the server by name. */
  parameters: Record<string, string>;
}

/** A database that CloudNativePG's operator runs. */
export interface CloudNativePgPlan extends DatabasePlan {
  mode: "cloudnative-pg";
  /** The role. */
  id: string;
  /** The name of the operator's resource. */
  name: string;
  /** Absent where the operator chooses it. */
  image?: string;
  runAsUser?: number;
  instances: number;
  /** Of each instance. */
  storage: ClaimSizePlan;
  resources: ResourcesPlan;
  database: string;
  user: string;
  /** Settings of the server by name. */
  parameters: Record<string, string>;
  /** What the server has loaded from its start. */
  libraries: string[];
  objectStore?: ObjectStorePlan;
}

/** Where the operator keeps its backups. */
export interface ObjectStorePlan {
  destinationPath: string;
  endpointURL?: string;
  port: number;
  /** Keys in Secrets; absent where the instances' ServiceAccount has the rights. */
  credentials?: Record<"accessKeyId" | "secretAccessKey", { name: string; key: string }>;
  retentionPolicy: string;
  /** Whether a plugin of the operator's does the work. */
  plugin: boolean;
  /** In six fields, seconds first, or as `@daily`. */
  schedule: string;
}

export interface ExternalPostgresPlan extends DatabasePlan {
  mode: "external";
}

/** A Redis that this stack runs. */
export interface RedisPlan extends StorePlan {
  /** In bytes. */
  maxMemoryBytes: number;
  maxmemoryPolicy: string;
}

/** What is wrong with a value that is given as an Output or encrypted is seen once the deployment knows it. */
export type GivenCheck =
  /** The URL of a database; with `sslMode` where that is asked for beside it. */
  | {
      check: "url";
      path: string;
      index: number;
      url: "postgres" | "redis";
      passwordApart: boolean;
      sslMode?: string;
    }
  | { check: "host"; path: string; index: number }
  /** A reference to an image, as precise as the tier wants it. */
  | { check: "image"; path: string; index: number; tier: Tier }
  /** A secret that must be strong, and nobody else's. */
  | { check: "secret"; path: string; index: number }
  /** A variable that looks like a secret, and must be strong then. Several processes may have the same. */
  | { check: "variable"; path: string; index: number }
  /** What the product itself says of a setting, in the check at `own`. */
  | { check: "setting"; path: string; own: string; rule: CheckArgs; texts: Text[] };

export interface GivenChecksPlan {
  checks: GivenCheck[];
  /** What becomes of a secret that is easily guessed. */
  weakSecrets: "allow" | "warn" | "refuse";
}
