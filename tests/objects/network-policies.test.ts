// Network policies: the plan's edges, and nothing else. That other eyes see the same in them is tested with an
// independent tool in tests/e2e/policies.test.ts.

import assert from "node:assert/strict";
import type { NetworkPolicy } from "kubernetes-types/networking/v1";
import { networkPolicies } from "../../src/objects/network-policies";
import { stackObjects } from "../../src/objects/objects";
import { API_SERVER, planNetwork } from "../../src/plan/network";
import { planStack } from "../../src/plan/plan";
import type { NetworkPoliciesArgs } from "../../src/schema/network-args";
import type { ServiceStackArgs } from "../../src/schema/stack-args";
import { sampleArgs } from "../sample";

const planOf = (more: Partial<ServiceStackArgs> = {}) =>
  planStack({ name: "notes", stack: "dev" }, { ...sampleArgs(), ...more }).plan;

const policyOf = (plan: ReturnType<typeof planOf>, role: string) => {
  const found = networkPolicies(plan).find(({ id }) => id === `${role}-network`);
  return (found?.object as NetworkPolicy | undefined)?.spec;
};

const backend = (more: object) => planOf({ backend: { ...sampleArgs().backend, ...more } });

describe("A network policy", () => {
  it("lets the ingress controller's namespace reach the port of a process with a path", () => {
    const plan = planOf({ ingress: { controllerNamespace: "traefik" } });
    assert.deepEqual(policyOf(plan, "frontend")?.ingress, [
      {
        from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "traefik" } } }],
        ports: [{ protocol: "TCP", port: 8080 }],
      },
    ]);
  });

  it("gives a role that calls nobody no way out, not even to the name servers", () => {
    assert.deepEqual(policyOf(planOf(), "frontend")?.egress, []);
    assert.deepEqual(policyOf(planOf(), "postgres")?.egress, []);
  });

  it("finds the name servers in kube-system, or on the node, over UDP and TCP", () => {
    const ports = [
      { protocol: "UDP", port: 53 },
      { protocol: "TCP", port: 53 },
    ];
    const namespaceSelector = { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } };
    const podSelector = { matchLabels: { "k8s-app": "kube-dns" } };
    assert.deepEqual(policyOf(planOf(), "backend")?.egress?.slice(0, 2), [
      { to: [{ namespaceSelector, podSelector }], ports },
      { to: [{ ipBlock: { cidr: "169.254.20.10/32" } }], ports },
    ]);
  });

  it("finds the name servers where the cluster has them", () => {
    const podLabels = { "dns.operator.openshift.io/daemonset-dns": "default" };
    const dns = { namespace: "openshift-dns", podLabels, port: 5353, cidrs: [] };
    const [first, second] = policyOf(planOf({ networkPolicies: { dns } }), "backend")?.egress ?? [];
    assert.deepEqual(
      first?.ports?.map(({ port }) => port),
      [5353, 5353],
    );
    assert.deepEqual(first?.to?.[0]?.podSelector?.matchLabels, podLabels);
    assert.deepEqual(second?.to?.[0]?.podSelector?.matchLabels, {
      "app.kubernetes.io/instance": "notes",
      "app.kubernetes.io/component": "postgres",
    });
  });

  it("opens a role's egress for that role alone", () => {
    const plan = backend({ egress: { mail: { cidr: "203.0.113.0/24", ports: [587] } } });
    const opened = { to: [{ ipBlock: { cidr: "203.0.113.0/24" } }], ports: [{ protocol: "TCP", port: 587 }] };
    assert.deepEqual(policyOf(plan, "backend")?.egress?.at(-1), opened);
    assert.deepEqual(policyOf(plan, "frontend")?.egress, []);
  });

  it("selects pods of another namespace by namespace and labels together", () => {
    const plan = backend({ ingressFrom: { reports: { namespace: "reports", podLabels: { app: "etl" } } } });
    assert.deepEqual(policyOf(plan, "backend")?.ingress?.[0], {
      from: [
        {
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "reports" } },
          podSelector: { matchLabels: { app: "etl" } },
        },
      ],
      ports: [{ protocol: "TCP", port: 8000 }],
    });
  });

  it("leads to the API server by its ports, for who has that edge", () => {
    const withEdge = (args: NetworkPoliciesArgs) => {
      const plan = planOf();
      const edges = [{ from: "frontend", to: API_SERVER }];
      return policyOf(
        { ...plan, edges, network: planNetwork(args, undefined, edges, [], false, []) },
        "frontend",
      );
    };
    const known = { apiServer: { cidrs: ["10.0.0.2/32"], ports: [6443] } };
    const [anywhere, there] = [withEdge({}), withEdge(known)].map((spec) => spec?.egress?.at(-1));
    const metadata = (cidr: string) => ({
      cidr,
      except: [cidr === "::/0" ? "fd00:ec2::254/128" : "169.254.169.254/32"],
    });
    assert.deepEqual(anywhere, {
      to: [{ ipBlock: metadata("0.0.0.0/0") }, { ipBlock: metadata("::/0") }],
      ports: [
        { protocol: "TCP", port: 443 },
        { protocol: "TCP", port: 6443 },
      ],
    });
    assert.deepEqual(there, {
      to: [{ ipBlock: { cidr: "10.0.0.2/32" } }],
      ports: [{ protocol: "TCP", port: 6443 }],
    });
  });

  it("lets an authority's challenge through to cert-manager's pods, where that makes the certificate", () => {
    const solver = (tls: object) => {
      const ingress = { controllerNamespace: "traefik", tls: { enabled: true, ...tls } };
      const found = networkPolicies(planOf({ ingress })).find(({ id }) => id === "acme-solver-network");
      return (found?.object as NetworkPolicy | undefined)?.spec;
    };
    assert.deepEqual(solver({ issuer: { name: "letsencrypt" } }), {
      podSelector: { matchLabels: { "acme.cert-manager.io/http01-solver": "true" } },
      policyTypes: ["Ingress", "Egress"],
      ingress: [
        {
          from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "traefik" } } }],
          ports: [{ protocol: "TCP", port: 8089 }],
        },
      ],
      egress: [],
    });
    assert.equal(solver({ secretName: "notes-tls" }), undefined, "the control");
    assert.equal(solver({ issuer: { name: "vault", group: "other.example.com" } }), undefined);
  });

  it("isn't there where policies are switched off, and nothing waits for one", () => {
    const objects = stackObjects(planOf({ networkPolicies: { enabled: false } }));
    assert.equal(objects.filter(({ object }) => object.kind === "NetworkPolicy").length, 0);
    const ids = new Set(objects.map(({ id }) => id));
    for (const { after } of objects) for (const id of after) assert.ok(ids.has(id), id);
    assert.ok(
      stackObjects(planOf()).some(({ object }) => object.kind === "NetworkPolicy"),
      "the control",
    );
  });
});
