// The plan: what follows from a sound input.

import assert from "node:assert/strict";
import { planStack } from "../../src/plan/plan";
import { sampleArgs } from "../sample";

const planOf = (input: unknown, stack = "dev") => planStack({ name: "notes", stack }, input).plan;

describe("The plan", () => {
  it("differs between the tiers where their table says so", () => {
    const [dev, acc, prod] = ["dev", "acc", "prod"].map((stack) => planOf(sampleArgs(), stack));
    assert.deepEqual(
      [dev, acc, prod].map((plan) => plan?.processes.map(({ replicas }) => replicas)),
      [
        [1, 1],
        [2, 2],
        [3, 3],
      ],
    );
    assert.deepEqual(
      [dev, acc, prod].map((plan) => plan?.urls.stack),
      ["http://notes.example.com", "https://notes.example.com", "https://notes.example.com"],
    );
    assert.deepEqual(
      [dev, acc, prod].map((plan) => plan?.namespace),
      ["notes-dev", "notes-acc", "notes-prod"],
    );
    assert.deepEqual(
      [dev, acc, prod].map((plan) => plan?.protect),
      [false, false, true],
    );
  });

  it("takes who talks to whom from the references alone", () => {
    assert.deepEqual(planOf(sampleArgs()).edges, [
      { from: "backend", to: "postgres" },
      { from: "backend", to: "redis" },
      { from: "ingress", to: "backend" },
      { from: "ingress", to: "frontend" },
    ]);
  });

  it("knows no edge that no reference makes (control)", () => {
    const args = sampleArgs();
    if (args.backend) args.backend.env = {};
    assert.deepEqual(
      planOf(args).edges.filter(({ from }) => from !== "ingress"),
      [],
    );
  });

  it("marks text with a secret in it as secret, and no other", () => {
    const secret = planOf(sampleArgs()).processes[0]?.env.map(({ name, value }) => [name, value.secret]);
    assert.deepEqual(secret, [
      ["DATABASE_URL", true],
      ["REDIS_URL", true],
      ["SESSION_SECRET", true],
      ["ENVIRONMENT", false],
    ]);
  });

  it("takes `$${` for a literal", () => {
    const args = sampleArgs();
    if (args.backend) args.backend.env = { A: "$${postgres.url} of ${stack.tier}" };
    assert.deepEqual(planOf(args).processes[0]?.env[0]?.value, {
      parts: ["${postgres.url} of dev"],
      secret: false,
    });
  });

  it("builds an image once for processes with the same build", () => {
    const args = sampleArgs();
    if (args.frontend && args.backend) args.frontend.build = { ...args.backend.build, context: "api/" };
    const { images, processes } = planOf(args);
    assert.equal(images.length, 1);
    assert.deepEqual(processes[1]?.image, processes[0]?.image);
  });

  it("raises a default limit above a request of the user's", () => {
    const args = sampleArgs();
    if (args.backend) args.backend.resources = { requests: { memory: "4Gi" } };
    assert.equal(planOf(args).processes[0]?.resources.limits.memory, "4Gi");
  });

  it("runs workers, schedulers and the migration from the backend's image, with its settings below their own", () => {
    const plan = planOf({
      ...sampleArgs(),
      workers: { celery: { command: ["work"], env: { ENVIRONMENT: "worker" } } },
      schedulers: { beat: { command: ["beat"] } },
      migration: { command: ["migrate"] },
    });
    const [backend, , celery, beat] = plan.processes;
    assert.equal(plan.images.length, 2);
    for (const role of [celery, beat, plan.jobs[0]]) assert.deepEqual(role?.image, backend?.image);
    assert.deepEqual(celery?.env.find(({ name }) => name === "ENVIRONMENT")?.value.parts, ["worker"]);
    assert.ok(celery?.env.some(({ name }) => name === "DATABASE_URL"));
    assert.deepEqual(
      [celery?.strategy.type, beat?.strategy.type, beat?.replicas],
      ["RollingUpdate", "Recreate", 1],
    );
  });

  it("takes nothing from the backend for a worker with an image of its own", () => {
    const plan = planOf({ ...sampleArgs(), workers: { mail: { image: "mail:1.2" } } });
    assert.deepEqual(plan.processes[2]?.env, []);
  });

  it("starts every process behind the migration, and that behind the stores alone", () => {
    const plan = planOf({ ...sampleArgs(), migration: { command: ["migrate"] } });
    assert.deepEqual(plan.jobs[0]?.after, ["postgres", "redis"]);
    for (const { after } of plan.processes) assert.equal(after[0], "migration");
  });

  it("tells a mistake of the backend's once, and not for each role that takes it over", () => {
    const { problems } = planStack(
      { name: "notes", stack: "dev" },
      {
        ...sampleArgs(),
        backend: { ...sampleArgs().backend, env: { A: "${nope}" }, build: undefined, image: "x:latest" },
        workers: { celery: { command: ["work"] } },
        migration: { command: ["migrate"] },
      },
    );
    assert.deepEqual(problems.map(({ path }) => path).sort(), ["backend.env.A", "backend.image"]);
  });
});
