// Between the engine's properties and Kubernetes objects: secrets and unknowns in the engine's encoding,
// which outputs are secret because inputs were, and the state ("checkpoint") of an object.
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { type Fields, isFields, type KubeObject, type Value } from "./object";

const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
/** What the engine sends for values that only a deployment will know. */
const unknowns = new Set([
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
]);

export const decode = (struct: Struct | undefined): Fields => (struct?.toJavaScript() ?? {}) as Fields;
export const encode = (properties: Fields, acceptSecrets: boolean): Struct =>
  Struct.fromJavaScript(
    (acceptSecrets ? properties : revealed(properties)) as Parameters<typeof Struct.fromJavaScript>[0],
  );

export const isUnknown = (value: Value | undefined) => typeof value === "string" && unknowns.has(value);
const isSecretValue = (value: Value | undefined): value is Fields =>
  isFields(value) && value[signature] === secretSignature;
const secret = (value: Value): Fields =>
  isSecretValue(value) ? value : { [signature]: secretSignature, value };

const some = (value: Value | undefined, test: (value: Value | undefined) => boolean): boolean =>
  test(value) ||
  (Array.isArray(value) && value.some((element) => some(element, test))) ||
  (isFields(value) && Object.values(value).some((element) => some(element, test)));
export const hasUnknown = (value: Value) => some(value, isUnknown);

/** Rebuilds a value, each map key by `rename`; wrappers of secrets are taken off where `reveal` says so. */
function rebuilt(value: Value, rename: (key: string) => string, reveal: boolean): Value {
  if (reveal && isSecretValue(value)) return rebuilt(value.value ?? null, rename, reveal);
  if (Array.isArray(value)) return value.map((element) => rebuilt(element, rename, reveal));
  if (!isFields(value)) return value;
  const entries = Object.entries(value).filter(([, element]) => element !== undefined);
  return Object.fromEntries(
    entries.map(([key, element]) => [rename(key), rebuilt(element ?? null, rename, reveal)]),
  );
}
const revealed = (value: Fields) => rebuilt(value, (key) => key, true) as Fields;

/** A property name in Pulumi can't hold dashes, so `x-kubernetes-…` of CRD schemas is written with underscores. */
const dashed = (key: string) => (key.startsWith("x_kubernetes_") ? key.replaceAll("_", "-") : key);
const underscored = (key: string) => (key.startsWith("x-kubernetes-") ? key.replaceAll("-", "_") : key);

/** A Kubernetes object out of properties: secrets in the clear, unknowns as their marks. A copy. */
export function toObject(properties: Fields): KubeObject {
  const object = rebuilt(properties, dashed, true) as Fields;
  if (!isFields(object.metadata) && !isUnknown(object.metadata)) object.metadata = {};
  return object as KubeObject;
}

/** Marks as secret in `outs` what is secret in `ins`, as deep as maps go; a Secret's data always is. */
export function withSecrets(outs: Fields, ins: Fields): Fields {
  const result = { ...outs };
  if (result.kind === "Secret") {
    for (const key of ["data", "stringData"]) {
      const value = result[key];
      if (value !== undefined) result[key] = secret(value);
    }
    return result;
  }
  for (const [key, given] of Object.entries(ins)) {
    const value = result[key];
    if (value === undefined || given === undefined) continue;
    if (isFields(value) && isFields(given) && !isSecretValue(given)) result[key] = withSecrets(value, given);
    else if (!isSecretValue(value) && some(given, isSecretValue)) result[key] = secret(value);
  }
  return result;
}

export const toProperties = (object: Fields, ins: Fields): Fields =>
  withSecrets(rebuilt(object, underscored, false) as Fields, ins);

export interface Checkpoint {
  inputs: Fields;
  live: Fields;
  initialApiVersion: string | undefined;
  fieldManager: string | undefined;
}

/** The state of a resource: the live object, and beside it the inputs that made it. */
export function toCheckpoint(
  inputs: Fields,
  live: Fields,
  ins: Fields,
  initialApiVersion: string,
  fieldManager: string,
): Fields {
  return {
    ...toProperties(live, ins),
    __inputs: toProperties(inputs, ins),
    __initialApiVersion: initialApiVersion,
    __fieldManager: fieldManager,
  };
}

export function fromCheckpoint(state: Fields): Checkpoint {
  const { __inputs, __initialApiVersion, __fieldManager, ...live } = toObject(state);
  return {
    inputs: isFields(__inputs) ? __inputs : {},
    live,
    initialApiVersion: typeof __initialApiVersion === "string" ? __initialApiVersion : undefined,
    fieldManager: typeof __fieldManager === "string" ? __fieldManager : undefined,
  };
}
