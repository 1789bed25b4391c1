// Labels and annotations for all objects, and a namespace that is given.

import assert from "node:assert/strict";
import { stackObjects } from "../../src/objects/objects";
import { planStack } from "../../src/plan/plan";
import { sampleArgs } from "../sample";

const planned = (more: object) => planStack({ name: "notes", stack: "dev" }, { ...sampleArgs(), ...more });
const objectsOf = (more: object) => {
  const { plan, problems } = planned(more);
  assert.deepEqual(problems, []);
  return stackObjects(plan);
};

describe("Labels and annotations of a stack", () => {
  const labels = { "cost-center": "4711", "app.kubernetes.io/version": "1.2" };
  const annotations = { "example.com/owner": "team notes" };

  it("are on every object, and the labels on every pod", () => {
    const objects = objectsOf({ labels, annotations });
    for (const { id, object } of objects) {
      assert.equal(object.metadata.labels?.["cost-center"], "4711", id);
      assert.equal(object.metadata.annotations?.["example.com/owner"], "team notes", id);
    }
    const backend = objects.find(({ id }) => id === "backend")?.object as unknown as {
      spec: { selector: { matchLabels: object }; template: { metadata: { labels: Record<string, string> } } };
    };
    assert.equal(backend.spec.template.metadata.labels["cost-center"], "4711");
    assert.deepEqual(Object.keys(backend.spec.selector.matchLabels), [
      "app.kubernetes.io/instance",
      "app.kubernetes.io/component",
    ]);
  });

  for (const [title, more, path, said] of [
    ["a key with a blank", { labels: { "cost center": "1" } }, 'labels["cost center"]', /not the name/],
    [
      "a prefix in capitals",
      { annotations: { "Example.com/a": "1" } },
      'annotations["Example.com/a"]',
      /not the name/,
    ],
    ["a value that is too long", { labels: { a: "x".repeat(64) } }, "labels.a", /63.*annotation/s],
    ["a value with a blank", { labels: { a: "b c" } }, "labels.a", /63/],
    [
      "one that selects pods",
      { labels: { "app.kubernetes.io/component": "x" } },
      'labels["app.kubernetes.io/component"]',
      /found by/,
    ],
    [
      "the tier's",
      { labels: { "service-stack.dev/tier": "x" } },
      'labels["service-stack.dev/tier"]',
      /found by/,
    ],
    [
      "one with a meaning",
      { annotations: { "pulumi.com/skipAwait": "true" } },
      'annotations["pulumi.com/skipAwait"]',
      /meaning.*patches/s,
    ],
    ["nothing", { labels: { a: null } }, "labels.a", /null/],
  ] as const) {
    it(`are refused: ${title}`, () => {
      const { problems } = planned(more);
      assert.deepEqual(
        problems.map((problem) => problem.path),
        [path],
      );
      assert.match(`${problems[0]?.reason} ${problems[0]?.remedy}`, said);
    });
  }
});

describe("A namespace that is given", () => {
  it("is not among the objects, and what lies in it names it", () => {
    const objects = objectsOf({ createNamespace: false, namespace: "team-a" });
    assert.ok(!objects.some(({ object }) => object.kind === "Namespace"));
    for (const { id, object, after } of objects) {
      assert.equal(object.metadata.namespace, "team-a", id);
      assert.ok(!after.includes("namespace"), id);
    }
    assert.ok(objectsOf({ namespace: "team-a" }).some(({ object }) => object.kind === "Namespace"));
  });

  it("gets no object that an admin of the namespace may not make", () => {
    // https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles
    const allowed = new Set([
      "ConfigMap",
      "CronJob",
      "Deployment",
      "Ingress",
      "NetworkPolicy",
      "PersistentVolumeClaim",
      "Secret",
      "Service",
      "ServiceAccount",
      "StatefulSet",
    ]);
    for (const { object } of objectsOf({ createNamespace: false }))
      assert.ok(allowed.has(object.kind), object.kind);
  });
});
