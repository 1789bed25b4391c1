// Who may talk to whom: what an independent tool reads out of the rendered network policies is exactly the graph of the
// plan, no connection more and none less. Every role is tried against every other, and against everybody outside.

import assert from "node:assert/strict";
import type { PodTemplateSpec } from "kubernetes-types/core/v1";
import type { NetworkPolicy } from "kubernetes-types/networking/v1";
import { parseAllDocuments } from "yaml";
import { planStack } from "../../src/plan/plan";
import type { Edge, PortPlan, StackPlan } from "../../src/plan/stack-plan";
import { renderStack } from "../../src/render/render";
import { operatorsPods } from "../objects/invariants";
import { sampleArgs } from "../sample";
import { allowed, buildCyclonus, type Connection, type End } from "./cyclonus";

const pod = (namespace: string, ip: string, labels: Record<string, string> = {}): End => ({
  ip,
  pod: { namespace, labels },
});

const KUBE_DNS = { "k8s-app": "kube-dns" };
const OPENSHIFT_DNS = { "dns.operator.openshift.io/daemonset-dns": "default" };
const PROMETHEUS = { "app.kubernetes.io/name": "prometheus" };
const role = (instance: string, component: string) => ({
  "app.kubernetes.io/instance": instance,
  "app.kubernetes.io/component": component,
});

/** Everybody outside of a stack. */
const OUTSIDE = {
  "a pod beside the stack's": pod("notes-prod", "10.9.0.1", { app: "x" }),
  "another stack's backend": pod("shop-prod", "10.9.0.2", role("shop", "backend")),
  "the backend in dev": pod("notes-dev", "10.9.0.3", role("notes", "backend")),
  "kube-dns": pod("kube-system", "10.9.0.4", KUBE_DNS),
  "a pod beside kube-dns": pod("kube-system", "10.9.0.5"),
  "a pod that looks like kube-dns": pod("shop-prod", "10.9.0.6", KUBE_DNS),
  "OpenShift's DNS": pod("openshift-dns", "10.9.0.7", OPENSHIFT_DNS),
  traefik: pod("traefik", "10.9.0.8"),
  prometheus: pod("monitoring", "10.9.0.9", PROMETHEUS),
  grafana: pod("monitoring", "10.9.0.10", { "app.kubernetes.io/name": "grafana" }),
  keda: pod("keda", "10.9.0.11"),
  etl: pod("reports", "10.9.0.12", { app: "etl" }),
  "a pod beside etl": pod("reports", "10.9.0.13", { app: "x" }),
  "the database's operator": pod("cnpg-system", "10.9.0.15", { "app.kubernetes.io/name": "cloudnative-pg" }),
  "a pod beside the operator": pod("cnpg-system", "10.9.0.16"),
  collector: pod("observability", "10.9.0.14"),
  "NodeLocal DNS": { ip: "169.254.20.10" },
  "the metadata service": { ip: "169.254.169.254" },
  "the API server": { ip: "10.0.0.2" },
  "a time server": { ip: "192.168.1.1" },
  "an IPv6 address of the company": { ip: "fd12::1" },
  "a public server": { ip: "1.1.1.1" },
  "a public IPv6 server": { ip: "2606:4700::1111" },
  "the mail server": { ip: "203.0.113.5" },
  "the mail server's neighbour": { ip: "203.0.113.200" },
} as const satisfies Record<string, End>;

type Who = keyof typeof OUTSIDE;
const everybody = Object.keys(OUTSIDE) as Who[];
const butMetadata = everybody.filter((who) => who !== "the metadata service");
const PUBLIC: Who[] = [
  "a public server",
  "a public IPv6 server",
  "the mail server",
  "the mail server's neighbour",
];

interface Case {
  title: string;
  args: object;
  /** Who is meant by each peer of the plan: told by hand, not worked out from the plan. */
  meant: Record<string, readonly Who[]>;
  /** The name servers, and their port. */
  dns: [who: Who, port: number][];
}

const command = ["run"];
const image = `registry.example.com/other@sha256:${"a".repeat(64)}`;
const pinned = (args = sampleArgs()) => ({
  ...args,
  backend: { ...args.backend },
  frontend: { ...args.frontend },
});
const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }];

