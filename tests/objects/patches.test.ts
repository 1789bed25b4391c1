// Patches of what the stack is made of: which objects they change, what they may not, and how mistakes in them are told.

import assert from "node:assert/strict";
import type { Deployment } from "kubernetes-types/apps/v1";
import { describeStack } from "../../src/objects/describe";
import { renderStack } from "../../src/render/render";
import { Encrypted } from "../../src/schema/given";
import type { PatchArgs } from "../../src/schema/patch-args";
import type { ServiceStackArgs } from "../../src/schema/stack-args";
import { sampleArgs } from "../sample";

const OUTPUT = { __pulumiOutput: true } as never;

const described = (
  patches: { [name: string]: PatchArgs },
  more: Partial<ServiceStackArgs> = {},
  stack = "dev",
) =>
  describeStack(
    { name: "notes", stack },
    { ...sampleArgs(), schedulers: { beat: { command: ["beat"] } }, ...more, patches },
  );
const objects = (patches: { [name: string]: PatchArgs }, more: Partial<ServiceStackArgs> = {}) => {
  const { objects: made, problems } = described(patches, more);
  assert.deepEqual(problems, []);
  return made;
};
const deployment = (made: ReturnType<typeof objects>, id = "backend") =>
  made.find((entry) => entry.id === id)?.object as unknown as Deployment;
const podSpec = (made: ReturnType<typeof objects>, id?: string) => deployment(made, id).spec?.template.spec;

const priority = { spec: { template: { spec: { priorityClassName: "high" } } } };

describe("A patch", () => {
  it("changes the objects of a kind, of one role, or of one name", () => {
    const all = objects({ a: { kind: "Deployment", merge: priority } });
    for (const id of ["backend", "frontend", "beat"])
      assert.equal(podSpec(all, id)?.priorityClassName, "high");
    for (const one of [{ role: "backend" }, { name: "notes-backend" }]) {
      const made = objects({ a: { kind: "Deployment", ...one, merge: priority } });
      assert.equal(podSpec(made)?.priorityClassName, "high");
      assert.equal(podSpec(made, "frontend")?.priorityClassName, undefined);
    }
  });

  it("finds a variable in a container, and leaves the others there", () => {
    const env = [{ name: "ENVIRONMENT", value: "other" }];
    const made = objects({
      a: {
        kind: "Deployment",
        role: "backend",
        merge: { spec: { template: { spec: { containers: [{ name: "backend", env }] } } } },
      },
    });
    const [container] = podSpec(made)?.containers ?? [];
    assert.equal(container?.env?.length, 4);
    assert.equal(container?.env?.find(({ name }) => name === "ENVIRONMENT")?.value, "other");
    assert.ok(container?.image);
  });

  it("finds an object without a name by the one that is rendered", () => {
    const made = objects({
      a: { kind: "ConfigMap", name: "notes-redis-config", merge: { data: { "extra.conf": "x" } } },
    });
    const config = made.find(({ id }) => id === "redis-config")?.object as unknown as { data: object };
    assert.ok("redis.conf" in config.data && "extra.conf" in config.data);
  });

  it("may be a JSON Patch", () => {
    const made = objects({
      a: {
        kind: "Deployment",
        role: "backend",
        jsonPatch: [
          { op: "remove", path: "/spec/template/spec/containers/0/livenessProbe" },
          { op: "add", path: "/metadata/annotations", value: { "example.com/team": "notes" } },
        ],
      },
    });
    assert.equal(podSpec(made)?.containers[0]?.livenessProbe, undefined);
    assert.equal(deployment(made).metadata?.annotations?.["example.com/team"], "notes");
  });

  it("is applied in the order of the names, whatever the order in the input", () => {
    const to = (replicas: number): PatchArgs => ({
      kind: "Deployment",
      role: "backend",
      merge: { spec: { replicas } },
    });
    assert.equal(deployment(objects({ b: to(3), a: to(2) })).spec?.replicas, 3);
  });

  it("can be switched off", () => {
    const made = objects({ a: { kind: "Deployment", enabled: false, merge: priority } });
    assert.equal(podSpec(made)?.priorityClassName, undefined);
  });

  it("changes the stack's own objects alone", () => {
    const extra = {
      object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "mine" }, data: { a: "b" } },
    };
    const made = objects(
      { a: { kind: "ConfigMap", merge: { data: { c: "d" } } } },
      { extraObjects: { mine: extra } },
    );
    assert.deepEqual(
      (made.find(({ id }) => id === "extra-mine")?.object as unknown as { data: object } | undefined)?.data,
      { a: "b" },
    );
  });

  it("may hold references, which open the network as variables do, and `$${` for a literal", () => {
    const env = [
      { name: "FRONT", value: "${frontend.url}/x" },
      { name: "LITERAL", value: "$${HOME}" },
    ];
    const { objects: made, plan } = described({
      a: {
        kind: "Deployment",
        role: "backend",
        merge: { spec: { template: { spec: { containers: [{ name: "backend", env }] } } } },
      },
    });
    const [container] = podSpec(made)?.containers ?? [];
    assert.equal(container?.env?.find(({ name }) => name === "FRONT")?.value, "http://notes-frontend:8080/x");
    assert.equal(container?.env?.find(({ name }) => name === "LITERAL")?.value, "${HOME}");
    assert.ok(plan.edges.some(({ from, to }) => from === "backend" && to === "frontend"));
  });

  it("opens no way to anywhere from a role without pods", () => {
    const merge = { metadata: { annotations: { "example.com/front": "${frontend.url}" } } };
    const before = described({}).plan.edges;
    const { plan } = described({ a: { kind: "NetworkPolicy", role: "network", merge } });
    assert.deepEqual(plan.edges, before);
  });

  it("may hold Outputs of any type", () => {
    const made = objects({
      a: { kind: "Deployment", role: "backend", merge: { spec: { replicas: OUTPUT } } },
    });
    assert.deepEqual(deployment(made).spec?.replicas, {
      parts: [{ hole: "given", index: 0 }],
      secret: false,
    });
  });

  it("may put secrets into Secrets, where they stay secrets", () => {
    const { plan, problems } = described({
      a: {
        kind: "Secret",
        role: "backend",
        merge: { stringData: { TOKEN: new Encrypted(), COPY: "${secrets.session}" } },
      },
    });
    assert.deepEqual(problems, []);
    const rendered = renderStack(plan);
    assert.match(rendered, /TOKEN: \(secret, left out\)/);
    assert.match(rendered, /COPY: \(secret, left out\)/);
  });
});

