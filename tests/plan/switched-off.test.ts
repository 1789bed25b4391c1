// Parts that a stack switches off, and what becomes of what referred to them.

import assert from "node:assert/strict";
import { stackObjects } from "../../src/objects/objects";
import { planStack } from "../../src/plan/plan";
import { mergeLayers } from "../../src/schema/layers";
import type { ServiceStackArgs } from "../../src/schema/stack-args";
import { sampleArgs } from "../sample";

const program = (): ServiceStackArgs => ({
  ...sampleArgs(),
  migration: { command: ["migrate"] },
  workers: { celery: { command: ["work"] }, mail: { command: ["mail"] } },
  schedulers: { beat: { command: ["beat"] } },
  cronJobs: { cleanup: { schedule: "30 2 * * *", command: ["clean"] } },
});

const planned = (file: object, from: ServiceStackArgs = program()) =>
  planStack(
    { name: "notes", stack: "dev" },
    mergeLayers([
      { source: "the program", value: from },
      { source: "Pulumi.dev.yaml", value: file },
    ]),
  );

const roles = (file: object) => {
  const { plan, problems } = planned(file);
  assert.deepEqual(problems, []);
  return new Set(
    stackObjects(plan).map(({ object }) => object.metadata.labels?.["app.kubernetes.io/component"]),
  );
};

describe("A part that is switched off in a stack's file", () => {
  for (const [title, file, role] of [
    ["the front end", { frontend: { enabled: false } }, "frontend"],
    ["one of several workers", { workers: { celery: { enabled: false } } }, "celery"],
    ["a scheduler", { schedulers: { beat: { enabled: false } } }, "beat"],
    ["a cron job", { cronJobs: { cleanup: { enabled: false } } }, "cleanup"],
    ["the migration", { migration: { enabled: false } }, "migration"],
    ["Redis", { redis: { enabled: false }, backend: { env: { REDIS_URL: "redis://elsewhere" } } }, "redis"],
  ] as const) {
    it(`leaves no object behind: ${title}`, () => {
      assert.ok(roles({}).has(role), "the control");
      assert.ok(!roles(file).has(role));
    });
  }

  it("leaves no object behind: backups, but the volume that they lie on in the cluster", () => {
    const backups = (file: object) =>
      planned(file, { ...program(), postgres: { backup: {} } }).plan.cronJobs.map(({ id }) => id);
    assert.ok(backups({}).includes("postgres-backup"), "the control");
    assert.deepEqual(backups({ postgres: { backup: { enabled: false } } }), ["cleanup"]);
  });

  it("is there again with true", () => {
    const off = { ...program(), workers: { celery: { command: ["work"], enabled: false } } };
    assert.ok(!planned({}, off).plan.processes.some(({ id }) => id === "celery"));
    assert.ok(
      planned({ workers: { celery: { enabled: true } } }, off).plan.processes.some(
        ({ id }) => id === "celery",
      ),
    );
  });

  it("is what a reference to it is told of, with a way out", () => {
    const { problems } = planned({ redis: { enabled: false } });
    assert.equal(problems.length, 1);
    assert.equal(problems[0]?.path, "backend.env.REDIS_URL");
    assert.match(problems[0]?.reason ?? "", /switched off here \(`redis\.enabled: false`\)/);
    assert.deepEqual(
      planned({ redis: { enabled: false }, backend: { env: { REDIS_URL: null } } }).problems,
      [],
    );
  });

  it("may itself refer to what is switched off", () => {
    const from = { ...program(), workers: { celery: { command: ["w"], env: { A: "${frontend.url}" } } } };
    const file = { frontend: { enabled: false }, workers: { celery: { enabled: false } } };
    assert.deepEqual(planned(file, from).problems, []);
    assert.equal(planned({ frontend: { enabled: false } }, from).problems[0]?.path, "workers.celery.env.A");
  });

  it("leaves the backend's image and settings to those who run it", () => {
    const { plan, problems } = planned({ backend: { enabled: false } });
    assert.deepEqual(problems, []);
    assert.ok(!plan.processes.some(({ id }) => id === "backend"));
    const celery = plan.processes.find(({ id }) => id === "celery");
    assert.ok(celery?.env.some(({ name }) => name === "DATABASE_URL"));
    assert.ok(plan.images.some(({ context }) => context === "./api" || context === "api"));
    assert.ok(!plan.ingress?.routes.some(({ process }) => process === "backend"));
  });

  it("hides no mistake in settings that others take from it", () => {
    const file = { backend: { enabled: false, env: { A: "${nothing.here}" } } };
    assert.deepEqual(
      planned(file).problems.map(({ path }) => path),
      ["backend.env.A"],
    );
    const alone = { ...sampleArgs() };
    assert.deepEqual(planned(file, alone).problems, []);
  });
});
