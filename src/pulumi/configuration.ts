// The arguments of a stack as the engine knows them: the program's, and its configuration on top.

import * as pulumi from "@pulumi/pulumi";
import { getConfig, isConfigSecret } from "@pulumi/pulumi/runtime";
import { fileLayers } from "../project/project";
import { Encrypted } from "../schema/given";
import type { Layer } from "../schema/layers";

/** The layers of the component `name`, the weakest first. */
export function configuredLayers(name: string, args: unknown): Layer[] {
  const stack = pulumi.getStack();
  const [shared, file] = fileLayers(pulumi.getRootDirectory(), stack, name);
  const key = `${name}:stack`;
  const text = getConfig(key);
  // What the engine says wins over the file: it may come from --config-file or `-c`. The file tells what of it is
  // encrypted, for the engine hands all of it over in clear text.
  const value = text === undefined ? undefined : JSON.parse(text);
  const source = file?.value === undefined ? "the stack's configuration" : file.source;
  return [
    { source: "the program", value: args },
    ...(shared?.value === undefined ? [] : [shared]),
    { source, value: isConfigSecret(key) ? encryptedAsSecret(value, file?.value) : value },
  ];
}

/** `value` with every leaf that is encrypted in the file, or isn't in the file, as a secret Output. */
function encryptedAsSecret(value: unknown, inFile: unknown): unknown {
  if (inFile instanceof Encrypted) return pulumi.secret(value);
  if (Array.isArray(value)) {
    return value.map((item, index) => encryptedAsSecret(item, (inFile as unknown[] | undefined)?.[index]));
  }
  if (value === null || typeof value !== "object") return inFile === undefined ? pulumi.secret(value) : value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      encryptedAsSecret(member, (inFile as Record<string, unknown> | undefined)?.[key]),
    ]),
  );
}