const whole = () => ({
  ...pinned(),
  ingress: { controller: "traefik" },
  postgres: { storage: "1Gi", backup: {} },
  backend: {
    ...sampleArgs().backend,
    metrics: { port: 9100 },
    egress: {
      mail: { cidr: "203.0.113.0/24", except: ["203.0.113.128/25"], ports: [587] },
      web: { ports: [443] },
      time: { cidr: "192.168.1.1/32", ports: [123], protocol: "UDP" },
    },
    ingressFrom: {
      etl: { namespace: "reports", podLabels: { app: "etl" } },
      any: { namespace: "reports", ports: [8001] },
    },
  },
  services: { admin: { image, port: 8001, env: { API: "${backend.url}" } } },
  workers: {
    celery: { command, autoscaling: { maxReplicas: 5, queue: {} } },
    quiet: { image, egress: { everything: { cidr: "0.0.0.0/0" } } },
  },
  schedulers: { beat: { command, egress: { mail: null, web: null, time: null } } },
  cronJobs: { cleanup: { image, schedule: "@daily", command, serviceAccount: { rules } } },
  migration: { command },
  monitoring: { podLabels: PROMETHEUS },
  telemetry: { endpoint: "http://otel.observability.svc:4318" },
});

const meantByWhole: Case["meant"] = {
  ingress: ["traefik"],
  "monitoring.prometheus": ["prometheus"],
  "telemetry.endpoint": ["collector"],
  "keda.keda": ["keda"],
  "backend.egress.mail": ["the mail server"],
  "backend.egress.web": PUBLIC,
  "backend.egress.time": ["a time server"],
  "backend.ingressFrom.etl": ["etl"],
  "backend.ingressFrom.any": ["etl", "a pod beside etl"],
  // A block of addresses means pods too, where theirs are in it.
  "workers.quiet.egress.everything": butMetadata.filter((who) => !OUTSIDE[who].ip.includes(":")),
  "cluster.apiServer": butMetadata,
};

const KUBE_DNS_USUAL: Case["dns"] = [
  ["kube-dns", 53],
  ["NodeLocal DNS", 53],
];

const CASES: Case[] = [
  {
    title: "the sample",
    args: pinned(),
    // Nobody says which controller it is: any pod may be.
    meant: { ingress: everybody.filter((who) => "pod" in OUTSIDE[who]) },
    dns: KUBE_DNS_USUAL,
  },
  {
    title: "a product with all roles, watched and scaled from outside, and talking to others",
    args: whole(),
    meant: meantByWhole,
    dns: KUBE_DNS_USUAL,
  },
  {
    title: "a product whose name servers, API server and ingress are elsewhere",
    args: {
      ...whole(),
      ingress: { controller: "traefik", controllerNamespace: "reports", controllerCidrs: ["192.168.0.0/16"] },
      networkPolicies: {
        dns: { namespace: "openshift-dns", podLabels: OPENSHIFT_DNS, port: 5353, cidrs: [] },
        apiServer: { cidrs: ["10.0.0.2/32"], ports: [6443] },
      },
    },
    meant: {
      ...meantByWhole,
      ingress: ["etl", "a pod beside etl", "a time server"],
      "cluster.apiServer": ["the API server"],
    },
    dns: [["OpenShift's DNS", 5353]],
  },
  {
    title: "a product whose database an operator runs",
    args: { ...pinned(), ingress: { controller: "traefik" }, postgres: { mode: "cloudnative-pg" } },
    meant: {
      ingress: ["traefik"],
      "cloudnative-pg.operator": ["the database's operator"],
      "cluster.apiServer": butMetadata,
    },
    dns: KUBE_DNS_USUAL,
  },
];

interface Rendered {
  kind: string;
  metadata: { name?: string };
  spec?: { template?: PodTemplateSpec; jobTemplate?: { spec: { template: PodTemplateSpec } } };
}

interface Subject {
  plan: StackPlan;
  policies: NetworkPolicy[];
  /** The pods of each role, as their template is rendered, with the port that they listen on. */
  roles: Map<string, End & { port?: number }>;
}

function subject(args: object): Subject {
  const { plan, problems } = planStack({ name: "notes", stack: "acc" }, { ...args, namespace: "notes-prod" });
  assert.deepEqual(problems, []);
  const objects = parseAllDocuments(renderStack(plan)).map((document) => document.toJS() as Rendered);
  const templates = objects.flatMap(({ spec }) => spec?.template ?? spec?.jobTemplate?.spec.template ?? []);
  const roles = templates.map(({ metadata, spec }, index) => {
    const labels = metadata?.labels ?? {};
    const port = spec?.containers[0]?.ports?.[0]?.containerPort;
    return [
      labels["app.kubernetes.io/component"] ?? "",
      { ...pod("notes-prod", `10.1.0.${index + 1}`, labels), port },
    ] as const;
  });
  // The database's own pods, where an operator makes them: by its labels, in the same place.
  const operated = objects.flatMap((object) => operatorsPods(object));
  for (const labels of operated) {
    roles.push(["postgres", { ...pod("notes-prod", "10.1.1.1", labels), port: 5432 }] as const);
  }
  const policies = objects.filter(({ kind }) => kind === "NetworkPolicy") as NetworkPolicy[];
  return { plan, policies, roles: new Map(roles) };
}

