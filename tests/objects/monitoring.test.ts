// What tells Prometheus of a process' metrics points at ports and pods that there are.

import assert from "node:assert/strict";
import type { Deployment } from "kubernetes-types/apps/v1";
import type { Service } from "kubernetes-types/core/v1";
import { stackObjects } from "../../src/objects/objects";
import { planStack } from "../../src/plan/plan";
import type { ServiceStackArgs } from "../../src/schema/stack-args";
import { sampleArgs } from "../sample";

interface Monitor {
  kind: string;
  metadata: { labels: Record<string, string> };
  spec: {
    selector: { matchLabels: Record<string, string> };
    endpoints?: { port: string; path: string }[];
    podMetricsEndpoints?: { port: string; path: string; interval?: string; scrapeTimeout?: string }[];
  };
}

const objectsOf = (metrics: object, monitoring?: ServiceStackArgs["monitoring"]) =>
  stackObjects(
    planStack(
      { name: "notes", stack: "dev" },
      {
        ...sampleArgs(),
        backend: { ...sampleArgs().backend, metrics },
        workers: { celery: { command: ["work"], metrics: { port: 9200 } } },
        monitoring,
      },
    ).plan,
  );

const find = <T>(objects: ReturnType<typeof stackObjects>, id: string) =>
  objects.find((object) => object.id === id)?.object as T | undefined;

const template = (objects: ReturnType<typeof stackObjects>, id: string) =>
  find<Deployment>(objects, id)?.spec?.template;

const portsOf = (objects: ReturnType<typeof stackObjects>, id: string) =>
  template(objects, id)?.spec?.containers[0]?.ports?.map(({ name, containerPort }) => [name, containerPort]);

describe("Metrics by annotations", () => {
  it("are told by the pods, of processes that have them alone", () => {
    const objects = objectsOf({ path: "/m" });
    assert.deepEqual(template(objects, "backend")?.metadata?.annotations, {
      "prometheus.io/scrape": "true",
      "prometheus.io/port": "8000",
      "prometheus.io/path": "/m",
    });
    assert.equal(template(objects, "frontend")?.metadata?.annotations, undefined);
    assert.deepEqual(portsOf(objects, "celery"), [["metrics", 9200]]);
    assert.ok(!objects.some(({ id }) => id.endsWith("-monitor")));
  });
});

describe("Metrics by ServiceMonitors", () => {
  const monitoring = { scrape: "ServiceMonitor", labels: { release: "prometheus" } } as const;

  it("are found at a port that the Service has, by labels that it carries", () => {
    for (const [metrics, port] of [
      [{}, "http"],
      [{ port: 9100 }, "metrics"],
    ] as const) {
      const objects = objectsOf(metrics, monitoring);
      const monitor = find<Monitor>(objects, "backend-monitor");
      const service = find<Service>(objects, "backend-service");
      assert.equal(monitor?.kind, "ServiceMonitor");
      assert.equal(monitor?.metadata.labels.release, "prometheus");
      assert.equal(monitor?.spec.endpoints?.[0]?.port, port);
      const found = service?.spec?.ports?.find(({ name }) => name === port);
      assert.ok(portsOf(objects, "backend")?.some(([name]) => name === found?.targetPort));
      for (const [label, value] of Object.entries(monitor?.spec.selector.matchLabels ?? { none: "" }))
        assert.equal(service?.metadata?.labels?.[label], value);
      assert.equal(template(objects, "backend")?.metadata?.annotations, undefined);
    }
  });

  it("are a PodMonitor's where there is no Service", () => {
    const objects = objectsOf({}, monitoring);
    assert.equal(find<Monitor>(objects, "celery-monitor")?.kind, "PodMonitor");
    assert.equal(find(objects, "celery-service"), undefined);
  });
});

describe("Metrics by PodMonitors", () => {
  it("are found at a port that the pods have, by labels that they carry, as often as asked for", () => {
    const objects = objectsOf({ port: 9100, interval: "5s" }, { scrape: "PodMonitor", interval: "1m" });
    for (const [id, interval, scrapeTimeout] of [
      ["backend", "5s", "5s"],
      ["celery", "1m", undefined],
    ] as const) {
      const monitor = find<Monitor>(objects, `${id}-monitor`);
      const [endpoint] = monitor?.spec.podMetricsEndpoints ?? [];
      assert.deepEqual(
        [endpoint?.port, endpoint?.interval, endpoint?.scrapeTimeout],
        ["metrics", interval, scrapeTimeout],
      );
      assert.ok(portsOf(objects, id)?.some(([name]) => name === endpoint?.port));
      for (const [label, value] of Object.entries(monitor?.spec.selector.matchLabels ?? { none: "" }))
        assert.equal(template(objects, id)?.metadata?.labels?.[label], value);
    }
    const service = find<Service>(objects, "backend-service");
    assert.deepEqual(
      service?.spec?.ports?.map(({ name }) => name),
      ["http"],
    );
  });
});
