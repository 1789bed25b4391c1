// When an object counts as ready, and what is said until then: the state machines of await/, told of objects as a
// cluster shows them. The words are the recorded ones; contract.test.ts hears them from a real cluster.
import { strict as assert } from "node:assert";
import { secondsFor } from "../../../local/plugins/kubernetes/await";
import { DaemonSetReadiness } from "../../../local/plugins/kubernetes/await/daemon-set";
import { DeploymentReadiness } from "../../../local/plugins/kubernetes/await/deployment";
import { IngressReadiness } from "../../../local/plugins/kubernetes/await/ingress";
import { JobReadiness } from "../../../local/plugins/kubernetes/await/job";
import { PodReadiness } from "../../../local/plugins/kubernetes/await/pods";
import {
  NotReadyError,
  type Readiness,
  readyNow,
  untilReady,
} from "../../../local/plugins/kubernetes/await/readiness";
import { ServiceReadiness } from "../../../local/plugins/kubernetes/await/service";
import { StatefulSetReadiness } from "../../../local/plugins/kubernetes/await/stateful-set";
import { WaitForReadiness } from "../../../local/plugins/kubernetes/await/wait-for";
import type { WatchEvent } from "../../../local/plugins/kubernetes/informer";
import { Log } from "../../../local/plugins/kubernetes/log";
import type { Fields, KubeObject } from "../../../local/plugins/kubernetes/object";
import { sendTo } from "./session";

const revision = (n: number) => ({ "deployment.kubernetes.io/revision": String(n) });

function object(
  apiVersion: string,
  kind: string,
  name: string,
  rest: Fields = {},
  metadata: Fields = {},
): KubeObject {
  return {
    apiVersion,
    kind,
    metadata: { name, namespace: "aw", uid: `uid-${name}`, generation: 1, ...metadata },
    ...rest,
  };
}
const ownedBy = (owner: string) => ({ ownerReferences: [{ uid: `uid-${owner}` }] });

class Notes {
  readonly lines: string[] = [];
  readonly log = new Log(
    sendTo((severity, message) => this.lines.push(`${severity}: ${message}`)),
    "urn",
  );
}

/** Tells a machine of objects, asking after each whether it is ready, as a wait does. */
function told(machine: Readiness, ...events: KubeObject[]): boolean {
  let ready = machine.ready();
  for (const each of events) {
    if (ready) break;
    machine.observe({ type: "MODIFIED", object: each });
    ready = machine.ready();
  }
  return ready;
}

