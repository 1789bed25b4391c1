// A database that CloudNativePG's operator runs: the same contract as any other, and what the operator would refuse.

import assert from "node:assert/strict";
import { planStack } from "../../src/plan/plan";
import { sampleArgs } from "../sample";
import { type Row, stack, tells } from "./mistake-table";

const planOf = (postgres: object, tier = "acc", more: object = {}) => {
  const { plan, problems } = planStack(
    { name: "notes", stack: tier },
    { ...sampleArgs(), ...more, postgres: { mode: "cloudnative-pg", ...postgres } },
  );
  assert.deepEqual(problems, []);
  return plan;
};

const clusterOf = (postgres: object, tier?: string) => {
  const { postgres: planned } = planOf(postgres, tier);
  assert.ok(planned?.mode === "cloudnative-pg");
  return planned;
};

const STORE = { destinationPath: "s3://acme-backups/notes" };

describe("A database that CloudNativePG runs", () => {
  it("is what references lead to, at the instance that takes the writes", () => {
    const backend = planOf({}).processes.find(({ id }) => id === "backend");
    const url = backend?.env.find(({ name }) => name === "DATABASE_URL")?.value;
    assert.deepEqual(url?.parts, [
      "postgresql://notes:",
      { hole: "generated", password: "postgres", encodings: 1 },
      "@notes-postgres-rw:5432/notes",
    ]);
  });

  it("has instances by tier", () => {
    assert.deepEqual(
      ["dev", "acc"].map((tier) => clusterOf({}, tier).instances),
      [1, 2],
    );
    assert.equal(clusterOf({ instances: 5 }).instances, 5);
  });

  it("has buffers within the memory that is reserved, as the operator wants it", () => {
    assert.equal(clusterOf({}).parameters.shared_buffers, "256MB");
    assert.equal(clusterOf({ parameters: { shared_buffers: "64MB" } }).parameters.shared_buffers, "64MB");
  });

  it("has the libraries of its extensions apart from its settings, where the operator wants them", () => {
    const { libraries, parameters } = clusterOf({
      extensions: ["pg_stat_statements"],
      image: "ghcr.io/cloudnative-pg/postgresql:17.2",
    });
    assert.deepEqual([libraries, parameters.shared_preload_libraries], [["pg_stat_statements"], undefined]);
  });

  it("talks to itself, to the operator, to the API server and to the object store", () => {
    const edges = (postgres: object) =>
      planOf(postgres)
        .edges.filter((edge) => [edge.from, edge.to].includes("postgres"))
        .map(({ from, to }) => `${from} → ${to}`);
    const always = [
      "backend → postgres",
      "cloudnative-pg.operator → postgres",
      "postgres → postgres",
      "postgres → cluster.apiServer",
    ];
    assert.deepEqual(edges({}).sort(), always.sort());
    const stored = [...always, "postgres → postgres.backup.objectStore"];
    assert.deepEqual(edges({ backup: { objectStore: STORE } }).sort(), stored.sort());
  });

  it("is backed up continuously into an object store, without dumps beside it", () => {
    const plan = planOf({ backup: { schedule: "30 1 * * *", objectStore: STORE } });
    assert.deepEqual([plan.cronJobs, plan.jobs, plan.volumes], [[], [], []]);
    assert.deepEqual(plan.backup, {
      schedule: "0 30 1 * * *",
      objectStore: STORE.destinationPath,
      volume: undefined,
    });
  });

  it("is dumped before each migration too, where that is asked for", () => {
    const backup = { objectStore: STORE, beforeMigration: true };
    const plan = planOf({ backup, image: "ghcr.io/cloudnative-pg/postgresql:17.2" }, "acc", {
      migration: { command: ["migrate"] },
    });
    assert.deepEqual(
      plan.jobs.map(({ id }) => id),
      ["postgres-dump", "migration"],
    );
    assert.deepEqual(
      plan.cronJobs.map(({ id }) => id),
      ["postgres-restore"],
    );
  });

  it("is dumped to a volume, like any other, where there is no object store", () => {
    const plan = planOf({ backup: {}, image: "ghcr.io/cloudnative-pg/postgresql:17.2" });
    assert.deepEqual(
      plan.cronJobs.map(({ id }) => id),
      ["postgres-backup", "postgres-restore"],
    );
    // As whom it was before, or the dumps of an embedded database could not be read any more.
    assert.equal(plan.cronJobs[0]?.user.runAsUser, 999);
  });
});

const operated = (more: object) => stack({ postgres: { mode: "cloudnative-pg", ...more } });
const stored = (more: object, beside: object = {}) =>
  operated({ backup: { ...beside, objectStore: { ...STORE, ...more } } });
const KEY = { name: "backup-store", key: "ID" };

const TABLE: Row[] = [
  [
    "a setting that the operator makes itself",
    operated({ parameters: { archive_mode: "on" } }),
    "postgres.parameters.archive_mode",
    /operator's own/,
  ],
  [
    "buffers beyond the reserved memory",
    operated({ parameters: { shared_buffers: "1GB" } }),
    "postgres.parameters.shared_buffers",
    /requests\.memory/,
  ],
  ["dumps without an image with pg_dump", operated({ backup: {} }), "postgres.image", /pg_dump/],
  ["extensions without an image with psql", operated({ extensions: ["pg_trgm"] }), "postgres.image", /psql/],
  [
    "an object store for another mode",
    stack({ postgres: { backup: { objectStore: STORE } } }),
    "postgres.backup.objectStore",
    /CloudNativePG's/,
  ],
  [
    "a place that is no bucket",
    stored({ destinationPath: "/mnt/backups" }),
    "postgres.backup.objectStore.destinationPath",
    /s3:\/\//,
  ],
  [
    "an address without a scheme",
    stored({ endpointURL: "s3.example.com" }),
    "postgres.backup.objectStore.endpointURL",
    /https:/,
  ],
  [
    "half of a key",
    stored({ accessKeyId: KEY }),
    "postgres.backup.objectStore.secretAccessKey",
    /other half/,
  ],
  [
    "a length of time that isn't one",
    stored({ retentionPolicy: "a month" }),
    "postgres.backup.objectStore.retentionPolicy",
    /30d/,
  ],
  ["a number of dumps where there are none", stored({}, { keep: 3 }), "postgres.backup.keep", /object store/],
  [
    "a time zone that the operator doesn't have",
    stored({}, { timeZone: "Europe/Berlin" }),
    "postgres.backup.timeZone",
    /UTC/,
  ],
  ["instances of an embedded database", stack({ postgres: { instances: 2 } }), "postgres.instances", /mode/],
];

describe("A database of CloudNativePG's that can't be", () => {
  tells(TABLE, [
    ["a store with both keys", stored({ accessKeyId: KEY, secretAccessKey: { ...KEY, key: "SECRET" } })],
    ["a store elsewhere", stored({ endpointURL: "https://s3.example.com:9000" })],
    ["UTC", stored({}, { timeZone: "Etc/UTC" })],
  ]);
});
