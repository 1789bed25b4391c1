// The API server as this provider uses it: finding a kind's address, reading and writing one object, watching
// many. Answers come as the server's plain JSON, without the typed client's models: they cost half a second to
// load and drop what they don't know.
import * as http from "node:http";
import * as https from "node:https";
import { setTimeout as pause } from "node:timers/promises";
import { Informer, type WatchEvent } from "./informer";
import type { Connection } from "./kubeconfig";
import { type Fields, fields, isFields, items, type KubeObject, nameOf, namespaceOf, text } from "./object";

/** A refusal by the API server: its message, and the reason that programs go by. */
export class ApiError extends Error {
  constructor(
    readonly code: number,
    readonly status: Fields,
  ) {
    super(text(status, "message") || `the server answered with status ${code}`);
  }
  is(reason: "NotFound" | "AlreadyExists" | "Conflict" | "Forbidden" | "Invalid"): boolean {
    return text(this.status, "reason") === reason;
  }
}
/** The API server doesn't serve this kind: its CRD is missing, or the apiVersion is gone. */
export class NoMatchError extends Error {
  constructor(apiVersion: string, kind: string) {
    super(`no matches for kind "${kind}" in version "${apiVersion}"`);
  }
}
export const isApiError = (error: unknown, reason: Parameters<ApiError["is"]>[0]): error is ApiError =>
  error instanceof ApiError && error.is(reason);

export interface Write {
  fieldManager: string;
  dryRun: boolean;
  force?: boolean;
}

export class Cluster {
  private readonly agent: http.Agent;
  private readonly served = new Map<string, Promise<Fields[]>>();
  private readonly informers = new Map<string, Informer>();

  constructor(
    private readonly to: Connection,
    readonly signal: AbortSignal,
  ) {
    const options = { keepAlive: true, ...to.tls };
    this.agent = to.server.startsWith("https:")
      ? new https.Agent(options)
      : new http.Agent({ keepAlive: true });
  }

  /** Opens a request and gives its response, whatever its status. */
  open(method: string, path: string, body?: Value, type?: string): Promise<http.IncomingMessage> {
    const url = this.to.server + path;
    const content = body === undefined ? undefined : JSON.stringify(body);
    const headers: http.OutgoingHttpHeaders = {
      accept: "application/json",
      "user-agent": "pulumi-kubernetes-stand-in",
    };
    if (content !== undefined) {
      headers["content-type"] = type ?? "application/json";
      // Node doesn't tell the length of a DELETE's body by itself.
      headers["content-length"] = Buffer.byteLength(content);
    }
    if (this.to.token) headers.authorization = `Bearer ${this.to.token}`;
    else if (this.to.basic) headers.authorization = `Basic ${this.to.basic}`;
    const { request } = url.startsWith("https:") ? https : http;
    const options = { method, headers, agent: this.agent, signal: this.signal };
    const once = () =>
      new Promise<http.IncomingMessage>((resolve, reject) => {
        const sent = request(url, options, resolve);
        // A connection kept open may have been closed by the server meanwhile: nothing was done yet.
        const stale = (error: NodeJS.ErrnoException) => sent.reusedSocket && error.code === "ECONNRESET";
        sent.on("error", (error) => (stale(error) ? resolve(once()) : reject(error))).end(content);
      });
    return once();
  }

  async request(method: string, path: string, body?: Value, type?: string): Promise<Fields> {
    let response = await this.open(method, path, body, type);
    for (
      let again = 0;
      response.statusCode === 429 && response.headers["retry-after"] && again < 10;
      again++
    ) {
      response.resume();
      await pause(Number(response.headers["retry-after"]) * 1000, undefined, { signal: this.signal });
      response = await this.open(method, path, body, type);
    }
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const answer = Buffer.concat(chunks).toString();
    let parsed: unknown;
    try {
      parsed = JSON.parse(answer);
    } catch {
      parsed = { message: answer.trim() };
    }
    const result = isFields(parsed) ? parsed : {};
    const code = response.statusCode ?? 0;
    if (code >= 300) throw new ApiError(code, result);
    return result;
  }