describe("a Deployment", () => {
  const condition = (type: string, status: string, reason: string, message = `${reason}.`) => ({
    type,
    status,
    reason,
    message,
  });
  const few = condition(
    "Available",
    "False",
    "MinimumReplicasUnavailable",
    "Deployment does not have minimum availability.",
  );
  const deployment = (conditions: Fields[], status: Fields = {}, metadata: Fields = {}) =>
    object(
      "apps/v1",
      "Deployment",
      "web",
      { spec: { replicas: 1 }, status: { observedGeneration: 1, conditions, ...status } },
      { annotations: revision(1), ...metadata },
    );
  const replicaSet = (ready: number | undefined, replicas = 1, n = 1) =>
    object(
      "apps/v1",
      "ReplicaSet",
      `web-${n}`,
      { spec: { replicas }, status: ready === undefined ? {} : { readyReplicas: ready } },
      { annotations: revision(n), ...ownedBy("web") },
    );
  const available = condition("Available", "True", "MinimumReplicasAvailable");

  it("is ready when its ReplicaSet has its pods and it is available", () => {
    const { log, lines } = new Notes();
    const machine = new DeploymentReadiness(deployment([]), log);
    machine.begin();
    const ready = told(
      machine,
      deployment([few]),
      replicaSet(undefined),
      replicaSet(1),
      deployment([available]),
    );
    assert.equal(ready, true);
    assert.deepEqual(lines, [
      "warning: [MinimumReplicasUnavailable] Deployment does not have minimum availability.",
      "info: Waiting for app ReplicaSet to be available (0/1 Pods available)",
      "info: Deployment initialization complete",
    ]);
  });

  it("is not judged by what its status said before the change", () => {
    const machine = new DeploymentReadiness(deployment([]), new Notes().log);
    machine.begin();
    const stale = deployment([available], {}, { generation: 2 });
    assert.equal(told(machine, stale, replicaSet(1)), false);
  });

  it("with a new revision waits for the rollout, however many old pods serve", () => {
    const second = { annotations: revision(2), generation: 2 };
    const status = { observedGeneration: 2 };
    const rolling = condition("Progressing", "True", "ReplicaSetUpdated");
    const done = condition("Progressing", "True", "NewReplicaSetAvailable");
    const machine = new DeploymentReadiness(deployment([], status, second), new Notes().log);
    machine.begin();
    const begun = deployment([available, rolling], status, second);
    assert.equal(told(machine, begun, replicaSet(1, 1, 1), replicaSet(undefined, 1, 2)), false);
    assert.equal(told(machine, replicaSet(1, 1, 2)), false);
    assert.equal(told(machine, deployment([available, done], status, second)), true);
  });

  it("scaled to zero is ready, with a warning", () => {
    const { log, lines } = new Notes();
    const machine = new DeploymentReadiness(deployment([]), log);
    machine.begin();
    assert.equal(told(machine, deployment([available]), replicaSet(undefined, 0)), true);
    assert.deepEqual(lines, [
      'warning: Replicas scaled to 0 for Deployment "web"',
      "info: Deployment initialization complete",
    ]);
  });

  it("waits for the claims its pods mount", () => {
    const volumes = [{ name: "d", persistentVolumeClaim: { claimName: "data" } }];
    const base = deployment([available]);
    const mounting = { ...base, spec: { replicas: 1, template: { spec: { volumes } } } };
    const claim = (phase: string) => object("v1", "PersistentVolumeClaim", "data", { status: { phase } });
    const machine = new DeploymentReadiness(base, new Notes().log);
    machine.begin();
    machine.observe({ type: "ADDED", object: mounting });
    machine.observe({ type: "ADDED", object: claim("Pending") });
    assert.equal(told(machine, replicaSet(1)), false);
    assert.deepEqual(machine.problems(), ['Failed to bind PersistentVolumeClaim(s): "data"']);
    assert.equal(told(machine, claim("Bound")), true);
  });

  it("that never becomes ready fails with the recorded reasons, its pods' among them", async () => {
    const pod = object(
      "v1",
      "Pod",
      "web-1-x",
      {
        status: {
          conditions: [
            { type: "PodScheduled", status: "True" },
            { type: "Initialized", status: "True" },
            {
              type: "Ready",
              status: "False",
              reason: "ContainersNotReady",
              message: "containers with unready status: [c]",
            },
          ],
        },
      },
      ownedBy("web-1"),
    );
    const machine = new DeploymentReadiness(deployment([]), new Notes().log);
    const events = [
      deployment([few]),
      replicaSet(undefined),
      pod,
      deployment([few], {}, { name: "another" }),
    ];
    await assert.rejects(waited(machine, events, 50), (error) => {
      assert.ok(error instanceof NotReadyError);
      assert.equal(error.message, "'web' timed out waiting to be Ready");
      assert.deepEqual(error.problems, [
        "Minimum number of live Pods was not attained",
        "[Pod aw/web-1-x]: containers with unready status: [c]",
      ]);
      return true;
    });
  });
});

/** A real wait, over the given events. */
function waited(
  machine: Readiness,
  events: KubeObject[],
  milliseconds: number,
  signal = new AbortController().signal,
) {
  const watch = async (apiVersion: string, kind: string, heard: (event: WatchEvent) => void) => {
    for (const each of events) {
      if (each.apiVersion === apiVersion && each.kind === kind) heard({ type: "ADDED", object: each });
    }
    return () => undefined;
  };
  return untilReady(machine, watch, milliseconds, signal);
}

