// The Kubernetes objects: what holds for all of them, whatever the stack.

import assert from "node:assert/strict";
import type { PodTemplateSpec } from "kubernetes-types/core/v1";
import type { NetworkPolicy } from "kubernetes-types/networking/v1";
import { stackObjects } from "../../src/objects/objects";
import { fill, holesIn, type StackObject } from "../../src/objects/stack-object";
import { planStack } from "../../src/plan/plan";
import type { ServiceStackArgs } from "../../src/schema/stack-args";
import { sampleArgs } from "../sample";

const wholeProduct = (): ServiceStackArgs => ({
  ...sampleArgs(),
  migration: { command: ["migrate"] },
  tasks: { seed: { command: ["seed"] }, announce: { command: ["announce"], after: ["backend"] } },
  workers: { celery: { command: ["work"] } },
  schedulers: { beat: { command: ["beat"] } },
  cronJobs: { cleanup: { schedule: "30 2 * * *", command: ["clean"] } },
  services: {
    admin: { image: `admin:1@sha256:${"a".repeat(64)}`, port: 8001, env: { API: "${backend.url}" } },
  },
});

const objectsOf = (args: ServiceStackArgs, stack = "dev") =>
  stackObjects(planStack({ name: "notes", stack }, args).plan);

const templates = (objects: StackObject[]) =>
  objects.flatMap(({ id, object }) => {
    const { spec } = object as {
      spec?: { template?: PodTemplateSpec; jobTemplate?: { spec: { template: PodTemplateSpec } } };
    };
    const template = spec?.template ?? spec?.jobTemplate?.spec.template;
    return template ? [{ id, template }] : [];
  });

const containersOf = ({ template }: { template: PodTemplateSpec }) => [
  ...(template.spec?.initContainers ?? []),
  ...(template.spec?.containers ?? []),
];

const matches = (wanted: Record<string, string> = {}, labels: Record<string, string> = {}) =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value);

