// What the tests of the examples see of the pods of a role, and do to them from outside.

import assert from "node:assert/strict";
import type { V1Pod } from "@kubernetes/client-node";
import { PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import { cluster } from "../e2e/cluster";
import { eventually } from "../e2e/eventually";
import { inPod } from "./example";

/** All pods of a role, those that are going among them. */
export async function pods(namespace: string, role: string): Promise<V1Pod[]> {
  const labelSelector = `app.kubernetes.io/component=${role}`;
  return (await cluster().core.listNamespacedPod({ namespace, labelSelector })).items;
}

export const nameOf = (pod?: V1Pod) => pod?.metadata?.name ?? "";

export const isRunning = (pod: V1Pod) =>
  pod.status?.containerStatuses?.some(({ state }) => state?.running !== undefined) ?? false;

export const isReady = (pod: V1Pod) =>
  !pod.metadata?.deletionTimestamp &&
  (pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false);

export const restartsOf = (pod?: V1Pod) => pod?.status?.containerStatuses?.[0]?.restartCount ?? 0;

/** Waits until a role has so many ready pods, and no other ones. */
export async function settled(namespace: string, role: string, count: number): Promise<V1Pod[]> {
  return eventually(`${count} ready pods of ${role}`, async () => {
    const found = await pods(namespace, role);
    return found.length === count && found.every(isReady) && found;
  });
}

/** Says how many pods there are to be, as somebody with kubectl would. */
export async function scale(
  namespace: string,
  kind: "Deployment" | "StatefulSet",
  name: string,
  replicas: number,
): Promise<void> {
  const patch = { name, namespace, body: { spec: { replicas } } };
  const options = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);
  if (kind === "Deployment") await cluster().apps.patchNamespacedDeployment(patch, options);
  else await cluster().apps.patchNamespacedStatefulSet(patch, options);
}

/** Scaled by hand, a scheduler stays alone, for its volume lets in one pod only. */
export async function staysAlone(namespace: string, name: string, role: string): Promise<void> {
  await scale(namespace, "Deployment", `${name}-${role}`, 2);
  const refused = await eventually("the second pod", async () => {
    const waiting = (await pods(namespace, role)).find((pod) => pod.status?.phase === "Pending");
    return waiting?.status?.conditions?.find(({ type }) => type === "PodScheduled")?.message;
  });
  assert.match(refused, /ReadWriteOncePod/);
  assert.equal((await pods(namespace, role)).filter(isRunning).length, 1);
  await scale(namespace, "Deployment", `${name}-${role}`, 1);
  // Where nothing stands in its way, a second pod runs. One that isn't ready yet would miss the signal to end.
  await scale(namespace, "Deployment", `${name}-worker`, 2);
  await settled(namespace, "worker", 2);
  await scale(namespace, "Deployment", `${name}-worker`, 1);
  await settled(namespace, "worker", 1);
}

/** Ends a pod: in its own time, or at once, as when its node is lost. */
export async function endPod(namespace: string, pod: V1Pod | undefined, at?: "once"): Promise<void> {
  const gracePeriodSeconds = at === "once" ? 0 : undefined;
  await cluster().core.deleteNamespacedPod({ name: nameOf(pod), namespace, gracePeriodSeconds });
}

/** Ends a worker at once, and has Redis know of it. By itself that goes on handing messages to a client whose end it hasn't
 * heard of, and they are lost, until its keepalive notices after a minute. */
export async function killWorker(namespace: string, pod: V1Pod | undefined): Promise<void> {
  await endPod(namespace, pod, "once");
  await eventually("the end of the pod", async () => {
    const found = await pods(namespace, pod?.metadata?.labels?.["app.kubernetes.io/component"] ?? "");
    return found.every((other) => nameOf(other) !== nameOf(pod));
  });
  const forget = `export REDISCLI_AUTH="$(cat /run/secrets/redis/password)"
for address in $(redis-cli client list | grep -o " addr=${pod?.status?.podIP}:[0-9]*" | cut -d= -f2); do redis-cli client kill addr $address; done`;
  const { code, output } = await inPod(namespace, "redis", ["sh", "-c", forget]);
  assert.equal(code, 0, output);
}

/** What all pods of a role have written. */
export async function logsOf(namespace: string, role: string): Promise<string[]> {
  const found = (await pods(namespace, role)).filter(isRunning);
  const texts = await Promise.all(
    found.map((pod) =>
      cluster().core.readNamespacedPodLog({ name: nameOf(pod), namespace, container: role }),
    ),
  );
  return texts.flatMap((text) => text.split("\n")).filter(Boolean);
}

/** Has the cluster empty a node of this pod, as far as its disruption budget lets it. */
export async function evict(namespace: string, pod: V1Pod | undefined): Promise<void> {
  const name = nameOf(pod);
  await cluster().core.createNamespacedPodEviction({ name, namespace, body: { metadata: { name } } });
}
