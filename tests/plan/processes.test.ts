// What a process is beside its container: ports, Service, probes, and how its pods come and go.

import assert from "node:assert/strict";
import type { Deployment } from "kubernetes-types/apps/v1";
import type { Service } from "kubernetes-types/core/v1";
import type { NetworkPolicy } from "kubernetes-types/networking/v1";
import { stackObjects } from "../../src/objects/objects";
import { planStack } from "../../src/plan/plan";
import { sampleArgs } from "../sample";
import { backend, type Change, tells } from "./mistake-table";

function objectsOf(change: Change, stackName = "dev") {
  const { plan, problems } = planStack({ name: "notes", stack: stackName }, change(sampleArgs()));
  assert.deepEqual(problems, []);
  const objects = stackObjects(plan);
  const byId = <T>(id: string) =>
    JSON.parse(JSON.stringify(objects.find((object) => object.id === id)?.object)) as T;
  const deployment = byId<Deployment>("backend").spec;
  const [container] = deployment?.template.spec?.containers ?? [];
  return { plan, byId, deployment, container, pod: deployment?.template.spec };
}

const servicePorts = (more: object) => objectsOf(backend(more)).byId<Service>("backend-service").spec;

describe("The ports of a process", () => {
  const ports = { metrics: { port: 9090 }, game: { port: 7000, protocol: "UDP" } };

  it("are the container's, the Service's, and references", () => {
    const { container, byId, plan } = objectsOf((args) => ({
      ...args,
      backend: { ...args.backend, ports },
      services: { poll: { image: "poll:1", env: { AT: "${backend.host}:${backend.ports.metrics}" } } },
    }));
    assert.deepEqual(container?.ports, [
      { name: "http", containerPort: 8000 },
      { name: "metrics", containerPort: 9090 },
      { name: "game", containerPort: 7000, protocol: "UDP" },
    ]);
    assert.deepEqual(byId<Service>("backend-service").spec?.ports, [
      { name: "http", port: 8000, targetPort: "http" },
      { name: "metrics", port: 9090, targetPort: "metrics" },
      { name: "game", port: 7000, targetPort: "game", protocol: "UDP" },
    ]);
    const poll = plan.processes.find(({ id }) => id === "poll");
    assert.deepEqual(poll?.env[0]?.value.parts, ["notes-backend:9090"]);
  });

  it("are open to who refers to the process, and the ingress comes to the main one alone", () => {
    const { byId } = objectsOf((args) => ({
      ...args,
      backend: { ...args.backend, ports },
      services: { poll: { image: "poll:1", env: { AT: "${backend.host}" } } },
    }));
    const open = byId<NetworkPolicy>("backend-network").spec?.ingress?.map(({ ports }) =>
      ports?.map(({ port }) => port),
    );
    assert.deepEqual(open, [[8000, 9090, 7000], [8000]]);
  });

  it("are where its metrics are found, if they are at one of them", () => {
    const { container, plan } = objectsOf(backend({ ports, metrics: { port: 9090 } }));
    assert.equal(plan.processes[0]?.metrics?.portName, "metrics");
    assert.equal(container?.ports?.length, 3);
  });

  it("may be all that a process has", () => {
    const { plan, byId } = objectsOf((args) => ({
      ...args,
      services: { game: { image: "game:1", ports: { game: { port: 7000, protocol: "UDP" } } } },
      workers: { bot: { command: ["bot"], env: { GAME: "${game.host}:${game.ports.game}" } } },
    }));
    assert.equal(byId<Service>("game-service").spec?.ports?.length, 1);
    assert.ok(plan.edges.some(({ from, to }) => from === "bot" && to === "game"));
  });
});

