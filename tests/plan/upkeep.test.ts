// What is done to the database beside its use: its settings and extensions, its backups.

import assert from "node:assert/strict";
import { planStack } from "../../src/plan/plan";
import { Encrypted } from "../../src/schema/given";
import { sampleArgs } from "../sample";
import { type Row, stack, tells } from "./mistake-table";

const DIGEST = `@sha256:${"a".repeat(64)}`;

function planOf(postgres: object, tier = "acc", more: object = { migration: { command: ["migrate"] } }) {
  const { plan, problems } = planStack(
    { name: "notes", stack: tier },
    { ...sampleArgs(), ...more, postgres },
  );
  assert.deepEqual(problems, []);
  return plan;
}

/** What is done to the database before the migration. */
const jobsOf = ({ jobs }: ReturnType<typeof planOf>) => jobs.filter(({ id }) => id !== "migration");
const migrationOf = ({ jobs }: ReturnType<typeof planOf>) => jobs.find(({ id }) => id === "migration");

const EXTERNAL = {
  mode: "external",
  url: "postgresql://app@db.example.com/notes",
  password: new Encrypted(),
  image: `postgres:17.2${DIGEST}`,
};

describe("Backups", () => {
  it("are made by the server's own image, on schedule, to a volume of their own", () => {
    const plan = planOf({
      image: "postgres:16.1",
      backup: { schedule: "0 3 * * 0", timeZone: "Europe/Berlin", keep: 3 },
    });
    const [dump, restore] = plan.cronJobs;
    assert.deepEqual(
      [dump?.id, dump?.image.parts, dump?.schedule, dump?.timeZone, dump?.concurrencyPolicy, dump?.suspend],
      ["postgres-backup", ["postgres:16.1"], "0 3 * * 0", "Europe/Berlin", "Forbid", false],
    );
    assert.deepEqual([restore?.id, restore?.suspend], ["postgres-restore", true]);
    assert.deepEqual(plan.volumes.at(-1)?.claim, {
      path: "postgres.backup",
      storage: "5Gi",
      storageClassName: undefined,
      accessModes: ["ReadWriteOnce"],
    });
    assert.ok(plan.edges.some(({ from, to }) => from === "postgres-backup" && to === "postgres"));
    assert.deepEqual(plan.backup, { schedule: "0 3 * * 0 Europe/Berlin", volume: "notes-postgres-backup" });
  });

  it("hold the password in a Secret alone", () => {
    const [dump] = planOf({ backup: {} }).cronJobs;
    const secret = dump?.env.filter(({ value }) => value.secret).map(({ name }) => name);
    assert.deepEqual(secret, ["PGPASSWORD"]);
  });

  it("run an image that is no role's: what acc prints of its images, prod takes", () => {
    const { runs } = planOf({ backup: {}, extensions: ["pg_trgm"] });
    assert.deepEqual(Object.keys(runs), ["backend", "frontend", "migration"]);
    const given = { ...sampleArgs(), migration: { command: ["migrate"] }, postgres: { backup: {} } };
    const images = JSON.stringify({ backend: `a${DIGEST}`, frontend: `b${DIGEST}`, migration: `a${DIGEST}` });
    assert.deepEqual(planStack({ name: "notes", stack: "acc", images }, given).problems, []);
  });

  it("are none unless asked for (control)", () => {
    const plan = planOf({});
    assert.deepEqual([plan.cronJobs, jobsOf(plan), plan.volumes, plan.backup], [[], [], [], undefined]);
  });

  for (const [tier, before] of [
    ["dev", false],
    ["acc", true],
    ["prod", true],
  ] as const) {
    it(`are made before each migration in ${tier}: ${before}`, () => {
      const image = `postgres:15${DIGEST}`;
      const plan = planOf({ image, backup: {} }, tier);
      assert.deepEqual(
        jobsOf(plan).map(({ id, repeatsWith }) => [id, repeatsWith]),
        before ? [["postgres-dump", "migration"]] : [],
      );
      assert.deepEqual(
        migrationOf(plan)?.after,
        before ? ["postgres", "redis", "postgres-dump"] : ["postgres", "redis"],
      );
    });
  }

  it("are not made before a migration that isn't there, nor if they are not wanted", () => {
    assert.deepEqual(planOf({ backup: {} }, "acc", {}).jobs, []);
    assert.deepEqual(jobsOf(planOf({ backup: { beforeMigration: false } })), []);
  });

  it("of an external database are made by an image that is named, and nothing waits for the database", () => {
    const plan = planOf({ ...EXTERNAL, backup: { storage: "10Gi" } });
    assert.deepEqual(plan.cronJobs[0]?.image.parts, [`postgres:17.2${DIGEST}`]);
    assert.deepEqual(plan.cronJobs[0]?.after, []);
    assert.deepEqual(migrationOf(plan)?.after, ["redis", "postgres-dump"]);
    const variables = Object.fromEntries(
      (plan.cronJobs[0]?.env ?? []).map(({ name, value }) => [name, value.parts]),
    );
    assert.deepEqual([variables.PGHOST, variables.PGSSLMODE], [["db.example.com"], ["require"]]);
  });
});

