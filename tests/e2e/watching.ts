// What happened in the cluster meanwhile, as the API server tells it: nothing falls between two looks.

import { KubeConfig, type V1Deployment, type V1Pod, Watch } from "@kubernetes/client-node";
import { readPlatform } from "../../local/platform/paths";

/** Hears of every change of the objects at `path`, until it is told to stop. Those that are there come first. */
async function watching<T>(path: string, heard: (type: string, object: T) => void): Promise<() => void> {
  const config = new KubeConfig();
  config.loadFromFile(readPlatform()?.kubeconfig ?? "");
  let stopped = false;
  let broken: unknown;
  const request = await new Watch(config).watch(path, {}, heard, (error) => {
    if (!stopped) broken = error ?? new Error(`the watch of ${path} ended by itself`);
  });
  return () => {
    stopped = true;
    request.abort();
    if (broken) throw broken;
  };
}

/** Counts pods until it is told to stop; the most of each role that were there at once are returned then. */
export async function mostPods(namespace: string): Promise<() => Record<string, number>> {
  const alive = new Map<string, string>();
  const most: Record<string, number> = {};
  const stop = await watching<V1Pod>(`/api/v1/namespaces/${namespace}/pods`, (type, { metadata, status }) => {
    const name = metadata?.name ?? "";
    const role = metadata?.labels?.["app.kubernetes.io/component"] ?? "";
    // One that is being deleted runs still.
    const over = type === "DELETED" || status?.phase === "Succeeded" || status?.phase === "Failed";
    if (over) alive.delete(name);
    else alive.set(name, role);
    const now = [...alive.values()].filter((other) => other === role).length;
    most[role] = Math.max(most[role] ?? 0, now);
  });
  return () => {
    stop();
    return most;
  };
}

/** Notes how many pods each Deployment is to have, until it is told to stop; all numbers in turn are returned then. */
export async function replicasInTurn(namespace: string): Promise<() => Record<string, number[]>> {
  const numbers: Record<string, number[]> = {};
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  const stop = await watching<V1Deployment>(path, (_type, { metadata, spec }) => {
    const name = metadata?.name ?? "";
    const seen = numbers[name] ?? [];
    if (spec?.replicas !== undefined && seen.at(-1) !== spec.replicas) seen.push(spec.replicas);
    numbers[name] = seen;
  });
  return () => {
    stop();
    return numbers;
  };
}
