// The schema: that it is what the interfaces say, and how it tells a wrong shape.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import Ajv from "ajv";
import { schemaFile, schemaText } from "../../src/schema/generate";
import { Encrypted } from "../../src/schema/given";
import { mergeLayers, originIn } from "../../src/schema/layers";
import { validate } from "../../src/schema/validate";

const problemAt = (input: unknown, path: string) => {
  const found = validate(input).problems.find((problem) => problem.path === path);
  assert.ok(found, `nothing is said about ${path}`);
  return found;
};

describe("The JSON Schema", () => {
  it("is what the interfaces say (if not: npm run schema)", () => {
    assert.equal(readFileSync(schemaFile, "utf8"), schemaText());
  }).timeout(30_000);

  it("explains every property to an editor", () => {
    const { definitions } = JSON.parse(readFileSync(schemaFile, "utf8"));
    const silent = Object.entries(definitions as Record<string, { properties?: object }>).flatMap(
      ([name, { properties }]) =>
        Object.entries(properties ?? {})
          .filter(([, property]) => !(property as { description?: string }).description)
          .map(([key]) => `${name}.${key}`),
    );
    assert.deepEqual(silent, []);
  });
});

describe("An editor", () => {
  const judge = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(schemaFile, "utf8")));

  it("lets null stand where it takes something away", () => {
    for (const input of [
      { backend: { env: { DEBUG: null }, labels: { team: null }, files: { "/etc/app.ini": null } } },
      { workers: { mail: { env: { DEBUG: null } } } },
      { nodeSelector: { disk: null }, checks: { host: null } },
    ]) {
      assert.ok(judge(input), JSON.stringify(judge.errors));
      assert.deepEqual(validate(input).problems, []);
    }
  });

  it("marks it anywhere else, as the deployment would (control)", () => {
    for (const input of [{ host: null }, { backend: { replicas: null } }, { secrets: { session: null } }]) {
      assert.ok(!judge(input));
      assert.equal(validate(input).problems.length, 1);
    }
  });
});

describe("A wrong shape", () => {
  it("has a suggestion for a key that is nearly right", () => {
    assert.equal(
      problemAt({ backend: { replica: 3 } }, "backend.replica").remedy,
      "did you mean `replicas`?",
    );
    assert.equal(problemAt({ backnd: {} }, "backnd").remedy, "did you mean `backend`?");
  });

  it("has the known keys for one that is not near anything", () => {
    assert.match(problemAt({ zzzzzzzz: {} }, "zzzzzzzz").remedy, /known here: .*`backend`/);
  });

  for (const [input, path, reason, remedy] of [
    [{ backend: { replicas: "3" } }, "backend.replicas", /whole number, but text/, /without quotes/],
    [{ backend: { replicas: 1.5 } }, "backend.replicas", /whole number/, /digits/],
    [{ backend: { image: 1.1 } }, "backend.image", /must be text, but a number/, /in quotes/],
    [{ backend: { command: "run me" } }, "backend.command", /must be a list, but text/, /- /],
    [{ redis: null }, "redis", /nothing \(null\)/, /\{\}/],
    [{ postgres: [] }, "postgres", /a map.*but a list/, /key: value/],
    [{ tier: "prd" }, "tier", /not one of/, /did you mean `prod`/],
    [{ backend: { build: {} } }, "backend.build.context", /missing/, /add it/],
    [{ secrets: { s: { length: 3 } } }, "secrets.s.length", /at least 16/, /16/],
    [[], "(the whole configuration)", /a map/, /key: value/],
  ] as const) {
    it(`is told with its remedy: ${JSON.stringify(input)}`, () => {
      const problem = problemAt(input, path);
      assert.match(problem.reason, reason);
      assert.match(problem.remedy, remedy);
    });
  }

  it("never shows what may be a secret", () => {
    const { problems } = validate({
      secrets: { s: { value: 12345 } },
      backend: { env: { PASSWORD: 12345 } },
    });
    assert.equal(problems.length, 2);
    assert.ok(!JSON.stringify(problems).includes("12345"));
  });

  it("lets the rest of the input be checked", () => {
    const { args } = validate({ nonsense: 1, backend: { replica: 3, port: "x", path: "/" } });
    assert.deepEqual(args, { backend: { path: "/" } });
  });

  it("takes a number where a quantity belongs, for YAML reads `cpu: 1` so", () => {
    const { args, problems } = validate({ backend: { resources: { limits: { cpu: 1 } } } });
    assert.deepEqual(problems, []);
    assert.equal(args.backend?.resources?.limits?.cpu, "1");
  });
});

describe("Layers", () => {
  const layers = [
    { source: "the program", value: { backend: { port: 1, command: ["a", "b"] }, redis: {} } },
    { source: "Pulumi.dev.yaml", value: { backend: { port: 2, command: ["c"] } } },
  ];

  it("are merged by key, and a list is replaced whole", () => {
    assert.deepEqual(mergeLayers(layers), { backend: { port: 2, command: ["c"] }, redis: {} });
  });

  it("takes an earlier layer's word for what excludes it", () => {
    const over = (below: object, above: object) =>
      mergeLayers([
        { source: "program", value: { backend: below } },
        { source: "Pulumi.prod.yaml", value: { backend: above } },
      ]);
    const autoscaling = { maxReplicas: 6 };
    const off = { replicas: 2, autoscaling: { enabled: false } };
    assert.deepEqual(over({ replicas: 2 }, { autoscaling }), { backend: { autoscaling } });
    assert.deepEqual(over({ autoscaling }, { replicas: 2 }), { backend: { replicas: 2 } });
    // Who says both has said which.
    assert.deepEqual(over({ autoscaling }, off), {
      backend: { replicas: 2, autoscaling: { maxReplicas: 6, enabled: false } },
    });
    assert.deepEqual(over({ replicas: 3 }, { autoscaling: off.autoscaling }), {
      backend: { replicas: 3, autoscaling: off.autoscaling },
    });
    // A secret that was generated, and is put back.
    const session = { length: 48, format: "hex" };
    const secretKeyRef = { name: "old", key: "session" };
    const value = new Encrypted();
    assert.deepEqual(over({ session }, { session: { value } }), { backend: { session: { value } } });
    assert.deepEqual(over({ session }, { session: { secretKeyRef } }), {
      backend: { session: { secretKeyRef } },
    });
    assert.deepEqual(over({ session }, { session: { value, length: 64 } }), {
      backend: { session: { value, length: 64 } },
    });
    // What is named so is none of that, be it a process or a variable.
    assert.deepEqual(over({ length: "3" }, { value: "of a variable" }), {
      backend: { length: "3", value: "of a variable" },
    });
    const services = { replicas: { port: 1 }, autoscaling: { port: 2 } };
    assert.deepEqual(over(services, { autoscaling: { port: 3 } }), {
      backend: { ...services, autoscaling: { port: 3 } },
    });
  });

  it("know which of them a value came from", () => {
    const origin = originIn(layers);
    assert.equal(origin("backend.port"), "Pulumi.dev.yaml");
    assert.equal(origin("redis"), "the program");
    assert.equal(origin("host"), undefined);
  });
});