describe("A Service", () => {
  it("is reached from within the cluster alone, by default", () => {
    const { plan, byId } = objectsOf(backend({ path: undefined }));
    assert.deepEqual(byId<Service>("backend-service").spec, {
      selector: { "app.kubernetes.io/instance": "notes", "app.kubernetes.io/component": "backend" },
      ports: [{ name: "http", port: 8000, targetPort: "http" }],
    });
    assert.deepEqual(
      plan.edges.filter(({ to }) => to === "backend"),
      [],
    );
  });

  it("with a node port is one of nodes, and everybody may come in there", () => {
    const { byId } = objectsOf(backend({ path: undefined, service: { nodePort: 30081 } }));
    assert.equal(byId<Service>("backend-service").spec?.type, "NodePort");
    assert.equal(byId<Service>("backend-service").spec?.ports?.[0]?.nodePort, 30081);
    assert.deepEqual(byId<NetworkPolicy>("backend-network").spec?.ingress, [
      { ports: [{ protocol: "TCP", port: 8000 }] },
    ]);
  });

  it("keeps a client at one pod, where that is asked for", () => {
    assert.equal(servicePorts({ service: { sessionAffinity: "ClientIP" } })?.sessionAffinity, "ClientIP");
  });

  it("may be a load balancer of the cloud's", () => {
    const service = {
      type: "LoadBalancer",
      annotations: { "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal" },
      externalTrafficPolicy: "Local",
      loadBalancerClass: "service.k8s.aws/nlb",
      loadBalancerSourceRanges: ["203.0.113.0/24"],
    };
    const { metadata, spec } = objectsOf(backend({ service })).byId<Service>("backend-service");
    assert.deepEqual(metadata?.annotations, service.annotations);
    assert.equal(spec?.type, "LoadBalancer");
    assert.equal(spec?.externalTrafficPolicy, "Local");
    assert.deepEqual(spec?.loadBalancerSourceRanges, ["203.0.113.0/24"]);
  });
});

describe("Probes", () => {
  it("ask by HTTP with headers, over TLS, by gRPC, or by a command", () => {
    const { container } = objectsOf(
      backend({
        readinessProbe: {
          httpGet: { path: "/readyz", scheme: "HTTPS", httpHeaders: { Host: "notes.example.com" } },
          successThreshold: 2,
        },
        livenessProbe: { grpc: { service: "liveness" } },
        startupProbe: { exec: { command: ["started"] }, failureThreshold: 30 },
      }),
    );
    const { readinessProbe, livenessProbe, startupProbe } = container ?? {};
    assert.deepEqual(readinessProbe?.httpGet, {
      path: "/readyz",
      port: 8000,
      scheme: "HTTPS",
      httpHeaders: [{ name: "Host", value: "notes.example.com" }],
    });
    assert.equal(readinessProbe?.successThreshold, 2);
    assert.deepEqual(livenessProbe?.grpc, { port: 8000, service: "liveness" });
    assert.deepEqual(startupProbe?.exec, { command: ["started"] });
  });

  it("that run a costly command are not run every two seconds while the process starts", () => {
    const { container } = objectsOf(
      backend({ livenessProbe: { exec: { command: ["ping"] }, periodSeconds: 60, timeoutSeconds: 20 } }),
    );
    const { periodSeconds = 0, failureThreshold = 0 } = container?.startupProbe ?? {};
    assert.equal(periodSeconds, 10);
    assert.equal(periodSeconds * failureThreshold, 120);
  });
});

describe("A stopping pod", () => {
  const stopping = (more: object, role = backend) => {
    const { pod, container } = objectsOf(role(more));
    return { grace: pod?.terminationGracePeriodSeconds, preStop: container?.lifecycle?.preStop };
  };

  it("goes on serving for 5 s, and has 30 in all", () => {
    assert.deepEqual(stopping({}), { grace: 30, preStop: { sleep: { seconds: 5 } } });
  });

  it("without a port ends at once when it is told to", () => {
    assert.deepEqual(stopping({ port: undefined, path: undefined }), { grace: 30, preStop: undefined });
    assert.deepEqual(stopping({ preStop: { seconds: 0 } }), { grace: 30, preStop: undefined });
  });

  it("has the time that its process says it needs, with some to spare", () => {
    assert.equal(stopping({ drainSeconds: 300 }).grace, 310);
    assert.equal(stopping({ drainSeconds: 20 }).grace, 30);
    assert.equal(stopping({ drainSeconds: 20, terminationGracePeriodSeconds: 26 }).grace, 26);
  });

  it("runs a command first, where one is given", () => {
    assert.deepEqual(stopping({ preStop: { exec: { command: ["drain"] }, seconds: 60 } }), {
      grace: 65,
      preStop: { exec: { command: ["drain"] } },
    });
  });
});

