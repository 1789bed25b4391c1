// Volumes: the claims of the stack, and how pods mount those, empty folders, and objects that exist.

import type { PersistentVolumeClaim, Volume, VolumeMount } from "kubernetes-types/core/v1";
import type { MountPlan, PodPlan, PodVolumePlan, StackPlan } from "../plan/stack-plan";
import { labels } from "./labels";
import { type StackObject, stackObject } from "./stack-object";

const claimId = (volume: string) => `${volume}-volume`;

/** The claims of the stack's volumes; they outlive everything else of it. */
export function volumeClaims(plan: StackPlan): StackObject[] {
  return plan.volumes.flatMap(({ id, claimName, claim }) => {
    if (!claim) return [];
    const object: PersistentVolumeClaim = {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: claimName, namespace: plan.namespace, labels: labels(plan, id) },
      spec: {
        accessModes: claim.accessModes,
        storageClassName: claim.storageClassName,
        resources: { requests: { storage: claim.storage } },
      },
    };
    return [stackObject(claimId(id), object as StackObject["object"], { keep: true, holds: claim.path })];
  });
}

/** The claims that a pod's start needs. */
export function claimsOf({ volumes }: PodPlan): string[] {
  return volumes.flatMap(({ source }) =>
    "claim" in source && source.claim.claim ? [claimId(source.claim.id)] : [],
  );
}

/** A volume of a pod in Kubernetes' words. */
export function podVolume({ name, source }: PodVolumePlan): Volume {
  if ("claim" in source) return { name, persistentVolumeClaim: { claimName: source.claim.claimName } };
  if ("emptyDir" in source) return { name, emptyDir: source.emptyDir };
  const { kind, object, optional } = source;
  const missing = optional && { optional };
  return kind === "Secret"
    ? { name, secret: { secretName: object, ...missing } }
    : { name, configMap: { name: object, ...missing } };
}

/** A mount in Kubernetes' words. */
export function volumeMount({ path, volume, subPath, readOnly }: MountPlan): VolumeMount {
  return { name: volume, mountPath: path, ...(subPath && { subPath }), ...(readOnly && { readOnly }) };
}
