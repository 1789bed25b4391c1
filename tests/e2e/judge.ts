// What the real API server says of objects that nobody deploys: a dry run of each, with strict field validation, in a
// namespace that enforces the restricted Pod Security profile. Custom resources are judged by their projects' definitions.
//
//   describe("…", () => {
//     useJudge();
//     it("…", async () => assert.deepEqual(await judge(deployable(plan)), []));
//   });

import { createHash } from "node:crypto";
import { type Agent, Agent as HttpsAgent, request } from "node:https";
import { KubeConfig } from "@kubernetes/client-node";
import { readPlatform } from "../../local/platform/paths";
import { stackObjects } from "../../src/objects/objects";
import { fill, type KubernetesObject } from "../../src/objects/stack-object";
import type { Hole, StackPlan } from "../../src/plan/stack-plan";
import { deployedName } from "../objects/invariants";
import { customResourceDefinitions } from "./crds";

const NAMESPACE = "judged";

/** Brings what `judge` needs onto the node, and takes it away again. */
export function useJudge(): void {
  let definitions: string[] = [];

  before("the judge's namespace and definitions", async function () {
    this.timeout(300_000);
    const restricted = {
      "pod-security.kubernetes.io/enforce": "restricted",
      "pod-security.kubernetes.io/warn": "restricted",
    };
    await send("POST", "/api/v1/namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: NAMESPACE, labels: restricted },
    });
    definitions = await installDefinitions();
    kinds.clear();
  });

  after("the judge's namespace and definitions", async function () {
    this.timeout(300_000);
    for (const name of definitions) await send("DELETE", `${DEFINITIONS}/${name}`);
    await send("DELETE", `/api/v1/namespaces/${NAMESPACE}`);
    const gone = async () => (await send("GET", `/api/v1/namespaces/${NAMESPACE}`)).status === 404;
    await until(gone, "the namespace is still there");
  });
}

/** What the API server has to say of `objects`, errors and warnings alike; nothing of sound ones. Whatever namespace they
 * name, they are judged in one of the tests'. */
export async function judge(objects: readonly KubernetesObject[]): Promise<string[]> {
  const said: string[] = [];
  for (const object of objects) {
    const own = object.metadata.namespace === undefined ? {} : { namespace: NAMESPACE };
    const judged = { ...object, metadata: { ...object.metadata, ...own } };
    said.push(...(await verdict(judged)));
  }
  return said;
}

/** The objects of a plan as they would be deployed: named, and with something plausible in every hole. */
export function deployable(plan: StackPlan): KubernetesObject[] {
  const objects = stackObjects(plan);
  const names = new Map(objects.map((object) => [object.id, deployedName(plan, object)]));
  const value = (hole: Hole): string => {
    switch (hole.hole) {
      case "name":
        return names.get(hole.object) ?? "";
      case "image":
        return `registry.example.com/acme/${hole.image}@sha256:${"0".repeat(64)}`;
      case "generated":
        return "x".repeat(plan.passwords.find(({ id }) => id === hole.password)?.length ?? 0);
      case "docker-config":
        return JSON.stringify({ auths: { [hole.server]: { auth: "eDp5" } } });
      default:
        return "given";
    }
  };
  return objects.map(({ id, object }) => {
    const named = { ...object, metadata: { ...object.metadata, name: names.get(id) } };
    const whole = fill(named, ({ parts }) =>
      parts.map((part) => (typeof part === "string" ? part : value(part))).join(""),
    );
    return whole as KubernetesObject;
  });
}

const verdicts = new Map<string, string[]>();

async function verdict(object: KubernetesObject): Promise<string[]> {
  const { apiVersion, kind, metadata } = object;
  // Many stacks have the same objects.
  const key = createHash("sha256").update(JSON.stringify(object)).digest("hex");
  const known = verdicts.get(key);
  if (known) return known;
  const resources = await resourcesOf(apiVersion);
  const resource = resources.get(kind);
  const told = `${kind} ${metadata.name}`;
  if (!resource) return [`${told}: the API server knows no ${kind} in ${apiVersion}`];
  const namespace = resource.namespaced ? `/namespaces/${metadata.namespace}` : "";
  // Applied as Pulumi applies it: on the server's side, whether it exists or not.
  const { status, body, warnings } = await send(
    "PATCH",
    `${groupPath(apiVersion)}${namespace}/${resource.plural}/${metadata.name}` +
      "?dryRun=All&fieldValidation=Strict&fieldManager=judge&force=true",
    object,
    "application/apply-patch+yaml",
  );
  const said = [
    ...warnings,
    ...(status < 300 ? [] : [(body as { message?: string }).message ?? String(status)]),
  ];
  const list = said.map((text) => `${told}: ${text}`);
  verdicts.set(key, list);
  return list;
}