/** Every connection that is tried, each with a name. */
function tried({ plan, roles }: Subject): (Connection & { name: string; fromId: string; toId: string })[] {
  const named: [string, End][] = [...roles, ...Object.entries(OUTSIDE)];
  const all = [...plan.edges, ...plan.network.peers].flatMap(({ ports = [] }) => ports.map(numberOf));
  const ports = new Set([...all, ...[...roles.values()].flatMap(({ port }) => port ?? []), 22, 53, 5353]);
  return named.flatMap(([fromId, from]) =>
    named
      .filter(([toId]) => toId !== fromId && (roles.has(fromId) || roles.has(toId)))
      .flatMap(([toId, to]) =>
        [...ports].flatMap((port) =>
          (["TCP", "UDP"] as const)
            .filter((protocol) => protocol === "TCP" || [53, 123, 5353].includes(port))
            .map((protocol) => ({
              name: `${fromId} → ${toId} ${port}/${protocol}`,
              from,
              to,
              port,
              protocol,
              fromId,
              toId,
            })),
        ),
      ),
  );
}

/** A port that nobody has to wait for a deployment to learn. */
function numberOf({ port }: PortPlan): number {
  assert.ok(typeof port === "number");
  return port;
}

/** The names of the connections that the graph has. */
function expected({ meant, dns }: Case, whole: Subject): Set<string> {
  const { plan, roles } = whole;
  const isAt = (id: string, edgeEnd: string) =>
    roles.has(id) ? edgeEnd === id : meant[edgeEnd]?.includes(id as Who);
  const offered = ({ to, ports }: Edge): readonly PortPlan[] | undefined => {
    const peer = plan.network.peers.find(({ id }) => id === to);
    const own = roles.get(to)?.port;
    return ports ?? peer?.ports ?? (own === undefined ? undefined : [{ port: own, protocol: "TCP" }]);
  };
  const found = tried(whole).filter(({ fromId, toId, port, protocol }) => {
    const asksForNames = plan.edges.some(({ from }) => from === fromId);
    if (roles.has(fromId) && asksForNames && dns.some(([who, at]) => who === toId && at === port))
      return true;
    return plan.edges.some((edge) => {
      if (!isAt(fromId, edge.from) || !isAt(toId, edge.to)) return false;
      const ports = offered(edge);
      return ports?.some((each) => numberOf(each) === port && each.protocol === protocol) ?? true;
    });
  });
  return new Set(found.map(({ name }) => name));
}

/** What the tool allows and the graph hasn't, and the other way round. */
async function difference(example: Case, whole: Subject): Promise<{ more: string[]; less: string[] }> {
  const connections = tried(whole);
  const answers = await allowed(whole.policies, connections);
  const graph = expected(example, whole);
  const open = connections.filter((_, index) => answers[index]).map(({ name }) => name);
  const known = new Set(open);
  return {
    more: open.filter((name) => !graph.has(name)),
    less: [...graph].filter((name) => !known.has(name)),
  };
}

describe("Who may talk to whom", function () {
  this.timeout(600_000);

  before("cyclonus", async function () {
    this.timeout(30 * 60_000);
    await buildCyclonus();
  });

  for (const example of CASES) {
    it(`is exactly the graph of ${example.title}`, async () => {
      const whole = subject(example.args);
      for (const { id } of whole.plan.network.peers) assert.ok(example.meant[id], `who is ${id}?`);
      assert.ok(expected(example, whole).size > 20);
      assert.deepEqual(await difference(example, whole), { more: [], less: [] });
    });
  }

  const [sample] = CASES as [Case];

  it("would be seen to be more, if a policy opened what no edge says (control)", async () => {
    const whole = subject(sample.args);
    const policy = whole.policies.find(({ metadata }) => metadata?.name === "notes-postgres");
    policy?.spec?.ingress?.push({ from: [{ podSelector: {} }], ports: [{ port: 5432, protocol: "TCP" }] });
    const { more, less } = await difference(sample, whole);
    assert.deepEqual(less, []);
    assert.ok(more.includes("a pod beside the stack's → postgres 5432/TCP"), more.join());
  });

  it("would be seen to be less, if a policy forgot an edge (control)", async () => {
    const whole = subject(sample.args);
    const policy = whole.policies.find(({ metadata }) => metadata?.name === "notes-redis");
    policy?.spec?.ingress?.pop();
    assert.deepEqual(await difference(sample, whole), { more: [], less: ["backend → redis 6379/TCP"] });
  });

  it("would be seen to be all, without policies (control)", async () => {
    const whole = subject({ ...sample.args, networkPolicies: { enabled: false } });
    assert.deepEqual(whole.policies, []);
    const { more, less } = await difference(sample, whole);
    assert.equal(more.length + expected(sample, whole).size, tried(whole).length);
    assert.deepEqual(less, []);
  });
});