describe("A rollout", () => {
  it("has a new pod ready before an old one goes, unless it is told to hurry", () => {
    const strategy = (more: object) => objectsOf(backend(more)).deployment?.strategy;
    assert.deepEqual(strategy({}), {
      type: "RollingUpdate",
      rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
    });
    assert.deepEqual(strategy({ strategy: { rollingUpdate: { maxSurge: "50%", maxUnavailable: 1 } } }), {
      type: "RollingUpdate",
      rollingUpdate: { maxSurge: "50%", maxUnavailable: 1 },
    });
    assert.deepEqual(strategy({ strategy: { type: "Recreate" } }), { type: "Recreate" });
  });

  it("waits for a pod to stay up", () => {
    const ready = (more: object) => objectsOf(backend(more)).deployment?.minReadySeconds;
    assert.equal(ready({}), 0);
    assert.equal(ready({ port: undefined, path: undefined }), 10);
    assert.equal(ready({ minReadySeconds: 7 }), 7);
  });

  it("gives up on a rollout when no new pod counts for as long as is said", () => {
    const deadline = (more: object) => {
      const { deployment, plan } = objectsOf(backend(more), "acc");
      const timeout = stackObjects(plan).find(({ id }) => id === "backend")?.timeoutSeconds;
      return [deployment?.progressDeadlineSeconds, timeout];
    };
    assert.deepEqual(deadline({}), [600, 630]);
    // Two pods, one after the other.
    assert.deepEqual(deadline({ progressDeadlineSeconds: 90 }), [90, 210]);
    assert.deepEqual(deadline({ progressDeadlineSeconds: 90, replicas: 5 }), [90, 480]);
  });

  it("spreads the pods over nodes and zones, unless that is switched off", () => {
    const spread = (more: object) =>
      objectsOf(backend(more), "prod").pod?.topologySpreadConstraints?.map(({ topologyKey }) => topologyKey);
    assert.deepEqual(spread({}), ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]);
    assert.equal(spread({ topologySpread: false }), undefined);
  });
});

