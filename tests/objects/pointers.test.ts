// Everything that points at something finds it: in a stack with all there is, and with each pointer bent it is noticed.

import assert from "node:assert/strict";
import { stackObjects } from "../../src/objects/objects";
import type { StackObject } from "../../src/objects/stack-object";
import { planStack } from "../../src/plan/plan";
import { sampleArgs } from "../sample";
import { danglingPointers } from "./pointers";

const command = ["run"];
const resources = { requests: { cpu: "100m" } };

function objectsOf(stack: string, scrape = "ServiceMonitor"): StackObject[] {
  const { plan, problems } = planStack(
    { name: "notes", stack },
    {
      ...sampleArgs(),
      backend: {
        ...sampleArgs().backend,
        image: `x@sha256:${"a".repeat(64)}`,
        build: undefined,
        resources,
        autoscaling: { maxReplicas: 9 },
        metrics: { port: 9100 },
      },
      workers: { celery: { command, metrics: { port: 9200 }, autoscaling: { maxReplicas: 4, queue: {} } } },
      schedulers: { beat: { command } },
      cronJobs: { cleanup: { command, schedule: "@daily" } },
      migration: { command },
      monitoring: { scrape },
      quota: {},
    },
  );
  assert.deepEqual(problems, []);
  return stackObjects(plan);
}

describe("Everything that points at something", () => {
  for (const stack of ["dev", "acc", "prod"]) {
    for (const scrape of ["annotations", "ServiceMonitor", "PodMonitor"]) {
      it(`finds it in ${stack}, with ${scrape}`, () => {
        assert.deepEqual(danglingPointers(objectsOf(stack, scrape)), []);
      });
    }
  }

  describe("is noticed (control)", () => {
    const bent: [what: string, id: string, from: string, to: string, said: RegExp, scrape?: string][] = [
      [
        "a Service at another port",
        "backend-service",
        '"targetPort":"http"',
        '"targetPort":"web"',
        /port web/,
      ],
      ["an Ingress at another Service", "ingress", '"notes-backend"', '"notes-backnd"', /notes-backnd:8000/],
      ["an Ingress at another port", "ingress", '"number":8000', '"number":8001', /notes-backend:8001/],
      ["a policy for nobody", "postgres-network", '"component":"backend"', '"component":"x"', /aren't there/],
      [
        "an autoscaler of nothing",
        "backend-autoscaler",
        '"kind":"Deployment","name":"notes-backend"',
        '"kind":"Deployment","name":"x"',
        /scales Deployment x/,
      ],
      [
        "a ScaledObject of nothing",
        "celery-autoscaler",
        '"kind":"Deployment"',
        '"kind":"StatefulSet"',
        /StatefulSet/,
      ],
      [
        "a ScaledObject without its key",
        "celery-autoscaler",
        'Ref":{"name":"notes-celery"',
        'Ref":{"name":"x"',
        /let in by x/,
      ],
      [
        "a ServiceMonitor at another port",
        "backend-monitor",
        '"port":"metrics"',
        '"port":"x"',
        /port x, which no Service/,
      ],
      [
        "a PodMonitor at another port",
        "celery-monitor",
        '"port":"metrics"',
        '"port":"x"',
        /port x, which no pod/,
        "PodMonitor",
      ],
    ];
    for (const [what, id, from, to, said, scrape] of bent) {
      it(what, () => {
        const objects = objectsOf("dev", scrape).map((item) => {
          if (item.id !== id) return item;
          const text = JSON.stringify(item.object).replaceAll("app.kubernetes.io/", "");
          assert.ok(text.includes(from), `${id} holds no ${from}: ${text}`);
          const whole = text.replace(from, to).replace(/"(component|instance)":/g, '"app.kubernetes.io/$1":');
          return { ...item, object: JSON.parse(whole) };
        });
        assert.match(danglingPointers(objects).join("\n"), said);
      });
    }
  });
});
