// Whatever a user says of the pods around a container: labels, placement, accounts, and OpenShift.

import assert from "node:assert/strict";
import type { PodSpec, PodTemplateSpec, ServiceAccount } from "kubernetes-types/core/v1";
import type { NetworkPolicy } from "kubernetes-types/networking/v1";
import type { Role, RoleBinding } from "kubernetes-types/rbac/v1";
import { stackObjects } from "../../src/objects/objects";
import { planStack } from "../../src/plan/plan";
import { mergeLayers } from "../../src/schema/layers";
import { podTemplate } from "../objects/invariants";
import { sampleArgs } from "../sample";
import { backend, type Change, stack, tells } from "./mistake-table";

const whole = (more: object) => ({
  ...sampleArgs(),
  migration: { command: ["migrate"] },
  workers: { mail: { command: ["work"] } },
  cronJobs: { cleanup: { schedule: "@daily", command: ["clean"] } },
  ...more,
});

function objectsOf(input: unknown) {
  const { plan, problems } = planStack({ name: "notes", stack: "dev" }, input);
  assert.deepEqual(problems, []);
  const objects = stackObjects(plan);
  const find = (id: string) => objects.find((object) => object.id === id);
  const byId = <T>(id: string) => find(id)?.object as T | undefined;
  const templates = objects.flatMap((object) => podTemplate(object) ?? []);
  const template = (id: string) => podTemplate(find(id) as never) as PodTemplateSpec;
  const pod = (id: string) => JSON.parse(JSON.stringify(template(id).spec)) as PodSpec;
  return { plan, objects, find, byId, templates, template, pod };
}

describe("Labels and annotations of pods", () => {
  it("stand beside ours, which select them still", () => {
    const { template } = objectsOf(
      backend({ labels: { "example.com/team": "web" }, annotations: { note: "any text, even ü" } })(
        sampleArgs(),
      ),
    );
    assert.deepEqual(template("backend").metadata, {
      labels: {
        "example.com/team": "web",
        "app.kubernetes.io/instance": "notes",
        "app.kubernetes.io/component": "backend",
        "app.kubernetes.io/part-of": "notes",
        "app.kubernetes.io/managed-by": "pulumi",
      },
      annotations: { note: "any text, even ü" },
    });
    assert.equal(template("frontend").metadata?.annotations, undefined);
  });
});

describe("Where pods run", () => {
  const placement = {
    nodeSelector: { pool: "web" },
    tolerations: [{ key: "dedicated", value: "web" }, { key: "spot" }],
    priorityClassName: "high",
  };

  it("is said once for all pods of the stack, the stores' among them", () => {
    const { templates } = objectsOf(whole(placement));
    assert.equal(templates.length, 7);
    for (const { spec } of templates) {
      assert.deepEqual(spec?.nodeSelector, { pool: "web" });
      assert.deepEqual(JSON.parse(JSON.stringify(spec?.tolerations)), [
        { key: "dedicated", operator: "Equal", value: "web" },
        { key: "spot", operator: "Exists" },
      ]);
      assert.equal(spec?.priorityClassName, "high");
    }
  });

  it("is said for a role beside that, which can take a label away", () => {
    const input = mergeLayers([
      { source: "the program", value: whole(placement) },
      {
        source: "Pulumi.dev.yaml",
        value: {
          backend: {
            nodeSelector: { pool: null, disk: "ssd" },
            tolerations: [{ operator: "Exists", effect: "NoExecute", tolerationSeconds: 30 }],
            priorityClassName: "higher",
          },
        },
      },
    ]);
    const { pod } = objectsOf(input);
    assert.deepEqual(pod("backend").nodeSelector, { disk: "ssd" });
    assert.deepEqual(pod("backend").tolerations?.[2], {
      operator: "Exists",
      effect: "NoExecute",
      tolerationSeconds: 30,
    });
    assert.equal(pod("backend").priorityClassName, "higher");
    assert.deepEqual(pod("frontend").nodeSelector, { pool: "web" });
  });
});

