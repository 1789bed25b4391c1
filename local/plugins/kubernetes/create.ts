// Create: writes a new object and waits for it; in a preview, lets the API server do all but the writing.
// Patch resources (and every resource, with `upsertExistingObjects`) apply instead, to what may exist already.
import { setTimeout as pause } from "node:timers/promises";
import { awaitReady } from "./await";
import { NotReadyError } from "./await/readiness";
import { ApiError, type Cluster, isApiError, NoMatchError } from "./cluster";
import { explained } from "./field-managers";
import { uniqueName } from "./naming";
import { type Fields, idOf, type KubeObject, nameOf, text } from "./object";
import { messageOf, PartialFailure } from "./partial-failure";
import { hasUnknown, toCheckpoint, toObject } from "./properties";
import { fieldManagerOf, forces, isPatch, logFor, reachable, type Session } from "./session";

export interface Written {
  id: string;
  state: Fields;
}

export async function create(
  session: Session,
  urn: string,
  news: Fields,
  seconds: number,
  preview: boolean,
): Promise<Written> {
  const asGiven = { id: "", state: news };
  const inputs = toObject(news);
  if (preview) {
    const { cluster } = session;
    if (cluster === undefined) {
      logFor(session, urn).lasting(
        "warning",
        `configured Kubernetes cluster is unreachable: ${session.reason}`,
      );
      return asGiven;
    }
    if (hasUnknown(inputs) || isPatch(urn, inputs)) return asGiven;
    if (!(await cluster.serves(inputs.apiVersion, inputs.kind))) return asGiven;
  }
  const cluster = reachable(session);
  const log = logFor(session, urn);
  const fieldManager = fieldManagerOf(inputs, undefined);
  const state = (live: Fields) => toCheckpoint(inputs, live, news, inputs.apiVersion, fieldManager);
  let made: KubeObject;
  try {
    made = await write(session, cluster, urn, inputs, fieldManager, preview);
  } catch (error) {
    const harmless = ["Forbidden", "AlreadyExists"] as const;
    if (preview && (isMissingNamespace(error) || harmless.some((reason) => isApiError(error, reason))))
      return asGiven;
    throw new Error(refusal(urn, inputs, error));
  }
  if (preview) {
    // Nothing has happened yet that a status could tell of.
    delete made.status;
    return { id: "", state: state(made) };
  }
  log.clear();
  try {
    made = await awaitReady(inputs, made, undefined, seconds, cluster, log);
  } catch (error) {
    const last = error instanceof NotReadyError ? error.object : made;
    const message =
      `resource "${urn}" was successfully created, but the Kubernetes API server reported that it failed to fully ` +
      `initialize or become live: ${messageOf(error)}`;
    throw new PartialFailure(idOf(last), message, error, state(last));
  }
  log.clear();
  return { id: idOf(made), state: state(made) };
}

const isMissingNamespace = (error: unknown) =>
  isApiError(error, "NotFound") && text(error.status, "details", "kind") === "namespaces";

/** Writes once, and again while the namespace or the kind may still be on its way: five times, ever slower. */
async function write(
  session: Session,
  cluster: Cluster,
  urn: string,
  inputs: KubeObject,
  fieldManager: string,
  preview: boolean,
): Promise<KubeObject> {
  const apply = isPatch(urn, inputs) || session.options.upsert;
  for (let attempt = 0; ; attempt++) {
    try {
      if (apply) return await upsert(session, cluster, urn, inputs, fieldManager, preview);
      return await cluster.create(inputs, { fieldManager: "pulumi-kubernetes", dryRun: preview });
    } catch (error) {
      if (preview && isMissingNamespace(error)) throw error;
      session.send(urn, "info", `Retry #${attempt}; creation failed: ${messageOf(error)}`, true);
      const mayCome = error instanceof NoMatchError || isApiError(error, "NotFound");
      if (!mayCome || attempt === 5) throw error;
    }
    await pause(2 ** attempt * 1000, undefined, { signal: cluster.signal });
  }
}

async function upsert(
  session: Session,
  cluster: Cluster,
  urn: string,
  inputs: KubeObject,
  fieldManager: string,
  preview: boolean,
): Promise<KubeObject> {
  const how = { fieldManager, dryRun: preview, force: forces(session, inputs, undefined, preview) };
  try {
    return await cluster.apply(inputs, how);
  } catch (error) {
    // The preview of a replacement meets the old object; under another name it can be tried all the same.
    const immutable = isApiError(error, "Invalid") && error.message.includes("field is immutable");
    if (!preview || !immutable) throw explained(error, fieldManager);
    const name = uniqueName(nameOf(inputs), new Uint8Array());
    logFor(session, urn).lasting(
      "info",
      `Preview creation failed due to immutable fields; retrying with name "${name}"`,
    );
    return cluster.apply({ ...inputs, metadata: { ...inputs.metadata, name } }, how);
  }
}

function refusal(urn: string, inputs: KubeObject, error: unknown): string {
  if (error instanceof NoMatchError) {
    return (
      `creation of resource "${urn}" with kind ${inputs.apiVersion}/${inputs.kind} failed because the Kubernetes API ` +
      "server reported that the apiVersion for this resource does not exist. Verify that any required CRDs have been " +
      `created: ${error.message}`
    );
  }
  const refused = `resource "${urn}" was not successfully created by the Kubernetes API server: ${messageOf(error)}`;
  if (!(error instanceof ApiError) || !error.is("AlreadyExists")) return refused;
  return `${refused}

The resource already exists in the cluster. What may help:

  - The Pulumi resource was renamed: give it an alias, or deleteBeforeReplace if it has to be replaced.
  - Only some fields are yours: use a Patch resource (NamespacePatch, for one).
  - The object is to become Pulumi's: use \`pulumi import\`.
  - Objects of others are to be taken over on purpose: set upsertExistingObjects on the provider.`;
}
