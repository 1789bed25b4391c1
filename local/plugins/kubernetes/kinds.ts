// What must be known about kinds before the cluster is asked: which fields can't be changed in place (a change
// of one replaces the object) and which kinds have no namespace. The facts of the first are those of the
// official provider's tables: Kubernetes would let some of these fields change, and refuse others.
import { annotation, type Fields, groupVersion, isConfigMap, isSecret } from "./object";

const under = (prefix: string, names: string) => names.split(" ").map((name) => `${prefix}.${name}`);

const container =
  "args command env image imagePullPolicy lifecycle livenessProbe ports readinessProbe resources securityContext stdin " +
  "stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts workingDir";
const pod = [
  ...under(
    "spec",
    "affinity automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks hostAliases hostIPC hostNetwork hostPID " +
      "hostname imagePullSecrets nodeName nodeSelector overhead preemptionPolicy priority priorityClassName readinessGates " +
      "restartPolicy runtimeClassName schedulerName securityContext serviceAccount serviceAccountName " +
      "shareProcessNamespace subdomain terminationGracePeriodSeconds volumes",
  ),
  ...under("spec.containers.*", container),
  ...under("spec.initContainers.*", container),
];
const volumeSources =
  "awsElasticBlockStore azureDisk azureFile cephfs cinder csi fc flexVolume flocker gcePersistentDisk glusterfs hostPath " +
  "iscsi local nfs photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos vsphereVolume";

const byKind: Record<string, string[]> = {
  "apps/v1/DaemonSet": ["spec.selector"],
  "apps/v1/Deployment": ["spec.selector"],
  "apps/v1/StatefulSet": under(
    "spec",
    "podManagementPolicy revisionHistoryLimit selector serviceName volumeClaimTemplates",
  ),
  "batch/v1/Job": under("spec", "completions parallelism selector template"),
  "v1/PersistentVolume": under("spec", volumeSources),
  "v1/PersistentVolumeClaim": under("spec", "accessModes selector storageClassName volumeName"),
  "v1/Pod": pod,
  "v1/ResourceQuota": ["spec.scopes"],
  "v1/Secret": ["type"],
  "v1/Service": ["spec.clusterIP"],
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/v1/RoleBinding": ["roleRef"],
  "storage.k8s.io/v1/StorageClass": ["parameters", "provisioner"],
};

export const identity = ["metadata.name", "metadata.namespace"];

export interface Mutability {
  secretsMutable: boolean;
  configMapsMutable: boolean;
}

/** Paths, `*` for any element of a list. */
export function forceNew(object: Fields, mutable: Mutability): string[] {
  const immutable = object.immutable === true;
  if (isSecret(object) && (!mutable.secretsMutable || immutable)) {
    return [...identity, "type", "stringData", "data"];
  }
  if (isConfigMap(object) && (!mutable.configMapsMutable || immutable)) {
    return [...identity, "binaryData", "data"];
  }
  return [...identity, ...(byKind[`${object.apiVersion}/${object.kind}`] ?? [])];
}

/** Pulumi's annotations, by the word after `pulumi.com/`. */
export const pulumiAnnotation = (object: Fields, word: string) => annotation(object, `pulumi.com/${word}`);
export const isAnnotated = (object: Fields, word: string) => pulumiAnnotation(object, word) === "true";

const clusterScoped: Record<string, string> = {
  "": "ComponentStatus Namespace Node PersistentVolume",
  "admissionregistration.k8s.io":
    "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration ValidatingAdmissionPolicy " +
    "ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration",
  "apiextensions.k8s.io": "CustomResourceDefinition",
  "apiregistration.k8s.io": "APIService",
  "certificates.k8s.io": "CertificateSigningRequest ClusterTrustBundle",
  "flowcontrol.apiserver.k8s.io": "FlowSchema PriorityLevelConfiguration",
  "networking.k8s.io": "IngressClass IPAddress ServiceCIDR",
  "node.k8s.io": "RuntimeClass",
  "rbac.authorization.k8s.io": "ClusterRole ClusterRoleBinding",
  "resource.k8s.io": "DeviceClass ResourceSlice",
  "scheduling.k8s.io": "PriorityClass",
  "storage.k8s.io": "CSIDriver CSINode StorageClass VolumeAttachment VolumeAttributesClass",
};
const namespacedGroups = new Set([
  ...Object.keys(clusterScoped),
  "apps",
  "autoscaling",
  "batch",
  "coordination.k8s.io",
  "discovery.k8s.io",
  "events.k8s.io",
  "policy",
]);

/** Whether a built-in kind lives in a namespace; undefined for kinds that Kubernetes doesn't bring. */
export function isNamespaced(apiVersion: string, kind: string): boolean | undefined {
  const { group } = groupVersion(apiVersion);
  if (!namespacedGroups.has(group)) return undefined;
  return !(clusterScoped[group] ?? "").split(" ").includes(kind);
}
