// A database that CloudNativePG's operator runs, in the words of its custom resources. What holds the data is kept like a
// volume: it is taken over where it exists, and never replaced or deleted.
// https://cloudnative-pg.io/documentation/current/cloudnative-pg.v1/

import type { Secret } from "kubernetes-types/core/v1";
import type { StackPlan } from "../plan/stack-plan";
import type { CloudNativePgPlan, ObjectStorePlan } from "../plan/store-plan";
import { labels } from "./labels";
import { resourceRequirements } from "./pod";
import { pullSecretNames } from "./pull-secret";
import { later, nameOf, type StackObject, stackObject } from "./stack-object";

const API_VERSION = "postgresql.cnpg.io/v1";

/** https://cloudnative-pg.io/plugin-barman-cloud/docs/usage/ */
const PLUGIN = "barman-cloud.cloudnative-pg.io";

/** The label that the operator gives to all pods of a database. */
export function clusterSelector({ name }: CloudNativePgPlan): Record<string, string> {
  return { "cnpg.io/cluster": name };
}

/** All objects of such a database. */
export function cloudNativePgObjects(plan: StackPlan, postgres: CloudNativePgPlan): StackObject[] {
  const { objectStore } = postgres;
  return [
    owner(plan, postgres),
    ...(objectStore?.plugin ? [store(plan, postgres, objectStore)] : []),
    cluster(plan, postgres),
    ...(objectStore ? [schedule(plan, postgres, objectStore)] : []),
  ];
}

function metadata(plan: StackPlan, { id, name }: CloudNativePgPlan) {
  return { name, namespace: plan.namespace, labels: labels(plan, id) };
}

/** Name and password of the database's owner. The operator sets another password in the database when this is another Secret. */
function owner(plan: StackPlan, postgres: CloudNativePgPlan): StackObject {
  const object: Secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      namespace: plan.namespace,
      labels: { ...labels(plan, postgres.id), "cnpg.io/reload": "true" },
    },
    type: "kubernetes.io/basic-auth",
    stringData: { username: postgres.user, password: later(postgres.connection.password) },
  };
  return stackObject("postgres-password", object as StackObject["object"]);
}

function cluster(plan: StackPlan, postgres: CloudNativePgPlan): StackObject {
  const { storage, storageClassName } = postgres.storage;
  const { nodeSelector, tolerations, priorityClassName } = plan.placement;
  const pullSecrets = pullSecretNames(plan);
  const object = {
    apiVersion: API_VERSION,
    kind: "Cluster",
    metadata: metadata(plan, postgres),
    spec: {
      instances: postgres.instances,
      imageName: postgres.image,
      ...(postgres.runAsUser !== undefined && {
        postgresUID: postgres.runAsUser,
        postgresGID: postgres.runAsUser,
      }),
      ...(pullSecrets.length > 0 && { imagePullSecrets: pullSecrets }),
      bootstrap: {
        initdb: {
          database: postgres.database,
          owner: postgres.user,
          secret: { name: nameOf("postgres-password") },
          encoding: "UTF8",
          localeCollate: "C.UTF-8",
          localeCType: "C.UTF-8",
          dataChecksums: true,
          // Those that only a superuser can make; they count at the first start alone.
          ...(postgres.extensions.length > 0 && {
            postInitApplicationSQL: postgres.extensions.map(
              (name) => `CREATE EXTENSION IF NOT EXISTS "${name}"`,
            ),
          }),
        },
      },
      storage: { size: storage, storageClass: storageClassName },
      resources: resourceRequirements(postgres.resources),
      postgresql: {
        parameters: postgres.parameters,
        ...(postgres.libraries.length > 0 && { shared_preload_libraries: postgres.libraries }),
      },
      affinity: {
        // On different nodes, as far as there are some.
        enablePodAntiAffinity: true,
        podAntiAffinityType: "preferred",
        topologyKey: "kubernetes.io/hostname",
        ...(Object.keys(nodeSelector).length > 0 && { nodeSelector }),
        ...(tolerations.length > 0 && { tolerations }),
      },
      priorityClassName,
      ...(Object.keys(plan.labels).length > 0 && { inheritedMetadata: { labels: plan.labels } }),
      ...backup(postgres),
    },
  };
  return stackObject(postgres.id, object, {
    after: postgres.objectStore?.plugin ? ["postgres-object-store"] : [],
    wait: true,
    waitFor: "condition=Ready",
    keep: true,
    holds: postgres.id,
    // Each instance is made from the one before.
    timeoutSeconds: plan.rolloutSeconds + 300 * postgres.instances,
  });
}

function backup({ name, objectStore }: CloudNativePgPlan): object {
  if (!objectStore) return {};
  if (objectStore.plugin) {
    return { plugins: [{ name: PLUGIN, isWALArchiver: true, parameters: { barmanObjectName: name } }] };
  }
  return {
    backup: { barmanObjectStore: configuration(objectStore), retentionPolicy: objectStore.retentionPolicy },
  };
}

function configuration({ destinationPath, endpointURL, credentials }: ObjectStorePlan): object {
  return {
    destinationPath,
    endpointURL,
    ...(destinationPath.startsWith("s3:")
      ? { s3Credentials: credentials ?? { inheritFromIAMRole: true } }
      : destinationPath.startsWith("gs:")
        ? { googleCredentials: { gkeEnvironment: true } }
        : { azureCredentials: { inheritFromAzureAD: true } }),
    wal: { compression: "gzip" },
    data: { compression: "gzip" },
  };
}

function store(plan: StackPlan, postgres: CloudNativePgPlan, objectStore: ObjectStorePlan): StackObject {
  const object = {
    apiVersion: "barmancloud.cnpg.io/v1",
    kind: "ObjectStore",
    metadata: metadata(plan, postgres),
    spec: { configuration: configuration(objectStore), retentionPolicy: objectStore.retentionPolicy },
  };
  // The database goes on archiving to it after `destroy`.
  return stackObject("postgres-object-store", object, { keep: true });
}

function schedule(plan: StackPlan, postgres: CloudNativePgPlan, objectStore: ObjectStorePlan): StackObject {
  const object = {
    apiVersion: API_VERSION,
    kind: "ScheduledBackup",
    metadata: metadata(plan, postgres),
    spec: {
      schedule: objectStore.schedule,
      // Without a first backup the archived changes are worth nothing.
      immediate: true,
      backupOwnerReference: "cluster",
      cluster: { name: postgres.name },
      ...(objectStore.plugin
        ? { method: "plugin", pluginConfiguration: { name: PLUGIN } }
        : { method: "barmanObjectStore" }),
    },
  };
  return stackObject("postgres-scheduled-backup", object, { after: [postgres.id] });
}