interface Resource {
  plural: string;
  namespaced: boolean;
}

const kinds = new Map<string, Map<string, Resource>>();

/** The kinds of a group and version, as discovery tells. */
async function resourcesOf(apiVersion: string): Promise<Map<string, Resource>> {
  const known = kinds.get(apiVersion);
  if (known) return known;
  const { body } = await send("GET", groupPath(apiVersion));
  const { resources = [] } = body as { resources?: { name: string; kind: string; namespaced: boolean }[] };
  const found = new Map(
    resources
      .filter(({ name }) => !name.includes("/"))
      .map(({ name, kind, namespaced }) => [kind, { plural: name, namespaced }]),
  );
  kinds.set(apiVersion, found);
  return found;
}

const groupPath = (apiVersion: string) => `/${apiVersion.includes("/") ? "apis" : "api"}/${apiVersion}`;

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** Installs the definitions that are missing, and returns their names once the API server serves them. */
async function installDefinitions(): Promise<string[]> {
  const installed: string[] = [];
  for (const definition of await customResourceDefinitions()) {
    const { status, body } = await send("POST", DEFINITIONS, definition);
    if (status === 409) continue;
    if (status >= 300) throw new Error((body as { message?: string }).message);
    installed.push(definition.metadata.name ?? "");
  }
  for (const name of installed) {
    const established = async () => {
      const { body } = await send("GET", `${DEFINITIONS}/${name}`);
      const { conditions = [] } =
        (body as { status?: { conditions?: { type: string; status: string }[] } }).status ?? {};
      return conditions.some(({ type, status }) => type === "Established" && status === "True");
    };
    await until(established, `${name} is not established`);
  }
  return installed;
}

async function until(holds: () => Promise<boolean>, otherwise: string): Promise<void> {
  const end = Date.now() + 120_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(otherwise);
    await new Promise((done) => setTimeout(done, 200));
  }
}

interface Reply {
  status: number;
  body: unknown;
  /** What the server warns of, such as a Deployment whose pods it would not admit. */
  warnings: string[];
}

let connection: Promise<{ server: string; agent: Agent }> | undefined;

/** A client that shows the warnings; those of the generated clients are lost. */
async function connect() {
  const platform = readPlatform();
  if (!platform) throw new Error("the node isn't up");
  const config = new KubeConfig();
  config.loadFromFile(platform.kubeconfig);
  const options: Record<string, never> = {};
  await config.applyToHTTPSOptions(options);
  const { ca, cert, key } = options;
  return {
    server: config.getCurrentCluster()?.server ?? "",
    agent: new HttpsAgent({ keepAlive: true, ca, cert, key }),
  };
}

async function send(
  method: string,
  path: string,
  object?: object,
  type = "application/json",
): Promise<Reply> {
  connection ??= connect();
  const { server, agent } = await connection;
  return new Promise((done, failed) => {
    const sent = request(
      `${server}${path}`,
      { method, agent, headers: { accept: "application/json", ...(object && { "content-type": type }) } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          done({
            status: response.statusCode ?? 0,
            body: text.startsWith("{") ? JSON.parse(text) : { message: text },
            warnings: warningsIn(response.headersDistinct.warning ?? []),
          });
        });
      },
    );
    sent.on("error", failed);
    sent.end(object && JSON.stringify(object));
  });
}

/** `299 - "text"`, with quotes and backslashes escaped: https://www.rfc-editor.org/rfc/rfc7234#section-5.5 */
function warningsIn(headers: string[]): string[] {
  return headers.flatMap((header) =>
    [...header.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text]) =>
      (text ?? "").replace(/\\(.)/g, "$1"),
    ),
  );
}
