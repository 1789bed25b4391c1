// What the namespace may use in all.

import assert from "node:assert/strict";
import { planStack } from "../../src/plan/plan";
import { sampleArgs } from "../sample";
import { type Change, inEveryTier, stack, tells } from "./mistake-table";

const resources = {
  requests: { cpu: "100m", memory: "100Mi", ephemeralStorage: "10Mi" },
  limits: { memory: "200Mi" },
};
/** 3 + 1 pods of the backend, 1 + 1 of the front end, 1 of Postgres: 7 in all. */
const small =
  (quota: object): Change =>
  (args) => ({
    ...args,
    quota,
    redis: undefined,
    postgres: { resources, storage: "10Gi" },
    backend: { image: "x:1", replicas: 3, resources },
    frontend: { image: "x:1", replicas: 1, resources },
    host: undefined,
  });

const quotaOf = (change: Change) => {
  const { plan, problems } = planStack({ name: "notes", stack: "dev" }, change(sampleArgs()));
  assert.deepEqual(problems, []);
  return plan.quota;
};

describe("A quota", () => {
  it("is there only where it is asked for", () => {
    for (const name of ["dev", "acc", "prod"])
      assert.equal(planStack({ name: "notes", stack: name }, sampleArgs()).plan.quota, undefined);
    assert.equal(quotaOf(small({ enabled: false, pods: 1 })), undefined);
  });

  it("is twice what the stack needs with a new pod beside the old ones, where nothing else is said", () => {
    assert.deepEqual(quotaOf(small({})), {
      hard: {
        pods: "14",
        "requests.cpu": "1400m",
        "requests.memory": "1400Mi",
        "requests.ephemeral-storage": "140Mi",
      },
      defaults: { requests: { cpu: "10m", memory: "32Mi", "ephemeral-storage": "16Mi" } },
    });
  });

  it("is what the user says, down to the need itself", () => {
    const quota = quotaOf(
      small({
        pods: 7,
        requests: { cpu: "0.7", memory: "700Mi" },
        limits: { memory: "1400Mi" },
        storage: "10Gi",
      }),
    );
    assert.deepEqual(quota?.hard, {
      pods: "7",
      "requests.cpu": "0.7",
      "requests.memory": "700Mi",
      "requests.ephemeral-storage": "140Mi",
      "limits.memory": "1400Mi",
      "requests.storage": "10Gi",
    });
    assert.deepEqual(quota?.defaults.limits, { memory: "512Mi" });
  });

  it("counts the most pods that autoscaling may make, one of a scheduler, and two runs where the old one may be ending", () => {
    const podsOf = (change: Change) => Number(quotaOf(change)?.hard.pods) / 2;
    const add =
      (more: object): Change =>
      (args) => ({ ...(small({})(args) as object), ...more });
    const command = ["run"];
    const schedule = "@daily";
    assert.equal(podsOf(small({})), 7);
    assert.equal(podsOf(add({ migration: { command } })), 8);
    assert.equal(podsOf(add({ schedulers: { beat: { command } } })), 8);
    assert.equal(podsOf(add({ cronJobs: { one: { command, schedule } } })), 8);
    assert.equal(podsOf(add({ cronJobs: { one: { command, schedule, concurrencyPolicy: "Replace" } } })), 9);
    const autoscaling = { maxReplicas: 9, cpuUtilization: 80 };
    assert.equal(podsOf(add({ workers: { celery: { command, resources, autoscaling } } })), 17);
  });

  describe("A mistake", () => {
    tells(
      [
        [
          "less CPU than the stack needs",
          small({ requests: { cpu: "699m" } }),
          "quota.requests.cpu",
          /700m.*at least `700m`/s,
        ],
        [
          "less memory than the stack needs",
          small({ requests: { memory: "512Mi" } }),
          "quota.requests.memory",
          /700Mi/,
        ],
        ["fewer pods than the stack has", small({ pods: 6 }), "quota.pods", /7 pods/],
        [
          "lower limits than the stack's",
          small({ limits: { memory: "1Gi" } }),
          "quota.limits.memory",
          /1400Mi/,
        ],
        ["less storage than the volumes", small({ storage: "5Gi" }), "quota.storage", /10240Mi/],
        [
          "memory that is no quantity",
          small({ requests: { memory: "lots" } }),
          "quota.requests.memory",
          /quantity/,
        ],
        ["no CPU", small({ requests: { cpu: 0 } }), "quota.requests.cpu", /above 0/],
        [
          "a sum of limits that not all have",
          small({ limits: { cpu: "10" } }),
          "quota.limits.cpu",
          /backend, frontend, postgres have no limit/,
        ],
      ],
      inEveryTier({
        computed: stack({ quota: {} }),
        "200 cores": stack({ quota: { requests: { cpu: 200 } } }),
        "switched off, whatever it says": stack({ quota: { enabled: false, pods: 0 } }),
      }),
    );
  });
});
