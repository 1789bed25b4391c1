// What runs once for each version: where it stands in the order, and whom it can talk to.

import assert from "node:assert/strict";
import { planStack } from "../../src/plan/plan";
import { sampleArgs } from "../sample";

const command = ["run"];

function planOf(more: object) {
  const { plan, problems } = planStack({ name: "notes", stack: "dev" }, { ...sampleArgs(), ...more });
  assert.deepEqual(problems, []);
  const afterOf = (id: string) =>
    [...plan.processes, ...plan.jobs, ...plan.cronJobs].find((pod) => pod.id === id)?.after;
  const reachedBy = (id: string) => plan.edges.filter(({ from }) => from === id).map(({ to }) => to);
  return { plan, afterOf, reachedBy };
}

describe("A task", () => {
  it("runs behind the stores and the migration, and before every process and cron job", () => {
    const { afterOf } = planOf({
      migration: { command },
      tasks: { seed: { command } },
      workers: { mail: { command } },
      cronJobs: { cleanup: { schedule: "@daily", command } },
    });
    assert.deepEqual(afterOf("seed"), ["postgres", "redis", "migration"]);
    for (const id of ["backend", "frontend", "mail", "cleanup"]) {
      assert.deepEqual(afterOf(id)?.slice(0, 2), ["migration", "seed"], id);
    }
  });

  it("runs the backend's image with its settings, below its own", () => {
    const { plan } = planOf({ tasks: { seed: { command, env: { ENVIRONMENT: "seed" } } } });
    const [seed] = plan.jobs;
    assert.deepEqual(seed?.image, plan.processes[0]?.image);
    assert.deepEqual(seed?.env.find(({ name }) => name === "ENVIRONMENT")?.value.parts, ["seed"]);
    assert.ok(seed?.env.some(({ name }) => name === "DATABASE_URL"));
    assert.deepEqual([seed?.backoffLimit, seed?.deadlineSeconds], [0, 600]);
  });

  it("runs behind the processes that it refers to, which don't wait for it", () => {
    const { afterOf, reachedBy } = planOf({ tasks: { probe: { command, env: { API: "${backend.url}" } } } });
    assert.deepEqual(afterOf("probe"), ["postgres", "redis", "backend"]);
    assert.ok(!afterOf("backend")?.includes("probe"));
    assert.ok(reachedBy("probe").includes("backend"));
  });

  it("runs behind what it names, and behind what that waits for", () => {
    const { afterOf, reachedBy } = planOf({
      tasks: {
        early: { command },
        late: { command, after: ["frontend"] },
        last: { command, after: ["late", "early"] },
      },
    });
    assert.deepEqual(afterOf("backend")?.slice(0, 1), ["early"]);
    for (const id of ["late", "last"]) assert.ok(!afterOf("backend")?.includes(id), id);
    assert.ok(afterOf("late")?.includes("frontend"));
    assert.deepEqual(afterOf("last")?.slice(-2), ["late", "early"]);
    // To wait for somebody is not to talk to them.
    assert.ok(!reachedBy("late").includes("frontend"));
  });

  it("talks to no process before there is one, though the backend's settings lead to it", () => {
    const frontend = { ...sampleArgs().frontend, env: {} };
    const env = { ...sampleArgs().backend?.env, FRONTEND: "${frontend.url}" };
    const { afterOf, reachedBy } = planOf({
      frontend,
      backend: { ...sampleArgs().backend, env },
      tasks: { early: { command }, late: { command, after: ["backend"] } },
    });
    assert.deepEqual(afterOf("early"), ["postgres", "redis"]);
    assert.deepEqual(reachedBy("early"), ["postgres", "redis"]);
    assert.ok(reachedBy("late").includes("frontend"));
  });
});
