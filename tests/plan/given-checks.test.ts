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

describe("A variable that looks like a secret", () => {
  const backend = (env: object) => ({ backend: { ...sampleArgs().backend, env } });

  it("is refused in prod where its encrypted value is easily guessed", () => {
    const args = backend({ API_SECRET_KEY: new Encrypted(), PAGE_SIZE: new Encrypted() });
    const { problems } = judged(args, ["change-me-in-production", "change-me"]);
    assert.deepEqual(
      problems.map(({ path }) => path),
      ["backend.env.API_SECRET_KEY"],
    );
    assert.ok(!JSON.stringify(problems).includes("change-me-in-production"));
    assert.deepEqual(judged(args, [STRONG, "change-me"]).problems, []);
  });

  it("is judged where it comes out of the configuration", () => {
    const identity = { name: "notes", stack: "prod", config: { mail: new Encrypted() } };
    const { plan } = planStack(identity, {
      ...sampleArgs(),
      ...backend({ SMTP_PASSWORD: "${config.mail}" }),
    });
    const [problem] = judgeGiven("notes", plan.given, new Map([[0, "letmein"]])).problems;
    assert.equal(problem?.path, "backend.env.SMTP_PASSWORD");
  });

  it("may be the same for several processes, which several secrets may not", () => {
    const workers = { mail: { command: ["work"], env: { API_KEY: new Encrypted() } } };
    const args = { ...backend({ API_KEY: new Encrypted() }), workers };
    assert.deepEqual(judged(args, [STRONG, STRONG]).problems, []);
  });
});

describe("A check of a value that only the deployment knows", () => {
  const rule = { pattern: ".{32,}", reason: "sessions could be forged" };
  const long = STRONG.repeat(3);

  for (const [title, args, path] of [
    [
      "a given secret",
      {
        secrets: { session: { value: new Encrypted() } },
        checks: { "secrets.session.value": rule },
      },
      "secrets.session.value",
    ],
    [
      "a variable that refers to one",
      {
        secrets: { session: { value: new Encrypted() } },
        backend: { ...sampleArgs().backend, env: { KEY: "${secrets.session}" } },
        checks: { "backend.env.KEY": rule },
      },
      "backend.env.KEY",
    ],
    [
      "an encrypted variable",
      {
        backend: { ...sampleArgs().backend, env: { KEY: new Encrypted() } },
        checks: { "backend.env.KEY": rule },
      },
      "backend.env.KEY",
    ],
  ] as const) {
    it(`is applied when it is known: ${title}`, () => {
      const { problems } = judged(args, [STRONG]);
      assert.deepEqual(
        problems.map((problem) => problem.path),
        [path],
      );
      assert.match(problems[0]?.reason ?? "", /does not match .*sessions could be forged/);
      assert.match(problems[0]?.remedy ?? "", /checks/);
      assert.ok(!JSON.stringify(problems).includes(STRONG));
      assert.deepEqual(judged(args, [long]).problems, []);
    });
  }

  it("waits for all that the value is made of", () => {
    const args = {
      secrets: { user: { value: new Encrypted() }, session: { value: new Encrypted() } },
      backend: { ...sampleArgs().backend, env: { KEY: "${secrets.user}:${secrets.session:urlencoded}" } },
      checks: { "backend.env.KEY": { pattern: "[a-z]+:[^/]+" } },
    };
    const { plan } = planStack({ name: "notes", stack: "prod" }, { ...sampleArgs(), ...args });
    const told = (values: [number, string][]) => judgeGiven("notes", plan.given, new Map(values)).problems;
    assert.deepEqual(
      told([[0, "0"]]).filter(({ path }) => path.startsWith("backend")),
      [],
    );
    assert.deepEqual(
      told([
        [0, "somebody"],
        [1, STRONG],
      ]),
      [],
    );
    assert.equal(
      told([
        [0, "0123456789"],
        [1, STRONG],
      ])[0]?.path,
      "backend.env.KEY",
    );
  });

  it("tells that an empty one is missing", () => {
    const args = {
      backend: { ...sampleArgs().backend, env: { LOCALE: new Encrypted() } },
      checks: { "backend.env.LOCALE": {} },
    };
    assert.match(judged(args, [""]).problems[0]?.reason ?? "", /is missing/);
  });

  it("leaves alone what is generated (control)", () => {
    const args = {
      secrets: { session: {} },
      backend: { ...sampleArgs().backend, env: { KEY: "${secrets.session}" } },
      checks: { "backend.env.KEY": { pattern: "(?!)" } },
    };
    assert.deepEqual(judged(args, []).problems, []);
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
