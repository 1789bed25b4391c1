// Names for objects that have none: the resource's logical name and eight hexadecimal digits, the same for the
// same seed of the engine, marked by an annotation so that a later update keeps the name and a replacement
// knows that it may take another.
import { createHash, randomBytes } from "node:crypto";
import { isAnnotated } from "./kinds";
import { type Fields, isFields, nameOf, text } from "./object";
import { isUnknown } from "./properties";

const autonamed = "pulumi.com/autonamed";

/** What the engine's `pulumi:autonaming` configuration asks for. */
export interface Autonaming {
  disabled: boolean;
  proposed: string;
}

export function uniqueName(prefix: string, seed: Uint8Array): string {
  const bytes = seed.length > 0 ? createHash("sha256").update(seed).update(prefix).digest() : randomBytes(4);
  return prefix + bytes.toString("hex").slice(0, 8);
}

/** Named by the user, be it by a name that only the deployment will know. */
export const isNamed = (object: Fields) => nameOf(object) !== "";
export const isAutonamed = (object: Fields) => isAnnotated(object, "autonamed");
export const isGenerateName = (object: Fields) =>
  !isNamed(object) && text(object, "metadata", "generateName") !== "";

function setAutoname(object: Fields, name: string): void {
  const metadata = object.metadata;
  if (!isFields(metadata)) return;
  metadata.name = name;
  if (isUnknown(metadata.annotations)) return;
  metadata.annotations = {
    ...(isFields(metadata.annotations) ? metadata.annotations : {}),
    [autonamed]: "true",
  };
}

export function assignName(object: Fields, logicalName: string, seed: Uint8Array, wish?: Autonaming): void {
  if (isNamed(object) || isGenerateName(object)) return;
  if (wish?.disabled) {
    throw new Error("autonaming is disabled, resource requires the .metadata.name field to be set");
  }
  setAutoname(object, wish?.proposed || uniqueName(`${logicalName}-`, seed));
}

export function adoptName(object: Fields, old: Fields): void {
  if (!isNamed(object) && isAutonamed(old)) setAutoname(object, nameOf(old));
}
