// From the provider's options to a session: finds the cluster and makes sure that it answers. One that doesn't is
// no error yet, since a preview can do without.
import { Cluster } from "./cluster";
import { configuredKubeconfig, type Options } from "./configuration";
import { connection, namespaceFor } from "./kubeconfig";
import type { Send } from "./log";
import { messageOf } from "./partial-failure";
import type { Session } from "./session";

const answerWithin = 30_000;

export async function connect(
  options: Options,
  acceptSecrets: boolean,
  send: Send,
  signal: AbortSignal,
): Promise<Session> {
  const session: Session = {
    cluster: undefined,
    reason: "",
    namespace: options.choice.namespace || "default",
    options,
    acceptSecrets,
    send,
    scopes: new Map(),
  };
  let stage = options.kubeconfig
    ? "failed to parse kubeconfig data in `kubernetes:config:kubeconfig`"
    : "unable to load Kubernetes client configuration from kubeconfig file";
  try {
    const kubeconfig = configuredKubeconfig(options);
    session.namespace = namespaceFor(kubeconfig, options.choice);
    stage = "unable to load Kubernetes client configuration from kubeconfig file";
    const cluster = new Cluster(connection(kubeconfig, options.choice), signal);
    stage = "unable to load schema information from the API server";
    await answers(cluster);
    session.cluster = cluster;
  } catch (error) {
    session.reason = `${stage}: ${messageOf(error)}`;
  }
  return session;
}

/** Asks for what only a known user gets. */
async function answers(cluster: Cluster): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer within 30 seconds")), answerWithin);
  });
  await Promise.race([cluster.request("GET", "/api"), late]).finally(() => clearTimeout(timer));
}
