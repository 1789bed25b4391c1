// The part of the plan that keeps data: databases and caches that the stack runs, or that are there already.

import type { ResourcesPlan, Text } from "./stack-plan";

/** A server that this stack runs in one pod. */
export interface StorePlan {
  /** The role. */
  id: string;
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

export type PostgresPlan = EmbeddedPostgresPlan | ExternalPostgresPlan;

export interface EmbeddedPostgresPlan extends StorePlan {
  mode: "embedded";
  connection: PostgresConnectionPlan;
  database: string;
  user: string;
  /** A quarter of the memory limit, in bytes. */
  sharedBuffersBytes: number;
}

export interface ExternalPostgresPlan {
  mode: "external";
  connection: PostgresConnectionPlan;
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
  /** A secret that must be strong, and nobody else's. */
  | { check: "secret"; path: string; index: number };

export interface GivenChecksPlan {
  checks: GivenCheck[];
  /** What becomes of a secret that is easily guessed. */
  weakSecrets: "allow" | "warn" | "refuse";
}