describe("a wait", () => {
  const service = object("v1", "Service", "db", { spec: { selector: { app: "db" } } });

  it("ends when the user cancels", async () => {
    const cancel = new AbortController();
    const wait = waited(new ServiceReadiness(service, new Notes().log), [], 60_000, cancel.signal);
    cancel.abort();
    await assert.rejects(wait, /Resource operation was cancelled for "db"/);
  });

  it("of a Job begins anew with each event, one of a Deployment doesn't", async () => {
    const job = object("batch/v1", "Job", "migrate", { status: {} });
    const late: (() => void)[] = [];
    const watch = async (_apiVersion: string, kind: string, heard: (event: WatchEvent) => void) => {
      if (kind === "Job") late.push(() => heard({ type: "MODIFIED", object: job }));
      return () => undefined;
    };
    const begun = Date.now();
    const wait = untilReady(new JobReadiness(job, new Notes().log), watch, 200, new AbortController().signal);
    setTimeout(() => {
      for (const tell of late) tell();
    }, 120);
    await assert.rejects(wait, /'migrate' timed out waiting to be Ready/);
    assert.ok(Date.now() - begun >= 315, "the event at 120 ms gives another 200 ms");
  });

  it("lasts ten minutes, or as long as the annotation or customTimeouts say", () => {
    const annotated = object("v1", "Pod", "p", {}, { annotations: { "pulumi.com/timeoutSeconds": "30" } });
    assert.equal(secondsFor(service, 0), 600);
    assert.equal(secondsFor(annotated, 0), 30);
    assert.equal(secondsFor(annotated, 20), 20);
  });
});

describe("a Job", () => {
  const job = (status: Fields) => object("batch/v1", "Job", "migrate", { status });
  const failed = {
    type: "Failed",
    status: "True",
    reason: "BackoffLimitExceeded",
    message: "Job has reached the specified backoff limit",
  };

  it("fails at once when Kubernetes gives it up, with its pod's exit code", async () => {
    const container = { name: "c", ready: false, state: { terminated: { reason: "Error", exitCode: 5 } } };
    const conditions = [
      { type: "PodScheduled", status: "True" },
      { type: "Initialized", status: "True" },
      { type: "Ready", status: "False", reason: "PodFailed" },
    ];
    const pod = object(
      "v1",
      "Pod",
      "migrate-x",
      { status: { conditions, containerStatuses: [container] } },
      ownedBy("migrate"),
    );
    const { log, lines } = new Notes();
    const machine = new JobReadiness(job({}), log);
    machine.observe({ type: "ADDED", object: job({}) });
    machine.observe({ type: "ADDED", object: pod });
    const over = job({ startTime: "now", failed: 1, conditions: [failed] });
    await assert.rejects(waited(machine, [over], 1000), (error) => {
      assert.ok(error instanceof NotReadyError);
      assert.equal(error.message, "Resource 'migrate' was created but failed to initialize");
      assert.deepEqual(error.problems, [
        '[Pod aw/migrate-x]: container "c" completed with exit code 5',
        "[BackoffLimitExceeded] Job has reached the specified backoff limit",
      ]);
      return true;
    });
    assert.deepEqual(lines, [
      'info: Waiting for Job "aw/migrate" to start',
      'warning: [Pod aw/migrate-x]: container "c" completed with exit code 5',
      'info: Waiting for Job "aw/migrate" to succeed (Active: 0 | Succeeded: 0 | Failed: 1)',
    ]);
  });

  it("is ready when it is complete", () => {
    const machine = new JobReadiness(job({}), new Notes().log);
    const running = job({ startTime: "now", active: 1 });
    const complete = job({
      startTime: "now",
      succeeded: 1,
      conditions: [{ type: "Complete", status: "True" }],
    });
    assert.equal(told(machine, job({}), running), false);
    assert.equal(told(machine, complete), true);
  });

  it("that failed is no ready Job for a refresh either", async () => {
    const machine = new JobReadiness(job({}), new Notes().log);
    const list = async (_: string, kind: string) =>
      kind === "Job" ? [job({ startTime: "now", conditions: [failed] })] : [];
    await assert.rejects(readyNow(machine, list), /was created but failed to initialize/);
  });
});

