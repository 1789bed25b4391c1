// How many pods run, and what is wrong with how that is asked for.

import assert from "node:assert/strict";
import { planStack } from "../../src/plan/plan";
import type { ProcessArgs } from "../../src/schema/process-args";
import { sampleArgs } from "../sample";
import { backend, type Change, inEveryTier, stack, tells } from "./mistake-table";

const resources = { requests: { cpu: "250m", memory: "256Mi" } };
const scaled = (more: object, rest: object = {}): Change =>
  backend({ resources, autoscaling: { maxReplicas: 6, ...more }, ...rest });
const worker = (more: object): Change =>
  stack({ workers: { celery: { command: ["work"], resources, autoscaling: { maxReplicas: 6, ...more } } } });
const budget = (podDisruptionBudget: object, more: object = { replicas: 3 }): Change =>
  backend({ podDisruptionBudget, ...more });

const process = (change: Change, name = "dev", id = "backend") => {
  const { plan } = planStack({ name: "notes", stack: name }, change(sampleArgs()));
  const found = plan.processes.find((candidate) => candidate.id === id);
  assert.ok(found);
  return found;
};

describe("Autoscaling", () => {
  it("begins at the tier's number of pods, and by default looks at CPU", () => {
    for (const [name, min] of [
      ["dev", 1],
      ["acc", 2],
      ["prod", 3],
    ] as const) {
      const { autoscaling, replicas, maxReplicas } = process(scaled({}), name);
      assert.deepEqual([autoscaling?.min, replicas, maxReplicas], [min, min, 6]);
      assert.equal(autoscaling?.cpuUtilization, 70);
    }
  });

  it("looks at nothing that isn't asked for, where something is", () => {
    const { autoscaling } = process(scaled({ metrics: { requests: { averageValue: "50" } } }));
    assert.deepEqual([autoscaling?.cpuUtilization, autoscaling?.memoryUtilization], [undefined, undefined]);
  });

  it("never begins above its own maximum", () => {
    assert.equal(process(scaled({ maxReplicas: 2 }), "prod").replicas, 2);
  });

  it("leaves the number of pods alone where it is switched off", () => {
    const { autoscaling, replicas } = process(scaled({ enabled: false }, { replicas: 4 }));
    assert.deepEqual([autoscaling, replicas], [undefined, 4]);
  });

  it("starts a worker that may have no pods with one, to see whether it runs", () => {
    const { autoscaling, replicas } = process(worker({ minReplicas: 0, queue: {} }), "prod", "celery");
    assert.deepEqual([autoscaling?.min, replicas], [0, 1]);
  });

  it("asks the stack's own Redis for a queue's length, under a name that KEDA can resolve", () => {
    const { plan } = planStack({ name: "notes", stack: "dev" }, worker({ queue: {} })(sampleArgs()));
    const { queue } = plan.processes.find(({ id }) => id === "celery")?.autoscaling ?? {};
    assert.deepEqual(queue?.address, { parts: ["notes-redis.notes-dev.svc:6379"], secret: false });
    assert.equal(queue?.password?.secret, true);
    assert.ok(plan.edges.some(({ from, to }) => from === "keda.keda" && to === "redis"));
    assert.ok(plan.network.peers.some(({ pods }) => pods?.namespace === "keda"));
  });

  it("lets KEDA reach Redis once, however many queues there are, and not without one (control)", () => {
    const two = { mail: { command: ["mail"] }, pdf: { command: ["pdf"] } };
    const workers = (autoscaling?: object) =>
      Object.fromEntries(Object.entries(two).map(([id, args]) => [id, { ...args, autoscaling }]));
    const edges = (autoscaling?: object) =>
      planStack(
        { name: "notes", stack: "dev" },
        { ...sampleArgs(), workers: workers(autoscaling) },
      ).plan.edges.filter(({ from }) => from.startsWith("keda"));
    assert.equal(edges({ maxReplicas: 3, queue: {} }).length, 1);
    assert.equal(edges({ maxReplicas: 3, queue: {}, enabled: false }).length, 0);
  });

  describe("A mistake", () => {
    tells(
      [
        [
          "a minimum above the maximum",
          scaled({ minReplicas: 9 }),
          "backend.autoscaling.minReplicas",
          /\(6\).*at most 6/s,
        ],
        ["a maximum of 0", scaled({ maxReplicas: 0 }), "backend.autoscaling.maxReplicas", /1 or more/],
        [
          "a minimum of 0 without a queue",
          scaled({ minReplicas: 0 }),
          "backend.autoscaling.minReplicas",
          /queue/,
        ],
        [
          "a minimum of -1",
          scaled({ minReplicas: -1, queue: {} }),
          "backend.autoscaling.minReplicas",
          /below 0/,
        ],
        [
          "a fixed number beside it",
          scaled({}, { replicas: 3 }),
          "backend.replicas",
          /drop it.*enabled: false/s,
        ],
        [
          "a CPU target without a CPU request",
          backend({ autoscaling: { maxReplicas: 6, cpuUtilization: 80 } }),
          "backend.autoscaling.cpuUtilization",
          /resources\.requests\.cpu.*250m/s,
        ],
        [
          "the default CPU target without a CPU request",
          backend({ autoscaling: { maxReplicas: 6 } }),
          "backend.autoscaling.cpuUtilization",
          /isn't given.*something else/s,
        ],
        [
          "a memory target without a memory request",
          backend({ autoscaling: { maxReplicas: 6, memoryUtilization: 80 } }),
          "backend.autoscaling.memoryUtilization",
          /resources\.requests\.memory/,
        ],
        [
          "a target of 0 percent",
          scaled({ cpuUtilization: 0 }),
          "backend.autoscaling.cpuUtilization",
          /1 to 100/,
        ],
        [
          "a target of 800 percent",
          scaled({ cpuUtilization: 800 }),
          "backend.autoscaling.cpuUtilization",
          /raise/,
        ],
        [
          "half a percent",
          scaled({ cpuUtilization: 0.5 }),
          "backend.autoscaling.cpuUtilization",
          /whole number/,
        ],
        [
          "a scheduler that scales",
          stack({ schedulers: { beat: { command: ["beat"], resources, autoscaling: { maxReplicas: 2 } } } }),
          "schedulers.beat.autoscaling",
          /several times/,
        ],
        ["no maximum", backend({ resources, autoscaling: {} }), "backend.autoscaling.maxReplicas", /missing/],
        [
          "a metric without a target",
          scaled({ metrics: { rps: {} } }),
          "backend.autoscaling.metrics.rps",
          /no target.*averageValue/s,
        ],
        [
          "a metric with two targets",
          scaled({ metrics: { rps: { type: "External", value: "1", averageValue: "1" } } }),
          "backend.autoscaling.metrics.rps",
          /two targets/,
        ],
        [
          "a sum of a pods' metric",
          scaled({ metrics: { rps: { value: "10" } } }),
          "backend.autoscaling.metrics.rps.value",
          /averageValue/,
        ],
        [
          "a metric's target that is no quantity",
          scaled({ metrics: { rps: { averageValue: "many" } } }),
          "backend.autoscaling.metrics.rps.averageValue",
          /quantity/,
        ],
        [
          "a metric's target of 0",
          scaled({ metrics: { rps: { averageValue: 0 } } }),
          "backend.autoscaling.metrics.rps.averageValue",
          /above 0/,
        ],
        [
          "a metric's name with a slash",
          scaled({ metrics: { "a/b": { averageValue: "1" } } }),
          'backend.autoscaling.metrics["a/b"]',
          /custom\.metrics/,
        ],
        [
          "a metric's label with a blank",
          scaled({ metrics: { rps: { averageValue: "1", matchLabels: { queue: "a b" } } } }),
          "backend.autoscaling.metrics.rps.matchLabels.queue",
          /63/,
        ],
        [
          "a queue without a Redis",
          (args) => ({
            ...(worker({ queue: {} })(args) as object),
            redis: undefined,
            backend: { image: "x:1" },
          }),
          "workers.celery.autoscaling.queue",
          /redis: \{\}/,
        ],
        [
          "a queue beside metrics",
          worker({ queue: {}, metrics: { rps: { averageValue: "1" } } }),
          "workers.celery.autoscaling.metrics",
          /KEDA/,
        ],
        [
          "a queue of endless hunger",
          worker({ queue: { listLength: 0 } }),
          "workers.celery.autoscaling.queue.listLength",
          /1 or more/,
        ],
        [
          "a queue without a name",
          worker({ queue: { listName: " " } }),
          "workers.celery.autoscaling.queue.listName",
          /celery/,
        ],
        [
          "Redis' database -1",
          worker({ queue: { databaseIndex: -1 } }),
          "workers.celery.autoscaling.queue.databaseIndex",
          /from 0/,
        ],
        [
          "KEDA in a namespace of capitals",
          worker({ queue: { controllerNamespace: "KEDA" } }),
          "workers.celery.autoscaling.queue.controllerNamespace",
          /`keda`/,
        ],
        [
          "a window of two hours",
          scaled({ behavior: { scaleDown: { stabilizationWindowSeconds: 7200 } } }),
          "backend.autoscaling.behavior.scaleDown.stabilizationWindowSeconds",
          /3600/,
        ],
        [
          "no policies",
          scaled({ behavior: { scaleUp: { policies: [] } } }),
          "backend.autoscaling.behavior.scaleUp.policies",
          /Disabled/,
        ],
      ],
      inEveryTier({
        "CPU, memory and metrics": scaled({
          minReplicas: 6,
          cpuUtilization: 100,
          memoryUtilization: 1,
          metrics: {
            rps: { averageValue: 50 },
            jobs: { type: "External", value: "2k", matchLabels: { queue: "mail" } },
          },
          behavior: { scaleUp: { stabilizationWindowSeconds: 0, selectPolicy: "Min" } },
        }),
        "a queue from nothing": worker({
          minReplicas: 0,
          cpuUtilization: 80,
          queue: { listName: "mail", listLength: 50, databaseIndex: 1, controllerNamespace: "scaling" },
        }),
        "one that is switched off, whatever it says": scaled(
          { enabled: false, minReplicas: 9 },
          { replicas: 3 },
        ),
      }),
    );
  });
});

