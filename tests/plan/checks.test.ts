// What a product says itself of its settings: told where it doesn't hold, once all layers are merged.

import assert from "node:assert/strict";
import { planStack } from "../../src/plan/plan";
import { Encrypted } from "../../src/schema/given";
import { mergeLayers } from "../../src/schema/layers";
import { InvalidArgumentsError } from "../../src/schema/problem";
import { sampleArgs } from "../sample";
import { type Change, filesOf, stack, tells } from "./mistake-table";

const DIGEST = `sha256:${"a".repeat(64)}`;

/** The sample with a check of `path`, and with more settings of the backend. */
const check =
  (path: string, what: object, settings: object = {}): Change =>
  (args) => ({
    ...args,
    backend: { ...args.backend, ...settings },
    checks: { [path]: what },
  });

const env = (value: unknown) => ({ env: { API: value } });

describe("A check is told to be broken", () => {
  tells(
    [
      [
        "by a variable that is missing",
        check("backend.env.API", {}),
        "backend.env.API",
        /missing.*checks\["backend\.env\.API"\]/s,
      ],
      ["by one that is empty", check("backend.env.API", {}, env("")), "backend.env.API", /missing/],
      [
        "by one that doesn't match, with what goes wrong otherwise",
        check(
          "backend.env.API",
          { pattern: "https://[^/]+", reason: "tokens could be read" },
          env("http://api"),
        ),
        "backend.env.API",
        /`https:\/\/\[\^\/\]\+`: tokens could be read/,
      ],
      [
        "by one that matches in part alone",
        check("backend.env.API", { pattern: "https://[^/]+" }, env("https://api/")),
        "backend.env.API",
        /does not match/,
      ],
      [
        "by what a reference is worth, not by how it is written",
        check("backend.env.API", { pattern: "https://.+" }, env("${ingress.url}")),
        "backend.env.API",
        /does not match/,
      ],
      [
        "by a variable out of a file",
        check("backend.env.LOG_LEVEL", { pattern: "info" }, { envFile: ["app.env"] }),
        "backend.env.LOG_LEVEL",
        /does not match/,
      ],
      [
        "by a limit that is too small",
        check(
          "backend.resources.limits.memory",
          { minimum: "1Gi" },
          { resources: { limits: { memory: "1000Mi" } } },
        ),
        "backend.resources.limits.memory",
        /at least 1Gi/,
      ],
      [
        "by a number that is too large",
        check("backend.replicas", { maximum: 2 }, { replicas: 3 }),
        "backend.replicas",
        /at most 2/,
      ],
      ["by text where a number belongs", check("host", { minimum: 1 }), "host", /at least 1/],
      [
        "by a list that lacks an entry",
        check("backend.command", { pattern: "--verbose" }, { command: ["serve", "--quiet"] }),
        "backend.command",
        /does not match/,
      ],
      [
        "by the whole of a part that isn't there",
        check("redis.storage", { minimum: "1Gi" }),
        "redis.storage",
        /missing.*at least `1Gi`/s,
      ],
      [
        "in the tier that it is for",
        (args) => ({
          ...args,
          backend: { ...args.backend, build: undefined, image: `a@${DIGEST}` },
          checks: { "backend.env.API": { tiers: ["prod"] } },
        }),
        "backend.env.API",
        /missing/,
        "prod",
      ],
    ],
    [
      ["in another tier", check("backend.env.API", { tiers: ["acc", "prod"] })],
      [
        "by a variable that matches",
        check("backend.env.API", { pattern: "https://[^/]+" }, env("https://api")),
      ],
      ["by the lines of a text", check("backend.env.API", { pattern: "a.*b" }, env("a\nb"))],
      [
        "by a variable of which nothing is known here",
        check("backend.env.API", { pattern: "x" }, env("${secrets.session}")),
      ],
      ["by an encrypted one", check("backend.env.API", { pattern: "x" }, env(new Encrypted()))],
      [
        "by one that an object of the cluster's may hold",
        check("backend.env.API", {}, { envFrom: [{ secretRef: { name: "api" } }] }),
      ],
      ["by what need not be there", check("backend.env.API", { pattern: "x", required: false })],
      [
        "by the backend's variable in a worker that takes it over",
        (args) => ({
          ...args,
          backend: { ...args.backend, env: { API: "https://api" } },
          workers: { mail: { command: ["mail"] } },
          checks: { "workers.mail.env.API": { pattern: "https://.+" } },
        }),
      ],
      [
        "by a part that is switched off",
        (args) => ({
          ...args,
          frontend: { ...args.frontend, enabled: false },
          checks: { "frontend.env.API": {} },
        }),
      ],
      [
        "by an equal amount in another unit",
        check(
          "backend.resources.limits.memory",
          { minimum: "1Gi" },
          { resources: { limits: { memory: "1024Mi" } } },
        ),
      ],
      [
        "by a list with the entry",
        check("backend.command", { pattern: "--verbose" }, { command: ["serve", "--verbose"] }),
      ],
    ],
    filesOf({ "app.env": "LOG_LEVEL=debug\n" }),
  );

  it("and its value is shown only where that can't be a secret", () => {
    const problemsOf = (change: Change) =>
      new InvalidArgumentsError(
        "notes",
        planStack({ name: "notes", stack: "dev" }, change(sampleArgs())).problems,
      ).message;
    assert.doesNotMatch(problemsOf(check("backend.env.API", { pattern: "x" }, env("hunter2"))), /hunter2/);
    assert.match(problemsOf(check("host", { pattern: "x" })), /notes\.example\.com/);
  });

  it("unless a stack's file takes the check away", () => {
    const layers = (file: object) =>
      mergeLayers([
        { source: "the program", value: { ...sampleArgs(), checks: { "backend.env.API": {} } } },
        { source: "Pulumi.dev.yaml", value: file },
      ]);
    const problems = (file: object) =>
      planStack({ name: "notes", stack: "dev" }, layers(file)).problems.length;
    assert.equal(problems({}), 1);
    assert.equal(problems({ checks: { "backend.env.API": null } }), 0);
  });
});