describe("a Pod", () => {
  const pod = (...types: string[]) => {
    const conditions = ["PodScheduled", "Initialized", "Ready"].map((type) => ({
      type,
      status: types.includes(type) ? "True" : "False",
    }));
    return object("v1", "Pod", "p", { status: { conditions } });
  };

  it("is ready step by step, each of them said", () => {
    const { log, lines } = new Notes();
    const machine = new PodReadiness(pod(), log);
    assert.equal(
      told(machine, pod(), pod("PodScheduled"), pod("PodScheduled", "Initialized", "Ready")),
      true,
    );
    assert.deepEqual(lines, [
      'info: Waiting for Pod "aw/p" to be scheduled',
      'info: Waiting for Pod "aw/p" to be initialized',
      'info: Waiting for Pod "aw/p" to be ready',
    ]);
  });

  it("that has succeeded is ready without being Ready", () => {
    const done = pod("PodScheduled", "Initialized");
    (done.status as Fields).phase = "Succeeded";
    assert.equal(told(new PodReadiness(pod(), new Notes().log), done), true);
  });
});

describe("a StatefulSet", () => {
  const set = (status: Fields, generation = 1) =>
    object(
      "apps/v1",
      "StatefulSet",
      "db",
      { spec: { replicas: 1 }, status: { currentRevision: "a", updateRevision: "a", ...status } },
      { generation },
    );
  const ready = {
    observedGeneration: 1,
    replicas: 1,
    readyReplicas: 1,
    currentReplicas: 1,
    updatedReplicas: 1,
  };

  it("is ready when all its pods are", () => {
    const { log, lines } = new Notes();
    const machine = new StatefulSetReadiness(set({}), log);
    assert.equal(told(machine, set({ observedGeneration: 1, replicas: 1 }), set(ready)), true);
    assert.deepEqual(lines, [
      "info: [1/2] Waiting for StatefulSet to create Pods (0/0 Pods ready)",
      "info: [1/2] Waiting for StatefulSet to create Pods (0/1 Pods ready)",
      "info: StatefulSet initialization complete",
    ]);
  });

  it("waits for an update to reach every pod, though all are ready", () => {
    const machine = new StatefulSetReadiness(set({}, 2), new Notes().log);
    assert.equal(told(machine, set(ready, 2)), false, "the controller hasn't seen the change");
    const rolling = {
      ...ready,
      observedGeneration: 2,
      updateRevision: "b",
      currentReplicas: 0,
      updatedReplicas: 1,
    };
    assert.equal(told(machine, set(rolling, 2)), false);
    assert.match(machine.problems().join(), /from revision "a" to revision "b"/);
  });
});

describe("a DaemonSet", () => {
  it("is ready when its pod is on every node that should have it", () => {
    const status = {
      observedGeneration: 1,
      desiredNumberScheduled: 1,
      currentNumberScheduled: 1,
      updatedNumberScheduled: 1,
    };
    const set = (more: Fields) => object("apps/v1", "DaemonSet", "agent", { status: { ...status, ...more } });
    const { log, lines } = new Notes();
    const machine = new DaemonSetReadiness(object("apps/v1", "DaemonSet", "agent"), log);
    assert.equal(told(machine, set({}), set({ numberAvailable: 1, numberReady: 1 })), true);
    assert.deepEqual(lines.slice(1), [
      "info: Available: 0/1",
      "info: All replicas scheduled as expected. Replicas: 1",
    ]);
  });
});

/** A clock that a test winds: what a machine schedules runs when told. */
class Clock {
  private readonly due: { at: number; run: () => void }[] = [];
  readonly schedule = (seconds: number, run: () => void) => void this.due.push({ at: seconds, run });
  advance(seconds: number): void {
    for (const each of this.due) if (each.at <= seconds) each.run();
  }
}