describe("A process' account", () => {
  const account = (serviceAccount: object) => objectsOf(backend({ env: {}, serviceAccount })(sampleArgs()));

  it("has no token and no right, unless they are asked for", () => {
    const { pod, objects, plan } = account({});
    assert.equal(pod("backend").automountServiceAccountToken, false);
    assert.ok(!objects.some(({ object }) => object.kind.startsWith("Role")));
    assert.ok(!plan.edges.some(({ to }) => to === "cluster.apiServer"));
  });

  it("stands for an identity of the cloud's by its annotations, still without a token", () => {
    const { byId, pod } = account({ annotations: { "eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/x" } });
    assert.deepEqual(byId<ServiceAccount>("backend-account")?.metadata?.annotations, {
      "eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/x",
    });
    assert.equal(pod("backend").automountServiceAccountToken, false);
  });

  it("that exists already is used, and none is made", () => {
    const { pod, objects, find } = account({ name: "billing", automountServiceAccountToken: true });
    assert.equal(pod("backend").serviceAccountName, "billing");
    assert.equal(pod("backend").automountServiceAccountToken, true);
    assert.ok(!objects.some(({ id }) => id === "backend-account"));
    assert.ok(find("backend")?.after.every((id) => objects.some((object) => object.id === id)));
  });

  it("that exists already brings the stack's pull secrets along in the pod", () => {
    const args = { ...sampleArgs(), imagePullSecrets: ["ghcr"] };
    const { pod } = objectsOf(backend({ serviceAccount: { name: "billing" } })(args));
    assert.deepEqual(pod("backend").imagePullSecrets, [{ name: "ghcr" }]);
    assert.equal(pod("frontend").imagePullSecrets, undefined);
  });

  it("with rules may do just that, has a token and a way to the API, and its rights before it starts", () => {
    const rules = [{ resources: ["pods"], verbs: ["get", "list"] }];
    const { byId, pod, plan, find } = account({ rules });
    assert.deepEqual(byId<Role>("backend-role")?.rules, [{ apiGroups: [""], ...rules[0] }]);
    assert.deepEqual(byId<RoleBinding>("backend-role-binding")?.subjects, [
      { kind: "ServiceAccount", name: "notes-backend", namespace: "notes-dev" },
    ]);
    assert.equal(pod("backend").automountServiceAccountToken, true);
    assert.ok(plan.edges.some(({ from, to }) => from === "backend" && to === "cluster.apiServer"));
    assert.ok(find("backend")?.after.includes("backend-role-binding"));
  });
});

describe("A process that must write into its image", () => {
  it("may, where that is said", () => {
    const root = (more: object) =>
      objectsOf(backend(more)(sampleArgs())).pod("backend").containers[0]?.securityContext
        ?.readOnlyRootFilesystem;
    assert.equal(root({ readOnlyRootFilesystem: false }), false);
    assert.equal(root({}), true);
  });
});

describe("On OpenShift", () => {
  const product = (openshift: boolean) =>
    objectsOf(
      whole({
        openshift,
        volumes: { uploads: {} },
        backend: {
          ...sampleArgs().backend,
          supplementalGroups: [5],
          mounts: { "/u": { volume: "uploads" } },
        },
      }),
    );

  it("no pod names a user or a group, so that the cluster's own are assigned; elsewhere they do (control)", () => {
    const named = (openshift: boolean) =>
      product(openshift).templates.flatMap(({ spec }) => [
        ...[
          spec?.securityContext?.runAsUser,
          spec?.securityContext?.runAsGroup,
          spec?.securityContext?.fsGroup,
        ],
      ]);
    assert.deepEqual(
      named(true).filter((number) => number !== undefined),
      [],
    );
    assert.deepEqual(
      named(false).filter((number) => number !== undefined),
      [999, 999, 999, 999, 999, 999, 10001],
    );
  });

  it("further groups stay, and so does all that the restricted profile asks for", () => {
    const { securityContext } = product(true).pod("backend");
    assert.deepEqual(securityContext, {
      runAsNonRoot: true,
      supplementalGroups: [5],
      seccompProfile: { type: "RuntimeDefault" },
    });
  });

  it("names are looked up where its name servers are", () => {
    const policy = product(true).byId<NetworkPolicy>("backend-network");
    assert.deepEqual(policy?.spec?.egress?.[0], {
      to: [
        {
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "openshift-dns" } },
          podSelector: { matchLabels: { "dns.operator.openshift.io/daemonset-dns": "default" } },
        },
      ],
      ports: [
        { protocol: "UDP", port: 5353 },
        { protocol: "TCP", port: 5353 },
      ],
    });
  });
});

