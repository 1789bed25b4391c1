// What Postgres and Redis have in common: one pod over a volume that outlives everything else of the stack.

import type { StatefulSet } from "kubernetes-types/apps/v1";
import type { Container, PersistentVolumeClaim, Service, Volume } from "kubernetes-types/core/v1";
import type { StackPlan } from "../plan/stack-plan";
import type { ClaimSizePlan, StorePlan } from "../plan/store-plan";
import { accountId } from "./account";
import { labels, selector } from "./labels";
import { containerDefaults, podDefaults, podPlacement } from "./pod";
import { type StackObject, stackObject } from "./stack-object";

interface StorePod {
  initContainers?: Container[];
  container: Omit<Container, "name" | "image" | "securityContext">;
  volumes: Volume[];
  gracePeriodSeconds: number;
}

/** The volume claim. It is no `volumeClaimTemplate`, for those can't be changed, and growing is a change. */
export function volumeClaim(
  plan: StackPlan,
  store: Pick<StorePlan, "id" | "name" | "path">,
  { storage, storageClassName }: ClaimSizePlan,
): StackObject {
  const object: PersistentVolumeClaim = {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: store.name, namespace: plan.namespace, labels: labels(plan, store.id) },
    spec: {
      accessModes: ["ReadWriteOnce"],
      storageClassName,
      resources: { requests: { storage } },
    },
  };
  return stackObject(`${store.id}-volume`, object as StackObject["object"], {
    keep: true,
    holds: store.path,
  });
}

/** The Service, under the name that references hold. */
export function storeService(plan: StackPlan, store: StorePlan, portName: string): StackObject {
  const object: Service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: store.name, namespace: plan.namespace, labels: labels(plan, store.id) },
    spec: {
      selector: selector(plan, store.id),
      ports: [{ name: portName, port: store.port, targetPort: portName }],
    },
  };
  return stackObject(`${store.id}-service`, object as StackObject["object"]);
}

/** The name of the volume with the data. One name for a claim and for an empty folder would have the API server merge the two. */
export function dataVolume({ volume }: StorePlan): string {
  return volume ? "data" : "scratch";
}

/** The StatefulSet: it never runs two pods at once, so the volume has one writer. */
export function statefulSet(plan: StackPlan, store: StorePlan, pod: StorePod): StackObject {
  const object: StatefulSet = {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: store.name, namespace: plan.namespace, labels: labels(plan, store.id) },
    spec: {
      replicas: 1,
      // One pod has no order to keep; and only so does a pod that can't start make way for its correction.
      // https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback
      podManagementPolicy: "Parallel",
      serviceName: store.name,
      selector: { matchLabels: selector(plan, store.id) },
      template: {
        metadata: { labels: labels(plan, store.id) },
        spec: {
          ...podDefaults({
            runAsUser: store.runAsUser,
            runAsGroup: store.runAsUser,
            fsGroup: store.runAsUser,
          }),
          ...podPlacement(plan.placement),
          serviceAccountName: store.name,
          terminationGracePeriodSeconds: pod.gracePeriodSeconds,
          ...(pod.initContainers && { initContainers: pod.initContainers }),
          containers: [{ name: store.id, image: store.image, ...pod.container, ...containerDefaults() }],
          volumes: [
            {
              name: dataVolume(store),
              ...(store.volume ? { persistentVolumeClaim: { claimName: store.name } } : { emptyDir: {} }),
            },
            { name: "tmp", emptyDir: {} },
            ...pod.volumes,
          ],
        },
      },
    },
  };
  return stackObject(store.id, object as StackObject["object"], {
    after: [accountId(store.id), ...(store.volume ? [`${store.id}-volume`] : [])],
    wait: true,
    holds: store.path,
    timeoutSeconds: plan.rolloutSeconds,
  });
}
