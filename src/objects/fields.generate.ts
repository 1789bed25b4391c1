// Makes fields.json, part of every build: the fields of Kubernetes' kinds, as the types of @pulumi/kubernetes have them.
// What the notation means stands in fields.ts.
//
//   node dist/src/objects/fields.generate.js

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

// Its text is regular: a namespace, an interface or a field a line. TypeScript would take seconds for its 80,000 lines.
const source = readFileSync(require.resolve("@pulumi/kubernetes/types/input.d.ts"), "utf8");

const types: Record<string, Record<string, string>> = {};
const kinds: Record<string, string> = {};

function notation(type: string): string {
  const inner = /^pulumi\.Input<(.*)>$/.exec(type)?.[1];
  if (inner !== undefined) return notation(inner.replace(/ \| undefined$/, ""));
  if (type.endsWith("[]")) return `[]${notation(type.slice(0, -2))}`;
  const map = /^\{ \[key: string\]: (.*) \}$/.exec(type)?.[1];
  if (map !== undefined) return `{}${notation(map)}`;
  const named = /^inputs\.([\w.]+)$/.exec(type)?.[1];
  if (named !== undefined) return named;
  if (type === "number | string" || type === "string | number") return "i";
  if (/^"/.test(type) || /^string( \| enums\.[\w.]+)?$/.test(type)) return "s";
  return { number: "n", boolean: "b" }[type] ?? "*";
}

const path: string[] = [];
let fields: Record<string, string> | undefined;
// A map's type is written over three lines.
for (const line of source.replace(/\{\n\s+(\[key: string\]: .*);\n\s+\}/g, "{ $1 }").split("\n")) {
  const opened = /^\s*(?:export (?:declare )?)?(?:namespace|interface) (\w+)(?: extends [\w., ]+)? \{$/.exec(
    line,
  )?.[1];
  const field = /^\s+"?([\w$-]+)"?\??: (.*);$/.exec(line);
  if (opened !== undefined) {
    path.push(opened);
    fields = /interface/.test(line) ? {} : undefined;
    if (fields) types[path.join(".")] = fields;
  } else if (/^\s*\}$/.test(line)) {
    path.pop();
    fields = undefined;
  } else if (fields && field?.[1] !== undefined && field[2] !== undefined) {
    fields[field[1]] = notation(field[2]);
    const apiVersion = /^pulumi\.Input<"([^"]+)"/.exec(field[2])?.[1];
    if (field[1] === "apiVersion" && apiVersion) kinds[`${apiVersion}/${path.at(-1)}`] = path.join(".");
  }
}

/** What kinds are made of; patches of resources have the same fields, and nobody writes a status. */
const reached: Record<string, Record<string, string>> = {};
const reach = (type: string): void => {
  const name = type.replace(/^(\[\]|\{\})+/, "");
  const found = types[name];
  if (!found || reached[name]) return;
  const { status, ...rest } = found;
  reached[name] = status === undefined ? rest : { ...rest, status: "*" };
  for (const field of Object.values(rest)) reach(field);
};
for (const [kind, type] of Object.entries(kinds)) {
  if (kind.endsWith("Patch") || kind.endsWith("List")) delete kinds[kind];
  else reach(type);
}
// The shape of any JSON that describes a resource of the user's own can't be told from the types.
for (const name of Object.keys(reached)) if (name.endsWith("JSONSchemaProps")) delete reached[name];

const folded = Object.entries(reached).map(([name, members]) => [
  name,
  Object.entries(members)
    .map((member) => member.join(":"))
    .join(" "),
]);
writeFileSync(join(__dirname, "fields.json"), JSON.stringify({ kinds, types: Object.fromEntries(folded) }));
