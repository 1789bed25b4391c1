// Kinds whose own status says when they are ready: looked at twice a second, for a time of their own that
// `customTimeouts` doesn't change.
import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Cluster } from "../cluster";
import type { Log } from "../log";
import { count, dig, fields, type KubeObject, nameOf, text } from "../object";
import { NotReadyError } from "./readiness";

export interface Polled {
  seconds: number;
  ready(object: KubeObject): boolean | Promise<boolean>;
}

export function polled(live: KubeObject, isUpdate: boolean, cluster: Cluster, log: Log): Polled | undefined {
  switch (`${live.apiVersion}/${live.kind}`) {
    case "v1/PersistentVolumeClaim":
      return { seconds: 300, ready: claimReady(isUpdate, cluster, log) };
    case "v1/PersistentVolume":
      return {
        seconds: 300,
        ready: (volume) => ["Available", "Bound"].includes(text(volume, "status", "phase")),
      };
    case "v1/ReplicationController":
      return {
        seconds: 600,
        ready: (rc) => count(rc, "spec", "replicas") === (count(rc, "status", "availableReplicas") ?? -1),
      };
    case "v1/ResourceQuota":
      return {
        seconds: 60,
        ready: (quota) => isDeepStrictEqual(dig(quota, "spec", "hard"), dig(quota, "status", "hard")),
      };
    case "v1/Secret":
      // Only a controller fills these; all others hold what was written.
      if (text(live, "type") !== "kubernetes.io/service-account-token") return undefined;
      return { seconds: 5, ready: (secret) => Object.keys(fields(secret, "data")).length > 0 };
    default:
      return undefined;
  }
}

/** A claim is bound, or waits for its first consumer as its storage class wants it. */
function claimReady(isUpdate: boolean, cluster: Cluster, log: Log) {
  let mode = "";
  return async (claim: KubeObject) => {
    if (mode === "") {
      mode = await bindingMode(claim, cluster).catch((error: Error) => {
        log.status("warning", error.message);
        return "";
      });
    }
    const phase = text(claim, "status", "phase");
    if (isUpdate && phase === "Bound") return true;
    return phase === (mode === "WaitForFirstConsumer" ? "Pending" : "Bound");
  };
}

async function bindingMode(claim: KubeObject, cluster: Cluster): Promise<string> {
  const name = text(claim, "spec", "storageClassName");
  if (name === "") throw new Error(`no storage class found for "${nameOf(claim)}"`);
  const like = { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name } };
  const found = await cluster.get(like).catch((error: Error) => {
    throw new Error(`getting storagclass "${name}": ${error.message}`);
  });
  return text(found, "volumeBindingMode");
}

export async function pollUntilReady(live: KubeObject, what: Polled, cluster: Cluster): Promise<KubeObject> {
  const end = Date.now() + what.seconds * 1000;
  let last = live;
  for (;;) {
    last = await cluster.get(live);
    if (await what.ready(last)) return last;
    if (Date.now() >= end)
      throw new NotReadyError(`Timeout occurred polling for '${nameOf(live)}'`, last, []);
    await pause(500 + Math.random() * 100, undefined, { signal: cluster.signal }).catch(() => {
      throw new NotReadyError(`Resource operation was cancelled for '${nameOf(live)}'`, last, []);
    });
  }
}
