// Autoscalers: what they scale exists, and the number of pods is theirs.

import assert from "node:assert/strict";
import type { HorizontalPodAutoscaler } from "kubernetes-types/autoscaling/v2";
import { stackObjects } from "../../src/objects/objects";
import { holesIn, type StackObject } from "../../src/objects/stack-object";
import { planStack } from "../../src/plan/plan";
import { renderStack } from "../../src/render/render";
import type { ServiceStackArgs } from "../../src/schema/stack-args";
import { sampleArgs } from "../sample";

const planOf = (backend: object, more: Partial<ServiceStackArgs> = {}) =>
  planStack(
    { name: "notes", stack: "dev" },
    { ...sampleArgs(), backend: { ...sampleArgs().backend, ...backend }, ...more },
  ).plan;
const resources = { requests: { cpu: "250m" } };
const worker = (autoscaling: object) =>
  ({ workers: { celery: { command: ["work"], resources, autoscaling } } }) as never;
const find = (objects: StackObject[], id: string) => {
  const found = objects.find((object) => object.id === id);
  assert.ok(found, id);
  return found as StackObject & { object: { spec: never } };
};

describe("An autoscaler", () => {
  const objects = stackObjects(
    planOf({
      resources,
      autoscaling: {
        maxReplicas: 6,
        minReplicas: 2,
        cpuUtilization: 80,
        metrics: {
          rps: { averageValue: "50" },
          backlog: { type: "External", value: "100", matchLabels: { queue: "mail" } },
        },
      },
    }),
  );

  it("scales the process' Deployment, once that is there", () => {
    const { object, after } = find(objects, "backend-autoscaler");
    const { spec } = object as HorizontalPodAutoscaler;
    const { object: target } = find(objects, "backend");
    assert.deepEqual(spec?.scaleTargetRef, {
      apiVersion: target.apiVersion,
      kind: target.kind,
      name: target.metadata.name,
    });
    assert.ok(after.includes("backend"));
    assert.deepEqual([spec?.minReplicas, spec?.maxReplicas], [2, 6]);
  });

  it("measures what was asked for", () => {
    const { spec } = find(objects, "backend-autoscaler").object as HorizontalPodAutoscaler;
    assert.deepEqual(spec?.metrics, [
      {
        type: "Resource",
        resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } },
      },
      {
        type: "Pods",
        pods: { metric: { name: "rps" }, target: { type: "AverageValue", averageValue: "50" } },
      },
      {
        type: "External",
        external: {
          metric: { name: "backlog", selector: { matchLabels: { queue: "mail" } } },
          target: { type: "Value", value: "100" },
        },
      },
    ]);
  });

  it("decides alone on the number of pods, and a process without one doesn't let go of it (control)", () => {
    assert.deepEqual(find(objects, "backend").ignore, ["spec.replicas"]);
    assert.equal(find(objects, "frontend").ignore, undefined);
    // Not left out: a Deployment without a number falls to 1 before its autoscaler has looked at it.
    assert.equal((find(objects, "backend").object as { spec: { replicas?: number } }).spec.replicas, 2);
  });

  it("spreads the pods that there may be, though there is only one at first", () => {
    const spread = (plan: ReturnType<typeof planOf>) =>
      (
        find(stackObjects(plan), "backend").object as {
          spec: { template: { spec: { topologySpreadConstraints?: [] } } };
        }
      ).spec.template.spec.topologySpreadConstraints?.length;
    assert.equal(spread(planOf({ resources, autoscaling: { maxReplicas: 3 } })), 2);
    assert.equal(spread(planOf({ replicas: 1 })), undefined);
  });
});

describe("An autoscaler by a queue", () => {
  const autoscaling = {
    minReplicas: 0,
    maxReplicas: 8,
    cpuUtilization: 90,
    queue: { listName: "mail", databaseIndex: 1 },
  };
  const plan = planOf({}, worker(autoscaling));
  const objects = stackObjects(plan);

  it("is KEDA's, which makes the HorizontalPodAutoscaler itself", () => {
    const { apiVersion, kind, spec } = find(objects, "celery-autoscaler").object as never as {
      apiVersion: string;
      kind: string;
      spec: {
        triggers: unknown[];
        scaleTargetRef: { name: string };
        minReplicaCount: number;
        maxReplicaCount: number;
      };
    };
    assert.deepEqual([apiVersion, kind], ["keda.sh/v1alpha1", "ScaledObject"]);
    assert.equal(spec.scaleTargetRef.name, find(objects, "celery").object.metadata.name);
    assert.deepEqual([spec.minReplicaCount, spec.maxReplicaCount], [0, 8]);
    assert.deepEqual(spec.triggers, [
      {
        type: "redis",
        metadata: {
          address: "notes-redis.notes-dev.svc:6379",
          listName: "mail",
          listLength: "10",
          databaseIndex: "1",
        },
        authenticationRef: { name: "notes-celery" },
      },
      { type: "cpu", metricType: "Utilization", metadata: { value: "90" } },
    ]);
    assert.ok(!objects.some(({ object }) => object.kind === "HorizontalPodAutoscaler"));
    assert.deepEqual(find(objects, "celery").ignore, ["spec.replicas"]);
  });

  it("takes the password from a Secret that there is, and holds none itself", () => {
    const { spec } = find(objects, "celery-queue-authentication").object as never as {
      spec: { secretTargetRef: { parameter: string; name: string; key: string }[] };
    };
    const secret = find(objects, "celery-queue").object as never as { kind: string; stringData: object };
    assert.equal(secret.kind, "Secret");
    assert.deepEqual(
      spec.secretTargetRef.map(({ parameter, key }) => [parameter, key]),
      [["password", "password"]],
    );
    assert.deepEqual(holesIn(spec), [{ hole: "name", object: "celery-queue" }]);
    assert.deepEqual(Object.keys(secret.stringData), ["password"]);
    assert.ok(holesIn(secret).some(({ hole }) => hole === "generated"));
    assert.deepEqual(holesIn(find(objects, "celery-autoscaler").object), []);
  });

  it("is rendered without the password", () => {
    const text = renderStack(plan);
    assert.match(text, /kind: TriggerAuthentication/);
    assert.match(text, /password: \(secret, left out\)/);
  });
});