describe("A check is refused itself", () => {
  const own = (path: string, key = "") => `checks["${path}"]${key}`;
  tells([
    [
      "when it is about no setting",
      check("backnd.env.API", {}),
      own("backnd.env.API"),
      /unknown key.*did you mean `backend`/s,
    ],
    [
      "when a key on its path is unknown",
      check("backend.resorces", {}),
      own("backend.resorces"),
      /did you mean `resources`/,
    ],
    ["when it names nothing", check("", {}), own(""), /names no setting/],
    [
      "when its pattern is none",
      check("backend.env.API", { pattern: "(" }),
      own("backend.env.API", ".pattern"),
      /regular expression/,
    ],
    ["when its amount is none", check("host", { minimum: "much" }), "checks.host.minimum", /quantity/],
    ["when it would never hold", check("host", { tiers: [] }), "checks.host.tiers", /never/],
    ["when it takes nothing away", stack({ checks: { host: null } }), "checks.host", /null/],
  ]);
});

describe("A secret that somebody else knows too", () => {
  const secret = (more: object) => stack({ secrets: { session: {}, api: { generate: false, ...more } } });
  tells(
    [
      [
        "is asked for",
        secret({}),
        "secrets.api.value",
        /missing.*pulumi config set --secret --path '<name>:stack\.secrets\.api\.value'/s,
      ],
      [
        "has no length that could be chosen",
        secret({ value: new Encrypted(), length: 64 }),
        "secrets.api.length",
        /a `value` is given/,
      ],
    ],
    [
      ["is asked for where it is given", secret({ value: new Encrypted() })],
      ["or in the cluster", secret({ secretKeyRef: { name: "api", key: "token" } })],
      ["or generated after all", secret({ generate: true })],
    ],
  );

  it("is told once where a check asks for the variable with it", () => {
    const input = secret({})(
      check("backend.env.API", { reason: "it needs it" }, env("${secrets.api}"))(sampleArgs()) as never,
    );
    const { problems } = planStack({ name: "notes", stack: "dev" }, input);
    assert.deepEqual(
      problems.map(({ path }) => path),
      ["secrets.api.value"],
    );
  });

  it("is told of its length even where it is missing", () => {
    const { problems } = planStack({ name: "notes", stack: "dev" }, secret({ length: 64 })(sampleArgs()));
    assert.deepEqual(problems.map(({ path }) => path).sort(), ["secrets.api.length", "secrets.api.value"]);
  });
});
