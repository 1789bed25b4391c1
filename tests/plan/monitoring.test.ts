// Metrics and telemetry: what follows from where they are, and what is wrong with it.

import assert from "node:assert/strict";
import { planStack } from "../../src/plan/plan";
import { Encrypted } from "../../src/schema/given";
import { sampleArgs } from "../sample";
import { type Change, inEveryTier, stack, tells } from "./mistake-table";

const planOf = (change: Change, name = "dev") =>
  planStack({ name: "notes", stack: name }, change(sampleArgs())).plan;

const watched =
  (metrics: object, monitoring?: object): Change =>
  (args) => ({
    ...args,
    backend: { ...args.backend, metrics },
    ...(monitoring && { monitoring }),
  });
const pinned = { image: `x@sha256:${"a".repeat(64)}`, port: 8000 };
const telemetry = (more: object): Change =>
  stack({ telemetry: { endpoint: "http://otel.observability.svc:4318", ...more } });
const to = (endpoint: string, more: object = {}): Change => stack({ telemetry: { endpoint, ...more } });

describe("Metrics", () => {
  it("are where the process answers, unless said otherwise", () => {
    const metricsOf = (change: Change) => planOf(change).processes[0]?.metrics;
    assert.deepEqual(metricsOf(watched({})), {
      port: 8000,
      portName: "http",
      path: "/metrics",
      interval: undefined,
      timeout: undefined,
    });
    const { port, portName, path } = metricsOf(watched({ port: 9100, path: "/m" })) ?? {};
    assert.deepEqual([port, portName, path], [9100, "metrics", "/m"]);
    assert.equal(
      metricsOf((args) => args),
      undefined,
    );
  });

  it("let Prometheus' namespace reach their port, and no other process' (control)", () => {
    const { edges, network } = planOf(watched({ port: 9100 }));
    assert.deepEqual(
      edges.filter(({ from }) => from === "monitoring.prometheus"),
      [{ from: "monitoring.prometheus", to: "backend", ports: [{ port: 9100, protocol: "TCP" }] }],
    );
    const peer = network.peers.find(({ id }) => id === "monitoring.prometheus");
    assert.deepEqual(peer?.pods, { namespace: "monitoring", labels: {} });
    assert.equal(planOf((args) => args).network.peers.length, 1);
  });

  it("are hidden from the public where a route would show them, and only there", () => {
    const shown =
      (metrics: object, more: object = {}): Change =>
      (args) => ({
        ...args,
        ingress: { controller: "traefik" },
        frontend: { ...args.frontend, metrics, ...more },
      });
    const hiddenOf = (change: Change) =>
      planOf(change).ingress?.hidden.map(({ host, path }) => `${host}${path}`);
    assert.deepEqual(hiddenOf(shown({})), ["notes.example.com/metrics"]);
    assert.deepEqual(hiddenOf(shown({ path: "/m" })), ["notes.example.com/m"]);
    assert.deepEqual(hiddenOf(shown({ port: 9100 })), [], "a port of their own is nobody's route");
    assert.deepEqual(hiddenOf(shown({ path: "/api/metrics" })), [], "that path leads to the backend");
    assert.deepEqual(hiddenOf(shown({}, { path: "/metrics" })), [], "somebody asked for it to be public");
  });

  it("give up before the next try is due", () => {
    const metricsOf = (interval: string) =>
      planOf(watched({}, { scrape: "PodMonitor", interval })).processes[0]?.metrics;
    assert.equal(metricsOf("5s")?.timeout, "5s");
    assert.equal(metricsOf("1m")?.timeout, undefined);
  });

  describe("A mistake", () => {
    tells(
      [
        [
          "metrics that a plain Ingress shows to everyone",
          (args) => ({
            ...args,
            backend: pinned,
            frontend: { ...pinned, path: "/", metrics: {} },
            registry: undefined,
          }),
          "frontend.metrics",
          /port.*ingress\.controller/s,
          "prod",
        ],
        ["a path without a slash", watched({ path: "metrics" }), "backend.metrics.path", /`\/metrics`/],
        ["a path with a query", watched({ path: "/m?x=1" }), "backend.metrics.path", /`\/m`/],
        ["port 80", watched({ port: 80 }), "backend.metrics.port", /1024/],
        [
          "a worker's metrics without a port",
          stack({ workers: { celery: { command: ["work"], metrics: {} } } }),
          "workers.celery.metrics.port",
          /9100/,
        ],
        [
          "an interval in words",
          watched({}, { scrape: "PodMonitor", interval: "often" }),
          "monitoring.interval",
          /30s/,
        ],
        [
          "an interval of nothing",
          watched({}, { scrape: "PodMonitor", interval: "0s" }),
          "monitoring.interval",
          /above 0/,
        ],
        [
          "an interval with annotations",
          watched({}, { interval: "30s" }),
          "monitoring.interval",
          /ServiceMonitor/,
        ],
        [
          "a process' interval with annotations",
          watched({ interval: "30s" }),
          "backend.metrics.interval",
          /ServiceMonitor/,
        ],
        [
          "monitors' labels with annotations",
          watched({}, { labels: { release: "x" } }),
          "monitoring.labels",
          /ServiceMonitor/,
        ],
        [
          "a monitor's label with a blank",
          watched({}, { scrape: "PodMonitor", labels: { release: "a b" } }),
          "monitoring.labels.release",
          /63/,
        ],
        [
          "a namespace in capitals",
          watched({}, { namespace: "Monitoring" }),
          "monitoring.namespace",
          /`monitoring`/,
        ],
        [
          "a pod's label with a blank",
          watched({}, { podLabels: { app: "a b" } }),
          "monitoring.podLabels.app",
          /63/,
        ],
        [
          "an unknown way",
          watched({}, { scrape: "servicemonitor" }),
          "monitoring.scrape",
          /did you mean `ServiceMonitor`/,
        ],
      ],
      inEveryTier({
        annotations: watched(
          {},
          { namespace: "prometheus", podLabels: { "app.kubernetes.io/name": "prometheus" } },
        ),
        "the operator's": watched(
          { port: 9100, interval: "1m30s" },
          { scrape: "ServiceMonitor", interval: "30s", labels: { release: "x" } },
        ),
      }),
    );
  });
});

