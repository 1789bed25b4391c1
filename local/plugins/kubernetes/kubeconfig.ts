// Kubeconfigs: from a file, from text, or the ones KUBECONFIG names; which cluster is meant, and how to connect
// to it. Auth plugins other than `exec` and proxies are refused: the local platform's cluster has none.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import type { AgentOptions } from "node:https";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { type Fields, fields, isFields, items, text } from "./object";

export interface Kubeconfig {
  currentContext: string;
  clusters: Map<string, Fields>;
  contexts: Map<string, Fields>;
  users: Map<string, Fields>;
}
export interface Choice {
  context?: string;
  cluster?: string;
  namespace?: string;
}
export interface Connection {
  server: string;
  tls: AgentOptions;
  token: string | undefined;
  basic: string | undefined;
}

const files = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];

/** Entries by name; paths in them count from the file's own folder. */
function named(list: Fields[], part: string, folder: string): Map<string, Fields> {
  return new Map(
    list.map((entry) => {
      const content = { ...fields(entry, part) };
      for (const key of files) if (content[key]) content[key] = resolve(folder, text(content, key));
      return [text(entry, "name"), content];
    }),
  );
}

function parsed(content: string, folder: string): Kubeconfig {
  const { parse } = require("yaml") as typeof import("yaml");
  const config: unknown = content.trimStart().startsWith("{") ? JSON.parse(content) : parse(content);
  if (!isFields(config)) throw new Error("it is neither a file nor the content of a kubeconfig");
  return {
    currentContext: text(config, "current-context"),
    clusters: named(items(config, "clusters") as Fields[], "cluster", folder),
    contexts: named(items(config, "contexts") as Fields[], "context", folder),
    users: named(items(config, "users") as Fields[], "user", folder),
  };
}

export function kubeconfigFrom(pathOrContent: string): Kubeconfig {
  const path = pathOrContent.replace(/^~(?=$|\/)/, homedir());
  return existsSync(path)
    ? parsed(readFileSync(path, "utf8"), dirname(path))
    : parsed(pathOrContent, process.cwd());
}

/** The files that KUBECONFIG lists, the first to say something winning, or ~/.kube/config. */
export function ambientKubeconfig(): Kubeconfig {
  const paths = (process.env.KUBECONFIG || join(homedir(), ".kube", "config")).split(delimiter);
  const configs = paths.filter((path) => path && existsSync(path)).map(kubeconfigFrom);
  if (configs.length === 0) throw new Error("invalid configuration: no configuration has been provided");
  const merged = (part: "clusters" | "contexts" | "users") =>
    new Map(configs.toReversed().flatMap((config) => [...config[part]]));
  return {
    currentContext: configs.find((config) => config.currentContext)?.currentContext ?? "",
    clusters: merged("clusters"),
    contexts: merged("contexts"),
    users: merged("users"),
  };
}

const contextOf = (config: Kubeconfig, choice: Choice) =>
  config.contexts.get(choice.context || config.currentContext);

export function activeCluster(config: Kubeconfig, choice: Choice): Fields | undefined {
  const context = contextOf(config, choice);
  if (context === undefined) return undefined;
  return config.clusters.get(choice.cluster || text(context, "cluster"));
}

export function namespaceFor(config: Kubeconfig, choice: Choice): string {
  return choice.namespace || text(contextOf(config, choice), "namespace") || "default";
}

export function connection(config: Kubeconfig, choice: Choice): Connection {
  const wanted = choice.context || config.currentContext;
  const context = contextOf(config, choice);
  if (context === undefined) throw new Error(`context "${wanted}" does not exist`);
  const cluster = activeCluster(config, choice);
  if (cluster === undefined || !text(cluster, "server")) {
    throw new Error(
      `invalid configuration: no server found for cluster "${choice.cluster || text(context, "cluster")}"`,
    );
  }
  if (cluster["proxy-url"]) throw new Error("the stand-in for the Kubernetes provider supports no proxy-url");
  const user = { ...(config.users.get(text(context, "user")) ?? {}) };
  if (user["auth-provider"])
    throw new Error("the stand-in for the Kubernetes provider supports no auth-provider");
  if (isFields(user.exec)) Object.assign(user, executed(user.exec));
  const tokenFile = text(user, "tokenFile");
  const basic = user.username ? `${text(user, "username")}:${text(user, "password")}` : undefined;
  return {
    server: text(cluster, "server").replace(/\/$/, ""),
    tls: {
      ca: bytes(cluster, "certificate-authority"),
      cert: bytes(user, "client-certificate"),
      key: bytes(user, "client-key"),
      rejectUnauthorized: cluster["insecure-skip-tls-verify"] !== true,
      ...(cluster["tls-server-name"] ? { servername: text(cluster, "tls-server-name") } : {}),
    },
    token: text(user, "token") || (tokenFile && readFileSync(tokenFile, "utf8").trim()) || undefined,
    basic: basic && Buffer.from(basic).toString("base64"),
  };
}

function bytes(from: Fields, key: string): Buffer | undefined {
  const data = text(from, `${key}-data`);
  if (data) return Buffer.from(data, "base64");
  const path = text(from, key);
  return path ? readFileSync(path) : undefined;
}

/** The credentials that an `exec` plugin prints. */
function executed(exec: Fields): Fields {
  const env = items(exec, "env").map((entry) => [text(entry, "name"), text(entry, "value")]);
  const info = JSON.stringify({
    apiVersion: exec.apiVersion,
    kind: "ExecCredential",
    spec: { interactive: false },
  });
  const output = execFileSync(text(exec, "command"), items(exec, "args").map(String), {
    env: { ...process.env, ...Object.fromEntries(env), KUBERNETES_EXEC_INFO: info },
    encoding: "utf8",
  });
  const status = fields(JSON.parse(output), "status");
  const pem = (key: string) => (status[key] ? Buffer.from(text(status, key)).toString("base64") : undefined);
  return {
    token: status.token,
    "client-certificate-data": pem("clientCertificateData"),
    "client-key-data": pem("clientKeyData"),
  };
}
