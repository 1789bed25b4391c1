// Which changes of what holds data are refused, which are told of, and which go through. Each is one from a product to
// another, as far as it can be told from their objects and what a cluster makes of the first ones.

import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { type Change, leftBehind, lossesOf } from "../../src/objects/data-loss";
import { stackObjects } from "../../src/objects/objects";
import type { StackObject } from "../../src/objects/stack-object";
import { planStack } from "../../src/plan/plan";
import type { Problem } from "../../src/schema/problem";

type Tree = { [key: string]: unknown };

function objectsOf(args: object): StackObject[] {
  const { plan, problems } = planStack({ name: "notes", stack: "dev" }, args);
  assert.deepEqual(problems, []);
  return stackObjects(plan);
}

/** An object as it is in the cluster: claims have a class and a size, servers are ready. */
function live({ object }: StackObject): Tree {
  const { spec, ...rest } = structuredClone(object) as unknown as { spec: Tree };
  if (object.kind === "StatefulSet") return { ...rest, spec, status: { readyReplicas: 1 } };
  if (object.kind !== "PersistentVolumeClaim") return { ...rest, spec };
  const { requests } = spec.resources as { requests: object };
  return {
    ...rest,
    spec: { ...spec, storageClassName: spec.storageClassName ?? "standard" },
    status: { capacity: requests },
  };
}

/** What is said of each object that both products have, and data depends on. */
function judge(
  judgement: (path: string, change: Change) => Problem[],
  before: object,
  after: object,
  { found = (tree: Tree) => tree, wanted = (tree: Tree) => tree } = {},
): Problem[] {
  const old = new Map(objectsOf(before).map((object) => [object.id, object]));
  return objectsOf(after).flatMap((object) => {
    const was = old.get(object.id);
    if (!was || object.holds === undefined) return [];
    const newInputs = wanted(structuredClone(object.object) as unknown as Tree);
    return judgement(object.holds, { oldInputs: was.object, oldOutputs: found(live(was)), newInputs });
  });
}

const pathsOf = (problems: Problem[]) => problems.map(({ path }) => path);

const postgres = (args: object = {}) => ({ postgres: args });
const redis = (args: object = {}) => ({ redis: args });
const uploads = (args: object = {}) => ({
  volumes: { uploads: args },
  workers: { jobs: { image: "acme/api:1", mounts: { "/srv": { volume: "uploads" } } } },
});
const replicated = (args: object = {}) => ({ postgres: { mode: "cloudnative-pg", ...args } });
const external = {
  secrets: { database: {} },
  postgres: {
    mode: "external",
    host: "db.example.com",
    user: "notes",
    database: "notes",
    password: "${secrets.database}",
  },
};

