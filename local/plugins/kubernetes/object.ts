// Kubernetes objects as plain JSON, and how to look into them. Knows nothing of Pulumi or of the network.

export type Value = null | boolean | number | string | Value[] | Fields;
export interface Fields {
  [key: string]: Value | undefined;
}
export interface KubeObject extends Fields {
  apiVersion: string;
  kind: string;
  metadata: Fields;
}

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The value at a path, or undefined where the path ends early. */
export function dig(from: Value | undefined, ...path: (string | number)[]): Value | undefined {
  let value = from;
  for (const key of path) {
    if (Array.isArray(value)) value = value[Number(key)];
    else if (isFields(value)) value = value[key];
    else return undefined;
  }
  return value;
}

export const text = (from: Value | undefined, ...path: (string | number)[]): string => {
  const value = dig(from, ...path);
  return typeof value === "string" ? value : "";
};
export const count = (from: Value | undefined, ...path: (string | number)[]): number | undefined => {
  const value = dig(from, ...path);
  return typeof value === "number" ? value : undefined;
};
export const items = (from: Value | undefined, ...path: (string | number)[]): Value[] => {
  const value = dig(from, ...path);
  return Array.isArray(value) ? value : [];
};
export const fields = (from: Value | undefined, ...path: (string | number)[]): Fields => {
  const value = dig(from, ...path);
  return isFields(value) ? value : {};
};

export const nameOf = (object: Fields) => text(object, "metadata", "name");
export const namespaceOf = (object: Fields) => text(object, "metadata", "namespace");
export const uidOf = (object: Fields) => text(object, "metadata", "uid");
export const generationOf = (object: Fields) => count(object, "metadata", "generation") ?? 0;
export const annotation = (object: Fields, key: string) => text(object, "metadata", "annotations", key);

/** `namespace/name`, or the name alone of what has no namespace: the id in Pulumi's state. */
export const idOf = (object: Fields) => [namespaceOf(object), nameOf(object)].filter(Boolean).join("/");

/** `namespace/name` as messages write it: without the namespace "default". */
export const shownName = (object: Fields) =>
  namespaceOf(object) === "default" ? nameOf(object) : idOf(object);

export const isOwnedBy = (object: Fields, owner: Fields | undefined) =>
  owner !== undefined &&
  items(object, "metadata", "ownerReferences").some((reference) => text(reference, "uid") === uidOf(owner));

export const conditionsOf = (object: Fields) =>
  new Map(items(object, "status", "conditions").map((c) => [text(c, "type"), fields(c)]));

export const isSecret = (object: Fields) => object.apiVersion === "v1" && object.kind === "Secret";
export const isConfigMap = (object: Fields) => object.apiVersion === "v1" && object.kind === "ConfigMap";
export const isCrd = (object: Fields) =>
  object.kind === "CustomResourceDefinition" &&
  text(object, "apiVersion").startsWith("apiextensions.k8s.io/");

/** Group and version of an apiVersion; the core group is "". */
export function groupVersion(apiVersion: string): { group: string; version: string } {
  const [first = "", second] = apiVersion.split("/");
  return second === undefined ? { group: "", version: first } : { group: first, version: second };
}
