// The objects of the recorded waits, by the names they have there: those that become ready, fail, or never get
// there. The recordings' image was a tiny one with /bin/sleep; SERVICE_STACK_TEST_IMAGE names the node's.
import type { Fields, Value } from "../../../local/plugins/kubernetes/object";
import type { Declared } from "./program";

const image = process.env.SERVICE_STACK_TEST_IMAGE ?? "127.0.0.1:5000/pause:1";

export const container = (...command: string[]): Fields => ({ name: "c", image, command });
const sleep = container("/bin/sleep", "100000");
const never: Fields = { ...sleep, readinessProbe: { exec: { command: ["/bin/false"] }, periodSeconds: 1 } };

const customTimeouts = { create: "20s", update: "20s" };
const declared = (name: string, type: string, args: Fields): Declared => ({
  name,
  type,
  args,
  options: { customTimeouts },
});

const template = (app: string, one: Fields, spec: Fields = {}): Fields => ({
  metadata: { labels: { app } },
  spec: { containers: [one], terminationGracePeriodSeconds: 0, ...spec },
});
const deployment = (name: string, one: Fields, replicas = 1) =>
  declared(name, "apps.v1.Deployment", {
    spec: { replicas, selector: { matchLabels: { app: name } }, template: template(name, one) },
  });
const statefulSet = (name: string, fixed: string, one: Fields) =>
  declared(name, "apps.v1.StatefulSet", {
    metadata: { name: fixed },
    spec: {
      replicas: 1,
      serviceName: "x",
      selector: { matchLabels: { app: name } },
      template: template(name, one),
    },
  });
const job = (name: string, ...command: string[]) =>
  declared(name, "batch.v1.Job", {
    spec: {
      backoffLimit: 0,
      template: { spec: { restartPolicy: "Never", containers: [container(...command)] } },
    },
  });
const pod = (name: string, one: Fields, spec: Fields = {}) =>
  declared(name, "core.v1.Pod", template(name, one, spec));
const service = (name: string, app: string, spec: Fields = {}) =>
  declared(name, "core.v1.Service", { spec: { selector: { app }, ports: [{ port: 80 }], ...spec } });
const ingress = (name: string, ingressClassName: Value, host: string) => {
  const backend = { service: { name: "nosvc", port: { number: 80 } } };
  const rules = [{ host, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }];
  return declared(name, "networking.v1.Ingress", { spec: { ingressClassName, rules } });
};

const skipAwait = (resource: Declared): Declared => {
  const metadata = { ...(resource.args.metadata as Fields), annotations: { "pulumi.com/skipAwait": "true" } };
  return { ...resource, args: { ...resource.args, metadata } };
};

/**
 * What the Services of the recorded waits select, there before them. The ready one is waited for: on a new node the
 * image is pulled for it, which is not to be measured.
 */
export const pods: Declared[] = [
  { ...pod("ready-pod", sleep), options: {} },
  skipAwait(pod("unready-pod", never)),
];

export const waiting: Declared[] = [
  pod("pod-becomes-ready", sleep),
  pod("pod-completes", container("/bin/true"), { restartPolicy: "Never" }),
  job("job-completes", "/bin/true"),
  job("job-fails", "/bin/sh", "-c", "exit 5"),
  job("job-hangs", "/bin/sleep", "100000"),
  deployment("deployment-becomes-ready", sleep),
  deployment("deployment-zero-replicas", sleep, 0),
  deployment("deployment-crash-loops", container("/bin/false")),
  deployment("deployment-never-ready", never),
  deployment("deployment-image-not-found", { ...sleep, image: "127.0.0.1:5000/no/such:1" }),
  statefulSet("statefulset-becomes-ready", "sok", sleep),
  statefulSet("statefulset-crash-loops", "scl", container("/bin/false")),
  service("service-headless", "none", { clusterIP: "None" }),
  service("service-matches-no-pod", "none"),
  service("service-of-ready-pod", "ready-pod"),
  service("service-of-unready-pod", "unready-pod"),
  service("service-loadbalancer", "ready-pod", { type: "LoadBalancer" }),
  ingress("ingress-with-controller-without-service", "traefik", "d.localhost"),
  ingress("ingress-without-controller", "none", "c.localhost"),
];