describe("Extensions", () => {
  it("are made sure of before anybody uses the database", () => {
    const plan = planOf({ extensions: ["pg_trgm", "pg_trgm", "uuid-ossp"] });
    const [job] = plan.jobs;
    assert.equal(job?.id, "postgres-extensions");
    assert.deepEqual(job?.env.find(({ name }) => name === "EXTENSIONS")?.value.parts, ["pg_trgm uuid-ossp"]);
    assert.deepEqual(job?.after, ["postgres"]);
    assert.deepEqual(migrationOf(plan)?.after, ["postgres-extensions", "redis"]);
    assert.deepEqual(planOf({ extensions: ["pg_trgm"] }, "dev", {}).processes[0]?.after, [
      "postgres-extensions",
      "redis",
    ]);
  });

  it("of an external database are made by its user", () => {
    const plan = planOf({ ...EXTERNAL, extensions: ["pg_trgm"] });
    assert.deepEqual(plan.jobs[0]?.after, []);
    assert.deepEqual(migrationOf(plan)?.after, ["postgres-extensions", "redis"]);
  });

  it("have the libraries loaded that they want, beside those of the user's", () => {
    const libraries = (postgres: object) => {
      const plan = planOf(postgres);
      return plan.postgres?.mode === "embedded"
        ? plan.postgres.parameters.shared_preload_libraries
        : undefined;
    };
    assert.equal(libraries({ extensions: ["pg_stat_statements"] }), "pg_stat_statements");
    assert.equal(
      libraries({
        extensions: ["pg_stat_statements"],
        parameters: { shared_preload_libraries: "auto_explain" },
      }),
      "auto_explain,pg_stat_statements",
    );
    assert.equal(libraries({ extensions: ["pg_trgm"] }), undefined);
  });
});

const postgres = (more: object) => stack({ postgres: more });
const setting = (name: string, value: unknown, more: object = {}) =>
  postgres({ parameters: { [name]: value }, ...more });

const TABLE: Row[] = [
  [
    "a setting with a slip",
    setting("max_conections", "200"),
    "postgres.parameters.max_conections",
    /did you mean `max_connections`/,
  ],
  ["a setting of the package's own", setting("port", "5433"), "postgres.parameters.port", /package's own/],
  ["TLS of a server without a certificate", setting("ssl", "on"), "postgres.parameters.ssl", /certificate/],
  [
    "a setting that is no name",
    setting("max connections", "200"),
    'postgres.parameters["max connections"]',
    /not the name/,
  ],
  [
    "memory as Kubernetes writes it",
    setting("work_mem", "64Mi"),
    "postgres.parameters.work_mem",
    /did you mean `64MB`/,
  ],
  [
    "connections that are no number",
    setting("max_connections", "many"),
    "postgres.parameters.max_connections",
    /whole number/,
  ],
  [
    "buffers beyond the memory",
    setting("shared_buffers", "8GB"),
    "postgres.parameters.shared_buffers",
    /memory limit \(512Mi\)/,
  ],
  [
    "an extension that is no name",
    postgres({ extensions: ["pg_trgm; DROP TABLE a"] }),
    "postgres.extensions[0]",
    /CREATE EXTENSION/,
  ],
  [
    "a backup at a minute that no hour has",
    postgres({ backup: { schedule: "61 * * * *" } }),
    "postgres.backup.schedule",
    /0 to 59/,
  ],
  [
    "a backup's time zone that isn't one",
    postgres({ backup: { timeZone: "CET+1" } }),
    "postgres.backup.timeZone",
    /IANA/,
  ],
  [
    "a backup's volume that is no size",
    postgres({ backup: { storage: "10" } }),
    "postgres.backup.storage",
    /10Mi/,
  ],
  ["no backup at all kept", postgres({ backup: { keep: 0 } }), "postgres.backup.keep", /at least 1/],
  [
    "an external database's backup without an image",
    postgres({ ...EXTERNAL, image: undefined, backup: { storage: "1Gi" } }),
    "postgres.image",
    /pg_dump.*postgres:17/s,
  ],
  [
    "an external database's backup without a size",
    postgres({ ...EXTERNAL, backup: {} }),
    "postgres.backup.storage",
    /storage: 20Gi/,
  ],
  [
    "a volume with the backups' name",
    stack({ volumes: { "postgres-backup": {} } }),
    "volumes.postgres-backup",
    /already/,
  ],
];

describe("A database's upkeep that can't be", () => {
  tells(TABLE, [
    ["settings as numbers and switches, as YAML reads them", setting("max_connections", 200)],
    ["a switch", setting("jit", false)],
    ["a setting of an extension's", setting("pg_stat_statements.max", "5000")],
    ["a setting that a newer version may have", setting("some_new_feature_of_20", "on")],
    ["buffers that fit", setting("shared_buffers", "256MB")],
  ]);
});
