// Images: how they are built, where they are pushed to, and what takes the place of a build.

import assert from "node:assert/strict";
import { judgeGiven } from "../../src/plan/given-checks";
import { planStack } from "../../src/plan/plan";
import { Encrypted } from "../../src/schema/given";
import { mergeLayers } from "../../src/schema/layers";
import type { ServiceStackArgs } from "../../src/schema/stack-args";
import { sampleArgs } from "../sample";

const DIGEST = `sha256:${"a".repeat(64)}`;
const BACKEND = `ghcr.io/acme/notes-backend@${DIGEST}`;
const FRONTEND = `ghcr.io/acme/notes-frontend@${DIGEST}`;

const planned = (input: unknown, { stack = "dev", images }: { stack?: string; images?: unknown } = {}) =>
  planStack(
    {
      name: "notes",
      stack,
      images: typeof images === "string" || images === undefined ? images : JSON.stringify(images),
    },
    input,
  );

const sample = (more: object = {}): ServiceStackArgs => ({ ...sampleArgs(), ...more });
const built = (more: object): ServiceStackArgs =>
  sample({ backend: { ...sampleArgs().backend, build: { context: "./api", ...more } } });
const credentials = (more: object = {}) =>
  sample({ registryCredentials: { username: "ci", password: new Encrypted(), ...more } });

describe("A mistake in images and registries", () => {
  for (const [title, input, path, said] of [
    [
      "two platforms",
      built({ platform: "linux/amd64,linux/arm64" }),
      "backend.build.platform",
      /several.*one/s,
    ],
    ["no platform", built({ platform: "amd64" }), "backend.build.platform", /`linux\/amd64`/],
    [
      "a cache from nowhere",
      built({ cacheFrom: ["notes-backend:main"] }),
      "backend.build.cacheFrom[0]",
      /registry.*`docker\.io\/library\/notes-backend:main`/s,
    ],
    [
      "a cache that is no image",
      built({ cacheFrom: ["ghcr.io/Acme/x"] }),
      "backend.build.cacheFrom[0]",
      /capital letters/,
    ],
    [
      "a builder that isn't there",
      built({ builderVersion: "kaniko" }),
      "backend.build.builderVersion",
      /Build/,
    ],
    ["a registry without a host", sample({ registry: "acme" }), "registry", /`docker\.io\/acme`/],
    [
      "credentials without a registry",
      { ...credentials(), registry: undefined },
      "registryCredentials",
      /`registry`/,
    ],
    [
      "a password in plain text",
      credentials({ password: "hunter2hunter2" }),
      "registryCredentials.password",
      /plain text.*config set --secret/s,
    ],
    [
      "a pull secret that is no name",
      sample({ imagePullSecrets: ["My Secret"] }),
      "imagePullSecrets[0]",
      /kubectl get/,
    ],
    [
      "a pull secret named twice",
      sample({ imagePullSecrets: ["mirror", "mirror"] }),
      "imagePullSecrets[1]",
      /imagePullSecrets\[0\] already/,
    ],
  ] as const) {
    it(`is told: ${title}`, () => {
      const found = planned(input).problems.find((problem) => problem.path === path);
      assert.ok(found, JSON.stringify(planned(input).problems));
      assert.match(`${found.reason} ${found.remedy}`, said);
      assert.ok(!JSON.stringify(planned(input).problems).includes("hunter2"));
    });
  }

  it("is not found where there is none", () => {
    const input = { ...credentials(), imagePullSecrets: ["mirror.example.com"] };
    assert.deepEqual(planned(input).problems, []);
    const build = { cacheFrom: ["localhost/x:1", "127.0.0.1:5000/a/b@sha256:1"], platform: "linux/arm/v7" };
    assert.deepEqual(planned(built(build)).problems, []);
    assert.deepEqual(planned(sample({ registry: "localhost/acme" })).problems, []);
  });
});

describe("Layers with images", () => {
  const merged = (...values: object[]) =>
    planned(mergeLayers(values.map((value, index) => ({ source: `layer ${index}`, value }))), {
      stack: "prod",
    });

  it("let a stack run an image where the program builds", () => {
    const { plan, problems } = merged(sample(), { backend: { image: BACKEND } });
    assert.deepEqual(problems, []);
    assert.deepEqual(
      plan.images.map(({ id }) => id),
      ["frontend"],
    );
    assert.deepEqual(plan.processes[0]?.image.parts, [BACKEND]);
  });

  it("let a stack build where the program runs an image", () => {
    const { plan, problems } = merged(sample({ backend: { image: BACKEND, port: 8000, path: "/api" } }), {
      backend: { build: { context: "./api" } },
    });
    assert.deepEqual(problems, []);
    assert.ok(plan.images.some(({ id }) => id === "backend"));
  });

  it("don't settle which of the two is meant where one layer has both", () => {
    const both = { build: { context: "./api" }, image: BACKEND };
    for (const layers of [
      [sample({ backend: { ...sample().backend, ...both } })],
      [sample(), { backend: both }],
    ]) {
      assert.ok(
        merged(...layers).problems.some(
          ({ path, reason }) => path === "backend.image" && /beside/.test(reason),
        ),
      );
    }
  });

  it("leave alone what is only named like them", () => {
    const value = mergeLayers([
      { source: "a", value: { services: { build: { context: "x", port: 1 } }, env: { build: "x" } } },
      { source: "b", value: { services: { image: { port: 1 } }, env: { image: "y" } } },
    ]) as { services: object; env: object };
    assert.deepEqual(Object.keys(value.services), ["build", "image"]);
    assert.deepEqual(value.env, { build: "x", image: "y" });
  });
});

