// Writes shapes.json: the fields of the built-in kinds as the API server's Go types have them. It reads
// the `types.go` files of a downloaded k8s.io/api module and its k8s.io/apimachinery neighbour:
//   node dist/local/plugins/kubernetes/shapes.generate.js <k8s.io/api folder> <k8s.io/apimachinery folder>
// What the notation means, and what it is good for, stands in normalize.ts.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const groups: Record<string, string> = {
  v1: "core/v1",
  "apps/v1": "apps/v1",
  "batch/v1": "batch/v1",
  "autoscaling/v1": "autoscaling/v1",
  "autoscaling/v2": "autoscaling/v2",
  "networking.k8s.io/v1": "networking/v1",
  "policy/v1": "policy/v1",
  "rbac.authorization.k8s.io/v1": "rbac/v1",
  "storage.k8s.io/v1": "storage/v1",
  "scheduling.k8s.io/v1": "scheduling/v1",
  "coordination.k8s.io/v1": "coordination/v1",
  "discovery.k8s.io/v1": "discovery/v1",
};
const basic: Record<string, string> = {
  string: "s",
  bool: "b",
  int: "n",
  int32: "n",
  int64: "n",
  float64: "n",
  "resource.Quantity": "q",
  "[]byte": "s",
};
const opaque = /(^|\.)(Time|MicroTime|IntOrString|RawExtension|FieldsV1|Object|UID|Duration)$/;

type Field = { json: string; type: string; inline: boolean; omitempty: boolean };
type Source = { structs: Map<string, Field[]>; aliases: Map<string, string>; imports: Map<string, string> };
const [api = "", machinery = ""] = process.argv.slice(2);
const sources = new Map<string, Source>();

function source(pkg: string): Source {
  const known = sources.get(pkg);
  if (known) return known;
  const folder = pkg.startsWith("meta/") ? join(machinery, "pkg/apis", pkg) : join(api, pkg);
  const text = readFileSync(join(folder, "types.go"), "utf8");
  const found: Source = { structs: new Map(), aliases: new Map(), imports: new Map() };
  for (const [, name = "", path = ""] of text.matchAll(/^\s+(\w+) "k8s\.io\/api\/([\w/]+)"$/gm)) {
    found.imports.set(name, path);
  }
  for (const [, name = "", body = ""] of text.matchAll(/^type (\w+) struct \{\n(.*?)^\}/gms)) {
    const fields = [...body.matchAll(/^\t(?:\w+\s+)?([\w.*[\]]+)\s+`json:"([^"]*)"/gm)].map(
      ([, type = "", tag = ""]) => {
        const [json = "", ...options] = tag.split(",");
        return { json, type, inline: options.includes("inline"), omitempty: options.includes("omitempty") };
      },
    );
    found.structs.set(name, fields);
  }
  for (const [, name = "", type = ""] of text.matchAll(/^type (\w+) ([\w.[\]]+)$/gm))
    found.aliases.set(name, type);
  sources.set(pkg, found);
  return found;
}

const shapes: Record<string, Record<string, string>> = {};

function notation(type: string, pkg: string): string {
  const wrapped = /^(\*|\[\]|map\[[\w.]+\])(.+)$/.exec(type);
  if (basic[type]) return basic[type];
  if (wrapped) {
    const [, wrapper = "", inner = ""] = wrapped;
    return (wrapper.startsWith("map") ? "{}" : wrapper) + notation(inner, pkg);
  }
  if (opaque.test(type)) return "any";
  if (type.startsWith("metav1.")) return shape("meta/v1", type.slice(7));
  const [qualifier = "", name] = type.split(".");
  if (name === undefined) return shape(pkg, type);
  const path = source(pkg).imports.get(qualifier) ?? (qualifier === "v1" ? "core/v1" : undefined);
  return path === undefined ? "any" : shape(path, name);
}

function shape(pkg: string, name: string): string {
  const { structs, aliases } = source(pkg);
  const alias = aliases.get(name);
  if (alias !== undefined) return notation(alias, pkg);
  const fields = structs.get(name);
  if (fields === undefined) return "any";
  const key = `${pkg}.${name}`;
  if (shapes[key]) return key;
  const result: Record<string, string> = {};
  shapes[key] = result;
  for (const field of fields) {
    if (field.inline) Object.assign(result, shapes[notation(field.type, pkg)] ?? {});
    else if (field.json === "status" || field.json === "managedFields") result[field.json] = "any";
    else result[field.json] = (field.omitempty ? "?" : "") + notation(field.type, pkg);
  }
  return key;
}

const kinds: Record<string, string> = {};
for (const [apiVersion, pkg] of Object.entries(groups)) {
  for (const [name, fields] of source(pkg).structs) {
    const isKind =
      fields.some((f) => f.type === "metav1.TypeMeta") && fields.some((f) => f.json === "metadata");
    if (isKind && !name.endsWith("List")) kinds[`${apiVersion}/${name}`] = shape(pkg, name);
  }
}
// One line a shape: "name:s value:?s valueFrom:?*core/v1.EnvVarSource"
const folded = Object.entries(shapes).map(([key, fields]) => [
  key,
  Object.entries(fields)
    .map((field) => field.join(":"))
    .join(" "),
]);
const target = join(__dirname.replace("/dist/", "/"), "shapes.json");
writeFileSync(target, `${JSON.stringify({ kinds, shapes: Object.fromEntries(folded) }, null, 2)}\n`);
