// What each tier means: every default that differs between environments, in one table.

import type { Tier } from "../schema/tier";
import type { ResourcesPlan } from "./stack-plan";

export interface TierDefaults {
  /** Pods of each process. */
  replicas: number;
  /** Whether the ingress serves https. */
  tls: boolean;
  /** Whether `destroy` is refused until protection is taken off. */
  protect: boolean;
  /** Whether an image must be given by its digest. */
  digests: boolean;
  /** Whether a secret among the environment variables must be encrypted. */
  encryptedSecrets: boolean;
  /** Whether a process that serves browsers must name the sites that may use it. */
  namedOrigins: boolean;
  /** Whether a process may not be restarted for what makes it unready. */
  distinctLiveness: boolean;
  /** Whether a Redis that workers use must keep what is in it. */
  safeQueues: boolean;
  /** What becomes of a given secret that is easily guessed, or the same as another. */
  weakSecrets: "allow" | "warn" | "refuse";
  /** How connections to a database outside are protected, if nobody says. */
  externalSslMode: "prefer" | "require";
  /** Whether connections to a Redis outside are encrypted, if nobody says. */
  externalTls: boolean;
  /** Whether metrics must not be open to the public. */
  hiddenMetrics: boolean;
  /** How long a rollout may take before it counts as failed, in seconds. */
  rolloutSeconds: number;
  processResources: ResourcesPlan;
  /** The size of a process' volume. */
  volumeStorage: string;
  /** `instances` are CloudNativePG's. */
  postgres: { storage: string; instances: number; resources: ResourcesPlan };
  /** What a run with the database's programs gets. */
  backupResources: ResourcesPlan;
  /** Whether a dump is made before each migration, where there are backups. */
  dumpBeforeMigration: boolean;
  redis: { storage: string; resources: ResourcesPlan };
}

// No CPU limits: a limit throttles a process while the node's cores are idle; the request is what shares them
// fairly. Memory can't be taken back, so there the limit is what protects the neighbours.
const amounts = (cpu: string, memory: string, memoryLimit: string, disk: string): ResourcesPlan => ({
  requests: { cpu, memory, ephemeralStorage: "50Mi" },
  limits: { memory: memoryLimit, ephemeralStorage: disk },
});

// No tier has a quota of its own accord, though each can have one. The built-in role `admin` may not write quotas, and a
// quota counts old and new pods alike: a stack that asks for half the memory in one step would wait for itself.
export const TIERS: Record<Tier, TierDefaults> = {
  dev: {
    replicas: 1,
    tls: false,
    protect: false,
    digests: false,
    encryptedSecrets: false,
    namedOrigins: false,
    distinctLiveness: false,
    safeQueues: false,
    weakSecrets: "allow",
    externalSslMode: "prefer",
    externalTls: false,
    hiddenMetrics: false,
    rolloutSeconds: 300,
    processResources: amounts("25m", "96Mi", "512Mi", "1Gi"),
    volumeStorage: "1Gi",
    postgres: { storage: "1Gi", instances: 1, resources: amounts("50m", "128Mi", "512Mi", "1Gi") },
    backupResources: amounts("25m", "64Mi", "256Mi", "1Gi"),
    dumpBeforeMigration: false,
    redis: { storage: "1Gi", resources: amounts("25m", "32Mi", "256Mi", "256Mi") },
  },
  acc: {
    replicas: 2,
    tls: true,
    protect: false,
    digests: false,
    encryptedSecrets: false,
    namedOrigins: false,
    distinctLiveness: false,
    safeQueues: false,
    weakSecrets: "warn",
    externalSslMode: "require",
    externalTls: true,
    hiddenMetrics: false,
    rolloutSeconds: 600,
    processResources: amounts("50m", "128Mi", "512Mi", "1Gi"),
    volumeStorage: "5Gi",
    postgres: { storage: "5Gi", instances: 2, resources: amounts("100m", "256Mi", "1Gi", "1Gi") },
    backupResources: amounts("50m", "64Mi", "512Mi", "1Gi"),
    dumpBeforeMigration: true,
    redis: { storage: "1Gi", resources: amounts("50m", "64Mi", "512Mi", "256Mi") },
  },
  prod: {
    replicas: 3,
    tls: true,
    protect: true,
    digests: true,
    encryptedSecrets: true,
    namedOrigins: true,
    distinctLiveness: true,
    safeQueues: true,
    weakSecrets: "refuse",
    externalSslMode: "require",
    externalTls: true,
    hiddenMetrics: true,
    rolloutSeconds: 600,
    processResources: amounts("100m", "256Mi", "512Mi", "1Gi"),
    volumeStorage: "10Gi",
    postgres: { storage: "20Gi", instances: 3, resources: amounts("250m", "512Mi", "2Gi", "2Gi") },
    backupResources: amounts("100m", "128Mi", "1Gi", "2Gi"),
    dumpBeforeMigration: true,
    redis: { storage: "2Gi", resources: amounts("100m", "128Mi", "1Gi", "512Mi") },
  },
};
