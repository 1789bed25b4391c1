// References: what each is worth, in which forms, and what is told of those that aren't.

import assert from "node:assert/strict";
import { planStack } from "../../src/plan/plan";
import type { Text } from "../../src/plan/stack-plan";
import { encodedFor } from "../../src/plan/text";
import { Encrypted } from "../../src/schema/given";
import { sampleArgs } from "../sample";

/** The plan's text of one variable of the backend, and the problems. */
function variable(value: unknown, more: object = {}, config: Record<string, unknown> = {}) {
  const args = { ...sampleArgs(), ...more };
  const input = { ...args, backend: { ...args.backend, env: { A: value } } };
  const { plan, problems } = planStack({ name: "notes", stack: "dev", config }, input);
  return { text: plan.processes[0]?.env[0]?.value as Text, problems };
}

/** The text with every hole filled by `value`. */
const filled = ({ parts }: Text, value: string) =>
  parts.map((part) => (typeof part === "string" ? part : encodedFor(part, value))).join("");

const said = (problems: { reason: string; remedy: string }[]) =>
  problems.map(({ reason, remedy }) => `${reason} → ${remedy}`).join("\n");

const AWKWARD = "p@ss:w/rd%?#";

describe("A reference", () => {
  it("to a secret is percent-encoded where it says so, and raw where it doesn't", () => {
    const more = { secrets: { smtp: { value: new Encrypted() } } };
    const { text, problems } = variable(
      "smtp://me:${secrets.smtp:urlencoded}@mail:587/${secrets.smtp}",
      more,
    );
    assert.deepEqual(problems, []);
    assert.equal(filled(text, AWKWARD), `smtp://me:p%40ss%3Aw%2Frd%25%3F%23@mail:587/${AWKWARD}`);
  });

  it("can be encoded twice, as a URL within a URL must be", () => {
    const { text } = variable("x?to=${secrets.session:urlencoded}", {}, {});
    const once = text.parts.find((part) => typeof part !== "string");
    assert.equal(typeof once === "string" ? "" : once?.encodings, 1);
    assert.equal(encodedFor({ hole: "given", index: 0, encodings: 2 }, "@"), "%2540");
  });

  it("to plain text is encoded at once", () => {
    assert.deepEqual(variable("${ingress.url:urlencoded}").text, {
      parts: ["http%3A%2F%2Fnotes.example.com"],
      secret: false,
    });
  });

  it("to the project's configuration is worth what stands there, and secret where that is encrypted", () => {
    const config = { level: "info", count: 5, modules: ["a", "b"], token: new Encrypted() };
    assert.deepEqual(variable("${config.level}/${config.count}", {}, config).text, {
      parts: ["info/5"],
      secret: false,
    });
    assert.deepEqual(variable("${config.modules}", {}, config).text.parts, ['["a","b"]']);
    assert.deepEqual(variable("${config.token}", {}, config).text, {
      parts: [{ hole: "given", index: 0 }],
      secret: true,
    });
  });

  it("with its index behind those of the input, for both are given", () => {
    const { text } = variable(
      "${config.token}",
      { secrets: { a: { value: new Encrypted() } } },
      {
        token: new Encrypted(),
      },
    );
    assert.deepEqual(text.parts, [{ hole: "given", index: 1 }]);
  });

  const wrong: [title: string, value: string, said: RegExp, more?: object][] = [
    ["to configuration that isn't there", "${config.levl}", /did you mean `level`/],
    [
      "in a form that isn't one",
      "${secrets.session:urlencode}",
      /no form `urlencode`.*did you mean `urlencoded`/,
    ],
    ["with a shell's default", "${HOME:-x}", /nothing named `HOME`/],
    [
      "to a given secret, unencoded within a URL",
      "smtp://me:${secrets.smtp}@mail",
      /part of the address.*\$\{secrets\.smtp:urlencoded\}/,
      { secrets: { smtp: { value: new Encrypted() } } },
    ],
    [
      "to a secret in base64, unencoded within a URL",
      "smtp://me:${secrets.raw}@mail",
      /part of the address/,
      { secrets: { raw: { format: "base64" } } },
    ],
    [
      "to a foreign Secret that Kubernetes would have to encode",
      "smtp://me:${secrets.smtp:urlencoded}@mail",
      /can't encode it.*urlSafe/,
      { secrets: { smtp: { secretKeyRef: { name: "smtp", key: "password" } } } },
    ],
  ];
  for (const [title, value, expected, more = {}] of wrong) {
    it(`${title} is refused`, () => {
      assert.match(said(variable(value, more, { level: "info" }).problems), expected);
    });
  }

  it("to a secret that no URL can misread needs no encoding (control)", () => {
    const secrets = {
      generated: {},
      fernet: { format: "base64url" },
      foreign: { secretKeyRef: { name: "a", key: "b", urlSafe: true } },
      given: { value: new Encrypted() },
    };
    for (const value of [
      "smtp://me:${secrets.generated}@mail",
      "smtp://me:${secrets.fernet}@mail",
      "smtp://me:${secrets.foreign}@mail",
      // No URL's user and password.
      "Bearer ${secrets.given}",
      "https://hooks.example.com/${secrets.given}",
    ]) {
      assert.deepEqual(variable(value, { secrets }).problems, [], value);
    }
  });
});

describe("A secret in clear text", () => {
  const inProd = (env: Record<string, unknown>, config: Record<string, unknown> = {}) => {
    const input = { ...sampleArgs(), backend: { ...sampleArgs().backend, env } };
    return planStack({ name: "notes", stack: "prod", config }, input).problems;
  };

  for (const [name, value] of [
    ["SMTP_PASSWORD", "hunter2"],
    ["PGPASSWORD", "hunter2"],
    ["API_KEY", "sk_live_1234"],
    ["GITHUB_TOKEN", "ghp_1234"],
    ["JWT_SECRET", "changeme"],
    ["BROKER", "amqp://guest:guest@rabbit"],
    ["CACHE", "redis://:hunter2@${redis.host}/1"],
  ] as const) {
    it(`is refused in prod: ${name}`, () => {
      const [problem] = inProd({ [name]: value });
      assert.equal(problem?.path, `backend.env.${name}`);
      assert.match(said([problem as never]), /clear text/);
      assert.ok(!JSON.stringify(problem).includes("hunter2"));
    });
  }

  it("is refused in the configuration too, which can be encrypted", () => {
    const found = inProd({ SMTP_PASSWORD: "${config.smtp}" }, { smtp: "hunter2" });
    assert.match(said(found), /config set --secret smtp/);
    assert.deepEqual(inProd({ SMTP_PASSWORD: "${config.smtp}" }, { smtp: new Encrypted() }), []);
  });

  it("is not seen where there is none (control)", () => {
    const env = {
      SESSION_SECRET: "${secrets.session}",
      DATABASE_PASSWORD: "${postgres.password}",
      STRIPE_PUBLIC_KEY: "pk_live_1234",
      CACHE_KEY: "notes",
      MAX_TOKEN: "4096",
      RESET_TOKEN: "",
      SIGNING_KEY: "/run/secrets/key",
      KEYCLOAK_URL: "https://login.example.com/realms/a:b@c",
      TOKEN: new Encrypted(),
    };
    assert.deepEqual(inProd(env), []);
  });

  it("is let be in dev", () => {
    assert.deepEqual(variable("amqp://guest:guest@rabbit").problems, []);
  });
});
