// Stores that pods wait for at each start.

import assert from "node:assert/strict";
import type { Container, PodSpec } from "kubernetes-types/core/v1";
import { stackObjects } from "../../src/objects/objects";
import { planStack } from "../../src/plan/plan";
import { sampleArgs } from "../sample";
import { backend, stack, tells } from "./mistake-table";

const planned = (change: object, settings: object = {}) => {
  const args = sampleArgs();
  const input = { ...args, ...change, backend: { ...args.backend, env: {}, ...settings } };
  const { plan, problems } = planStack({ name: "notes", stack: "dev" }, input);
  assert.deepEqual(problems, []);
  return plan;
};

const podOf = (plan: ReturnType<typeof planned>, role: string) => {
  const { object } = stackObjects(plan).find(({ id }) => id === role) as never as {
    object: { spec: { template: { spec: PodSpec } } };
  };
  return object.spec.template.spec;
};

const waitsOf = (plan: ReturnType<typeof planned>, role = "backend"): Container[] =>
  podOf(plan, role).initContainers ?? [];

describe("A process that waits for a store", () => {
  const plan = planned({ caches: { sessions: {} } }, { waitFor: ["postgres", "redis", "caches.sessions"] });

  it("has a container for each that must end before its own starts, by the store's own image and user", () => {
    assert.deepEqual(
      waitsOf(plan).map(({ name, image, securityContext }) => [name, image, securityContext?.runAsUser]),
      [
        ["wait-for-postgres", "postgres:15", 999],
        ["wait-for-redis", "redis:7.0", 999],
        ["wait-for-sessions", "redis:7.0", 999],
      ],
    );
  });

  it("asks with the password that only a Secret holds, and the process doesn't see it", () => {
    const [, redis] = waitsOf(plan);
    const password = redis?.env?.find(({ name }) => name === "SERVICE_STACK_REDIS_PASSWORD");
    assert.equal(password?.value, undefined);
    assert.equal(password?.valueFrom?.secretKeyRef?.key, "SERVICE_STACK_REDIS_PASSWORD");
    assert.doesNotMatch(JSON.stringify(podOf(plan, "backend").containers), /SERVICE_STACK/);
  });

  it("may reach it, and starts behind it at a deployment, without any other reference", () => {
    assert.ok(plan.edges.some(({ from, to }) => from === "backend" && to === "sessions"));
    const { after = [] } = stackObjects(plan).find(({ id }) => id === "backend") ?? {};
    assert.ok(after.includes("sessions"));
    const without = planned({ caches: { sessions: {} } });
    assert.ok(!without.edges.some(({ to }) => to === "sessions"), "the control: else nothing leads there");
    assert.deepEqual(waitsOf(without), []);
  });

  it("waits for what the backend waits for where it runs with its settings, unless it says what itself, each once", () => {
    const mail = { command: ["mail"] };
    const workers = {
      mail,
      other: { ...mail, waitFor: ["postgres", "postgres"] },
      free: { ...mail, waitFor: [] },
    };
    const plan = planned({ workers }, { waitFor: ["redis"] });
    const names = (role: string) => waitsOf(plan, role).map(({ name }) => name);
    assert.deepEqual(names("mail"), ["wait-for-redis"]);
    assert.deepEqual(names("other"), ["wait-for-postgres"]);
    assert.deepEqual(names("free"), []);
    assert.ok(!plan.edges.some(({ from, to }) => from === "free" && to === "redis"));
  });

  it("asks a server of somebody else's without a password, and by TLS where that is on", () => {
    const redis = { mode: "external", host: "cache.example.com", password: "${secrets.session}", tls: true };
    const [wait] = waitsOf(planned({ redis }, { waitFor: ["redis"] }));
    assert.deepEqual(
      wait?.env?.map(({ name, value }) => [name, value]),
      [
        ["SERVICE_STACK_REDIS_HOST", "cache.example.com"],
        ["SERVICE_STACK_REDIS_PORT", "6379"],
        ["SERVICE_STACK_REDIS_TLS", "true"],
      ],
    );
    assert.match(wait?.command?.join(" ") ?? "", /NOAUTH/);
  });

  it("runs as whom the cluster says on OpenShift", () => {
    const [wait] = waitsOf(planned({ openshift: true }, { waitFor: ["redis"] }));
    assert.equal(wait?.securityContext?.runAsUser, undefined);
  });
});

describe("What can't be waited for is told", () => {
  tells([
    ["a slip", backend({ waitFor: ["rediss"] }), "backend.waitFor[0]", /did you mean `redis`/],
    ["a process", backend({ waitFor: ["frontend"] }), "backend.waitFor[0]", /no database and no cache/],
    [
      "a cache without its group",
      stack({ caches: { sessions: {} }, services: { a: { image: "a:1", waitFor: ["sessions"] } } }),
      "services.a.waitFor[0]",
      /caches\.sessions/,
    ],
    [
      "what is switched off",
      stack({ caches: { s: { enabled: false } }, services: { a: { image: "a:1", waitFor: ["caches.s"] } } }),
      "services.a.waitFor[0]",
      /caches\.s\.enabled/,
    ],
  ]);
});