const REFUSED: [title: string, before: object, after: object, paths: string[]][] = [
  ["less storage", postgres({ storage: "2Gi" }), postgres({ storage: "1500Mi" }), ["postgres.storage"]],
  ["less than the default", postgres(), postgres({ storage: "512Mi" }), ["postgres.storage"]],
  ["the default after more", postgres({ storage: "2Gi" }), postgres(), ["postgres.storage"]],
  ["less of Redis'", redis({ storage: "2Gi" }), redis({ storage: "2G" }), ["redis.storage"]],
  [
    "less of a cache's",
    { caches: { pages: { persistence: true, storage: "2Gi" } } },
    { caches: { pages: { persistence: true, storage: "1Gi" } } },
    ["caches.pages.storage"],
  ],
  ["less of a volume", uploads({ storage: "5Gi" }), uploads({ storage: "1Gi" }), ["volumes.uploads.storage"]],
  [
    "less of the backups'",
    postgres({ backup: { storage: "5Gi" } }),
    postgres({ backup: { storage: "4Gi" } }),
    ["postgres.backup.storage"],
  ],
  [
    "less of each of the operator's",
    replicated({ storage: "50Gi" }),
    replicated({ storage: "5Gi" }),
    ["postgres.storage"],
  ],
  [
    "another class",
    postgres({ storageClassName: "fast" }),
    postgres({ storageClassName: "slow" }),
    ["postgres.storageClassName"],
  ],
  [
    "another than the default class",
    postgres(),
    postgres({ storageClassName: "fast" }),
    ["postgres.storageClassName"],
  ],
  ["the class dropped", postgres({ storageClassName: "fast" }), postgres(), ["postgres.storageClassName"]],
  [
    "other access modes",
    uploads(),
    uploads({ accessModes: ["ReadWriteMany"] }),
    ["volumes.uploads.accessModes"],
  ],
  ["the next major version", postgres(), postgres({ image: "postgres:16" }), ["postgres.image"]],
  ["the one before", postgres(), postgres({ image: "postgres:14.19-alpine" }), ["postgres.image"]],
  [
    "another one in a registry with a port, by digest",
    postgres({ image: `registry.example.com:5000/postgis/postgis:15-3.5@sha256:${"1".repeat(64)}` }),
    postgres({ image: `registry.example.com:5000/postgis/postgis:17-3.5@sha256:${"2".repeat(64)}` }),
    ["postgres.image"],
  ],
  [
    "another one of TimescaleDB",
    postgres({ image: "timescale/timescaledb:2.17.2-pg16" }),
    postgres({ image: "timescale/timescaledb:2.17.2-pg17" }),
    ["postgres.image"],
  ],
  ["another one of pgvector", postgres(), postgres({ image: "pgvector/pgvector:pg17" }), ["postgres.image"]],
  [
    "everything at once",
    { ...postgres({ storage: "2Gi" }), ...uploads({ storage: "2Gi" }) },
    {
      ...postgres({ storageClassName: "fast", image: "postgres:16" }),
      ...uploads({ storageClassName: "fast" }),
    },
    [
      "postgres.image",
      "postgres.storage",
      "postgres.storageClassName",
      "volumes.uploads.storage",
      "volumes.uploads.storageClassName",
    ],
  ],
];

const LET_THROUGH: [title: string, before: object, after: object][] = [
  ["nothing", { ...postgres(), ...redis(), ...uploads() }, { ...postgres(), ...redis(), ...uploads() }],
  ["more storage", postgres({ storage: "1Gi" }), postgres({ storage: "1025Mi" })],
  ["more of the operator's", replicated({ storage: "5Gi" }), replicated({ storage: "50Gi" })],
  ["as much, written otherwise", postgres({ storage: "1Gi" }), postgres({ storage: "1024Mi" })],
  ["as much, in bytes", uploads({ storage: "2Gi" }), uploads({ storage: "2147483648" })],
  ["the default class by its name", postgres(), postgres({ storageClassName: "standard" })],
  [
    "access modes in another order",
    uploads({ accessModes: ["ReadWriteOnce", "ReadWriteMany"] }),
    uploads({ accessModes: ["ReadWriteMany", "ReadWriteOnce"] }),
  ],
  [
    "another minor version",
    postgres({ image: "postgres:15.4" }),
    postgres({ image: "postgres:15.14-alpine" }),
  ],
  ["extensions to the same version", postgres(), postgres({ image: "pgvector/pgvector:0.8.0-pg15" })],
  ["an image whose tag tells no version", postgres(), postgres({ image: "acme/notes-db:1.4.2" })],
  [
    "an image with dates for tags",
    postgres({ image: "acme/db:24.10" }),
    postgres({ image: "acme/db:25.01" }),
  ],
  ["an image by digest alone", postgres(), postgres({ image: `postgres@sha256:${"1".repeat(64)}` })],
  ["Redis' next major version", redis({ image: "redis:7.0" }), redis({ image: "redis:8.0" })],
  ["a database elsewhere", postgres(), external],
  [
    "the operator's upgrade",
    replicated({ image: "cnpg/postgresql:16" }),
    replicated({ image: "cnpg/postgresql:17" }),
  ],
];

