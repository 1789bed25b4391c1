// The definitions of custom resources that stacks may use, as their projects publish them: files in Go modules, read at
// pinned versions, and nothing of theirs is kept here but CloudNativePG's, whose module is not served.

import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parseAllDocuments } from "yaml";
import type { KubernetesObject } from "../../src/objects/stack-object";
import { checkout } from "./commands";

interface Source {
  module: string;
  /** The hash that a go.sum would hold. */
  sum: string;
  /** A file, or a folder of them. */
  path: string;
}

const SOURCES: Source[] = [
  {
    module: "sigs.k8s.io/gateway-api@v1.4.0",
    sum: "h1:ZwlNM6zOHq0h3WUX2gfByPs2yAEsy/EenYJB78jpQfQ=",
    path: "config/crd/standard",
  },
  {
    module: "github.com/cert-manager/cert-manager@v1.19.1",
    sum: "h1:Txh8L/nLWTDcb7ZnXuXbTe15BxQnLbLirXmbNk0fGgY=",
    path: "deploy/crds",
  },
  {
    module: "github.com/prometheus-operator/prometheus-operator@v0.85.0",
    sum: "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
    path: "example/prometheus-operator-crd",
  },
  {
    module: "github.com/kedacore/keda/v2@v2.18.1",
    sum: "h1:h6bRt/IOxxtZpJlHSqhdH/lcInH7Z9obxg/JvWOmGAw=",
    path: "config/crd/bases",
  },
  {
    module: "github.com/traefik/traefik/v3@v3.6.12",
    sum: "h1:6pe4s7aaDTQs+AsF7KP3sM/xnq7zOVvibRQe5tw9eFo=",
    path: "docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml",
  },
];

/** Kinds that no stack uses: definitions are large, and the API server takes its time with each. */
const UNUSED =
  /CloudEventSource|AlertmanagerConfig|PrometheusAgent|ThanosRuler|Alertmanager$|Prometheus$|Challenge|Order/;

/** All definitions. */
export async function customResourceDefinitions(): Promise<KubernetesObject[]> {
  const folders = await Promise.all(SOURCES.map(async (source) => join(await download(source), source.path)));
  return [join(checkout, "tests/crds/cloudnative-pg"), ...folders]
    .flatMap(filesAt)
    .flatMap((file) => parseAllDocuments(readFileSync(file, "utf8")).map((document) => document.toJS()))
    .filter((object) => object?.kind === "CustomResourceDefinition" && !UNUSED.test(object.spec.names.kind))
    .flatMap((definition) =>
      definition.spec.names.kind === "Cluster" ? [definition, objectStore(definition)] : [definition],
    );
}

/** The Barman Cloud plugin's definition, which is not served either: it has the words of the operator's own store.
 * https://cloudnative-pg.io/plugin-barman-cloud/docs/plugin-barman-cloud.v1/ */
function objectStore(cluster: { spec: { versions: { schema: { openAPIV3Schema: Schema } }[] } }) {
  const [version] = cluster.spec.versions;
  const { properties } = version?.schema.openAPIV3Schema ?? {};
  const configuration = properties?.spec?.properties?.backup?.properties?.barmanObjectStore;
  if (!configuration) throw new Error("CloudNativePG's definition has no object store");
  const spec = { type: "object", properties: { configuration, retentionPolicy: { type: "string" } } };
  const names = {
    kind: "ObjectStore",
    listKind: "ObjectStoreList",
    plural: "objectstores",
    singular: "objectstore",
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "objectstores.barmancloud.cnpg.io" },
    spec: {
      group: "barmancloud.cnpg.io",
      names,
      scope: "Namespaced",
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", properties: { spec } } },
        },
      ],
    },
  };
}

interface Schema {
  properties?: Record<string, Schema>;
}

/** Where the module lies, after downloading it where that is due; Go's own cache keeps it. */
async function download({ module, sum }: Source): Promise<string> {
  const { stdout } = await promisify(execFile)("go", ["mod", "download", "-json", module], {
    // In no module, or this one's go.mod would have a say. The hash is checked here.
    cwd: tmpdir(),
    env: { ...process.env, GONOSUMDB: "*", GOFLAGS: "-mod=mod" },
  });
  const found = JSON.parse(stdout) as { Dir: string; Sum: string };
  if (found.Sum !== sum) throw new Error(`${module} has the hash ${found.Sum}, not ${sum}`);
  return found.Dir;
}

function filesAt(path: string): string[] {
  if (/\.ya?ml$/.test(path)) return [path];
  return readdirSync(path)
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => join(path, name));
}
