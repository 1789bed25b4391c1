// Waiting for an object after it was written, and judging it when it is read: picks what its kind or its
// annotations want, and passes on the cluster's own events meanwhile.
import type { Cluster } from "../cluster";
import { isAnnotated, pulumiAnnotation } from "../kinds";
import type { Log } from "../log";
import { type KubeObject, namespaceOf, text, uidOf } from "../object";
import { DaemonSetReadiness } from "./daemon-set";
import { DeploymentReadiness } from "./deployment";
import { IngressReadiness } from "./ingress";
import { JobReadiness } from "./job";
import { PodReadiness } from "./pods";
import { polled, pollUntilReady } from "./polled";
import { type Readiness, readyNow, untilReady } from "./readiness";
import { ServiceReadiness } from "./service";
import { StatefulSetReadiness } from "./stateful-set";
import { WaitForReadiness } from "./wait-for";

export function readinessOf(live: KubeObject, log: Log): Readiness | undefined {
  switch (`${live.apiVersion}/${live.kind}`) {
    case "apps/v1/Deployment":
      return new DeploymentReadiness(live, log);
    case "apps/v1/StatefulSet":
      return new StatefulSetReadiness(live, log);
    case "apps/v1/DaemonSet":
      return new DaemonSetReadiness(live, log);
    case "batch/v1/Job":
      return new JobReadiness(live, log);
    case "v1/Pod":
      return new PodReadiness(live, log);
    case "v1/Service":
      return new ServiceReadiness(live, log);
    case "networking.k8s.io/v1/Ingress":
      return new IngressReadiness(live, log);
    default:
      return undefined;
  }
}

/** From `customTimeouts`, else from the annotation, else ten minutes. */
export function secondsFor(inputs: KubeObject, customSeconds: number): number {
  if (customSeconds > 0) return customSeconds;
  const annotated = pulumiAnnotation(inputs, "timeoutSeconds");
  return /^-?\d+$/.test(annotated) ? Number(annotated) : 600;
}

/** Resolves to the object once it is ready; `before` is the object that an update changed. */
export async function awaitReady(
  inputs: KubeObject,
  live: KubeObject,
  before: KubeObject | undefined,
  customSeconds: number,
  cluster: Cluster,
  log: Log,
): Promise<KubeObject> {
  if (isAnnotated(inputs, "skipAwait")) {
    log.status("info", "Skipping await logic");
    return live;
  }
  const waitFor = pulumiAnnotation(live, "waitFor");
  const machine = waitFor === "" ? readinessOf(live, log) : new WaitForReadiness(live, waitFor, log);
  const poll = machine === undefined ? polled(live, before !== undefined, cluster, log) : undefined;
  if (machine === undefined && poll === undefined) return live;
  const namespace = namespaceOf(live);
  const quiet = await cluster
    .watch("v1", "Event", namespace, ({ type, object }) => {
      if (type === "DELETED" || text(object, "involvedObject", "uid") !== uidOf(live)) return;
      const severity = text(object, "type") === "Warning" ? "warning" : "debug";
      log.status(severity, `${text(object, "reason")}: ${text(object, "message")}`);
    })
    .catch(() => () => undefined);
  try {
    if (poll !== undefined) return await pollUntilReady(live, poll, cluster);
    const watch = (apiVersion: string, kind: string, heard: Parameters<Cluster["watch"]>[3]) =>
      cluster.watch(apiVersion, kind, namespace, heard);
    return await untilReady(
      machine as Readiness,
      watch,
      secondsFor(inputs, customSeconds) * 1000,
      cluster.signal,
    );
  } finally {
    quiet();
  }
}

/** Throws a NotReadyError where an object that is read isn't ready now. */
export async function judgeNow(
  inputs: KubeObject,
  live: KubeObject,
  cluster: Cluster,
  log: Log,
): Promise<void> {
  const machine = isAnnotated(inputs, "skipAwait") ? undefined : readinessOf(live, log);
  if (machine === undefined) return;
  await readyNow(machine, (apiVersion, kind) => cluster.list(apiVersion, kind, namespaceOf(live)));
}
