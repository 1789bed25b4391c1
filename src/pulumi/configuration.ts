// The arguments of a stack as the engine knows them: the program's, and its configuration on top.

import * as pulumi from "@pulumi/pulumi";
import * as runtime from "@pulumi/pulumi/runtime";
import { fileLayers } from "../project/project";
import { Encrypted } from "../schema/given";
import type { Layer } from "../schema/layers";
import { join, mayBeSecret } from "../schema/path";

/** The layers of the component `name`, the weakest first. */
export function configuredLayers(name: string, args: unknown): Layer[] {
  const stack = pulumi.getStack();
  const [shared, file] = fileLayers(pulumi.getRootDirectory(), stack, name);
  const key = `${name}:stack`;
  const text = runtime.getConfig(key);
  // What the engine says wins over the file: it may come from --config-file or `-c`. The file tells what of it is
  // encrypted, for the engine hands all of it over in clear text.
  const value = text === undefined ? undefined : JSON.parse(text);
  const source = file?.value === undefined ? "the stack's configuration" : file.source;
  return [
    { source: "the program", value: args },
    ...(shared?.value === undefined ? [] : [shared]),
    { source, value: isSecret(key) ? encryptedAsSecret(value, file?.value) : value },
  ];
}

/** The project's own configuration by key, for `${config.x}`; encrypted values as secret Outputs. */
export function projectConfig(): Record<string, unknown> {
  const own = `${pulumi.getProject()}:`;
  return Object.fromEntries(
    Object.entries(runtime.allConfig())
      .filter(([key]) => key.startsWith(own))
      .map(([key, value]) => [key.slice(own.length), isSecret(key) ? pulumi.secret(value) : value]),
  );
}

// The SDK has this function, but not in its types; the public ways to a secret value are asynchronous, and the
// shape of a stack must be known at once.
function isSecret(key: string): boolean {
  return (runtime as unknown as { isConfigSecret(key: string): boolean }).isConfigSecret(key);
}

/** `value` with every leaf that is encrypted in the file as a secret Output. Where there is no file to tell, those
 * are secret that may be. */
function encryptedAsSecret(value: unknown, inFile: unknown, path = ""): unknown {
  if (inFile instanceof Encrypted) return pulumi.secret(value);
  if (Array.isArray(value)) {
    const items = Array.isArray(inFile) ? inFile : [];
    return value.map((item, index) => encryptedAsSecret(item, items[index], join(path, index)));
  }
  if (value === null || typeof value !== "object") {
    return inFile === undefined && mayBeSecret(path) ? pulumi.secret(value) : value;
  }
  const members = (inFile ?? {}) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      encryptedAsSecret(member, members[key], join(path, key)),
    ]),
  );
}