describe("Telemetry", () => {
  const envOf = (change: Change, role = "backend", name = "dev") => {
    const { processes, cronJobs, jobs } = planOf(change, name);
    const pod = [...processes, ...cronJobs, ...jobs].find(({ id }) => id === role);
    return Object.fromEntries(
      (pod?.env ?? []).filter(({ name }) => name.startsWith("OTEL")).map(({ name, value }) => [name, value]),
    );
  };
  const plainOf = (...args: Parameters<typeof envOf>) =>
    Object.fromEntries(Object.entries(envOf(...args)).map(([name, { parts }]) => [name, parts.join("")]));

  it("tells every role where to send it, and who it is", () => {
    const whole: Change = (args) => ({
      ...(telemetry({ attributes: { team: "a,b" } })(args) as object),
      migration: { command: ["migrate"] },
      workers: { celery: { command: ["work"] } },
    });
    for (const role of ["backend", "frontend", "celery", "migration"]) {
      assert.deepEqual(plainOf(whole, role, "acc"), {
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://otel.observability.svc:4318",
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
        OTEL_SERVICE_NAME: `notes-${role}`,
        OTEL_RESOURCE_ATTRIBUTES:
          "service.namespace=notes,deployment.environment.name=acc,k8s.namespace.name=notes-acc,team=a%2Cb",
      });
      assert.ok(planOf(whole).edges.some(({ from, to }) => from === role && to === "telemetry.endpoint"));
    }
    assert.deepEqual(
      envOf((args) => args),
      {},
      "the control",
    );
  });

  it("leaves a role what it sets itself, and what it takes away", () => {
    const env = { OTEL_SERVICE_NAME: "mine", OTEL_RESOURCE_ATTRIBUTES: null };
    const own: Change = (args) => ({
      ...(telemetry({})(args) as object),
      backend: { ...args.backend, env },
    });
    const found = plainOf(own);
    assert.equal(found.OTEL_SERVICE_NAME, "mine");
    assert.ok(!("OTEL_RESOURCE_ATTRIBUTES" in found));
    assert.equal(found.OTEL_EXPORTER_OTLP_PROTOCOL, "http/protobuf");
  });

  it("keeps its key in a Secret", () => {
    const headers = "authorization=Bearer ${secrets.session}";
    assert.equal(envOf(telemetry({ headers })).OTEL_EXPORTER_OTLP_HEADERS?.secret, true);
    assert.equal(envOf(telemetry({ headers: new Encrypted() })).OTEL_EXPORTER_OTLP_HEADERS?.secret, true);
  });

  it("speaks gRPC where that is what answers", () => {
    assert.equal(plainOf(to("http://otel.observability.svc:4317")).OTEL_EXPORTER_OTLP_PROTOCOL, "grpc");
  });

  it("is let out to where its host says that it is", () => {
    const peerOf = (change: Change) => {
      const {
        id: _,
        name: __,
        ...peer
      } = planOf(change).network.peers.find(({ id }) => id.startsWith("telemetry")) ?? {
        id: "",
        name: "",
      };
      return { ...peer, blocks: peer.blocks?.map(({ cidr }) => cidr) };
    };
    const tcp = (port: number) => [{ port, protocol: "TCP" }];
    const inside = (namespace: string) => ({ namespace, labels: {} });
    for (const [endpoint, expected] of [
      ["http://otel.observability.svc:4318", { pods: inside("observability"), ports: tcp(4318) }],
      [
        "http://otel.observability.svc.cluster.local.:4317",
        { pods: inside("observability"), ports: tcp(4317) },
      ],
      ["http://otel:4318", { pods: inside("notes-dev"), ports: tcp(4318) }],
      ["https://otlp.example.com", { blocks: ["0.0.0.0/0", "::/0"], ports: tcp(443) }],
      ["http://10.20.0.7:4318", { blocks: ["10.20.0.7/32"], ports: tcp(4318) }],
      ["http://[fd00::7]:4318", { blocks: ["fd00::7/128"], ports: tcp(4318) }],
    ] as const) {
      assert.deepEqual(peerOf(to(endpoint)), { blocks: undefined, ...expected }, endpoint);
    }
    const egress = { cidr: "10.20.0.0/16", ports: [14318] };
    assert.deepEqual(peerOf(telemetry({ egress })), { blocks: ["10.20.0.0/16"], ports: tcp(14318) });
  });

  describe("A mistake", () => {
    tells(
      [
        ["no endpoint", stack({ telemetry: {} }), "telemetry.endpoint", /missing/],
        [
          "an endpoint without a scheme",
          to("otel.observability.svc:4318"),
          "telemetry.endpoint",
          /http\(s\)/,
        ],
        ["an endpoint with a blank", to("http://otel .svc:4318"), "telemetry.endpoint", /http\(s\)/],
        [
          "an endpoint for one signal",
          to("http://otel.observability.svc:4318/v1/traces"),
          "telemetry.endpoint",
          /write `http:\/\/otel\.observability\.svc:4318`/,
        ],
        [
          "an endpoint with a password",
          to("http://u:p@otel.observability.svc:4318"),
          "telemetry.endpoint",
          /headers/,
        ],
        ["a Service that may be a host", to("http://otel.observability:4318"), "telemetry.endpoint", /\.svc/],
        [
          "HTTP on gRPC's port",
          to("http://otel.observability.svc:4317", { protocol: "http/protobuf" }),
          "telemetry.protocol",
          /4318/,
        ],
        ["gRPC on HTTP's port", telemetry({ protocol: "grpc" }), "telemetry.protocol", /4317/],
        [
          "a header of nobody's secret",
          telemetry({ headers: "a=${secrets.nope}" }),
          "telemetry.headers",
          /session/,
        ],
        [
          "an attribute with a blank",
          telemetry({ attributes: { "my team": "x" } }),
          'telemetry.attributes["my team"]',
          /team/,
        ],
        [
          "an egress to a name",
          telemetry({ egress: { cidr: "otel" } }),
          "telemetry.egress.cidr",
          /addresses only/,
        ],
      ],
      inEveryTier({
        "a collector in the cluster": telemetry({
          protocol: "http/json",
          attributes: { "service.version": "1.2 β" },
        }),
        "a vendor": to("https://otlp.example.com", { headers: "key=${secrets.session}" }),
        "a host of two labels": to("https://example.com:4318", { egress: { ports: [4318] } }),
      }),
    );
  });
});
