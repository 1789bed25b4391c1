// How many pods run: an autoscaler's number that `up` leaves alone, a scheduler that is never there twice, a budget that
// refuses evictions, and rollouts that nobody notices.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServiceStackArgs } from "../../src/schema/stack-args";
import { ask, asking, cluster, podsOf } from "./cluster";
import { checkout, type Finished, pulumi } from "./commands";
import { eventually } from "./eventually";
import { mostPods, replicasInTurn } from "./watching";

const namespace = "scaling-dev";
const SITE = "http://scaling.dev.localhost";

const folder = mkdtempSync(join(tmpdir(), "scaling-"));

const onDev = (...args: string[]): Promise<Finished> => pulumi(folder, ...args, "-s", "dev");

/** Says this of the stack beyond the program. */
function configure(args: object): void {
  const config = { "scaling:stack": { tier: "dev", ...args } satisfies ServiceStackArgs };
  writeFileSync(join(folder, "Pulumi.dev.yaml"), JSON.stringify({ config }));
}

let version = 0;

/** Deploys the next version: another variable in all pods; the scheduler has the backend's. */
async function up(hasty: object = { replicas: 2 }): Promise<void> {
  version += 1;
  const env = { VERSION: String(version) };
  configure({ backend: { env }, services: { hasty: { env, ...hasty }, busy: { env } } });
  const { code, output } = await onDev("up", "--yes", "--skip-preview");
  assert.equal(code, 0, output);
}

/** Some clients that ask without a pause; how often each status came is returned when they are told to stop. */
function crowd(url: string, clients: number): () => Promise<Record<number, number>> {
  const stops = Array.from({ length: clients }, () => asking(url));
  return async () => {
    const sum: Record<number, number> = {};
    for (const seen of await Promise.all(stops.map((stop) => stop()))) {
      for (const [status, count] of Object.entries(seen))
        sum[Number(status)] = (sum[Number(status)] ?? 0) + count;
    }
    return sum;
  };
}

const replicasOf = async (name: string): Promise<number> =>
  (await cluster().apps.readNamespacedDeployment({ name: `scaling-${name}`, namespace })).spec?.replicas ?? 0;

describe("Scaling", () => {
  let calm: () => Promise<unknown> = async () => {};

  before(async () => {
    for (const [from, to] of [
      ["scaling/program.js", "index.js"],
      ["traffic/server.py", "server.py"],
    ] as const) {
      cpSync(join(checkout, "tests/e2e", from), join(folder, to));
    }
    symlinkSync(join(checkout, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "package.json"), "{}");
    writeFileSync(join(folder, "Pulumi.yaml"), "name: scaling\nruntime: nodejs\nmain: index.js\n");
    await up();
    calm = crowd(`${SITE}/busy/burn?0.1`, 2);
  });

  after(async () => {
    await calm();
    await onDev("destroy", "--yes", "--skip-preview");
    await cluster().core.deleteNamespace({ name: namespace });
  });

  it("refuses a scheduler with two replicas", async () => {
    configure({ schedulers: { beat: { replicas: 2 } } });
    const { code, output } = await onDev("preview");
    assert.notEqual(code, 0);
    assert.match(output, /schedulers\.beat\.replicas.*must be exactly 1/s);
  });

  it("follows the load, and the next up leaves the number alone, also where an autoscaler is new", async () => {
    await eventually("more than one busy pod", async () => (await replicasOf("busy")) > 1);
    const { apps } = cluster();
    const name = "scaling-backend";
    const scale = await apps.readNamespacedDeploymentScale({ name, namespace });
    await apps.replaceNamespacedDeploymentScale({
      name,
      namespace,
      body: { ...scale, spec: { replicas: 3 } },
    });
    const noted = await replicasInTurn(namespace);
    await up({ autoscaling: { maxReplicas: 3 } });
    const {
      "scaling-busy": busy = [],
      "scaling-hasty": hasty = [],
      "scaling-backend": backend = [],
    } = noted();
    assert.ok(busy.length > 0 && busy.every((replicas) => replicas > 1), busy.join());
    // The autoscaler's least is 1, and it waits for five minutes before it takes one away.
    assert.deepEqual(hasty, [2]);
    // The control: where there is none, the number is the stack's.
    assert.deepEqual(backend, [3, 2]);
  });

  it("has budgets where there is more than one pod, and an eviction beyond one is refused", async () => {
    let answers: Record<number, number>;
    const { core, policy } = cluster();
    const { items } = await policy.listNamespacedPodDisruptionBudget({ namespace });
    const names = items.map(({ metadata }) => metadata?.name);
    assert.deepEqual(names, ["scaling-backend", "scaling-busy", "scaling-hasty"]);
    const { status } = await eventually("the budget counts two pods", async () => {
      const budget = await policy.readNamespacedPodDisruptionBudget({ name: "scaling-backend", namespace });
      return budget.status?.expectedPods === 2 && budget.status.currentHealthy === 2 && budget;
    });
    assert.deepEqual([status?.desiredHealthy, status?.disruptionsAllowed], [1, 1]);
    const evict = (name = "") =>
      core.createNamespacedPodEviction({ name, namespace, body: { metadata: { name } } });
    const [first, second] = await podsOf(namespace, "backend");
    const stop = asking(`${SITE}/`);
    try {
      await evict(first);
      await assert.rejects(evict(second), { code: 429 });
      await eventually("another pod in the first one's place", async () => {
        const now = await podsOf(namespace, "backend");
        return (await podsLeft("backend")) === 2 && !now.includes(first ?? "");
      });
    } finally {
      answers = await stop();
    }
    assert.deepEqual(Object.keys(answers), ["200"], JSON.stringify(answers));
  });

  describe("through a rollout of all processes", () => {
    let answers: Record<"backend" | "hasty", Record<number, number>>;
    let most: Record<string, number>;

    before(async () => {
      const paths = { backend: "/", hasty: "/hasty/" };
      for (const path of Object.values(paths)) {
        await eventually(`an answer at ${path}`, async () => (await ask(SITE + path)).status === 200);
      }
      const [old] = await podsOf(namespace, "beat");
      const counted = await mostPods(namespace);
      const backend = crowd(`${SITE}/slow?0.2`, 4);
      const hasty = crowd(`${SITE}/hasty/slow?0.2`, 4);
      try {
        await up();
        // The last old pods are on their way out still.
        await eventually("all old pods are gone", async () => (await podsLeft("backend", "hasty")) === 4);
      } finally {
        answers = { backend: await backend(), hasty: await hasty() };
        most = counted();
      }
      assert.notDeepEqual(await podsOf(namespace, "beat"), [old]);
    });

    it("loses no request of a process with two pods", () => {
      assert.deepEqual(Object.keys(answers.backend), ["200"], JSON.stringify(answers));
      assert.ok((answers.backend[200] ?? 0) > 50, JSON.stringify(answers));
    });

    it("would lose some, if pods didn't wait before they stop (control)", () => {
      const { 200: answered = 0, ...lost } = answers.hasty;
      assert.ok(answered > 50 && Object.keys(lost).length > 0, JSON.stringify(answers));
    });

    it("never has two pods of a scheduler", () => {
      assert.equal(most.beat, 1);
      // The control: the others had a new pod beside the old ones.
      assert.ok((most.backend ?? 0) > 2, JSON.stringify(most));
    });
  });
});

/** How many pods of the roles there are, with those that are being deleted. */
async function podsLeft(...roles: string[]): Promise<number> {
  const labelSelector = `app.kubernetes.io/component in (${roles.join()})`;
  return (await cluster().core.listNamespacedPod({ namespace, labelSelector })).items.length;
}