describe("Images that were built before", () => {
  const whole = () =>
    sample({
      workers: { celery: { command: ["work"] } },
      migration: { command: ["migrate"] },
      services: { admin: { build: { context: "./admin" }, port: 8001 } },
    });

  it("take the place of builds, and nothing has to be pushed", () => {
    const images = { backend: BACKEND, frontend: FRONTEND, admin: FRONTEND };
    const { plan, problems } = planned({ ...whole(), registry: undefined }, { stack: "prod", images });
    assert.deepEqual(problems, []);
    assert.deepEqual(plan.images, []);
    assert.deepEqual(
      plan.processes.map(({ id, image }) => [id, image.parts[0]]),
      [
        ["backend", BACKEND],
        ["frontend", FRONTEND],
        ["admin", FRONTEND],
        ["celery", BACKEND],
      ],
    );
  });

  it("may name roles that run the backend's image, which keep its variables", () => {
    const images = { backend: BACKEND, celery: BACKEND, migration: BACKEND };
    const { plan, problems } = planned(whole(), { images });
    assert.deepEqual(problems, []);
    const celery = plan.processes.find(({ id }) => id === "celery");
    assert.ok(celery?.env.some(({ name }) => name === "DATABASE_URL"));
  });

  it("win over an image that is given", () => {
    const input = sample({ frontend: { ...sample().frontend, build: undefined, image: "web:1" } });
    assert.deepEqual(planned(input, { images: { frontend: FRONTEND } }).plan.processes[1]?.image.parts, [
      FRONTEND,
    ]);
  });

  it("are those of this component where the program has several", () => {
    const { plan, problems } = planned(whole(), {
      images: { shop: { web: "x:1" }, notes: { backend: BACKEND } },
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(plan.processes[0]?.image.parts, [BACKEND]);
    assert.deepEqual(planned(whole(), { images: { shop: { web: "x:1" } } }).problems, []);
  });

  it("are none where the variable is empty", () => {
    for (const images of [undefined, "", " ", "{}"]) {
      const { plan, problems } = planned(whole(), { images });
      assert.deepEqual(problems, []);
      assert.equal(plan.images.length, 3);
    }
  });

  for (const [title, images, path, said] of [
    ["no JSON", "backend=x", "SERVICE_STACK_IMAGES", /not JSON.*stack output images --json/s],
    ["a list", ["x"], "SERVICE_STACK_IMAGES", /not a map/],
    ["a role that isn't there", { backnd: BACKEND }, "SERVICE_STACK_IMAGES.backnd", /`backend`/],
    ["a tag in prod", { backend: "ghcr.io/acme/x:1" }, "SERVICE_STACK_IMAGES.backend", /tag.*digest/s],
    ["a latest", { backend: "ghcr.io/acme/x" }, "SERVICE_STACK_IMAGES.backend", /latest/],
    ["no text", { backend: 1 }, "SERVICE_STACK_IMAGES.backend", /not text/],
    [
      "another image for a role without one",
      { celery: FRONTEND },
      "SERVICE_STACK_IMAGES.celery",
      /backend's/,
    ],
  ] as const) {
    it(`are refused: ${title}`, () => {
      const { problems } = planned(whole(), { stack: "prod", images });
      const found = problems.find((problem) => problem.path === path);
      assert.ok(found, JSON.stringify(problems));
      assert.match(`${found.reason} ${found.remedy}`, said);
    });
  }
});

describe("An image that is an Output", () => {
  const output = new Encrypted() as never;
  const input = () =>
    sample({
      backend: { port: 8000, path: "/api", image: output },
      workers: { celery: { command: ["work"] } },
      tasks: { seed: { image: output, command: ["seed"] } },
    });

  it("is run by every role that runs it, and judged once it is known", () => {
    const { plan, problems } = planned(input(), { stack: "prod" });
    assert.deepEqual(problems, []);
    const runs = [...plan.processes, ...plan.jobs];
    for (const [id, index] of [
      ["backend", 0],
      ["celery", 0],
      ["seed", 1],
    ] as const) {
      const image = runs.find((run) => run.id === id)?.image;
      assert.deepEqual(image, { parts: [{ hole: "given", index }], secret: false });
    }
    const judged = (value: string) => judgeGiven("notes", plan.given, new Map([[0, value]])).problems;
    assert.deepEqual(judged(BACKEND), []);
    const [problem, ...others] = judged("ghcr.io/acme/x:1");
    assert.deepEqual(others, []);
    assert.equal(problem?.path, "backend.image");
    assert.match(problem?.remedy ?? "", /digest/);
  });

  it("takes the place of a build in a layer below it", () => {
    const merged = mergeLayers([
      { source: "a", value: sample() },
      { source: "b", value: { backend: { image: output } } },
    ]);
    assert.deepEqual(planned(merged).problems, []);
  });
});
