// Databases and caches that the stack runs or that are there already: what references to them are worth.

import assert from "node:assert/strict";
import { planStack } from "../../src/plan/plan";
import type { Hole, StackPlan, Text } from "../../src/plan/stack-plan";
import { encodedFor } from "../../src/plan/text";
import { urlPart } from "../../src/plan/url-parts";
import { Encrypted } from "../../src/schema/given";
import { sampleArgs } from "../sample";
import { type Row, stack, tells } from "./mistake-table";

/** The password that somebody chose to break URLs with. */
const AWKWARD = "p@ss:w/rd%?#";
const ENCODED = "p%40ss%3Aw%2Frd%25%3F%23";

interface Asked {
  args?: object;
  tier?: string;
  /** What the deployment knows. */
  given?: string[];
}

/** Plans a stack whose backend asks for `references`; returns what each is worth once the holes are filled. */
function worth(references: string[], { args = {}, tier = "dev", given = [] }: Asked) {
  const env = Object.fromEntries(references.map((reference, index) => [`V${index}`, reference]));
  const input = { ...sampleArgs(), ...args, backend: { ...sampleArgs().backend, env } };
  const { plan, problems } = planStack({ name: "notes", stack: tier }, input);
  const fill = (hole: Hole): string => {
    switch (hole.hole) {
      case "given":
        return given[hole.index] ?? "";
      case "part":
        return urlPart(hole, given[hole.index] ?? "");
      case "generated":
        return `generated-${hole.password}`;
      default:
        return `<${hole.hole}>`;
    }
  };
  const text = ({ parts }: Text) =>
    parts.map((part) => (typeof part === "string" ? part : encodedFor(part, fill(part)))).join("");
  const values = (plan.processes[0]?.env ?? []).map(({ value }) => text(value));
  return { plan, problems, values, secret: plan.processes[0]?.env.map(({ value }) => value.secret) };
}

const external = (more: object) => ({ postgres: { mode: "external", ...more } });
const PARTS = { host: "db.example.com", user: "app", password: new Encrypted(), database: "notes" };

describe("A driver", () => {
  for (const [form, begins] of [
    ["asyncpg", "postgresql+asyncpg://"],
    ["psycopg", "postgresql+psycopg://"],
    ["psycopg2", "postgresql+psycopg2://"],
    ["postgres", "postgres://"],
    ["postgresql", "postgresql://"],
    ["postgis", "postgis://"],
    ["ecto", "ecto://"],
    ["r2dbc", "r2dbc:postgresql://"],
  ] as const) {
    it(`is named in the reference: ${form}`, () => {
      const { values, problems } = worth([`\${postgres.url:${form}}`], {});
      assert.deepEqual(problems, []);
      assert.deepEqual(values, [`${begins}notes:generated-postgres@notes-postgres:5432/notes`]);
    });
  }

  it("of Java's has user and password behind the address", () => {
    const args = external({ ...PARTS, sslMode: "require" });
    assert.deepEqual(worth(["${postgres.url:jdbc}"], { args, given: [AWKWARD] }).values, [
      `jdbc:postgresql://db.example.com:5432/notes?user=app&password=${ENCODED}&sslmode=require`,
    ]);
  });

  for (const [written, said] of [
    ["${postgres.url:psycog}", /did you mean `psycopg`/],
    ["${postgres.url+asyncpg}", /\$\{postgres\.url:asyncpg\}/],
    ["${postgres.url(asyncpg)}", /\$\{postgres\.url:asyncpg\}/],
    ["${postgres.asyncpg}", /\$\{postgres\.url:asyncpg\}/],
    ["${postgres.url:postgresql+asyncpg}", /did you mean `asyncpg`/],
    ["${postgres.url:mysql}", /known here:.*`asyncpg`/],
    ["${redis.url:asyncpg}", /no form `asyncpg`/],
  ] as const) {
    it(`that isn't one is told with one that is: ${written}`, () => {
      const { problems } = worth([written], {});
      assert.match(`${problems[0]?.reason} ${problems[0]?.remedy}`, said);
    });
  }
});

