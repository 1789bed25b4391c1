// What holds for every input there can be: thousands of them, made from the JSON Schema. A failure shows the input, and
// the seed with which it comes again.

import assert from "node:assert/strict";
import { inspect } from "node:util";
import fc from "fast-check";
import { stackObjects } from "../../src/objects/objects";
import { planStack } from "../../src/plan/plan";
import { renderStack } from "../../src/render/render";
import { mergeLayers, originIn } from "../../src/schema/layers";
import { InvalidArgumentsError, type Problem } from "../../src/schema/problem";
import { everyProperty, propertiesIn } from "../fuzz/schema";
import { noise, spoiled } from "../fuzz/spoil";
import { type Case, plausible, plausibleWith, repaired, type Sound } from "../fuzz/valid";
import { SECRET } from "../fuzz/values";
import { broken } from "../objects/invariants";

/** The same inputs each time, for a test that fails now and then helps nobody. By hand, `FUZZ=20` tries twenty times as
 * many, and others each time; `FUZZ_SEED` brings some of them again. */
const seed = Number(process.env.FUZZ_SEED ?? (process.env.FUZZ ? Date.now() % 1e6 : 2026));
const runs = (usual: number) => ({ numRuns: usual * Number(process.env.FUZZ ?? 1), seed });

/** What is wrong with how mistakes are told. */
function badlyTold(problems: readonly Problem[]): string[] {
  const wrong = problems.filter(({ path, reason, remedy }) => !path || !reason?.trim() || !remedy?.trim());
  const shown = problems.filter((problem) => inspect(problem).includes(SECRET));
  return [
    ...wrong.map((problem) => `has no path, reason or remedy: ${JSON.stringify(problem)}`),
    ...shown.map((problem) => `shows a secret: ${JSON.stringify(problem)}`),
  ];
}

describe("Whatever is written", function () {
  this.timeout(600_000);

  it("is planned or refused, with a path, a reason and a remedy for each mistake, and never a secret in it", () => {
    fc.assert(
      fc.property(spoiled, ({ identity, input }) => {
        const layers = [{ source: "the program", value: input }];
        const { problems } = planStack(identity, mergeLayers(layers));
        assert.deepEqual(badlyTold(problems), []);
        const { message } = new InvalidArgumentsError(identity.name, problems, originIn(layers));
        assert.ok(!message.includes(SECRET), message);
      }),
      runs(250),
    );
  });

  it("is merged and planned without a throw, even if it is mere noise", () => {
    fc.assert(
      fc.property(noise, noise, fc.string(), fc.string(), (program, file, name, stack) => {
        const input = mergeLayers([
          { source: "the program", value: program },
          { source: "Pulumi.dev.yaml", value: file },
        ]);
        assert.deepEqual(badlyTold(planStack({ name, stack }, input).problems), []);
      }),
      runs(250),
    );
  });

  it("is noticed when it shows a secret or lacks a remedy (control)", () => {
    const path = "backend.env.A";
    assert.equal(badlyTold([{ path, value: `a${SECRET}`, reason: "is wrong", remedy: "fix it" }]).length, 1);
    assert.equal(badlyTold([{ path, reason: "is wrong", remedy: " " }]).length, 1);
    assert.equal(badlyTold([{ path, reason: "is wrong", remedy: "fix it" }]).length, 0);
  });
});

describe("Every valid stack", function () {
  this.timeout(600_000);

  const cases: Sound[] = [];
  const properties = new Set<string>();
  let tried = 0;

  const take = (candidate: Case) => {
    tried++;
    const sound = repaired(candidate);
    if (!sound) return;
    cases.push(sound);
    for (const property of propertiesIn(sound.input)) properties.add(property);
  };

  before(() => {
    for (const candidate of fc.sample(plausible, runs(150))) take(candidate);
    // What chance left out is asked for by its path.
    for (const [property, paths] of everyProperty()) {
      for (let attempt = 0; attempt < 20 && !properties.has(property); attempt++) {
        const path = paths[attempt % paths.length] as string;
        for (const candidate of fc.sample(plausibleWith(path), { numRuns: 1, seed: seed + attempt }))
          take(candidate);
      }
    }
  });

  it("has ordered objects with unique, valid names, filled holes, restricted pods, and secrets in Secrets alone", () => {
    for (const { identity, input, plan } of cases) {
      const wrong = broken(plan, stackObjects(plan));
      assert.deepEqual(wrong, [], JSON.stringify({ identity, input }, null, 1));
    }
  });

  it("is rendered, and no secret of it", () => {
    for (const { plan } of cases.slice(0, 20)) {
      assert.match(renderStack(plan), /^apiVersion: \S+\nkind: [A-Z]/);
    }
  });

  it("is among those that are tried: nearly all inputs can be repaired, and every property is in some of them", () => {
    assert.ok(cases.length > tried * 0.9, `only ${cases.length} of ${tried} inputs were valid in the end`);
    const talking = cases.filter(({ plan }) =>
      plan.edges.some(({ from, to }) => from !== "ingress" && to === "postgres"),
    );
    assert.ok(talking.length > tried * 0.2, `only ${talking.length} of ${tried} refer to Postgres`);
    const missing = [...everyProperty().keys()].filter((property) => !properties.has(property));
    assert.deepEqual(missing, [], "give these an @example, or a value in tests/fuzz/values.ts");
  });

  it("would be noticed with each of these things wrong (control)", () => {
    const { plan } = planStack({ name: "notes", stack: "dev" }, { redis: {} });
    const spoil = (change: (objects: ReturnType<typeof stackObjects>) => void) => {
      const objects = structuredClone(stackObjects(plan));
      change(objects);
      return broken(plan, objects).join("\n");
    };
    const find = (objects: ReturnType<typeof stackObjects>, id: string) =>
      objects.find((object) => object.id === id) as never as {
        object: Record<string, object>;
        after: string[];
      };
    assert.equal(
      spoil(() => {}),
      "",
    );
    assert.match(
      spoil((objects) => void objects.reverse()),
      /stands before namespace/,
    );
    assert.match(
      spoil((objects) => void objects.push(objects[3] as never)),
      /is there twice/,
    );
    assert.match(
      spoil((objects) => find(objects, "redis").after.push("nope")),
      /redis stands before nope/,
    );
    assert.match(
      spoil((objects) =>
        Object.assign(find(objects, "redis-service").object.metadata as object, { name: "a_b" }),
      ),
      /no DNS label/,
    );
    assert.match(
      spoil((objects) =>
        Object.assign(find(objects, "redis").object.spec as object, {
          selector: { matchLabels: { a: "b" } },
        }),
      ),
      /redis selects no pod/,
    );
    assert.match(
      spoil((objects) => Object.assign(find(objects, "redis-password").object, { kind: "ConfigMap" })),
      /holds a secret/,
    );
    assert.match(
      spoil((objects) =>
        Object.assign(find(objects, "redis-password").object, {
          extra: { parts: [{ hole: "name", object: "gone" }], secret: false },
        }),
      ),
      /hole that nothing fills/,
    );
  });
});
