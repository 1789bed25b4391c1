// What the tests look at in the cluster and through its ingress, past all of our own code.

import { readFileSync } from "node:fs";
import { request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import {
  AppsV1Api,
  AutoscalingV2Api,
  BatchV1Api,
  CoreV1Api,
  KubeConfig,
  NetworkingV1Api,
  PolicyV1Api,
} from "@kubernetes/client-node";
import { readPlatform } from "../../local/platform/paths";

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Question {
  method?: string;
  headers?: Record<string, string>;
  /** An object is sent as JSON, text and bytes as they are. */
  body?: object | string | Buffer;
  trust?: boolean;
}

function platform() {
  const found = readPlatform();
  if (!found) throw new Error("the node isn't up");
  return found;
}

/** Clients of the node's API server. */
export function cluster() {
  const config = new KubeConfig();
  config.loadFromFile(platform().kubeconfig);
  return {
    core: config.makeApiClient(CoreV1Api),
    apps: config.makeApiClient(AppsV1Api),
    networking: config.makeApiClient(NetworkingV1Api),
    policy: config.makeApiClient(PolicyV1Api),
    scaling: config.makeApiClient(AutoscalingV2Api),
    batch: config.makeApiClient(BatchV1Api),
  };
}

/** The ports of this machine that lead to the ingress. */
export const ports = () => platform().ports;

/** A name that the node's certificate is for, to ask for hosts that it isn't for. */
const certified = (hostname: string) =>
  hostname.endsWith(".localhost") ? hostname : "example.dev.localhost";

/** Where a request for `url` goes, and as what. With https the certificate is checked against the node's own authority. */
export function through(url: string, { method, headers, trust = true }: Question = {}): RequestOptions {
  const { hostname, pathname, search, protocol } = new URL(url);
  const secure = protocol === "https:";
  return {
    host: "127.0.0.1",
    port: secure ? ports().https : ports().http,
    path: pathname + search,
    method,
    headers: { host: hostname, ...headers },
    ...(secure && {
      servername: certified(hostname),
      ...(trust && { ca: readFileSync(platform().ingressCa) }),
    }),
  };
}

/** One request through the ingress; redirects aren't followed. */
export function ask(url: string, question: Question = {}): Promise<Answer> {
  const { body } = question;
  const json = typeof body === "object" && !Buffer.isBuffer(body);
  const headers = { ...(json && { "content-type": "application/json" }), ...question.headers };
  const send = url.startsWith("https:") ? httpsRequest : httpRequest;
  return new Promise((done, failed) => {
    const request = send(through(url, { ...question, headers }), (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => {
        text += chunk;
      });
      response.on("end", () =>
        done({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
    });
    request.on("error", failed);
    request.end(json ? JSON.stringify(body) : body);
  });
}

interface Asking extends Question {
  /** How long to wait between two requests; by itself not at all. */
  everyMs?: number;
  /** What is counted; by itself the status. */
  by?: (answer: Answer) => string | number;
}

/** What ends those that ask and that nobody has told to stop, for their test failed. */
const asked = new Set<() => void>();

export function stopAsking(): void {
  for (const stop of asked) stop();
}

/** Asks again and again until it is told to stop; how often each status came is returned then. 0 stands for no answer. */
export function asking(
  url: string,
  { everyMs = 0, by = ({ status }) => status, ...question }: Asking = {},
): () => Promise<Record<string, number>> {
  let stopped = false;
  const stop = () => {
    stopped = true;
    asked.delete(stop);
  };
  asked.add(stop);
  const seen: Record<string, number> = {};
  const loop = async () => {
    while (!stopped) {
      const kind = await ask(url, question).then(by, () => 0);
      seen[kind] = (seen[kind] ?? 0) + 1;
      if (everyMs > 0) await new Promise((next) => setTimeout(next, everyMs));
    }
  };
  const done = loop();
  return async () => {
    stop();
    await done;
    return seen;
  };
}

/** The names of the pods of a role, by age. */
export async function podsOf(namespace: string, role: string): Promise<string[]> {
  const { items } = await cluster().core.listNamespacedPod({
    namespace,
    labelSelector: `app.kubernetes.io/component=${role}`,
  });
  return items
    .filter(({ metadata }) => !metadata?.deletionTimestamp)
    .map(({ metadata }) => metadata?.name ?? "");
}