describe("An external database", () => {
  it("given by its parts is worth the same as one of the stack's own, with the password encoded in URLs alone", () => {
    const { values, problems, plan } = worth(
      ["${postgres.url}", "${postgres.password}", "${postgres.host}:${postgres.port}", "${postgres.sslMode}"],
      { args: external(PARTS), given: [AWKWARD] },
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(values, [
      `postgresql://app:${ENCODED}@db.example.com:5432/notes`,
      AWKWARD,
      "db.example.com:5432",
      "prefer",
    ]);
    assert.deepEqual(plan.passwords.map(({ id }) => id).includes("postgres"), false);
  });

  it("given by an encrypted URL is taken apart where the URL is known", () => {
    const given = [
      `postgres://app:${ENCODED}@db.example.com:6432/notes?sslmode=verify-full&application_name=a%20b`,
    ];
    const { values, problems, secret } = worth(
      [
        "${postgres.url}",
        "${postgres.url:asyncpg}",
        "${postgres.password}",
        "${postgres.host}",
        "${postgres.port}",
        "${postgres.database}",
        "${postgres.sslMode}",
      ],
      { args: external({ url: new Encrypted() }), given, tier: "prod" },
    );
    assert.deepEqual(
      problems.filter(({ path }) => path.startsWith("postgres")),
      [],
    );
    assert.deepEqual(values, [
      `postgresql://app:${ENCODED}@db.example.com:6432/notes?sslmode=verify-full&application_name=a%20b`,
      `postgresql+asyncpg://app:${ENCODED}@db.example.com:6432/notes?ssl=verify-full`,
      AWKWARD,
      "db.example.com",
      "6432",
      "notes",
      "verify-full",
    ]);
    // What comes out of a secret stays one.
    assert.ok(secret?.every(Boolean));
  });

  it("is talked to encrypted in acc and prod, unless it says how itself", () => {
    const of = (tier: string, more: object, given: string[]) =>
      worth(["${postgres.url}"], { args: external(more), tier, given }).values[0]?.replace(/^.*\?/, "");
    assert.equal(of("prod", PARTS, ["x"]), "sslmode=require");
    assert.equal(of("acc", { url: new Encrypted() }, ["postgres://a:b@c/d"]), "sslmode=require");
    assert.equal(
      of("prod", { url: new Encrypted() }, ["postgres://a:b@c/d?sslmode=disable"]),
      "sslmode=disable",
    );
    assert.equal(of("prod", { ...PARTS, sslMode: "verify-ca" }, ["x"]), "sslmode=verify-ca");
    assert.equal(of("dev", PARTS, ["x"]), "postgresql://app:x@db.example.com:5432/notes");
  });

  it("may have its URL in clear text, and the password apart", () => {
    const args = external({ url: "postgresql://app@db.example.com/notes", password: "${secrets.db}" });
    const { values, problems } = worth(["${postgres.url}"], {
      args: { ...args, secrets: { db: { value: new Encrypted() } } },
      given: [AWKWARD],
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(values, [`postgresql://app:${ENCODED}@db.example.com:5432/notes`]);
  });

  it("may refer to a secret within its URL, which is raw by itself all the same", () => {
    const args = external({ url: "postgresql://app:${secrets.db:urlencoded}@[::1]:5433/notes" });
    const { values, problems } = worth(["${postgres.url}", "${postgres.password}", "${postgres.host}"], {
      args: { ...args, secrets: { db: { value: new Encrypted() } } },
      given: [AWKWARD],
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(values, [`postgresql://app:${ENCODED}@[::1]:5433/notes`, AWKWARD, "[::1]"]);
  });

  it("is waited for by nobody, and talked to by those who refer to it", () => {
    const { plan } = worth(["${postgres.url}"], {
      args: { ...external(PARTS), migration: { command: ["m"] } },
    });
    assert.deepEqual(plan.processes[0]?.after, ["migration"]);
    assert.deepEqual(plan.jobs[0]?.after, []);
    assert.ok(plan.edges.some(({ from, to }) => from === "backend" && to === "postgres"));
    assert.deepEqual(
      plan.network.peers.find(({ id }) => id === "postgres"),
      {
        id: "postgres",
        name: "PostgreSQL",
        ports: [{ port: 5432, protocol: "TCP" }],
      },
    );
  });

  it("is reached at its addresses alone, where they are known, and at the port of a URL that isn't", () => {
    const { plan } = worth(["${postgres.url}"], {
      args: external({ url: new Encrypted(), cidr: "10.2.0.0/16" }),
      given: ["postgres://a:b@c/d"],
    });
    const peer = plan.network.peers.find(({ id }) => id === "postgres");
    assert.deepEqual(peer?.blocks, [{ cidr: "10.2.0.0/16", except: [] }]);
    const port = peer?.ports?.[0]?.port as Text | undefined;
    assert.deepEqual(port?.parts, [{ hole: "part", url: "postgres", index: 0, part: "port" }]);
  });
});

describe("A Redis", () => {
  const redis = (more: object) => ({ redis: { mode: "external", ...more } });

  it("that is external is worth the same, with TLS where it has that", () => {
    const { values, problems } = worth(["${redis.url}/1", "${redis.password}", "${redis.tls}"], {
      args: redis({ host: "cache.example.com", port: 6380, tls: true, password: new Encrypted() }),
      given: [AWKWARD],
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(values, [`rediss://:${ENCODED}@cache.example.com:6380/1`, AWKWARD, "true"]);
  });

  it("that is external needs no password", () => {
    const { values } = worth(["${redis.url}"], { args: redis({ url: "redis://cache.example.com" }) });
    assert.deepEqual(values, ["redis://cache.example.com:6379"]);
  });

  for (const [given, expected] of [
    ["redis://cache:6380", "redis://cache:6380/2"],
    [`rediss://default:${ENCODED}@cache/0`, `rediss://default:${ENCODED}@cache:6379/2`],
    [`redis://:${ENCODED}@cache/`, `redis://:${ENCODED}@cache:6379/2`],
  ] as const) {
    it(`given encrypted is taken apart where it is known: ${given}`, () => {
      const { values } = worth(["${redis.url}/2"], { args: redis({ url: new Encrypted() }), given: [given] });
      assert.deepEqual(values, [expected]);
    });
  }

  const caches = (plan: StackPlan) =>
    plan.redis.map(({ id, volume, maxmemoryPolicy }) => [id, Boolean(volume), maxmemoryPolicy]);

  it("is one instance for queues, and further ones for caches", () => {
    const { plan, problems, values } = worth(["${redis.url}/0", "${caches.sessions.url}/0"], {
      args: { caches: { sessions: {}, pages: { maxmemoryPolicy: "allkeys-lfu" } } },
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(values, [
      "redis://:generated-redis@notes-redis:6379/0",
      "redis://:generated-sessions@notes-sessions:6379/0",
    ]);
    assert.deepEqual(caches(plan), [
      ["redis", true, "noeviction"],
      ["sessions", false, "allkeys-lru"],
      ["pages", false, "allkeys-lfu"],
    ]);
    assert.deepEqual(
      plan.edges.filter(({ from }) => from === "backend").map(({ to }) => to),
      ["redis", "sessions"],
    );
  });

  it("with workers may forget nothing in prod, and may in dev", () => {
    const args = {
      redis: { persistence: false, maxmemoryPolicy: "allkeys-lru" },
      workers: { celery: { command: ["work"] } },
    };
    const told = (tier: string) =>
      worth(["${redis.url}"], { args, tier })
        .problems.map(({ path }) => path)
        .filter((path) => path.startsWith("redis"));
    assert.deepEqual(told("prod"), ["redis.persistence", "redis.maxmemoryPolicy"]);
    assert.deepEqual(told("dev"), []);
  });
});

const postgres = (more: object) => stack(external(more));
const url = (value: unknown) => postgres({ url: value });
const ownRedis = (more: object) => stack({ redis: { mode: "external", ...more } });

const TABLE: Row[] = [
  [
    "a mode that isn't one",
    stack({ postgres: { mode: "cloudnativepg" } }),
    "postgres.mode",
    /did you mean `cloudnative-pg`/,
  ],
  [
    "an embedded and an external database at once",
    stack({ postgres: { storage: "1Gi", url: new Encrypted() } }),
    "postgres.url",
    /never guessed.*mode: external.*stays behind/s,
  ],
  [
    "a volume of an external database",
    postgres({ ...PARTS, storage: "1Gi" }),
    "postgres.storage",
    /`embedded`.*drop it/s,
  ],
  [
    "an external database that nobody names",
    postgres({}),
    "postgres",
    /`host`, `user`, `password`, `database`.*`url`/s,
  ],
  [
    "an external database without a user",
    postgres({ ...PARTS, user: undefined }),
    "postgres.user",
    /`user` must be said/,
  ],
  [
    "a URL and a host",
    postgres({ url: new Encrypted(), host: "db.example.com" }),
    "postgres.host",
    /never guessed/,
  ],
  ["a URL that isn't one", url("db.example.com"), "postgres.url", /is not a URL.*postgresql:\/\//s],
  ["a URL of something else", url("mysql://a@b/c"), "postgres.url", /not the URL of a PostgreSQL/],
  ["a URL with a driver", url("postgresql+asyncpg://a@b/c"), "postgres.url", /\$\{postgres\.url:asyncpg\}/],
  [
    "a URL with an unescaped @",
    url("postgresql://a:p@ss@b/c"),
    "postgres.url",
    /`@` in the user or password.*%40/s,
  ],
  [
    "a URL with an unescaped /",
    url("postgresql://a:p/ss@b/c"),
    "postgres.url",
    /`\/` in the user or password.*%2F/s,
  ],
  [
    "a URL with an unescaped #",
    url("postgresql://a:p#ss@b/c"),
    "postgres.url",
    /`#` in the user or password.*%23/s,
  ],
  ["a URL with a bare %", url("postgresql://a:p%ss@b/c"), "postgres.url", /`%25`/],
  ["a URL with a port that isn't one", url("postgresql://a@b:54321x/c"), "postgres.url", /port/],
  ["a URL without a host", url("postgresql:///c"), "postgres.url", /names no host/],
  ["a URL with two hosts", url("postgresql://a@b,c/d"), "postgres.url", /one of them/],
  [
    "a URL without a database",
    postgres({ url: "postgresql://a@b", password: new Encrypted() }),
    "postgres.url",
    /no database/,
  ],
  ["a URL without a password", url("postgresql://a@b/c"), "postgres.url", /no password.*`password` beside/s],
  [
    "a URL with a password in clear text",
    url("postgresql://a:hunter2@b/c"),
    "postgres.url",
    /clear text.*--secret/s,
  ],
  [
    "a password in clear text",
    postgres({ ...PARTS, password: "hunter2" }),
    "postgres.password",
    /clear text/,
  ],
  [
    "an sslmode that isn't one",
    url("postgresql://a@b/c?sslmode=always"),
    "postgres.url",
    /write one of disable/,
  ],
  [
    "two sslmodes",
    postgres({ url: "postgresql://a@b/c?sslmode=require", password: new Encrypted(), sslMode: "disable" }),
    "postgres.sslMode",
    /at odds/,
  ],
  [
    "an sslMode of the stack's own server",
    stack({ postgres: { sslMode: "require" } }),
    "postgres.sslMode",
    /`external` or `cloudnative-pg`/,
  ],
  [
    "a host with a port",
    postgres({ ...PARTS, host: "db.example.com:5432" }),
    "postgres.host",
    /port.*`db\.example\.com`/s,
  ],
  ["addresses that aren't", postgres({ ...PARTS, cidr: "10.2.0.0/33" }), "postgres.cidr", /./],
  ["a port that isn't one", postgres({ ...PARTS, port: 0 }), "postgres.port", /1 to 65535/],
  [
    "a URL that Kubernetes alone knows",
    (args) => ({
      ...args,
      ...external({ url: "${secrets.url}" }),
      secrets: { url: { secretKeyRef: { name: "a", key: "b" } }, session: {} },
    }),
    "postgres.url",
    /take it apart.*`password` alone/s,
  ],
  [
    "a password that Kubernetes would have to encode",
    (args) => ({
      ...args,
      ...external({ ...PARTS, password: "${secrets.db}" }),
      secrets: { db: { secretKeyRef: { name: "a", key: "b" } }, session: {} },
    }),
    "postgres.password",
    /urlSafe/,
  ],
  [
    "a reference to a role in a URL",
    url("${backend.url}"),
    "postgres.url",
    /this stack has no backend|nothing named/,
  ],
  [
    "a database's name that only the deployment knows",
    stack({ postgres: { database: new Encrypted() } }),
    "postgres.database",
    /decides what is deployed/,
  ],
  ["a Redis that nobody names", ownRedis({}), "redis", /`url` nor `host`/],
  ["a Redis' URL with a database", ownRedis({ url: "redis://cache/1" }), "redis.url", /\$\{redis\.url\}\/1/],
  ["a Redis' URL and TLS", ownRedis({ url: "redis://cache", tls: true }), "redis.tls", /rediss:\/\//],
  [
    "a Redis' password twice",
    ownRedis({ url: "redis://:${secrets.session}@cache", password: new Encrypted() }),
    "redis.password",
    /never guessed/,
  ],
  [
    "a volume without persistence",
    stack({ redis: { persistence: false, storage: "1Gi" } }),
    "redis.storage",
    /persistence: true/,
  ],
  [
    "a policy that isn't one",
    stack({ redis: { maxmemoryPolicy: "allkeys_lru" } }),
    "redis.maxmemoryPolicy",
    /did you mean `allkeys-lru`/,
  ],
  ["a cache with a role's name", stack({ caches: { backend: {} } }), "caches.backend", /backend has already/],
  [
    "a cache that isn't there",
    (args) => ({
      ...args,
      caches: { sessions: {} },
      backend: { ...args.backend, env: { A: "${caches.session.url}" } },
    }),
    "backend.env.A",
    /known here: `sessions`/,
  ],
];

describe("A store that can't be", () => {
  tells(TABLE, [
    [
      "an external database and Redis",
      (args) => ({
        ...args,
        ...external({ url: new Encrypted() }),
        redis: { mode: "external", url: new Encrypted() },
      }),
    ],
    ["caches", stack({ caches: { sessions: {} } })],
  ]);

  it("is told without its password", () => {
    for (const value of [
      "postgresql://a:hunter2@b@c/d",
      "postgresql://a:hunter2/x@b/c",
      "hunter2",
      "x://a:hunter2@b",
    ]) {
      const { problems } = planStack({ name: "notes", stack: "dev" }, url(value)(sampleArgs()));
      assert.ok(problems.some(({ path }) => path === "postgres.url"));
      assert.ok(!JSON.stringify(problems).includes("hunter2"), JSON.stringify(problems));
    }
  });
});
