// Read: the live object for a refresh, an import or `.get`. What a refresh finds to be gone has no id; what isn't
// ready is recorded as such.
import { judgeNow } from "./await";
import { NotReadyError } from "./await/readiness";
import { isApiError, NoMatchError } from "./cluster";
import { normalize, pruned, topFields } from "./normalize";
import { type Fields, fields, idOf, isFields, type KubeObject, namespaceOf, text } from "./object";
import { messageOf, PartialFailure } from "./partial-failure";
import { fromCheckpoint, toCheckpoint, toObject, toProperties } from "./properties";
import { fieldManagerOf, logFor, type Session, typeOf } from "./session";

export interface Found {
  id: string;
  state?: Fields;
  inputs?: Fields;
}

export const namespaceAndName = (id: string): [string, string] => {
  const [first = "", second] = id.split("/");
  return second === undefined ? ["", first] : [first, second];
};

export async function read(
  session: Session,
  urn: string,
  id: string,
  olds: Fields,
  ins: Fields,
): Promise<Found> {
  const log = logFor(session, urn);
  const { cluster, options } = session;
  if (cluster === undefined) {
    log.lasting("warning", `configured Kubernetes cluster is unreachable: ${session.reason}`);
    if (options.deleteUnreachable) return { id: "" };
    if (options.skipUpdateUnreachable) return { id, state: olds, inputs: ins };
    throw new Error(
      "failed to read resource state due to unreachable cluster. If the cluster was deleted, you can remove this " +
        "resource from Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment " +
        'variable set to "true"',
    );
  }
  const [namespace, name] = namespaceAndName(id);
  if (name === "") {
    throw new Error(
      `failed to read resource because of a failure to parse resource name from request ID: ${id}`,
    );
  }
  const old = fromCheckpoint(olds);
  const known = normalize(toObject(ins));
  const isNew = !known.kind && !text(old.live, "kind");
  if (!known.kind) {
    const { apiVersion, kind } = isNew ? typeOf(urn) : (old.live as KubeObject);
    Object.assign(known, { apiVersion, kind });
    known.metadata = { ...(namespace ? { namespace } : {}), name, ...known.metadata };
  }
  const initial = old.initialApiVersion ?? known.apiVersion;
  const fieldManager = fieldManagerOf(known, old.fieldManager);

  let live: KubeObject;
  let notReady: unknown;
  try {
    live = await cluster.get(namespaceOf(known) ? known : withNamespace(known, namespace), name);
    if (!isNew)
      await judgeNow(known, live, cluster, log).catch((error: unknown) => {
        notReady = error;
      });
  } catch (error) {
    if (error instanceof NoMatchError || isApiError(error, "NotFound")) return { id: "" };
    throw error;
  }
  if (notReady !== undefined && !(notReady instanceof NotReadyError)) throw notReady;

  const inputs = pruned(live, known);
  if (isNew) takeAll(inputs, live);
  const found: Found = {
    id: id || idOf(live),
    state: toCheckpoint(inputs, live, ins, initial, fieldManager),
    inputs: toProperties(inputs, ins),
  };
  if (notReady !== undefined) {
    throw new PartialFailure(found.id, messageOf(notReady), notReady, found.state as Fields, found.inputs);
  }
  return found;
}

const withNamespace = (object: KubeObject, namespace: string): KubeObject =>
  namespace === "" ? object : { ...object, metadata: { ...object.metadata, namespace } };

const serversOwn = ["creationTimestamp", "generation", "managedFields", "resourceVersion", "uid"];

/** For an import: all that could have been an input. */
function takeAll(inputs: Fields, live: KubeObject): void {
  for (const key of topFields(live)) if (live[key] !== undefined) inputs[key] = structuredClone(live[key]);
  const metadata = fields(inputs, "metadata");
  for (const key of serversOwn) delete metadata[key];
  if (!isFields(metadata.annotations)) return;
  delete metadata.annotations["deployment.kubernetes.io/revision"];
  delete metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"];
}
