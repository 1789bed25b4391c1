// Update: applies new inputs to the object in place and waits until they have taken effect; in a preview, as a
// dry run. What happens between a failed change and the next try is the engine's.
import { awaitReady } from "./await";
import { type Cluster, isApiError, NoMatchError } from "./cluster";
import { explained, keepIgnored, relinquish, takeOver } from "./field-managers";
import { normalize } from "./normalize";
import { type Fields, idOf, isCrd, type KubeObject, nameOf, text } from "./object";
import { messageOf, PartialFailure } from "./partial-failure";
import { fromCheckpoint, hasUnknown, toCheckpoint, toObject } from "./properties";
import { fieldManagerOf, forces, isPatch, logFor, reachable, type Session } from "./session";

export async function update(
  session: Session,
  urn: string,
  olds: Fields,
  news: Fields,
  ignored: string[],
  seconds: number,
  preview: boolean,
): Promise<Fields> {
  const inputs = normalize(toObject(news));
  if (preview) {
    if (session.cluster === undefined || hasUnknown(inputs)) return news;
    if (!(await session.cluster.serves(inputs.apiVersion, inputs.kind))) return news;
  }
  const cluster = reachable(session);
  const log = logFor(session, urn);
  const old = fromCheckpoint(olds);
  const before = fieldManagerOf(old.inputs, old.fieldManager);
  const fieldManager = fieldManagerOf(inputs, old.fieldManager);
  const initial = old.initialApiVersion ?? text(old.inputs, "apiVersion");
  const state = (live: Fields) => toCheckpoint(inputs, live, news, initial, fieldManager);
  const like = { ...old.live, apiVersion: inputs.apiVersion, kind: inputs.kind } as KubeObject;
  let live: KubeObject;
  try {
    const found = await cluster.get(like);
    live = await write(session, cluster, urn, inputs, found, fieldManager, ignored, preview);
    if (!preview) live = await awaitReady(inputs, live, found, seconds, cluster, log);
  } catch (error) {
    if (preview && isApiError(error, "Forbidden")) return news;
    if (error instanceof NoMatchError) {
      throw new Error(
        `update of resource "${urn}" failed because the Kubernetes API server reported that the apiVersion for this ` +
          `resource does not exist. Verify that any required CRDs have been created: ${error.message}`,
      );
    }
    const now = await cluster.get(old.live).catch((unreadable: unknown) => {
      const why = `unable to get cluster state: ${messageOf(unreadable)}`;
      throw new Error(`update of resource "${urn}" failed: ${messageOf(error)}\n${why}`);
    });
    const message =
      `the Kubernetes API server reported that "${idOf(now)}" failed to fully initialize or become live: ` +
      messageOf(error);
    throw new PartialFailure(idOf(now), message, error, state(now));
  }
  if (!preview) {
    log.clear();
    if (before !== fieldManager) await relinquish(cluster, live, before);
  }
  return state(live);
}

async function write(
  session: Session,
  cluster: Cluster,
  urn: string,
  inputs: KubeObject,
  found: KubeObject,
  fieldManager: string,
  ignored: string[],
  preview: boolean,
): Promise<KubeObject> {
  if (isCrd(inputs)) {
    // A definition is replaced whole: its objects stay.
    const resourceVersion = text(found, "metadata", "resourceVersion");
    const whole = { ...inputs, metadata: { ...inputs.metadata, resourceVersion } };
    return cluster.replace(whole, { fieldManager, dryRun: preview });
  }
  const ours = preview || isPatch(urn, inputs) ? found : await takeOver(cluster, found, fieldManager);
  const wanted = structuredClone(inputs);
  keepIgnored(wanted, ours, ignored, fieldManager);
  wanted.metadata.name = nameOf(found);
  const force = forces(session, inputs, ours, preview);
  try {
    return await cluster.apply(wanted, { fieldManager, dryRun: preview, force });
  } catch (error) {
    throw explained(error, fieldManager);
  }
}