describe("a Service", () => {
  const service = (spec: Fields, status: Fields = {}) =>
    object("v1", "Service", "web", { spec: { selector: { app: "web" }, ...spec }, status });
  const endpoints = (subsets: Fields[]) => object("v1", "Endpoints", "web", { subsets });
  const begun = (spec: Fields = {}) => {
    const [clock, notes] = [new Clock(), new Notes()];
    const machine = new ServiceReadiness(service(spec), notes.log);
    machine.begin(clock.schedule);
    return { clock, machine, lines: notes.lines };
  };

  it("is ready ten seconds after its endpoints came, even if there are none", () => {
    const { clock, machine, lines } = begun();
    assert.equal(told(machine, service({}), endpoints([])), false);
    clock.advance(10);
    assert.equal(machine.ready(), true);
    assert.deepEqual(lines, [
      "info: [1/3] Finding Pods to direct traffic to",
      "info: Service initialization complete",
    ]);
  });

  it("with an unready pod isn't", () => {
    const { clock, machine } = begun();
    told(machine, service({}), endpoints([{ notReadyAddresses: [{ ip: "10.0.0.1" }] }]));
    clock.advance(10);
    assert.equal(machine.ready(), false);
    assert.deepEqual(machine.problems(), [
      "Service does not target any Pods. Selected Pods may not be ready, or field '.spec.selector' may not match labels on any Pods",
    ]);
  });

  it("without a cluster address is ready at once", () => {
    const { machine } = begun({ clusterIP: "None" });
    assert.equal(told(machine, service({ clusterIP: "None" })), true);
  });

  it("of type LoadBalancer waits for its address", () => {
    const { clock, machine } = begun({ type: "LoadBalancer" });
    told(machine, service({ type: "LoadBalancer" }), endpoints([{ addresses: [{ ip: "10.0.0.1" }] }]));
    clock.advance(10);
    assert.equal(machine.ready(), false);
    assert.deepEqual(machine.problems(), [
      "Service was not allocated an IP address; does your cloud provider support this?",
    ]);
    const addressed = service({ type: "LoadBalancer" }, { loadBalancer: { ingress: [{ ip: "1.2.3.4" }] } });
    assert.equal(told(machine, addressed), true);
  });
});

describe("an Ingress", () => {
  const backend = { service: { name: "nosvc", port: { number: 80 } } };
  const rules = [{ host: "c.localhost", http: { paths: [{ path: "/", backend }] } }];
  const ingress = (status: Fields = {}) =>
    object("networking.k8s.io/v1", "Ingress", "web", { spec: { rules }, status });
  const other = object("v1", "Endpoints", "elsewhere");

  it("whose Service doesn't exist is ready with an address and a warning", () => {
    const [clock, notes] = [new Clock(), new Notes()];
    const machine = new IngressReadiness(ingress(), notes.log);
    machine.begin(clock.schedule);
    assert.equal(told(machine, ingress(), other), false);
    clock.advance(10);
    assert.equal(told(machine, ingress({ loadBalancer: { ingress: [{ ip: "127.0.0.1" }] } })), true);
    assert.deepEqual(notes.lines, [
      "info: [1/3] Finding a matching service for each Ingress path",
      'warning: No matching service found for ingress rule: "c.localhost/" -> "nosvc"',
      "info: [2/3] Waiting for update of .status.loadBalancer with hostname/IP",
      "info: Ingress initialization complete",
    ]);
  });

  it("without an address isn't, whatever its Services", () => {
    const machine = new IngressReadiness(ingress(), new Notes().log);
    assert.equal(told(machine, ingress(), object("v1", "Endpoints", "nosvc")), false);
    assert.match(machine.problems().join(), /^Ingress \.status\.loadBalancer field was not updated/);
  });
});

describe("the annotation pulumi.com/waitFor", () => {
  const cluster = (status: Fields) => object("postgresql.cnpg.io/v1", "Cluster", "db", { status });

  it("waits for a condition, or for a value", () => {
    const ready = cluster({ phase: "Healthy", conditions: [{ type: "Ready", status: "True" }] });
    const both = '["condition=Ready", "jsonpath={.status.phase}=Healthy"]';
    const machine = new WaitForReadiness(cluster({}), both, new Notes().log);
    assert.equal(told(machine, cluster({ phase: "Healthy" })), false);
    assert.equal(told(machine, ready), true);
  });

  it("refuses what it can't read instead of not waiting", () => {
    const make = (expression: string) => () => new WaitForReadiness(cluster({}), expression, new Notes().log);
    assert.throws(make("Ready"), /expected a "jsonpath=" or "condition=" prefix/);
    assert.throws(make("jsonpath={.status.items[*].ready}"), /can't read the path/);
  });
});