for (const stack of ["dev", "acc", "prod"]) {
  describe(`The objects of a ${stack} stack`, () => {
    const objects = objectsOf(wholeProduct(), stack);

    it("stand behind everything that they come after", () => {
      const seen = new Set<string>();
      for (const { id, after } of objects) {
        for (const other of after) assert.ok(seen.has(other), `${id} stands before ${other}`);
        assert.ok(!seen.has(id), `${id} is there twice`);
        seen.add(id);
      }
    });

    it("run under the restricted Pod Security profile", () => {
      assert.equal(templates(objects).length, 11);
      for (const { id, template } of templates(objects)) {
        const { spec } = template;
        assert.equal(spec?.securityContext?.runAsNonRoot, true, id);
        assert.equal(spec?.securityContext?.seccompProfile?.type, "RuntimeDefault", id);
        assert.equal(spec?.automountServiceAccountToken, false, id);
        assert.equal(spec?.enableServiceLinks, false, id);
        for (const { name, securityContext, resources } of containersOf({ template })) {
          assert.equal(securityContext?.allowPrivilegeEscalation, false, name);
          assert.equal(securityContext?.readOnlyRootFilesystem, true, name);
          assert.deepEqual(securityContext?.capabilities, { drop: ["ALL"] }, name);
          assert.ok(resources?.requests?.cpu && resources.requests.memory && resources.limits?.memory, name);
          assert.ok(resources?.limits?.["ephemeral-storage"], name);
        }
      }
    });

    it("select only by labels that some pod carries, and only that pod's role", () => {
      const pods = templates(objects).map(({ template }) => template.metadata?.labels ?? {});
      const selectors = objects.flatMap(({ id, object }) =>
        podSelectors(object).map((wanted) => ({ id, wanted })),
      );
      assert.ok(selectors.length > 15);
      for (const { id, wanted } of selectors) {
        const found = pods.filter((labels) => matches(wanted, labels)).length;
        assert.ok(id === "default-deny" ? found === pods.length : found === 1, `${id} selects ${found} pods`);
      }
    });

    it("open the network exactly where the plan has an edge", () => {
      const { plan } = planStack({ name: "notes", stack }, wholeProduct());
      const policies = objects.flatMap(({ object }) =>
        object.kind === "NetworkPolicy" ? [object as NetworkPolicy] : [],
      );
      const role = (labels: Record<string, string> | undefined) =>
        labels?.["app.kubernetes.io/component"] ?? "";
      const inward = policies.flatMap(({ spec }) =>
        (spec?.ingress ?? []).flatMap(({ from = [] }) =>
          from.map(
            ({ podSelector }) =>
              `${podSelector ? role(podSelector.matchLabels) : "ingress"} ${role(spec?.podSelector.matchLabels)}`,
          ),
        ),
      );
      const outward = policies.flatMap(({ spec }) =>
        (spec?.egress ?? []).flatMap(({ to = [] }) =>
          to
            .filter(({ namespaceSelector, ipBlock }) => !namespaceSelector && !ipBlock)
            .map(
              ({ podSelector }) => `${role(spec?.podSelector.matchLabels)} ${role(podSelector?.matchLabels)}`,
            ),
        ),
      );
      const edges = plan.edges.map(({ from, to }) => `${from} ${to}`).sort();
      assert.deepEqual(inward.sort(), edges);
      assert.deepEqual(
        outward.sort(),
        edges.filter((edge) => !edge.startsWith("ingress")),
      );
    });

    it("let nobody in before every task has succeeded", () => {
      const routes = objects.filter(({ object }) => object.kind === "Ingress");
      assert.ok(routes.length > 0);
      for (const { id, after } of routes) assert.ok(after.includes("seed") && after.includes("announce"), id);
    });

    it("hold a secret nowhere but in Secrets", () => {
      for (const { id, object } of objects) {
        const secret = holesIn(object).some(({ hole }) => hole === "generated" || hole === "given");
        if (secret) assert.equal(object.kind, "Secret", id);
      }
    });

    it("keep what holds data", () => {
      assert.deepEqual(
        objects.filter(({ keep }) => keep).map(({ id }) => id),
        ["namespace", "postgres-volume", "redis-volume"],
      );
    });
  });
}

function podSelectors(object: object): Record<string, string>[] {
  const { kind, spec } = object as { kind: string; spec?: Record<string, never> };
  if (kind === "Service") return [spec?.selector as never];
  const found: Record<string, string>[] = [];
  const visit = (value: unknown): void => {
    if (value === null || typeof value !== "object") return;
    for (const [key, member] of Object.entries(value)) {
      // Peers in other namespaces select what isn't ours.
      if ("namespaceSelector" in value && key === "podSelector") continue;
      if (key === "matchLabels" && !("kubernetes.io/metadata.name" in member)) found.push(member);
      else visit(member);
    }
  };
  visit(spec);
  return found;
}

describe("A scheduler", () => {
  it("has ended before the next one starts", () => {
    const strategies = objectsOf(wholeProduct(), "prod").flatMap(({ id, object }) =>
      object.kind === "Deployment"
        ? [[id, (object as { spec?: { strategy?: { type: string } } }).spec?.strategy?.type]]
        : [],
    );
    assert.deepEqual(
      strategies.filter(([, type]) => type === "Recreate"),
      [["beat", "Recreate"]],
    );
  });
});

describe("A process that another one refers to", () => {
  it("has its Secret before it, though it is placed early", () => {
    const objects = objectsOf({
      ...sampleArgs(),
      services: {
        admin: { image: `admin:1@sha256:${"a".repeat(64)}`, port: 8001, env: { DB: "${postgres.url}" } },
      },
      backend: { ...sampleArgs().backend, env: { ADMIN: "${admin.url}" } },
    }).map(({ id }) => id);
    assert.ok(objects.indexOf("admin-env") < objects.indexOf("admin"), objects.join());
    assert.ok(objects.indexOf("admin") < objects.indexOf("backend"), objects.join());
  });
});