describe("A change of what holds data", () => {
  for (const [title, before, after, paths] of REFUSED) {
    it(`is refused: ${title}`, () => {
      const problems = judge(lossesOf, before, after);
      assert.deepEqual(pathsOf(problems).sort(), paths);
      for (const { remedy } of problems) assert.match(remedy, /"Moving to another volume" in docs\/data\.md/);
    });
  }

  for (const [title, before, after] of LET_THROUGH) {
    it(`goes through: ${title}`, () => assert.deepEqual(judge(lossesOf, before, after), []));
  }

  it("is told with what was, what is wanted, and what to write", () => {
    assert.deepEqual(judge(lossesOf, postgres({ storage: "2Gi" }), postgres({ storage: "1Gi" })), [
      {
        path: "postgres.storage",
        value: "1Gi",
        reason: "is less than the 2Gi that notes-postgres has, and a volume can't shrink",
        remedy:
          'write `storage: 2Gi`, or more; to have it otherwise, see "Moving to another volume" in docs/data.md',
      },
    ]);
    const [other] = judge(lossesOf, postgres(), postgres({ image: "postgres:16" }));
    assert.equal(other?.value, "postgres:16");
    assert.match(other?.reason ?? "", /is PostgreSQL 16, .* PostgreSQL 15 has written it/);
    assert.match(other?.remedy ?? "", /write `image: postgres:15`/);
  });

  it("goes through where a preview doesn't know the value yet, or it is hidden", () => {
    for (const hidden of [pulumi.unknown, pulumi.secret("1Gi"), undefined]) {
      const losses = (field: string) =>
        judge(lossesOf, uploads({ storage: "2Gi" }), uploads({ storage: "1Gi", storageClassName: "fast" }), {
          wanted: (tree) => {
            const spec = tree.spec as Tree;
            if (field === "spec") return { ...tree, spec: hidden };
            if (field === "storage")
              return { ...tree, spec: { ...spec, resources: { requests: { storage: hidden } } } };
            return { ...tree, spec: { ...spec, [field]: hidden } };
          },
        });
      assert.deepEqual(pathsOf(losses("spec")), []);
      assert.deepEqual(pathsOf(losses("storage")), ["volumes.uploads.storageClassName"]);
      assert.deepEqual(pathsOf(losses("storageClassName")), ["volumes.uploads.storage"]);
      // The control: it is these fields that are looked at.
      assert.equal(losses("volumeMode").length, 2);
    }
  });

  it("is judged by what is there, rather than by what was wanted last", () => {
    const found = (storage: string, capacity: string) => (tree: Tree) => {
      if (tree.kind !== "PersistentVolumeClaim") return tree;
      const spec = { ...(tree.spec as Tree), resources: { requests: { storage } } };
      return { ...tree, spec, status: { capacity: { storage: capacity } } };
    };
    const refused = (from: string, to: string, storage: string, capacity: string) =>
      judge(lossesOf, postgres({ storage: from }), postgres({ storage: to }), {
        found: found(storage, capacity),
      }).length === 1;
    // Somebody has made it grow by hand.
    assert.equal(refused("1Gi", "2Gi", "5Gi", "5Gi"), true);
    assert.equal(refused("1Gi", "2Gi", "1Gi", "1Gi"), false);
    // The growth was refused, or has not happened: it may be taken back.
    assert.equal(refused("5Gi", "1Gi", "1Gi", "1Gi"), false);
    assert.equal(refused("5Gi", "2Gi", "5Gi", "1Gi"), false);
    assert.equal(refused("5Gi", "1Gi", "5Gi", "1Gi"), true);
    assert.equal(refused("5Gi", "1Gi", "5Gi", "5Gi"), true);
  });

  it("goes through where a server never came up over its volume", () => {
    const broken = (tree: Tree) =>
      tree.kind === "StatefulSet" ? { ...tree, status: { replicas: 1 } } : tree;
    const back = [postgres({ image: "postgres:16" }), postgres({ image: "postgres:15" })] as const;
    assert.deepEqual(judge(lossesOf, ...back, { found: broken }), []);
    assert.equal(judge(lossesOf, ...back).length, 1);
  });

  it("is told of when it leaves data behind", () => {
    const told = (before: object, after: object) => pathsOf(judge(leftBehind, before, after));
    assert.deepEqual(told(redis(), redis({ persistence: false })), ["redis.persistence"]);
    assert.deepEqual(told(postgres(), postgres({ database: "other" })), ["postgres.database"]);
    assert.deepEqual(told(redis(), redis()), []);
    assert.deepEqual(told(redis({ persistence: false }), redis()), []);
    assert.deepEqual(
      told(redis({ persistence: false }), redis({ persistence: false, image: "redis:8.0" })),
      [],
    );
    assert.deepEqual(told(postgres(), postgres({ database: "notes", image: "postgres:15.14" })), []);
  });
});