describe("A disruption budget", () => {
  const budgetOf = (change: Change, name = "dev") => process(change, name).disruptionBudget;

  it("lets one pod go where there may be more than one", () => {
    assert.deepEqual(budgetOf(budget({}, { replicas: 2 })), { maxUnavailable: 1 });
    assert.deepEqual(budgetOf(scaled({ maxReplicas: 3 })), { maxUnavailable: 1 });
    assert.equal(budgetOf(budget({}, { replicas: 1 })), undefined);
    assert.equal(budgetOf(budget({ enabled: false })), undefined);
  });

  it("is what the user says", () => {
    assert.deepEqual(budgetOf(budget({ minAvailable: 2 })), { minAvailable: 2 });
    assert.deepEqual(budgetOf(budget({ maxUnavailable: "25%" })), { maxUnavailable: "25%" });
    assert.deepEqual(budgetOf(budget({ maxUnavailable: 1 }, { replicas: 1 })), { maxUnavailable: 1 });
    assert.equal(budgetOf(budget({ minAvailable: 2 }, { replicas: 0 })), undefined);
  });

  describe("A mistake", () => {
    const at = "backend.podDisruptionBudget";
    tells(
      [
        [
          "as many as there are",
          budget({ minAvailable: "3" }),
          `${at}.minAvailable`,
          /3 pods of 3 pods.*at most 2/s,
        ],
        ["all percent", budget({ minAvailable: "100%" }), `${at}.minAvailable`, /no node be emptied/],
        [
          "a percentage that rounds up to all",
          budget({ minAvailable: "67%" }),
          `${at}.minAvailable`,
          /3 pods of 3 pods/,
        ],
        ["one of one", budget({ minAvailable: "1" }, { replicas: 1 }), `${at}.minAvailable`, /2 or more/],
        [
          "as many as the autoscaler's fewest",
          scaled({ minReplicas: 2 }, { podDisruptionBudget: { minAvailable: "2" } }),
          `${at}.minAvailable`,
          /2 pods of 2 pods/,
        ],
        ["none may go", budget({ maxUnavailable: "0" }), `${at}.maxUnavailable`, /"1"/],
        ["0 percent may go", budget({ maxUnavailable: "0%" }), `${at}.maxUnavailable`, /"1"/],
        ["both", budget({ minAvailable: "1", maxUnavailable: "1" }), `${at}.minAvailable`, /drop one/],
        ["half a pod", budget({ minAvailable: 1.5 }), `${at}.minAvailable`, /50%/],
        ["a word", budget({ maxUnavailable: "some" }), `${at}.maxUnavailable`, /50%/],
        ["120 percent", budget({ maxUnavailable: "120%" }), `${at}.maxUnavailable`, /50%/],
      ],
      inEveryTier({
        "two of three": budget({ minAvailable: 2 }),
        "66 percent of three": budget({ minAvailable: "66%" }),
        "all may go": budget({ maxUnavailable: "100%" }),
      }),
    );
  });
});

// The types allow what the tests above write as data.
const _typed: ProcessArgs = {
  autoscaling: { maxReplicas: 3, metrics: { rps: { type: "Pods", averageValue: "5" } } },
  podDisruptionBudget: { minAvailable: "50%" },
};
void _typed;