describe("A process", () => {
  const deployment = (args: ServiceStackArgs) =>
    templates(objectsOf(args)).find(({ id }) => id === "backend")?.template.spec?.containers[0];

  it("gets secrets by reference to its Secret, and the rest in plain", () => {
    const env = deployment(sampleArgs())?.env ?? [];
    assert.ok(env.find(({ name }) => name === "DATABASE_URL")?.valueFrom?.secretKeyRef);
    assert.equal(env.find(({ name }) => name === "ENVIRONMENT")?.value, "dev");
  });

  it("reads `$(NAME)` in a variable as it was written", () => {
    const args = sampleArgs();
    if (args.backend) args.backend.env = { A: "$(HOME)" };
    assert.equal(deployment(args)?.env?.[0]?.value, "$$(HOME)");
  });

  it("runs the digest of what was built", () => {
    assert.deepEqual(holesIn(deployment(sampleArgs())?.image), [{ hole: "image", image: "backend" }]);
  });

  it("has no disruption budget alone, and one beside others", () => {
    const budgets = (stack: string) =>
      objectsOf(sampleArgs(), stack).filter(({ object }) => object.kind === "PodDisruptionBudget").length;
    assert.deepEqual([budgets("dev"), budgets("acc")], [0, 2]);
  });
});

describe("A Secret of the cluster's own", () => {
  const container = (env: Record<string, string>) => {
    const args = {
      ...sampleArgs(),
      secrets: { mail: { secretKeyRef: { name: "smtp", key: "password", urlSafe: true } }, session: {} },
    };
    const objects = objectsOf({ ...args, backend: { ...args.backend, env } });
    const secret = objects.find(({ id }) => id === "backend-env")?.object as
      | { stringData?: object }
      | undefined;
    return {
      env: templates(objects).find(({ id }) => id === "backend")?.template.spec?.containers[0]?.env ?? [],
      ours: Object.keys(secret?.stringData ?? {}),
    };
  };

  it("is read by the pod alone, and copied nowhere", () => {
    const { env, ours } = container({ MAIL: "${secrets.mail}" });
    assert.deepEqual(env, [{ name: "MAIL", valueFrom: { secretKeyRef: { name: "smtp", key: "password" } } }]);
    assert.deepEqual(ours, []);
  });

  it("is put into the text around it by Kubernetes", () => {
    const { env, ours } = container({ MAIL: "smtp://me:${secrets.mail}@mail/$(HOME)" });
    assert.deepEqual(env, [
      { name: "SERVICE_STACK_MAIL_1", valueFrom: { secretKeyRef: { name: "smtp", key: "password" } } },
      { name: "MAIL", value: "smtp://me:$(SERVICE_STACK_MAIL_1)@mail/$$(HOME)" },
    ]);
    assert.deepEqual(ours, []);
  });

  it("stands beside secrets of ours, each in its own place", () => {
    const { env, ours } = container({ BOTH: "${secrets.session}:${secrets.mail}" });
    assert.deepEqual(
      env.map(({ name, value, valueFrom }) => [name, value ?? valueFrom?.secretKeyRef?.key]),
      [
        ["SERVICE_STACK_BOTH_1", "SERVICE_STACK_BOTH_1"],
        ["SERVICE_STACK_BOTH_2", "password"],
        ["BOTH", "$(SERVICE_STACK_BOTH_1):$(SERVICE_STACK_BOTH_2)"],
      ],
    );
    assert.deepEqual(ours, ["SERVICE_STACK_BOTH_1"]);
  });
});

describe("Filling holes", () => {
  it("leaves out what is undefined, as JSON does", () => {
    assert.deepEqual(
      fill({ a: undefined, b: [{ c: { parts: ["x"], secret: false } }] }, ({ parts }) => parts.join("")),
      { b: [{ c: "x" }] },
    );
  });
});
