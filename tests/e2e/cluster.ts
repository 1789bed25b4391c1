// What the tests look at in the cluster and through its ingress, past all of our own code.

import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { AppsV1Api, CoreV1Api, KubeConfig, NetworkingV1Api } from "@kubernetes/client-node";
import { readPlatform } from "../../local/platform/paths";

export interface Answer {
  status: number;
  body: string;
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
  };
}

/** The ports of this machine that lead to the ingress. */
export const ports = () => platform().ports;

/** One request through the ingress. With https the certificate is checked against the node's own authority. */
export function ask(
  url: string,
  { method = "GET", body, trust = true }: { method?: string; body?: object; trust?: boolean } = {},
): Promise<Answer> {
  const { hostname, pathname, protocol } = new URL(url);
  const secure = protocol === "https:";
  const send = secure ? httpsRequest : httpRequest;
  return new Promise((done, failed) => {
    const request = send(
      {
        host: "127.0.0.1",
        port: secure ? ports().https : ports().http,
        path: pathname,
        method,
        headers: { host: hostname, ...(body && { "content-type": "application/json" }) },
        ...(secure && { servername: hostname, ...(trust && { ca: readFileSync(platform().ingressCa) }) }),
      },
      (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => {
          text += chunk;
        });
        response.on("end", () => done({ status: response.statusCode ?? 0, body: text }));
      },
    );
    request.on("error", failed);
    request.end(body && JSON.stringify(body));
  });
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
