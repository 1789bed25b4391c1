// Which Pulumi resource stands for which kind of Kubernetes object. Each is imported by itself: the whole of
// @pulumi/kubernetes takes longer to load than the rest of a program.

import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { CustomResourcePatch } from "@pulumi/kubernetes/apiextensions/customResourcePatch";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment";
import { StatefulSet } from "@pulumi/kubernetes/apps/v1/statefulSet";
import { HorizontalPodAutoscaler } from "@pulumi/kubernetes/autoscaling/v2/horizontalPodAutoscaler";
import { CronJob } from "@pulumi/kubernetes/batch/v1/cronJob";
import { Job } from "@pulumi/kubernetes/batch/v1/job";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";
import { LimitRange } from "@pulumi/kubernetes/core/v1/limitRange";
import { NamespacePatch } from "@pulumi/kubernetes/core/v1/namespacePatch";
import { PersistentVolumeClaimPatch } from "@pulumi/kubernetes/core/v1/persistentVolumeClaimPatch";
import { ResourceQuota } from "@pulumi/kubernetes/core/v1/resourceQuota";
import { Secret } from "@pulumi/kubernetes/core/v1/secret";
import { Service } from "@pulumi/kubernetes/core/v1/service";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount";
import { Ingress } from "@pulumi/kubernetes/networking/v1/ingress";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget";
import { Role } from "@pulumi/kubernetes/rbac/v1/role";
import { RoleBinding } from "@pulumi/kubernetes/rbac/v1/roleBinding";
import type * as pulumi from "@pulumi/pulumi";

/** A Kubernetes object as a Pulumi resource. */
export type KubernetesResource = pulumi.CustomResource & {
  readonly metadata: pulumi.Output<{ name?: string }>;
};

type ResourceClass = new (
  name: string,
  args: never,
  opts: pulumi.CustomResourceOptions,
) => pulumi.CustomResource & { readonly metadata: pulumi.Output<unknown> };

// What holds data is a Patch resource. It takes the object over where it exists, so that a stack finds its data
// again after `destroy`; it never replaces it, so that a change which can't be made in place is refused by the
// API server; and it never deletes it.
// https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/
const CLASSES: Record<string, ResourceClass> = {
  "v1/Namespace": NamespacePatch,
  "v1/PersistentVolumeClaim": PersistentVolumeClaimPatch,
  "v1/ConfigMap": ConfigMap,
  "v1/LimitRange": LimitRange,
  "v1/ResourceQuota": ResourceQuota,
  "v1/Secret": Secret,
  "v1/Service": Service,
  "v1/ServiceAccount": ServiceAccount,
  "apps/v1/Deployment": Deployment,
  "apps/v1/StatefulSet": StatefulSet,
  "autoscaling/v2/HorizontalPodAutoscaler": HorizontalPodAutoscaler,
  "batch/v1/CronJob": CronJob,
  "batch/v1/Job": Job,
  "networking.k8s.io/v1/Ingress": Ingress,
  "networking.k8s.io/v1/NetworkPolicy": NetworkPolicy,
  "policy/v1/PodDisruptionBudget": PodDisruptionBudget,
  "rbac.authorization.k8s.io/v1/Role": Role,
  "rbac.authorization.k8s.io/v1/RoleBinding": RoleBinding,
};

/** The class for a kind of object. One that Kubernetes doesn't bring itself is somebody's custom resource; `keep` says whether
 * it holds data. */
export function resourceClass(
  apiVersion: string,
  kind: string,
  keep = false,
): new (
  name: string,
  args: object,
  opts: pulumi.CustomResourceOptions,
) => KubernetesResource {
  return (CLASSES[`${apiVersion}/${kind}`] ??
    builtIn(apiVersion, kind) ??
    (keep ? CustomResourcePatch : CustomResource)) as never;
}

/** The class for a kind of Kubernetes' own that this package doesn't make itself, such as a Role of the user's. */
function builtIn(apiVersion: string, kind: string): ResourceClass | undefined {
  const [group = "", version] = apiVersion.includes("/") ? apiVersion.split("/") : ["core", apiVersion];
  if (!/^[a-z]+$|\.k8s\.io$/.test(group)) return undefined;
  // As the SDK names its files: `csidriver`, `priorityClass`.
  const file = kind.replace(/^[A-Z]+/, (capitals) => capitals.toLowerCase());
  try {
    return require(`@pulumi/kubernetes/${group.split(".")[0]}/${version}/${file}`)[kind];
  } catch (error) {
    if ((error as { code?: string }).code === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}
