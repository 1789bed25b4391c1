// Check: turns a program's arguments into the inputs of an object, named, in its namespace and in normal form.
// The API server judges them later, by the dry run of a preview.
import { type Autonaming, adoptName, assignName, isGenerateName } from "./naming";
import { normalize } from "./normalize";
import { type Fields, isFields, nameOf, namespaceOf } from "./object";
import { isUnknown, toObject, toProperties } from "./properties";
import { isPatch, livesInNamespace, logFor, rememberScope, type Session, typeOf } from "./session";

export interface Checked {
  inputs: Fields;
  failures: { property: string; reason: string }[];
}

export async function check(
  session: Session,
  urn: string,
  olds: Fields,
  news: Fields,
  seed: Uint8Array,
  autonaming?: Autonaming,
): Promise<Checked> {
  const type = typeOf(urn);
  const log = logFor(session, urn);
  if (session.cluster === undefined && session.options.skipUpdateUnreachable) {
    log.lasting(
      "warning",
      "Cluster is unreachable but skipUpdateUnreachable flag is set to true, skipping...",
    );
    return { inputs: olds, failures: [] };
  }
  if (type.kind.endsWith("List") && Array.isArray(news.items)) {
    throw new Error(
      "list resources exist for compatibility with YAML manifests and Helm charts, and cannot be created directly. " +
        "Use the underlying resource type instead",
    );
  }
  const failures = invalidMetadata(toObject(news).metadata, news.metadata);
  if (failures.length > 0) return { inputs: news, failures };

  const object = normalize(toObject(news));
  if (isPatch(urn, object) && nameOf(object) === "") {
    throw new Error("patch resources require the `.metadata.name` field to be set");
  }
  for (const key of Object.keys(isFields(object.metadata?.annotations) ? object.metadata.annotations : {})) {
    if (!key.startsWith("pulumi.com/autonamed")) continue;
    log.lasting("warning", `ignoring user-specified value for internal annotation "${key}"`);
  }
  if (Object.keys(olds).length > 0) adoptName(object, toObject(olds));
  else assignName(object, type.logicalName, seed, autonaming);
  if (isGenerateName(object)) {
    throw new Error("the `.metadata.generateName` field is not supported in Server-Side Apply mode");
  }
  rememberScope(session, object);
  if (isFields(object.metadata) && namespaceOf(object) === "") {
    if (await livesInNamespace(session, type.apiVersion, type.kind))
      object.metadata.namespace = session.namespace;
  }
  return { inputs: toProperties(object, news), failures: [] };
}

/** What can't be an object's metadata, said with its path. */
function invalidMetadata(metadata: Fields, given: unknown): Checked["failures"] {
  if (given !== undefined && given !== null && !isFields(given) && !isUnknown(given as string)) {
    return [{ property: "metadata", reason: "must be an object" }];
  }
  const failures: Checked["failures"] = [];
  for (const key of ["name", "namespace"]) {
    const value = isFields(metadata) ? metadata[key] : undefined;
    if (value !== undefined && value !== null && typeof value !== "string") {
      failures.push({ property: `metadata.${key}`, reason: "must be a string" });
    }
  }
  for (const key of ["labels", "annotations"]) {
    const values = isFields(metadata) ? metadata[key] : undefined;
    if (!isFields(values)) continue;
    for (const [name, value] of Object.entries(values)) {
      if (value === null || typeof value === "string") continue;
      failures.push({
        property: `metadata.${key}["${name}"]`,
        reason: `must be a string, not a ${typeof value}`,
      });
    }
  }
  return failures;
}