describe("A mistake in the settings of pods is told with its path and remedy", () => {
  const toleration = (more: object) => backend({ tolerations: [more] });
  const account = (serviceAccount: object) => backend({ serviceAccount });
  const rule = (more: object) => account({ rules: [{ resources: ["pods"], verbs: ["get"], ...more }] });
  const on =
    (more: object): Change =>
    (args) => ({ ...args, openshift: true, backend: { ...args.backend, ...more } });
  const long = "x".repeat(64);

  tells(
    [
      [
        "a label with a blank",
        backend({ labels: { "my team": "x" } }),
        'backend.labels["my team"]',
        /name of a label/,
      ],
      [
        "a label's value with a blank",
        backend({ labels: { team: "my team" } }),
        "backend.labels.team",
        /`my_team`/,
      ],
      ["a label's value too long", backend({ labels: { team: long } }), "backend.labels.team", /63/],
      [
        "a label of ours",
        backend({ labels: { "app.kubernetes.io/component": "x" } }),
        'backend.labels["app.kubernetes.io/component"]',
        /found by/,
      ],
      ["a number for a label", backend({ labels: { version: 1.1 } }), "backend.labels.version", /in quotes/],
      [
        "a label taken away that isn't there",
        backend({ labels: { team: null } }),
        "backend.labels.team",
        /null/,
      ],
      [
        "an annotation with two slashes",
        backend({ annotations: { "a/b/c": "" } }),
        'backend.annotations["a/b/c"]',
        /name of a label/,
      ],
      [
        "an annotation of ours",
        backend({ annotations: { "service-stack.dev/x": "" } }),
        'backend.annotations["service-stack.dev/x"]',
        /found by/,
      ],
      [
        "annotations too long",
        backend({ annotations: { a: "x".repeat(262144) } }),
        "backend.annotations",
        /262145 bytes/,
      ],
      [
        "a node's label with a blank",
        backend({ nodeSelector: { "a b": "x" } }),
        'backend.nodeSelector["a b"]',
        /name of a label/,
      ],
      [
        "the same for the whole stack, told once",
        stack({ nodeSelector: { pool: "a b" } }),
        "nodeSelector.pool",
        /`a_b`/,
      ],
      [
        "a node's label that nobody asks for, taken away",
        backend({ nodeSelector: { pool: null } }),
        "backend.nodeSelector.pool",
        /null/,
      ],
      [
        "an operator with a slip",
        toleration({ operator: "exists" }),
        "backend.tolerations[0].operator",
        /`Exists`/,
      ],
      [
        "an effect with a slip",
        toleration({ effect: "NoExec" }),
        "backend.tolerations[0].effect",
        /`NoExecute`/,
      ],
      [
        "a value that nothing is compared with",
        toleration({ key: "a", operator: "Exists", value: "b" }),
        "backend.tolerations[0].value",
        /any value/,
      ],
      ["a value of no taint", toleration({ value: "b" }), "backend.tolerations[0].key", /missing/],
      [
        "a comparison with nothing",
        toleration({ key: "a", operator: "Equal" }),
        "backend.tolerations[0].value",
        /missing/,
      ],
      [
        "a time without its effect",
        toleration({ key: "a", tolerationSeconds: 5 }),
        "backend.tolerations[0].tolerationSeconds",
        /NoExecute/,
      ],
      [
        "a taint's key with a blank",
        toleration({ key: "a b" }),
        "backend.tolerations[0].key",
        /name of a label/,
      ],
      [
        "a priority class' impossible name",
        backend({ priorityClassName: "High" }),
        "backend.priorityClassName",
        /kubectl/,
      ],
      [
        "an account's impossible name",
        account({ name: "My_Account" }),
        "backend.serviceAccount.name",
        /kubectl/,
      ],
      [
        "annotations of somebody else's account",
        account({ name: "x", annotations: { a: "b" } }),
        "backend.serviceAccount.annotations",
        /made the account x/,
      ],
      [
        "rules without a token",
        account({ automountServiceAccountToken: false, rules: [{ resources: ["pods"], verbs: ["get"] }] }),
        "backend.serviceAccount.automountServiceAccountToken",
        /token/,
      ],
      ["a rule without verbs", rule({ verbs: [] }), "backend.serviceAccount.rules[0].verbs", /get, list/],
      ["a rule without kinds", rule({ resources: [] }), "backend.serviceAccount.rules[0].resources", /pods/],
      [
        "a verb that isn't one",
        rule({ verbs: ["get", "read"] }),
        "backend.serviceAccount.rules[0].verbs[1]",
        /`list`/,
      ],
      [
        "a verb with a slip",
        rule({ verbs: ["wach"] }),
        "backend.serviceAccount.rules[0].verbs[0]",
        /`watch`/,
      ],
      [
        "a kind in the singular with a capital",
        rule({ resources: ["Pod"] }),
        "backend.serviceAccount.rules[0].resources[0]",
        /`pods`/,
      ],
      ["a user on OpenShift", on({ runAsUser: 1000 }), "backend.runAsUser", /OpenShift/],
      ["a group of volumes on OpenShift", on({ fsGroup: 1000 }), "backend.fsGroup", /OpenShift/],
      [
        "the database's user on OpenShift",
        stack({ openshift: true, postgres: { runAsUser: 999 } }),
        "postgres.runAsUser",
        /OpenShift/,
      ],
    ],
    [
      ["a cluster role's rare verbs", rule({ verbs: ["use"], resources: ["podsecuritypolicies"] })],
      ["a kind's part", rule({ resources: ["pods/log", "*/scale"] })],
    ],
  );
});