describe("A mistake in a patch", () => {
  const stated = (patch: object, stack?: string) => described({ a: patch as PatchArgs }, {}, stack).problems;
  const table: [title: string, patch: object, path: string, said: RegExp, stack?: string][] = [
    [
      "a kind that isn't there",
      { kind: "Deploymnt", merge: priority },
      "patches.a.kind",
      /no object.*`Deployment`/s,
    ],
    [
      "a role that isn't there",
      { kind: "Deployment", role: "backnd", merge: priority },
      "patches.a.role",
      /`backend`/,
    ],
    [
      "a name that isn't there",
      { kind: "Service", name: "notes", merge: { spec: { type: "NodePort" } } },
      "patches.a.name",
      /known here: `notes-backend`/,
    ],
    [
      "a role that has none of the kind",
      { kind: "StatefulSet", role: "backend", merge: {} },
      "patches.a.role",
      /`postgres`/,
    ],
    ["no change", { kind: "Deployment" }, "patches.a", /changes nothing/],
    ["two changes", { kind: "Deployment", merge: {}, jsonPatch: [] }, "patches.a", /two patches/],
    ["no kind", { merge: {} }, "patches.a.kind", /missing/],
    ["a key that isn't one", { kind: "Deployment", patch: {} }, "patches.a.patch", /unknown key/],
    [
      "a field that can't be",
      { kind: "Deployment", merge: { spec: { template: { spec: { nodeSelectors: {} } } } } },
      "patches.a.merge.spec.template.spec.nodeSelectors",
      /`nodeSelector`/,
    ],
    [
      "a field of a container",
      {
        kind: "Deployment",
        merge: {
          spec: { template: { spec: { containers: [{ name: "backend", imagePullPolcy: "Always" }] } } },
        },
      },
      "patches.a.merge.spec.template.spec.containers[0].imagePullPolcy",
      /`imagePullPolicy`/,
    ],
    [
      "a number in quotes",
      { kind: "Deployment", merge: { spec: { replicas: "3" } } },
      "patches.a.merge.spec.replicas",
      /number, but text.*without quotes/s,
    ],
    [
      "a label's number without quotes",
      { kind: "Deployment", merge: { metadata: { labels: { team: 7 } } } },
      "patches.a.merge.metadata.labels.team",
      /text, but a number.*quotes/s,
    ],
    [
      "a map where a list belongs",
      { kind: "Deployment", merge: { spec: { template: { spec: { containers: { name: "x" } } } } } },
      "patches.a.merge.spec.template.spec.containers",
      /a list, but a map/,
    ],
    [
      "a pointer to a field that can't be",
      { kind: "Deployment", jsonPatch: [{ op: "add", path: "/spec/replica", value: 3 }] },
      "patches.a.jsonPatch[0].path",
      /`replicas`/,
    ],
    [
      "a pointer that leads nowhere",
      { kind: "Deployment", role: "backend", jsonPatch: [{ op: "remove", path: "/spec/paused" }] },
      "patches.a.jsonPatch[0].path",
      /isn't there/,
    ],
    [
      "a value of the wrong type",
      { kind: "Deployment", jsonPatch: [{ op: "replace", path: "/spec/replicas", value: "3" }] },
      "patches.a.jsonPatch[0].value",
      /a number/,
    ],
    [
      "a pointer in dots",
      { kind: "Deployment", jsonPatch: [{ op: "remove", path: "spec.replicas" }] },
      "patches.a.jsonPatch[0].path",
      /`\/spec\/replicas`/,
    ],
    [
      "an escape that isn't one",
      { kind: "Deployment", jsonPatch: [{ op: "remove", path: "/a~b" }] },
      "patches.a.jsonPatch[0].path",
      /`~0`/,
    ],
    [
      "an operation without a value",
      { kind: "Deployment", jsonPatch: [{ op: "add", path: "/spec" }] },
      "patches.a.jsonPatch[0].value",
      /missing/,
    ],
    [
      "an operation without a source",
      { kind: "Deployment", jsonPatch: [{ op: "copy", path: "/spec" }] },
      "patches.a.jsonPatch[0].from",
      /missing/,
    ],
    [
      "an operation that isn't one",
      { kind: "Deployment", jsonPatch: [{ op: "delete", path: "/spec" }] },
      "patches.a.jsonPatch[0].op",
      /`remove`/,
    ],
    [
      "a reference to nothing",
      { kind: "Deployment", merge: { metadata: { annotations: { a: "${nothing.url}" } } } },
      "patches.a.merge.metadata.annotations.a",
      /nothing named/,
    ],
    [
      "a secret in a ConfigMap",
      { kind: "ConfigMap", role: "redis", merge: { data: { a: "x${redis.password}" } } },
      "patches.a.merge.data.a",
      /secret.*stringData|secret.*`env`/s,
    ],
    [
      "a secret in an annotation of a Secret",
      { kind: "Secret", role: "backend", merge: { metadata: { annotations: { a: "${redis.password}" } } } },
      "patches.a",
      /outside/,
    ],
    ["an Output for the kind", { kind: OUTPUT, merge: {} }, "patches.a.kind", /Output/],
    // What a patch may not change.
    [
      "a selector",
      { kind: "Deployment", role: "backend", merge: { spec: { selector: { matchLabels: { a: "b" } } } } },
      "patches.a",
      /spec\.selector.*find/,
    ],
    [
      "a Service's selector",
      { kind: "Service", role: "backend", merge: { spec: { selector: { a: "b" } } } },
      "patches.a",
      /spec\.selector/,
    ],
    [
      "the labels that are selected",
      {
        kind: "Deployment",
        role: "backend",
        merge: { spec: { template: { metadata: { labels: { "app.kubernetes.io/component": "x" } } } } },
      },
      "patches.a",
      /template\.metadata\.labels/,
    ],
    [
      "a name",
      { kind: "Service", role: "backend", merge: { metadata: { name: "other" } } },
      "patches.a",
      /metadata\.name of Service notes-backend/,
    ],
    [
      "a name where Pulumi gives one",
      { kind: "Secret", role: "backend", merge: { metadata: { name: "fixed" } } },
      "patches.a",
      /metadata\.name/,
    ],
    [
      "a namespace",
      {
        kind: "Service",
        role: "backend",
        jsonPatch: [{ op: "replace", path: "/metadata/namespace", value: "x" }],
      },
      "patches.a",
      /metadata\.namespace/,
    ],
    [
      "all metadata",
      { kind: "Service", role: "backend", merge: { metadata: null } },
      "patches.a",
      /metadata\.name/,
    ],
    ["the kind", { kind: "Service", role: "backend", merge: { kind: "Secret" } }, "patches.a", /kind/],
    [
      "a volume's class",
      { kind: "PersistentVolumeClaim", role: "postgres", merge: { spec: { storageClassName: "fast" } } },
      "patches.a",
      /storageClassName.*replace it with all its data/,
    ],
    [
      "a volume's access",
      { kind: "PersistentVolumeClaim", merge: { spec: { accessModes: ["ReadWriteMany"] } } },
      "patches.a",
      /accessModes/,
    ],
    [
      "a volume's size",
      {
        kind: "PersistentVolumeClaim",
        role: "redis",
        merge: { spec: { resources: { requests: { storage: "1Mi" } } } },
      },
      "patches.a",
      /`storage`/,
    ],
    [
      "a second database server",
      { kind: "StatefulSet", role: "postgres", merge: { spec: { replicas: 2 } } },
      "patches.a",
      /two servers/,
    ],
    [
      "another volume under the database",
      {
        kind: "StatefulSet",
        role: "postgres",
        merge: { spec: { template: { spec: { volumes: [{ name: "data", $patch: "delete" }] } } } },
      },
      "patches.a",
      /volume with the data/,
    ],
    [
      "a template of claims",
      { kind: "StatefulSet", role: "redis", merge: { spec: { volumeClaimTemplates: [] } } },
      "patches.a",
      /volumeClaimTemplates/,
    ],
    [
      "a second scheduler",
      { kind: "Deployment", role: "beat", merge: { spec: { replicas: 2 } } },
      "patches.a",
      /exactly one/,
    ],
    [
      "a scheduler's overlap",
      { kind: "Deployment", role: "beat", merge: { spec: { strategy: { type: "RollingUpdate" } } } },
      "patches.a",
      /two of it/,
    ],
    [
      "the tier of the namespace",
      { kind: "Namespace", merge: { metadata: { labels: { "service-stack.dev/tier": "prod" } } } },
      "patches.a",
      /other tiers/,
    ],
    [
      "the profile of prod's pods",
      {
        kind: "Namespace",
        merge: { metadata: { labels: { "pod-security.kubernetes.io/enforce": "privileged" } } },
      },
      "patches.a",
      /privileges/,
      "prod",
    ],
    [
      "the guard against other stacks",
      { kind: "Namespace", merge: { metadata: { annotations: { "pulumi.com/patchForce": "true" } } } },
      "patches.a",
      /whose/,
    ],
  ];
  for (const [title, patch, path, said, stack] of table) {
    it(`is told: ${title}`, () => {
      const problems = stated(patch, stack);
      const found = problems.find((problem) => problem.path === path);
      assert.ok(found, JSON.stringify(problems));
      assert.match(`${found.reason} ${found.remedy}`, said);
    });
  }

  it("is told once, however many objects the patch is for, and together with all others", () => {
    const { problems } = described(
      {
        a: { kind: "Deployment", merge: { spec: { replica: 1 } } },
        b: { kind: "Servce", merge: {} },
      },
      { host: "https://x.example" },
    );
    assert.deepEqual(problems.map(({ path }) => path).sort(), [
      "host",
      "patches.a.merge.spec.replica",
      "patches.b.kind",
    ]);
  });

  it("leaves everything as it was made", () => {
    const { objects: made } = described({
      a: { kind: "Service", role: "backend", merge: { spec: { selector: { a: "b" } } } },
    });
    const service = made.find(({ id }) => id === "backend-service")?.object as unknown as {
      spec: { selector: object };
    };
    assert.equal(Object.keys(service.spec.selector).length, 2);
  });

  it("is none where a patch leaves alone what it may not change (the table's control)", () => {
    objects({
      deployment: {
        kind: "Deployment",
        role: "backend",
        merge: {
          metadata: { labels: { team: "a" } },
          spec: {
            replicas: 4,
            template: { metadata: { labels: { team: "a" } }, spec: { dnsPolicy: "Default" } },
          },
        },
      },
      service: {
        kind: "Service",
        role: "backend",
        merge: { spec: { type: "NodePort", ports: [{ port: 8000, nodePort: 30080 }] } },
      },
      store: {
        kind: "StatefulSet",
        merge: { spec: { template: { spec: { volumes: [{ name: "more", emptyDir: {} }] } } } },
      },
      claim: {
        kind: "PersistentVolumeClaim",
        merge: { metadata: { annotations: { "example.com/snapshots": "daily" } } },
      },
      namespace: { kind: "Namespace", merge: { metadata: { labels: { "istio-injection": "enabled" } } } },
    });
  });
});
