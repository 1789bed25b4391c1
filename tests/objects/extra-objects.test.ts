// Objects of the user's own among the stack's.

import assert from "node:assert/strict";
import { describeStack } from "../../src/objects/describe";
import type { ExtraObjectArgs } from "../../src/schema/extra-object-args";
import { Encrypted } from "../../src/schema/given";
import { sampleArgs } from "../sample";

const described = (extraObjects: { [name: string]: ExtraObjectArgs }, more: object = {}) =>
  describeStack({ name: "notes", stack: "dev" }, { ...sampleArgs(), ...more, extraObjects });
const made = (extraObjects: { [name: string]: ExtraObjectArgs }, more: object = {}) => {
  const { objects, problems } = described(extraObjects, more);
  assert.deepEqual(problems, []);
  return objects;
};
const banner = (more: object = {}): ExtraObjectArgs => ({
  object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "banner" }, data: { text: "hello" } },
  ...more,
});
const find = (objects: ReturnType<typeof made>, id: string) => {
  const found = objects.find((entry) => entry.id === id);
  assert.ok(found, id);
  return found;
};

describe("An extra object", () => {
  it("lies in the namespace, with the labels of the stack and its own", () => {
    const object = { ...banner().object, metadata: { name: "banner", labels: { team: "a" } } };
    const entry = find(made({ banner: { object } }, { labels: { cost: "1" } }), "extra-banner");
    assert.equal(entry.object.metadata.namespace, "notes-dev");
    assert.deepEqual(entry.object.metadata.labels, {
      cost: "1",
      "app.kubernetes.io/part-of": "notes",
      "app.kubernetes.io/managed-by": "pulumi",
      team: "a",
    });
    assert.deepEqual(entry.after, ["namespace"]);
  });

  it("may lie elsewhere, or nowhere", () => {
    const object = { ...banner().object, metadata: { name: "banner", namespace: "shared" } };
    assert.equal(find(made({ a: { object } }), "extra-a").object.metadata.namespace, "shared");
    const role = (kind: string, more: object = {}) => ({
      object: { apiVersion: "example.com/v1", kind, metadata: { name: "x" } },
      ...more,
    });
    assert.equal(find(made({ a: role("ClusterRole") }), "extra-a").object.metadata.namespace, undefined);
    assert.equal(find(made({ a: role("Tenant") }), "extra-a").object.metadata.namespace, "notes-dev");
    assert.equal(
      find(made({ a: role("Tenant", { clusterScoped: true }) }), "extra-a").object.metadata.namespace,
      undefined,
    );
  });

  it("comes after what it refers to, or after what it says", () => {
    const data = { text: "${backend.url} ${redis.host}" };
    const object = { ...banner().object, data };
    const first = find(made({ a: { object } }), "extra-a");
    assert.deepEqual(first.after, ["namespace", "backend", "redis"]);
    assert.equal(
      (first.object as unknown as { data: { text: string } }).data.text,
      "http://notes-backend:8000 notes-redis",
    );
    assert.deepEqual(find(made({ a: { object, after: [] } }), "extra-a").after, ["namespace"]);
    const chain = made({
      a: banner({ after: ["frontend"] }),
      b: { ...banner(), object: { ...object, metadata: { name: "b" } }, after: ["a"] },
    });
    assert.deepEqual(find(chain, "extra-a").after, ["namespace", "frontend"]);
    assert.deepEqual(find(chain, "extra-b").after, ["namespace", "extra-a"]);
    assert.ok(chain.findIndex(({ id }) => id === "extra-a") < chain.findIndex(({ id }) => id === "extra-b"));
  });

  it("may be waited for by roles, also where it names their address", () => {
    const object = { ...banner().object, data: { text: "${backend.url}" } };
    const objects = made({ a: { object, before: ["backend"] } });
    assert.ok(find(objects, "backend").after.includes("extra-a"));
    assert.deepEqual(find(objects, "extra-a").after, ["namespace"]);
  });

  it("may wait for what is elsewhere or switched off, which needs no waiting", () => {
    const objects = made(
      { a: banner({ after: ["redis"] }) },
      {
        redis: { enabled: false },
        backend: { ...sampleArgs().backend, env: {} },
      },
    );
    assert.deepEqual(find(objects, "extra-a").after, ["namespace"]);
  });

  it("is kept where it holds data", () => {
    const claim = {
      object: {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "scratch" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      },
    };
    assert.equal(find(made({ a: claim }), "extra-a").keep, true);
    assert.equal(find(made({ a: { ...claim, keep: false } }), "extra-a").keep, false);
    assert.equal(find(made({ a: banner() }), "extra-a").keep, false);
  });

  it("may be a Secret with secrets in it", () => {
    const object = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "for-others" },
      stringData: { token: new Encrypted(), url: "${postgres.url}" },
    };
    const entry = find(made({ a: { object } }), "extra-a").object as unknown as {
      stringData: { url: { secret: boolean } };
    };
    assert.equal(entry.stringData.url.secret, true);
  });

  it("can be switched off", () => {
    assert.ok(!made({ a: banner({ enabled: false }) }).some(({ id }) => id === "extra-a"));
  });

  const object = (fields: object) => ({ a: { object: { ...banner().object, ...fields } } });
  for (const [title, extra, path, said] of [
    ["no kind", object({ kind: undefined }), "extraObjects.a.object.kind", /missing/],
    ["a kind that is none", object({ kind: "config map" }), "extraObjects.a.object.kind", /`ConfigMap`/],
    [
      "a version that is none",
      object({ apiVersion: "apps" }),
      "extraObjects.a.object.apiVersion",
      /`apps\/v1`/,
    ],
    ["a field that can't be", object({ dta: {} }), "extraObjects.a.object.dta", /`data`/],
    ["a number where text belongs", object({ data: { a: 1 } }), "extraObjects.a.object.data.a", /quotes/],
    [
      "a name that is taken",
      object({ kind: "Service", data: undefined, metadata: { name: "notes-backend" } }),
      "extraObjects.a.object.metadata.name",
      /makes itself.*`patches`/s,
    ],
    [
      "a name that another has",
      { a: banner(), b: banner() },
      "extraObjects.b.object.metadata.name",
      /stands at extraObjects\.a/,
    ],
    [
      "a secret for all to see",
      object({ data: { a: "${postgres.url}" } }),
      "extraObjects.a.object.data.a",
      /secret/,
    ],
    ["a role that isn't there", { a: banner({ after: ["backnd"] }) }, "extraObjects.a.after[0]", /`backend`/],
    [
      "waiting for itself",
      { a: banner({ after: ["backend"], before: ["backend"] }) },
      "extraObjects.a",
      /circle/,
    ],
    [
      "a circle of two",
      { a: banner({ after: ["b"] }), b: banner({ after: ["a"] }) },
      "extraObjects.a",
      /a → b → a|b → a → b/,
    ],
    [
      "standing between a role and what that waits for",
      { a: banner({ after: ["backend"], before: ["redis"] }) },
      "extraObjects.a",
      /circle/,
    ],
    [
      "a volume claim without a name",
      object({ kind: "PersistentVolumeClaim", data: undefined, metadata: {} }),
      "extraObjects.a.object.metadata.name",
      /found again/,
    ],
    ["a name that is no label", { "My Object": banner() }, 'extraObjects["My Object"]', /label/],
    ["no object", { a: {} as never }, "extraObjects.a.object", /missing/],
  ] as const) {
    it(`is refused: ${title}`, () => {
      const { problems } = described(extra as never);
      const found = problems.find((problem) => problem.path === path);
      assert.ok(found, JSON.stringify(problems));
      assert.match(`${found.reason} ${found.remedy}`, said);
    });
  }
});
