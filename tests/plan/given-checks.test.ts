// Values that only the deployment knows: what is wrong with one is told there, and nothing of it is shown.

import assert from "node:assert/strict";
import { judgeGiven } from "../../src/plan/given-checks";
import { planStack } from "../../src/plan/plan";
import { Encrypted } from "../../src/schema/given";
import { sampleArgs } from "../sample";

/** What is told of a stack's given values, in the order of the input. */
function judged(args: object, values: string[], stack = "prod") {
  const { plan, problems } = planStack({ name: "notes", stack }, { ...sampleArgs(), ...args });
  assert.deepEqual(problems, []);
  return judgeGiven(plan.name, plan.given, new Map(values.entries()));
}

const secret = (value: string, stack?: string) =>
  judged({ secrets: { session: { value: new Encrypted() } } }, [value], stack);
const database = (value: string) => judged({ postgres: { mode: "external", url: new Encrypted() } }, [value]);

const STRONG = "kT9-vQ2_mZ7+rX4/";

describe("A secret that is given", () => {
  for (const weak of [
    "changeme",
    "change-me-in-production",
    "CHANGE_THIS",
    "your-secret-key",
    "insecure-dev-key",
    "password",
    "Password123!",
    "admin12345",
    "postgres",
    "notes",
    "hunter2",
    "aaaaaaaaaaaaaaaa",
  ]) {
    it(`is refused in prod, for it is easily guessed: ${weak}`, () => {
      const { problems } = secret(weak);
      assert.deepEqual(
        problems.map(({ path }) => path),
        ["secrets.session.value"],
      );
      assert.ok(!JSON.stringify(problems).includes(weak));
    });
  }

  it("is taken where it is not (control)", () => {
    for (const strong of [STRONG, "correct horse battery staple", "8f14e45fceea167a"]) {
      assert.deepEqual(secret(strong), { problems: [], warnings: [] }, strong);
    }
  });

  it("is warned of in acc and let be in dev", () => {
    assert.equal(secret("changeme", "acc").warnings.length, 1);
    assert.deepEqual(secret("changeme", "acc").problems, []);
    assert.deepEqual(secret("changeme", "dev"), { problems: [], warnings: [] });
  });

  it("is refused in prod where it is used twice", () => {
    const secrets = { session: { value: new Encrypted() }, mail: { value: new Encrypted() } };
    const { problems } = judged({ secrets }, [STRONG, STRONG]);
    assert.match(problems[0]?.reason ?? "", /the same as secrets\.session\.value/);
    assert.deepEqual(judged({ secrets }, [STRONG, `${STRONG}!`]).problems, []);
  });

  it("is judged though another is not known yet", () => {
    const secrets = { session: { value: new Encrypted() }, mail: { value: new Encrypted() } };
    const { plan } = planStack({ name: "notes", stack: "prod" }, { ...sampleArgs(), secrets });
    assert.equal(judgeGiven("notes", plan.given, new Map([[1, "changeme"]])).problems.length, 1);
  });
});

describe("A URL that is given encrypted", () => {
  for (const [value, said] of [
    ["postgresql://app:p@ss@db/notes", /`@` in the user or password/],
    ["postgresql://app:hunter2hunter2@db", /no database/],
    ["postgresql://db/notes", /no user/],
    ["mysql://app:hunter2hunter2@db/notes", /not the URL of a PostgreSQL/],
    ["nonsense", /not a URL/],
    ["postgresql://app:hunter2hunter2@db/notes\n", /line break/],
    ["postgresql://app:postgres@db/notes", /first that anybody tries/],
  ] as const) {
    it(`is refused for what is wrong with it: ${JSON.stringify(value)}`, () => {
      const { problems } = database(value);
      assert.deepEqual(
        problems.map(({ path }) => path),
        ["postgres.url"],
      );
      assert.match(problems[0]?.reason ?? "", said);
      assert.ok(!/hunter2|p@ss/.test(JSON.stringify(problems)));
    });
  }

  it("is taken where nothing is (control)", () => {
    assert.deepEqual(database("postgresql://app:kT9vQ2mZ7rX4@db.example.com:6432/notes?sslmode=require"), {
      problems: [],
      warnings: [],
    });
  });

  it("is refused beside a password of its own, or another sslMode", () => {
    const url = "postgresql://app:kT9vQ2mZ7rX4@db/notes?sslmode=require";
    const beside = (more: object, values: string[]) =>
      judged({ postgres: { mode: "external", url: new Encrypted(), ...more } }, values).problems[0]?.reason;
    assert.match(beside({ password: new Encrypted() }, [url, STRONG]) ?? "", /never guessed/);
    assert.match(beside({ sslMode: "disable" }, [url]) ?? "", /at odds with postgres\.sslMode/);
    assert.equal(beside({ sslMode: "require" }, [url]), undefined);
  });

  it("of a Redis is judged alike", () => {
    const redis = (value: string) =>
      judged({ redis: { mode: "external", url: new Encrypted() } }, [value]).problems[0]?.reason ?? "";
    assert.match(redis("redis://cache/1"), /more than where/);
    assert.match(redis("rediss://:changeme@cache"), /placeholder/);
    assert.equal(redis("rediss://:kT9vQ2mZ7rX4@cache:6380"), "");
  });
});

describe("A host that is given as an Output", () => {
  it("is refused with a port or scheme, which an endpoint may have", () => {
    const host = (value: string) =>
      judged(
        {
          postgres: {
            mode: "external",
            host: new Encrypted(),
            user: "a",
            database: "b",
            password: new Encrypted(),
          },
        },
        [value, STRONG],
      ).problems;
    assert.match(host("db.example.com:5432")[0]?.reason ?? "", /port/);
    assert.match(host("https://db.example.com")[0]?.reason ?? "", /scheme/);
    assert.deepEqual(host("db.example.com"), []);
  });
});
