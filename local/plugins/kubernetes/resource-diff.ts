// Diff of a resource: from its state and new inputs to what the engine asks: does it change, is it replaced, and
// may the new object stand beside the old one until that is deleted?

import { jobSteps } from "./await/job";
import { type Differences, differences, withoutIgnored } from "./diff";
import { forceNew, identity, isAnnotated } from "./kinds";
import { isAutonamed, isNamed } from "./naming";
import { normalize, pruned } from "./normalize";
import { type Fields, isFields, type KubeObject, nameOf, namespaceOf, text } from "./object";
import { fromCheckpoint, toObject } from "./properties";
import { isPatch, livesInNamespace, logFor, type Session } from "./session";

export interface ResourceDiff {
  changes: boolean;
  replaces: string[];
  deleteBeforeReplace: boolean;
  detailed: Differences;
}

export async function diff(
  session: Session,
  urn: string,
  state: Fields,
  news: Fields,
  ignored: string[],
): Promise<ResourceDiff> {
  const checkpoint = fromCheckpoint(state);
  const live = checkpoint.live as KubeObject;
  const inputs = normalize(toObject(news));
  const old = pruned(live, normalize({ metadata: {}, ...checkpoint.inputs } as KubeObject));
  await alignIdentity(session, old, inputs, live);

  const paths = isPatch(urn, inputs) ? identity : forceNew(inputs, session.options);
  const detailed = withoutIgnored(differences(old, inputs, paths), ignored);
  const replaces = [...detailed]
    .filter(([path, { replace, change }]) => replace || (change === "delete" && path === "metadata"))
    .map(([path]) => path);
  let changes = detailed.size > 0;
  if (isAnnotated(inputs, "replaceUnready") && (await isUnready(session, urn, inputs, live))) {
    changes = true;
    replaces.push('.metadata.annotations["pulumi.com/replaceUnready"]');
  }
  // An object that keeps its name must be gone before the next can be made.
  const keepsName =
    isNamed(inputs) &&
    !isAutonamed(inputs) &&
    nameOf(inputs) === nameOf(live) &&
    namespaceOf(inputs) === namespaceOf(live);
  return { changes, replaces, deleteBeforeReplace: replaces.length > 0 && keepsName, detailed };
}

/** Namespace, name and kind are compared as the cluster knows them, however inputs spelled them. */
async function alignIdentity(
  session: Session,
  old: Fields,
  inputs: KubeObject,
  live: KubeObject,
): Promise<void> {
  const before: Fields = isFields(old.metadata) ? old.metadata : {};
  const after: Fields = isFields(inputs.metadata) ? inputs.metadata : {};
  old.metadata = before;
  if (await livesInNamespace(session, inputs.apiVersion, inputs.kind)) {
    before.namespace = text(before, "namespace") || "default";
    if (isFields(inputs.metadata)) after.namespace = text(after, "namespace") || "default";
  } else {
    delete before.namespace;
    delete after.namespace;
  }
  if (!old.kind) Object.assign(old, { apiVersion: inputs.apiVersion, kind: inputs.kind });
  delete before.resourceVersion;
  if (nameOf(inputs) !== "") before.name = nameOf(live);
}

/** `pulumi.com/replaceUnready`: a Job that hasn't completed is run anew. */
async function isUnready(
  session: Session,
  urn: string,
  inputs: KubeObject,
  live: KubeObject,
): Promise<boolean> {
  const log = logFor(session, urn);
  if (session.cluster === undefined) {
    log.lasting("warning", "Cluster is unreachable, skipping replaceUnready check");
    return false;
  }
  if (inputs.kind !== "Job") {
    log.lasting("warning", "replaceUnready annotation is not supported for this resource");
    return false;
  }
  const now = await session.cluster.get(live).catch(() => undefined);
  return now !== undefined && !jobSteps(now).ready;
}
