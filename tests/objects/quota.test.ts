// A quota must have counted every pod that the stack's own objects make: one that is forgotten would be refused.

import assert from "node:assert/strict";
import type { PodSpec } from "kubernetes-types/core/v1";
import { stackObjects } from "../../src/objects/objects";
import type { StackObject } from "../../src/objects/stack-object";
import { planStack } from "../../src/plan/plan";
import { quantity } from "../../src/plan/quantity";
import { sampleArgs } from "../sample";

const command = ["run"];
const objectsOf = (quota?: object) =>
  stackObjects(
    planStack(
      { name: "notes", stack: "prod" },
      {
        ...sampleArgs(),
        volumes: { files: { storage: "3Gi" } },
        migration: { command },
        workers: { celery: { command } },
        schedulers: { beat: { command } },
        cronJobs: { cleanup: { schedule: "@daily", command } },
        quota,
      },
    ).plan,
  );

/** What the workloads among `objects` need at most, as their own fields tell. */
function needOf(objects: StackObject[]): { pods: number; cpu: number; memory: number; storage: number } {
  const need = { pods: 0, cpu: 0, memory: 0, storage: 0 };
  for (const { object } of objects) {
    const { spec = {} } = object as {
      spec?: {
        replicas?: number;
        strategy?: { type: string };
        template?: { spec: PodSpec };
        jobTemplate?: { spec: { template: { spec: PodSpec } } };
        resources?: { requests: { storage: string } };
      };
    };
    if (object.kind === "PersistentVolumeClaim")
      need.storage += quantity(spec.resources?.requests.storage ?? "") ?? 0;
    const pod = spec.template?.spec ?? spec.jobTemplate?.spec.template.spec;
    if (!pod) continue;
    const surge = spec.strategy?.type === "RollingUpdate" ? 1 : 0;
    const pods = (spec.replicas ?? 1) + surge;
    need.pods += pods;
    for (const kind of ["cpu", "memory"] as const) {
      const of = (containers: PodSpec["containers"] = []) =>
        containers.map(({ resources }) => quantity(resources?.requests?.[kind] ?? "") ?? Number.NaN);
      const together = of(pod.containers).reduce((sum, amount) => sum + amount, 0);
      need[kind] += pods * Math.max(together, ...of(pod.initContainers));
    }
  }
  return need;
}

const hardOf = (objects: StackObject[]): Record<string, string> => {
  const quota = objects.find(({ id }) => id === "quota")?.object as
    | { spec?: { hard: Record<string, string> } }
    | undefined;
  return quota?.spec?.hard ?? {};
};

describe("A quota's objects", () => {
  it("have counted every pod of the stack", () => {
    const objects = objectsOf({});
    const hard = hardOf(objects);
    const need = needOf(objects);
    assert.equal(Number(hard.pods), 2 * need.pods);
    assert.equal(Math.round(1000 * (quantity(hard["requests.cpu"] ?? "") ?? 0)), Math.round(2000 * need.cpu));
    assert.equal(quantity(hard["requests.memory"] ?? ""), 2 * need.memory);
  });

  it("have counted every volume", () => {
    const need = needOf(objectsOf());
    const gibi = need.storage / 2 ** 30;
    assert.equal(gibi, 25);
    assert.equal(hardOf(objectsOf({ storage: `${gibi}Gi` }))["requests.storage"], "25Gi");
    const { problems } = planStack(
      { name: "notes", stack: "prod" },
      { ...sampleArgs(), volumes: { files: { storage: "3Gi" } }, quota: { storage: `${gibi - 1}Gi` } },
    );
    assert.deepEqual(
      problems.map(({ path }) => path),
      ["quota.storage"],
    );
  });

  it("stand before everything that runs", () => {
    for (const { wait, after, id } of objectsOf({})) if (wait) assert.ok(after.includes("quota"), id);
    assert.ok(!objectsOf().some(({ id }) => id === "quota" || id === "limit-range"), "the control");
  });
});
