// Delete: removes an object and waits until it is gone, with all that it owns. A Patch resource only gives its
// fields back.
import { setTimeout as pause } from "node:timers/promises";
import { secondsFor } from "./await";
import { NotReadyError } from "./await/readiness";
import { type Cluster, isApiError, NoMatchError } from "./cluster";
import { relinquish } from "./field-managers";
import { isAnnotated, pulumiAnnotation } from "./kinds";
import type { Log } from "./log";
import { dig, type Fields, idOf, items, type KubeObject, nameOf, namespaceOf, text } from "./object";
import { messageOf, PartialFailure } from "./partial-failure";
import { fromCheckpoint, toCheckpoint } from "./properties";
import { namespaceAndName } from "./read";
import { fieldManagerOf, isPatch, logFor, type Session } from "./session";

/** Kinds whose deletion isn't waited for either when `pulumi.com/skipAwait` is set. */
const skippable = [
  "v1/Namespace",
  "v1/Pod",
  "v1/ReplicationController",
  "apps/v1/DaemonSet",
  "apps/v1/Deployment",
];
skippable.push("apps/v1/StatefulSet", "batch/v1/Job");

export async function remove(
  session: Session,
  urn: string,
  id: string,
  state: Fields,
  seconds: number,
): Promise<void> {
  const log = logFor(session, urn);
  const { cluster } = session;
  if (cluster === undefined) {
    log.lasting("warning", `configured Kubernetes cluster is unreachable: ${session.reason}`);
    if (session.options.deleteUnreachable) return;
    throw new Error(
      "configured Kubernetes cluster is unreachable. If the cluster was deleted, you can remove this resource from " +
        "Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment variable set to " +
        '"true"',
    );
  }
  const old = fromCheckpoint(state);
  const inputs = old.inputs as KubeObject;
  const live = old.live as KubeObject;
  const manager = fieldManagerOf(inputs, old.fieldManager);
  const [, name] = namespaceAndName(id);
  try {
    if (isPatch(urn, inputs))
      await relinquish(cluster, live, manager).catch((error: unknown) => {
        throw isApiError(error, "Invalid") ? requiredField(error.status, error) : error;
      });
    else {
      await cluster.remove(live, name, propagation(inputs));
      const kind = `${inputs.apiVersion}/${inputs.kind}`;
      if (isAnnotated(inputs, "skipAwait") && skippable.includes(kind))
        log.status("info", "Skipping await logic");
      else await untilGone(cluster, live, secondsFor(inputs, seconds), log);
    }
  } catch (error) {
    if (error instanceof NoMatchError || isApiError(error, "NotFound")) return;
    if (!(error instanceof NotReadyError)) throw error;
    const initial = old.initialApiVersion ?? live.apiVersion;
    const last = toCheckpoint(live, error.object, state, initial, manager);
    throw new PartialFailure(idOf(error.object), messageOf(error), error, last);
  }
  log.clear();
}

function propagation(inputs: Fields): string {
  const policy = pulumiAnnotation(inputs, "deletionPropagationPolicy").toLowerCase();
  return { orphan: "Orphan", background: "Background" }[policy] ?? "Foreground";
}

function requiredField(status: Fields, error: unknown): unknown {
  const cause = items(status, "details", "causes").find((c) => text(c, "reason") === "FieldValueRequired");
  if (cause === undefined) return error;
  return new Error(
    "this Patch resource is currently managing a required field, so it can't be deleted directly. Either set the " +
      `\`retainOnDelete\` resource option, or transfer ownership of the field before deleting: ${text(cause, "field")}`,
  );
}

async function untilGone(cluster: Cluster, live: KubeObject, seconds: number, log: Log): Promise<void> {
  let last = live;
  const gone = new AbortController();
  const isGone = () =>
    cluster.get(live).then(
      () => false,
      (error: unknown) => isApiError(error, "NotFound"),
    );
  const end = await cluster.watch(live.apiVersion, live.kind, namespaceOf(live), ({ type, object }) => {
    if (nameOf(object) !== nameOf(live)) return;
    last = object;
    if (dig(object, "metadata", "deletionTimestamp")) log.status("info", "Resource scheduled for deletion");
    if (type === "DELETED") gone.abort();
  });
  try {
    // It may have gone before the watch began, or unseen while that was down.
    if (await isGone()) return;
    const signal = AbortSignal.any([gone.signal, cluster.signal]);
    await pause(seconds * 1000, undefined, { signal }).catch(() => undefined);
    if (gone.signal.aborted || (await isGone())) return;
  } finally {
    end();
  }
  const finalizers = items(last, "metadata", "finalizers").join(", ");
  log.lasting("warning", `finalizers might be preventing deletion (${finalizers})`);
  throw new NotReadyError("timed out waiting for the condition", last, []);
}
