// The JSON Schema as the generator of inputs reads it: what may stand at a path.

import { readFileSync } from "node:fs";
import { schemaFile, withoutNull } from "../../src/schema/generate";

export interface Schema {
  $ref?: string;
  type?: string;
  enum?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | false;
  required?: string[];
  items?: Schema;
  minimum?: number;
  maximum?: number;
  default?: unknown;
  examples?: unknown[];
}

const { definitions } = withoutNull(JSON.parse(readFileSync(schemaFile, "utf8"))) as {
  definitions: Record<string, Schema>;
};

export const ROOT: Schema = { $ref: "#/definitions/ServiceStackArgs" };

/** The schema that a reference stands for; what is said beside the reference (an example, a default) stays. */
export function resolved(schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const { $ref, ...beside } = schema;
  return { ...definitions[$ref.replace("#/definitions/", "")], ...beside };
}

/** The schema of what stands at `keys`; `undefined` where nothing may stand there. */
export function schemaAt(keys: readonly string[]): Schema | undefined {
  let schema: Schema | undefined = ROOT;
  for (const key of keys) {
    const { properties, additionalProperties, items }: Schema = resolved(schema);
    schema = properties?.[key] ?? (additionalProperties || undefined) ?? items;
    if (!schema) return undefined;
  }
  return resolved(schema);
}

/** Every property that the public interfaces have, such as `ProcessArgs.port`, with all paths that lead to it. */
export function everyProperty(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const visit = (schema: Schema, path: string): void => {
    if (path.split(".").length > 12) return;
    const { properties = {}, additionalProperties, items } = resolved(schema);
    for (const member of [additionalProperties || undefined, items]) {
      if (member) visit(member, `${path}.*`);
    }
    for (const [key, member] of Object.entries(properties)) {
      const property = `${schema.$ref?.replace("#/definitions/", "")}.${key}`;
      const at = path === "" ? key : `${path}.${key}`;
      found.set(property, [...(found.get(property) ?? []), at]);
      visit(member, at);
    }
  };
  visit(ROOT, "");
  return found;
}

/** The properties that `input` makes use of. */
export function propertiesIn(input: unknown): Set<string> {
  const found = new Set<string>();
  const visit = (value: unknown, schema: Schema | undefined): void => {
    if (!schema || value === null || typeof value !== "object") return;
    const { properties, additionalProperties, items } = resolved(schema);
    for (const [key, member] of Object.entries(value)) {
      if (properties && Object.hasOwn(properties, key) && schema.$ref)
        found.add(`${schema.$ref.replace("#/definitions/", "")}.${key}`);
      visit(member, properties?.[key] ?? (additionalProperties || undefined) ?? items);
    }
  };
  visit(input, ROOT);
  return found;
}
