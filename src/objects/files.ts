// Files in a container: a ConfigMap with the plain ones, a Secret with the others, and how they are mounted.

import type { ConfigMap, Secret, Volume, VolumeMount } from "kubernetes-types/core/v1";
import type { FilePlan, PodPlan, StackPlan } from "../plan/stack-plan";
import { labels } from "./labels";
import { later, nameOf, type StackObject, stackObject } from "./stack-object";

/** The objects that hold the files of a role. A change makes one of a new name, and so rolls exactly these pods; the old
 * pods keep the old one until they are gone. */
export function fileObjects(plan: StackPlan, pod: PodPlan): StackObject[] {
  const metadata = { namespace: plan.namespace, labels: labels(plan, pod.id) };
  const { open, secret } = sorted(pod.files);
  const text = open.filter(({ content }) => !("base64" in content));
  const binary = open.filter(({ content }) => "base64" in content);
  const configMap: ConfigMap = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata,
    ...(text.length > 0 && { data: contents(text) }),
    ...(binary.length > 0 && { binaryData: contents(binary) }),
  };
  const secrets: Secret = { apiVersion: "v1", kind: "Secret", metadata, stringData: contents(secret) };
  return [
    ...(open.length > 0 ? [stackObject(openId(pod), configMap as StackObject["object"])] : []),
    ...(secret.length > 0 ? [stackObject(secretId(pod), secrets as StackObject["object"])] : []),
  ];
}

/** The volumes of a pod that its files lie in. */
export function fileVolumes(pod: PodPlan): Volume[] {
  const { open, secret } = sorted(pod.files);
  return [
    ...(open.length > 0
      ? [{ name: "files", configMap: { name: nameOf(openId(pod)), items: open.map(item) } }]
      : []),
    ...(secret.length > 0
      ? [{ name: "secret-files", secret: { secretName: nameOf(secretId(pod)), items: secret.map(item) } }]
      : []),
  ];
}

/** Each file by itself: a folder would hide what the image has beside it. */
export function fileMounts(files: readonly FilePlan[]): VolumeMount[] {
  return files.map((file) => ({
    name: file.secret ? "secret-files" : "files",
    mountPath: file.path,
    subPath: file.key,
    readOnly: true,
  }));
}

function sorted(files: readonly FilePlan[]): { open: FilePlan[]; secret: FilePlan[] } {
  return { open: files.filter((file) => !file.secret), secret: files.filter((file) => file.secret) };
}

function item({ key, mode }: FilePlan) {
  return { key, path: key, mode };
}

function contents(files: readonly FilePlan[]): Record<string, string> {
  return Object.fromEntries(
    files.map(({ key, content }) => [key, "base64" in content ? content.base64 : later(content)]),
  );
}

const openId = ({ id }: PodPlan) => `${id}-files`;
const secretId = ({ id }: PodPlan) => `${id}-secret-files`;