describe("A mistake in a process is told with its path and remedy", () => {
  const ports = (ports: object, more: object = {}) => backend({ ports, ...more });
  const service = (service: object) => backend({ service });
  const probe = (livenessProbe: object) => backend({ livenessProbe });
  const strategy = (strategy: object) => backend({ strategy });

  tells(
    [
      ["a port below 1024", ports({ metrics: { port: 90 } }), "backend.ports.metrics.port", /1024/],
      ["a port above 65535", ports({ metrics: { port: 99999 } }), "backend.ports.metrics.port", /not a port/],
      [
        "the same port twice",
        ports({ metrics: { port: 8000 } }),
        "backend.ports.metrics.port",
        /`http` already/,
      ],
      [
        "a port's name in capitals",
        ports({ Metrics_A: { port: 9090 } }),
        "backend.ports.Metrics_A",
        /`metrics-a`/,
      ],
      [
        "a port's name too long",
        ports({ abcdefghijklmnop: { port: 9090 } }),
        "backend.ports.abcdefghijklmnop",
        /15/,
      ],
      ["a port called as the main one", ports({ http: { port: 9090 } }), "backend.ports.http", /`port`/],
      ["a port left empty", ports({ metrics: null }), "backend.ports.metrics", /null/],
      [
        "metrics at a port whose name another has",
        ports({ metrics: { port: 9090 } }, { metrics: { port: 9100 } }),
        "backend.metrics.port",
        /another of the process' `ports`/,
      ],
      ["a node port of none", service({ nodePort: 8080 }), "backend.service.nodePort", /30000 to 32767/],
      [
        "a node port twice",
        (args) => ({
          ...args,
          backend: { ...args.backend, service: { nodePort: 30081 } },
          frontend: { ...args.frontend, ports: { x: { port: 9000, nodePort: 30081 } } },
        }),
        "frontend.ports.x.nodePort",
        /backend\.service\.nodePort already/,
      ],
      [
        "a node port within the cluster",
        service({ type: "ClusterIP", nodePort: 30081 }),
        "backend.service.nodePort",
        /type: NodePort/,
      ],
      [
        "a load balancer's kind without one",
        service({ loadBalancerClass: "x/y" }),
        "backend.service.loadBalancerClass",
        /type: LoadBalancer/,
      ],
      [
        "a policy for traffic that can't come",
        service({ externalTrafficPolicy: "Local" }),
        "backend.service.externalTrafficPolicy",
        /ClusterIP/,
      ],
      [
        "a range that is none",
        service({ type: "LoadBalancer", loadBalancerSourceRanges: ["10.0.0.0/33"] }),
        "backend.service.loadBalancerSourceRanges[0]",
        /block of addresses/,
      ],
      ["a type with a slip", service({ type: "Nodeport" }), "backend.service.type", /`NodePort`/],
      [
        "a Service without a port",
        backend({ port: undefined, path: undefined, service: { sessionAffinity: "ClientIP" } }),
        "backend.service",
        /lead nowhere/,
      ],
      [
        "a node port of a port that isn't there",
        backend({
          port: undefined,
          path: undefined,
          ports: { x: { port: 9000 } },
          service: { nodePort: 30081 },
        }),
        "backend.service.nodePort",
        /add a `port`/,
      ],
      [
        "a probe by gRPC and HTTP",
        probe({ grpc: {}, httpGet: { path: "/" } }),
        "backend.livenessProbe",
        /httpGet and grpc/,
      ],
      ["a probe of no port", probe({ grpc: { port: 0 } }), "backend.livenessProbe.grpc.port", /1 to 65535/],
      [
        "a probe of no command",
        probe({ exec: { command: [] } }),
        "backend.livenessProbe.exec.command",
        /empty/,
      ],
      [
        "a probe that must succeed twice to live",
        probe({ tcpSocket: {}, successThreshold: 2 }),
        "backend.livenessProbe.successThreshold",
        /readiness alone/,
      ],
      [
        "a header with a blank",
        probe({ httpGet: { path: "/", httpHeaders: { "My Host": "x" } } }),
        'backend.livenessProbe.httpGet.httpHeaders["My Host"]',
        /header/,
      ],
      [
        "a scheme with a slip",
        probe({ httpGet: { path: "/", scheme: "https" } }),
        "backend.livenessProbe.httpGet.scheme",
        /`HTTPS`/,
      ],
      [
        "no time to end",
        backend({ drainSeconds: 30, terminationGracePeriodSeconds: 35 }),
        "backend.terminationGracePeriodSeconds",
        /5 s before SIGTERM \(preStop\) \+ 30 s after it \(drainSeconds\) = 35 s.*at least 36/s,
      ],
      [
        "a wait as long as the grace",
        backend({ preStop: { seconds: 30 }, terminationGracePeriodSeconds: 30 }),
        "backend.terminationGracePeriodSeconds",
        /30 s before SIGTERM.*at least 31/s,
      ],
      [
        "a command of no words before the end",
        backend({ preStop: { exec: { command: [] } } }),
        "backend.preStop.exec.command",
        /empty/,
      ],
      [
        "a rollout that can't move",
        strategy({ rollingUpdate: { maxSurge: "0" } }),
        "backend.strategy.rollingUpdate.maxSurge",
        /nothing could ever change/,
      ],
      [
        "half a pod more",
        strategy({ rollingUpdate: { maxSurge: "0.5" } }),
        "backend.strategy.rollingUpdate.maxSurge",
        /percentage/,
      ],
      [
        "a pace for what has none",
        strategy({ type: "Recreate", rollingUpdate: {} }),
        "backend.strategy.rollingUpdate",
        /Recreate/,
      ],
      [
        "two schedulers during a rollout",
        (args) => ({
          ...args,
          schedulers: { beat: { command: ["beat"], strategy: { type: "RollingUpdate" } } },
        }),
        "schedulers.beat.strategy.type",
        /twice/,
      ],
      [
        "two pods during a rollout for one volume",
        (args) => ({
          ...args,
          volumes: { data: {} },
          backend: {
            ...args.backend,
            mounts: { "/data": { volume: "data" } },
            strategy: { rollingUpdate: { maxSurge: "1" } },
          },
        }),
        "backend.strategy.rollingUpdate",
        /volume data/,
      ],
      [
        "a pod that must stay up longer than a rollout may take",
        backend({ minReadySeconds: 300 }),
        "backend.minReadySeconds",
        /300 s/,
      ],
      [
        "a rollout that must end before a pod counts",
        backend({ port: undefined, path: undefined, progressDeadlineSeconds: 10 }),
        "backend.progressDeadlineSeconds",
        /10 s that a pod without a readiness probe must stay up/,
      ],
    ],
    [
      ["the same number for another protocol", ports({ dns: { port: 8000, protocol: "UDP" } })],
      ["a node port beside a load balancer", service({ type: "LoadBalancer", nodePort: 30081 })],
    ],
  );
});