  /** How a kind is served: its plural and its scope. */
  private async resource(apiVersion: string, kind: string): Promise<Fields> {
    let listed = this.served.get(apiVersion);
    if (listed === undefined) {
      const path = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
      listed = this.request("GET", path).then((answer) => items(answer, "resources") as Fields[]);
      this.served.set(apiVersion, listed);
    }
    const forget = () => this.served.delete(apiVersion);
    const resources = await listed.catch((error: unknown) => {
      forget();
      if (error instanceof ApiError && error.code === 404) return [];
      throw error;
    });
    const found = resources.find(
      (resource) => resource.kind === kind && !text(resource, "name").includes("/"),
    );
    if (found !== undefined) return found;
    forget();
    throw new NoMatchError(apiVersion, kind);
  }

  async serves(apiVersion: string, kind: string): Promise<boolean> {
    return this.resource(apiVersion, kind).then(
      () => true,
      () => false,
    );
  }

  async isNamespaced(apiVersion: string, kind: string): Promise<boolean | undefined> {
    const found = await this.resource(apiVersion, kind).catch(() => undefined);
    return found && found.namespaced === true;
  }

  private async path(object: Fields, name?: string): Promise<string> {
    const { apiVersion, kind } = object as KubeObject;
    const resource = await this.resource(apiVersion, kind);
    const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const namespace = resource.namespaced
      ? `/namespaces/${encodeURIComponent(namespaceOf(object) || "default")}`
      : "";
    const end = name === undefined ? "" : `/${encodeURIComponent(name)}`;
    return `${root}${namespace}/${text(resource, "name")}${end}`;
  }

  async get(like: Fields, name = nameOf(like)): Promise<KubeObject> {
    return (await this.request("GET", await this.path(like, name))) as KubeObject;
  }
  async create(object: KubeObject, write: Write): Promise<KubeObject> {
    return (await this.request("POST", (await this.path(object)) + query(write), object)) as KubeObject;
  }
  async replace(object: KubeObject, write: Write): Promise<KubeObject> {
    const path = (await this.path(object, nameOf(object))) + query(write);
    return (await this.request("PUT", path, object)) as KubeObject;
  }
  /** Server-side apply. JSON is YAML, so the body needs no other form. */
  async apply(object: KubeObject, write: Write): Promise<KubeObject> {
    const path = (await this.path(object, nameOf(object))) + query(write);
    return (await this.request("PATCH", path, object, "application/apply-patch+yaml")) as KubeObject;
  }
  async patch(like: Fields, operations: Fields[]): Promise<KubeObject> {
    const path = await this.path(like, nameOf(like));
    return (await this.request("PATCH", path, operations, "application/json-patch+json")) as KubeObject;
  }
  async remove(like: Fields, name: string, propagationPolicy: string): Promise<void> {
    await this.request("DELETE", await this.path(like, name), { propagationPolicy });
  }

  /** The objects of a kind in a namespace ("" for all), once. */
  async list(apiVersion: string, kind: string, namespace: string): Promise<KubeObject[]> {
    const answer = await this.request("GET", await this.collection(apiVersion, kind, namespace));
    const found = items(answer, "items") as Fields[];
    return found.map((item) => ({ ...item, apiVersion, kind, metadata: fields(item, "metadata") }));
  }

  private async collection(apiVersion: string, kind: string, namespace: string): Promise<string> {
    const resource = await this.resource(apiVersion, kind);
    const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const where = namespace && resource.namespaced ? `/namespaces/${encodeURIComponent(namespace)}` : "";
    return `${root}${where}/${text(resource, "name")}`;
  }

  /** Calls back for each object there is, and for each change from then on. Gives what ends it. */
  async watch(apiVersion: string, kind: string, namespace: string, heard: (event: WatchEvent) => void) {
    const path = await this.collection(apiVersion, kind, namespace);
    let informer = this.informers.get(path);
    if (informer === undefined) {
      informer = new Informer(this, path, apiVersion, kind);
      this.informers.set(path, informer);
    }
    return informer.subscribe(heard);
  }
}

type Value = Fields | Fields[];

function query(write: Write): string {
  const parameters = new URLSearchParams({ fieldManager: write.fieldManager });
  if (write.dryRun) parameters.set("dryRun", "All");
  if (write.force !== undefined) parameters.set("force", String(write.force));
  return `?${parameters}`;
}
