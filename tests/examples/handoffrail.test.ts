// HandoffRail on the node: the documented outside of its image, its broken migrations among it, with a real PostgreSQL and a
// real Redis.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { request as httpsRequest } from "node:https";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { type Answer, ask, asking, cluster, podsOf, type Question, through } from "../e2e/cluster";
import { eventually } from "../e2e/eventually";
import { Example, inPod, query, type Settings, tellsOf } from "./example";
import { runCronJob } from "./jobs";
import { endPod, evict, isReady, logsOf, nameOf, pods, scale, settled } from "./observe";
import { place, policiesIn, reaches } from "./reach";

const NAMESPACE = "handoffrail-dev";
const URL_OF = "https://api.dev.handoffrail.example.com";
const IMAGE = "registry.example.com/handoffrail:main-719ac58";
const DIGEST = `@sha256:${"3d5f0c4be1a28796".repeat(4)}`;

const asKey = (key: string, question: Question = {}): Question => ({
  ...question,
  headers: { "x-api-key": key, ...question.headers },
});
const createPacket = (key: string, url = URL_OF, summary = "take over"): Promise<Answer> =>
  ask(`${url}/api/v1/packets`, asKey(key, { method: "POST", body: { context: { summary } } }));

const sql = (statement: string, namespace = NAMESPACE) => query(namespace, "handoffrail", statement);

/** As a key is kept. */
const hash = (key: string) => createHash("sha256").update(key).digest("hex");

/** Starts the program once more inside its pod, with other variables each time; once it serves, it is given a packet. */
const STARTS = `
import json, os, subprocess, sys, urllib.error, urllib.request
packet = urllib.request.Request("http://localhost:8081/api/v1/packets", b'{"context": {}}',
    {"Content-Type": "application/json", "X-API-Key": sys.argv[1]})
answers = []
for variables in json.loads(sys.argv[2]):
    env = {name: value for name, value in {**os.environ, **variables}.items() if value is not None}
    process = subprocess.Popen(["uvicorn", "app.main:app", "--port", "8081"], env=env, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output, stored = "", None
    for line in process.stdout:
        output += line
        if "Uvicorn running" in line:
            try: stored = urllib.request.urlopen(packet).status
            except urllib.error.HTTPError as error: stored = error.code
            process.kill()
    answers.append({"stored": stored, "output": output})
print(json.dumps(answers))`;

/** What became of the packet, or null where the program ended by itself before it served; and what it has written. */
type Start = { stored: number | null; output: string };

async function starts(key: string, cases: Record<string, string | null>[]): Promise<Start[]> {
  const { code, stdout, output } = await inPod(NAMESPACE, "backend", [
    ...["python", "-c", STARTS, key, JSON.stringify(cases)],
  ]);
  assert.equal(code, 0, output);
  return JSON.parse(stdout);
}

/** Two more of the program, one of them with a limit; both are asked to end while somebody listens. */
const ENDS = `
import subprocess, sys, urllib.request
def listened(port, *flags):
    process = subprocess.Popen(["uvicorn", "app.main:app", "--port", str(port), *flags], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    for line in process.stdout:
        if "Uvicorn running" in line: break
    events = urllib.request.Request(f"http://localhost:{port}/events", headers={"X-API-Key": sys.argv[1]})
    return process, urllib.request.urlopen(events)
limited, endless = listened(8081, "--timeout-graceful-shutdown", "1"), listened(8082)
for process, _ in (limited, endless): process.terminate()
limited[0].wait(60)
try: print("ended", endless[0].wait(5))
except subprocess.TimeoutExpired: print("still there")
endless[0].kill()`;

/** Listens inside a pod until the first event. */
const LISTEN = `
import sys, urllib.request
asking = urllib.request.Request("http://localhost:8080/events", headers={"X-API-Key": sys.argv[1]})
with urllib.request.urlopen(asking, timeout=60) as events:
    for line in events:
        if b"packet.created" in line:
            print(line.decode())
            break`;

/** Listens inside a pod until that ends. */
const FOREVER = `
import sys, urllib.request
asking = urllib.request.Request("http://localhost:8080/events", headers={"X-API-Key": sys.argv[1]})
for line in urllib.request.urlopen(asking): pass`;

/** How many processes are subscribed. */
const CHANNEL =
  'REDISCLI_AUTH="$(cat /run/secrets/redis/password)" redis-cli pubsub numsub handoffrail:events:all | tr "\\n" " "';

/** The status of an answer that may go on for ever. */
const opens = (url: string): Promise<number | undefined> =>
  new Promise((done, failed) => {
    const request = httpsRequest(through(url), (response) => {
      done(response.statusCode);
      response.destroy();
    });
    request.on("error", failed).end();
  });

describe("handoffrail, as it is written", () => {
  let example: Example;

  before(() => {
    example = new Example("handoffrail", { standIns: false });
  });

  /** As a stack is deployed: in prod with the digests that are named then. */
  async function render(stack: string, change: (settings: Settings) => void = () => undefined) {
    const undo = example.configure(stack, (settings) => {
      if (stack === "prod") settings.postgres.image += DIGEST;
      change(settings);
    });
    const images = stack === "prod" ? JSON.stringify({ backend: IMAGE + DIGEST }) : "";
    try {
      return await example.withVariable("SERVICE_STACK_IMAGES", images, () => example.render(stack));
    } finally {
      undo();
    }
  }

  it("has each environment by the name that the program takes, in the documented size", async () => {
    for (const [stack, environment, replicas, requests, limits, storage, minAvailable] of [
      ["dev", "dev", 1, ["100m", "256Mi"], ["500m", "512Mi"], "20Gi", undefined],
      ["acc", "staging", 2, ["250m", "256Mi"], ["1", "1Gi"], "40Gi", "1"],
      ["prod", "prod", 3, ["500m", "512Mi"], ["2", "2Gi"], "100Gi", "2"],
    ] as const) {
      const { code, stdout, output } = await render(stack);
      assert.equal(code, 0, output);
      const objects = parseAllDocuments(stdout).map((document) => document.toJS());
      const of = (kind: string, name: RegExp) =>
        objects.find((object) => object.kind === kind && name.test(object.metadata.name))?.spec;
      const { replicas: fixed, template } = of("Deployment", /backend/);
      const [{ env, image, resources, startupProbe }] = template.spec.containers;
      assert.equal(env.find(({ name }: { name: string }) => name === "HR_ENVIRONMENT").value, environment);
      assert.equal(image, stack === "prod" ? IMAGE + DIGEST : IMAGE);
      const amounts = ({ cpu, memory }: Record<string, unknown>) => [String(cpu), memory];
      assert.deepEqual([resources.requests, resources.limits].map(amounts), [requests, limits]);
      assert.equal(startupProbe.periodSeconds * startupProbe.failureThreshold, 30);
      const scaled = of("HorizontalPodAutoscaler", /backend/);
      assert.equal(fixed ?? scaled.minReplicas, replicas);
      assert.equal(scaled?.metrics[0].resource.target.averageUtilization, stack === "prod" ? 70 : undefined);
      const budget = of("PodDisruptionBudget", /backend/)?.minAvailable;
      assert.equal(budget === undefined ? budget : String(budget), minAvailable);
      assert.equal(of("PersistentVolumeClaim", /-postgres$/).resources.requests.storage, storage);
      const { dialTimeout, responseHeaderTimeout } = of("ServersTransport", /backend/).forwardingTimeouts;
      assert.deepEqual([dialTimeout, responseHeaderTimeout], ["10s", "60s"]);
      const known = objects.flatMap(({ kind, spec }) => (kind === "Middleware" && spec.ipAllowList) || []);
      const ranges = known.filter(({ rejectStatusCode }) => rejectStatusCode !== 404);
      assert.equal(
        JSON.stringify(ranges.map(({ sourceRange }) => sourceRange)),
        JSON.stringify(stack === "dev" ? [] : ranges.map(() => ["203.0.113.0/24"])),
      );
      assert.equal(ranges.length > 0, stack !== "dev");
    }
  });

  it("refuses in prod what looks healthy and isn't, or is for everybody", async () => {
    const tags = await example.render("prod");
    assert.match(tags.output, /2 mistakes in[\s\S]*postgres\.image[\s\S]*backend\.image/);
    const env = "backend.env.";
    const first = await render("prod", (settings) => {
      settings.ingress = { ...settings.ingress, tls: { enabled: false } };
      Object.assign(settings.backend, { waitFor: [], autoscaling: { minReplicas: 3, maxReplicas: 8 } });
      Object.assign(settings.backend.env, {
        DATABASE_URL: "sqlite+aiosqlite:////app/data/handoffrail.db",
        HR_DATABASE_URL: "postgresql+asyncpg://db/handoffrail",
        HR_REDIS_URL: null,
        HR_ENVIRONMENT: "acc",
        HR_CORS_ORIGINS: '["*"]',
        HR_DISABLE_RBAC: "false",
        HR_DISABLE_DAILY_LIMIT: "1",
        HR_LOG_LEVEL: "debug",
        HR_TIER_QUOTAS: "none",
        FORWARDED_ALLOW_IPS: null,
      });
    });
    tellsOf(first.output, [
      ...[`${env}DATABASE_URL`, `${env}HR_DATABASE_URL`, `${env}HR_REDIS_URL`, `${env}HR_ENVIRONMENT`],
      ...[`${env}HR_CORS_ORIGINS`, `${env}HR_DISABLE_RBAC`, `${env}HR_DISABLE_DAILY_LIMIT`],
      ...[`${env}HR_LOG_LEVEL`, `${env}HR_TIER_QUOTAS`, `${env}FORWARDED_ALLOW_IPS`],
      ...["backend.waitFor", "backend.autoscaling.maxReplicas", "ingress.tls.enabled"],
    ]);
    const second = await render("prod", (settings) => {
      settings.postgres.parameters.max_connections = "100";
      settings.backend.autoscaling.enabled = false;
      settings.backend.replicas = 20;
      Object.assign(settings.backend.env, {
        DATABASE_URL: "postgresql+asyncpg://db/handoffrail",
        // The sample password.
        HR_DATABASE_URL: "postgresql+psycopg://handoffrail:handoffrail@db/handoffrail",
        HR_CORS_ORIGINS: "",
        UVICORN_WORKERS: "4",
        WEB_CONCURRENCY: "4",
      });
    });
    tellsOf(second.output, [
      ...["postgres.parameters.max_connections", "backend.replicas"],
      ...[`${env}DATABASE_URL`, `${env}HR_DATABASE_URL`, `${env}HR_CORS_ORIGINS`],
      ...[`${env}UVICORN_WORKERS`, `${env}WEB_CONCURRENCY`],
    ]);
    assert.match(second.output, /HR_DATABASE_URL .*\n +holds a password in clear text/);
    assert.doesNotMatch(second.output, /handoffrail:handoffrail@/);
    assert.ok([tags, first, second].every(({ code }) => code !== 0));
  });

  it("goes with a Postgres and a Redis of somebody else's", async () => {
    const { code, stdout, output } = await render("prod", (settings) => {
      const { image } = settings.postgres;
      settings.secrets = { database: {}, cache: {} };
      settings.checks = { "postgres.parameters.max_connections": null };
      const server = { mode: "external", cidr: "10.20.0.0/16" };
      settings.postgres = {
        ...{ ...server, host: "db.example.com", user: "hr", database: "hr", password: "${secrets.database}" },
        ...{ image, backup: { storage: "100Gi" } },
      };
      settings.redis = { ...server, host: "cache.example.com", password: "${secrets.cache}", tls: true };
    });
    assert.equal(code, 0, output);
    assert.doesNotMatch(stdout, /^kind: StatefulSet$/m);
    assert.match(stdout, /^ {2}name: handoffrail-postgres-backup$/m);
    assert.equal(stdout.match(/^ {2}HR_REDIS_URL: /gm)?.length, 1, "a Secret of the API's");
    const modes = stdout.match(/- name: PGSSLMODE\n.*/g) ?? [];
    assert.ok(modes.length > 1 && modes.every((mode) => mode.endsWith("value: require")), modes.join());
    const rules = policiesIn(stdout).flatMap(({ spec }) => spec?.egress ?? []);
    const there = rules.filter(({ to }) => to?.some(({ ipBlock }) => ipBlock?.cidr === "10.20.0.0/16"));
    const ports = new Set(there.flatMap(({ ports = [] }) => ports.map(({ port }) => port)));
    assert.deepEqual(ports, new Set([5432, 6379]));
  });

  it("lets the API alone at Redis, and nobody but its own at Postgres", async () => {
    const { stdout } = await render("prod");
    const policies = policiesIn(stdout);
    const inside = (role: string) => place("handoffrail", "handoffrail-prod", role);
    const may = (from: string, to: string, port: number) => reaches(policies, inside(from), inside(to), port);
    for (const role of ["backend", "migration", "key", "downgrade", "postgres-backup"]) {
      assert.ok(may(role, "postgres", 5432), role);
      assert.equal(may(role, "redis", 6379), role === "backend", role);
    }
    assert.ok(may("retry", "backend", 8080));
    assert.ok(!may("retry", "postgres", 5432));
    const elsewhere = { namespace: "shop-prod", labels: {} };
    for (const [role, port] of [
      ["postgres", 5432],
      ["redis", 6379],
      ["backend", 8080],
    ] as const) {
      assert.ok(!reaches(policies, elsewhere, inside(role), port), role);
    }
    for (const namespace of ["monitoring", "traefik"]) {
      assert.ok(reaches(policies, { namespace, labels: {} }, inside("backend"), 8080), namespace);
    }
    for (const port of [80, 443]) {
      const out = ["backend", "migration", "key", "retry", "downgrade", "postgres", "redis"].filter((role) =>
        reaches(policies, inside(role), elsewhere, port),
      );
      assert.deepEqual(out, ["backend"], `${port}`);
    }
    const internet = policies.flatMap(({ spec }) => spec?.egress ?? []).flatMap(({ to }) => to ?? []);
    const blocks = internet.flatMap(({ ipBlock }) => ipBlock ?? []);
    assert.ok(
      blocks.some(({ except }) => except?.includes("169.254.0.0/16")),
      "webhooks, but nothing private",
    );
  });
});

describe("handoffrail in production", () => {
  const namespace = "handoffrail-prod";
  const url = "https://api.handoffrail.example.com";
  let example: Example;
  let key: string;
  let backups: Settings;

  before(async () => {
    example = new Example("handoffrail");
    example.configure("prod", ({ backend: { routes } }) => {
      // This machine's address is known too, for one of the two.
      routes.find(({ path }: { path: string }) => path === "/events").sourceRanges.push("127.0.0.1/32");
    });
    await example.up("prod");
    const outputs = await example.outputs("prod");
    key = `hr_${outputs.secrets["first-key"]}`;
    backups = outputs.backups;
  });

  after(async () => {
    await example.remove("prod");
  });

  it("lets nobody listen to events but from the known addresses, key or not", async () => {
    assert.equal(await opens(`${url}/ws`), 403);
    assert.equal(await opens(`${url}/events`), 200);
    assert.equal((await ask(`${url}/health`)).status, 200);
  });

  it("has three to six pods, of which a drain leaves two, and connections for all of them", async () => {
    const found = await settled(namespace, "backend", 3);
    const container = found[0]?.spec?.containers[0];
    for (const [probe, ...documented] of [
      [container?.livenessProbe, "/health", 10, 30],
      [container?.readinessProbe, "/ready", 5, 10],
    ] as const) {
      assert.deepEqual([probe?.httpGet?.path, probe?.initialDelaySeconds, probe?.periodSeconds], documented);
    }
    const { scaling, policy } = cluster();
    const name = "handoffrail-backend";
    const { spec } = await scaling.readNamespacedHorizontalPodAutoscaler({ name, namespace });
    assert.deepEqual([spec?.minReplicas, spec?.maxReplicas], [3, 6]);
    const budget = await policy.readNamespacedPodDisruptionBudget({ name, namespace });
    assert.equal(String(budget.spec?.minAvailable), "2");
    assert.equal(await sql("show max_connections", namespace), "240");
    await evict(namespace, found[0]);
    await assert.rejects(evict(namespace, found[1]), /disruption budget/);
    // Where no pod is left, requests fail: so a failed one would be seen.
    const stop = asking(`${url}/health`, { everyMs: 50 });
    for (const pod of await pods(namespace, "backend")) await endPod(namespace, pod, "once");
    await settled(namespace, "backend", 3);
    assert.notDeepEqual(Object.keys(await stop()), ["200"]);
  });

  it("counts a client's requests in all pods together", async () => {
    const servedBy = ({ headers }: Answer) => headers["x-served-by"];
    // The ingress learns of new pods in its own time.
    await eventually("several pods answer", async () => {
      const health = await Promise.all([1, 2, 3, 4].map(() => ask(`${url}/health`)));
      return new Set(health.map(servedBy)).size > 1;
    });
    const answers: Answer[] = [];
    for (let asked = 0; asked < 130; asked++) answers.push(await ask(`${url}/`, asKey(key)));
    assert.ok(answers.some(({ status }) => status === 429));
    const allowed = answers.filter(({ status }) => status === 200);
    // 60 a minute, and the minute may change once on the way; three pods for themselves would let 130 pass.
    assert.ok(allowed.length <= 120, `${allowed.length}`);
    assert.ok(new Set(allowed.map(servedBy)).size > 1);
  });

  it("was dumped before its migration, as it will be before each", () => {
    assert.match(backups.beforeMigration, /^before-migration\/handoffrail-postgres-dump-\w+\.dump$/);
  });

  it("answers browsers of its own application alone", async () => {
    const origin = async (name: string) =>
      (await ask(`${url}/health`, { headers: { origin: name } })).headers["access-control-allow-origin"];
    assert.equal(await origin("https://app.handoffrail.example.com"), "https://app.handoffrail.example.com");
    assert.equal(await origin("https://elsewhere.example.com"), undefined);
  });
});

describe("handoffrail", () => {
  let example: Example;
  let key: string;
  let firstUp: Record<string, number>;
  let outputs: Settings;
  let firstImages: string;
  let asDocumented: () => void;

  const source = (file: string) => join(example.folder, "image", file);
  /** What it is after an `up`. */
  const look = async () => {
    outputs = await example.outputs("dev");
    key = `hr_${outputs.secrets["first-key"]}`;
  };
  const packetOf = async (answer: Answer) => {
    assert.equal(answer.status, 201, answer.body);
    return JSON.parse(answer.body).id as string;
  };
  const read = (id: string) => ask(`${URL_OF}/api/v1/packets/${id}`, asKey(key));

  before(async () => {
    example = new Example("handoffrail");
    asDocumented = example.configure("dev", (settings) => {
      settings.backend.replicas = 2;
      // For what else is started inside.
      settings.backend.resources.limits.cpu = "2";
      settings.postgres.backup = { beforeMigration: true };
    });
    const stop = asking(`${URL_OF}/api/v1/system/health`, { everyMs: 1000, ...asKey("hr_guessed") });
    await example.up("dev").finally(async () => {
      firstUp = await stop();
    });
    await look();
    firstImages = JSON.stringify(outputs.images);
  });

  it("has its schema and its first key before anybody can reach it", async () => {
    const statuses = Object.keys(firstUp).filter((status) => !["404", "401", "429"].includes(status));
    assert.deepEqual(statuses, [], "no way in, and then an API that knows who may");
    assert.equal(await sql("select version_num from alembic_version"), "0002_tenants");
    assert.equal(await sql("select key_hash from api_keys where name = 'first'"), hash(key));
    assert.equal(await sql("select count(*) from api_keys where name = 'retry' and not revoked"), "1");
    assert.equal((await read(await packetOf(await createPacket(key)))).status, 200);
    assert.equal((await createPacket("hr_guessed")).status, 401);
  });

  it("could not be migrated by its own command, nor begin by itself", async () => {
    const alembic = await inPod(NAMESPACE, "backend", ["alembic", "upgrade", "head"]);
    assert.notEqual(alembic.code, 0);
    assert.match(alembic.output, /No module named 'app'/);
    // An empty database: one more in the same server.
    await sql("create database empty owner handoffrail");
    const other = `import os; from sqlalchemy import make_url; print(make_url(os.environ["DATABASE_URL"]).set(database="empty").render_as_string(False))`;
    const { stdout } = await inPod(NAMESPACE, "backend", ["python", "-c", other]);
    const [begun] = await starts(key, [{ DATABASE_URL: stdout.trim() }]);
    await sql("drop database empty with (force)");
    assert.equal(begun?.stored, null, begun?.output);
    assert.match(begun?.output ?? "", /syntax error at or near "OR"/);
  });

  it("doesn't start with malformed settings, and in silence does with wrong ones", async () => {
    const { stdout } = await inPod(NAMESPACE, "backend", ["env"]);
    assert.doesNotMatch(stdout, /^(?!KUBERNETES_)\w+_PORT=tcp:|HR_DISABLE/m);
    const asyncpg =
      /^DATABASE_URL=(.*)$/m.exec(stdout)?.[1]?.replace("+psycopg", "").replace(/\?.*/, "") ?? "";
    const wrong = [
      [{ HR_ENVIRONMENT: "acc" }, null, /Input should be 'dev', 'staging' or 'prod'/],
      [{ HR_CORS_ORIGINS: "" }, null, /cors_origins/],
      [{ HR_PORT: "tcp://10.0.0.1:8080" }, null, /valid integer/],
      [{ HR_TIER_QUOTAS: "many" }, null, /tier_quotas/],
      [{ DATABASE_URL: null }, null, /unable to open database file/],
      [{ DATABASE_URL: asyncpg }, 500, /expiry_task_error[\s\S]*offset-naive and offset-aware/],
      [{ HR_REDIS_URL: "redis://localhost:6379/0" }, 201, /redis_unavailable/],
      [{ HR_ENVIRONMENT: "prod", HR_CORS_ORIGINS: '["*"]' }, 201, /cors_wildcard_in_prod/],
    ] as const;
    const begun = await starts(
      key,
      wrong.map(([variables]) => variables),
    );
    for (const [index, [variables, stored, message]] of wrong.entries()) {
      assert.equal(begun[index]?.stored, stored, `${JSON.stringify(variables)}: ${begun[index]?.output}`);
      assert.match(begun[index]?.output ?? "", message);
    }
  });

  it("is there over https alone, knows the client behind the ingress, and hides its metrics", async () => {
    const plain = await ask(`${URL_OF.replace("https:", "http:")}/health`);
    assert.deepEqual([plain.status, plain.headers.location], [301, `${URL_OF}/health`]);
    const { headers } = await ask(`${URL_OF}/health`);
    assert.match(headers["strict-transport-security"] ?? "", /max-age=31536000/);
    const [pod] = await pods(NAMESPACE, "backend");
    const root = JSON.parse((await ask(`${URL_OF}/`, asKey(key))).body);
    // By itself it would take the ingress for the client.
    assert.deepEqual([root.scheme, root.client], ["https", "127.0.0.1"]);
    for (const path of ["/metrics", "/metrics/", "/%6detrics", "//metrics"]) {
      assert.equal((await ask(`${URL_OF}${path}`)).status, 404, path);
    }
    const asked =
      "import urllib.request as r; print(r.urlopen('http://localhost:8080/metrics').read().decode())";
    const { output } = await inPod(NAMESPACE, "backend", ["python", "-c", asked]);
    for (const name of ["requests_total", "webhook_deliveries_total", "webhook_dlq_size"]) {
      assert.match(output, new RegExp(`^# TYPE handoffrail_${name} `, "m"), "what the alerts are made of");
    }
    assert.match(output, /^handoffrail_requests_total\{/m);
    assert.equal(pod?.metadata?.annotations?.["prometheus.io/port"], "8080");
    const large = (bytes: number) =>
      ask(`${URL_OF}/api/v1/packets`, asKey(key, { method: "POST", body: Buffer.alloc(bytes) }));
    const tooLarge = await large(1025 * 1024);
    assert.deepEqual([tooLarge.status, tooLarge.headers["x-served-by"]], [413, undefined]);
    assert.equal((await large(65 * 1024)).status, 413, "its own limit is smaller still");
  });

  it("runs as a user without rights, and writes to /tmp alone", async () => {
    const probe = "id -u; for d in /tmp /app /app/data; do touch $d/x && echo $d; done 2>/dev/null";
    const { stdout } = await inPod(NAMESPACE, "backend", ["sh", "-c", probe]);
    assert.deepEqual(stdout.trim().split("\n"), ["10001", "/tmp"]);
  });

  it("keeps hashes of its keys, and rotates one by the API", async () => {
    const made = await ask(
      `${URL_OF}/api/v1/keys`,
      asKey(key, { method: "POST", body: { name: "agent", role: "writer" } }),
    );
    const first = JSON.parse(made.body);
    assert.equal(await sql(`select key_hash from api_keys where id = '${first.id}'`), hash(first.key));
    await packetOf(await createPacket(first.key));
    const rotate = { method: "POST" };
    const forbidden = await ask(`${URL_OF}/api/v1/keys/${first.id}/rotate`, asKey(first.key, rotate));
    assert.equal(forbidden.status, 403);
    const rotated = await ask(`${URL_OF}/api/v1/keys/${first.id}/rotate`, asKey(key, rotate));
    assert.equal(rotated.status, 201, rotated.body);
    assert.equal((await createPacket(first.key)).status, 403);
    await packetOf(await createPacket(JSON.parse(rotated.body).key));
  });

  it("tries webhooks again by the clock, and lets none at private addresses", async () => {
    const hook = (url: string, secret: string) =>
      ask(`${URL_OF}/api/v1/hooks`, asKey(key, { method: "POST", body: { url, secret } }));
    assert.equal((await hook("http://169.254.169.254/latest", "0123456789abcdef")).status, 400);
    assert.equal((await hook("https://hooks.example.com/", "too short")).status, 422);
    assert.equal((await hook("https://no-such-host.invalid/", "0123456789abcdef")).status, 201);
    await packetOf(await createPacket(key));
    assert.equal(await sql("select status, attempts from webhook_deliveries"), "failed|1");
    // Its key is its own: it goes on when the first one was rotated.
    await sql("update api_keys set revoked = true where name = 'first'");
    const { schedule, log } = await runCronJob(NAMESPACE, "handoffrail-retry");
    await sql("update api_keys set revoked = false where name = 'first'");
    assert.equal(schedule, "*/5 * * * *");
    assert.match(log, /"retried": *1/);
    assert.ok(Number(await sql("select attempts from webhook_deliveries")) >= 2);
    await sql("delete from webhooks");
  });

  it("tells events that happen in one pod to whoever listens at another", async () => {
    const [first, second] = await settled(NAMESPACE, "backend", 2);
    const listen = (name: string) =>
      inPod(NAMESPACE, "backend", ["python", "-c", LISTEN, key], name).then(({ stdout }) => stdout);
    const heard = Promise.all([listen(nameOf(first)), listen(nameOf(second))]);
    const both = async () => {
      const { stdout } = await inPod(NAMESPACE, "redis", ["sh", "-c", CHANNEL]);
      return /handoffrail:events:all\s+2/.test(stdout);
    };
    assert.ok(await eventually("both subscriptions", both));
    let id = "";
    await eventually("the event at both", async () => {
      id = await packetOf(await createPacket(key));
      const done = await Promise.race([
        heard.then(() => true),
        new Promise((next) => setTimeout(next, 1500)),
      ]);
      return done === true;
    });
    for (const text of await heard) assert.match(text, /packet\.created/);
    assert.notEqual(id, "");
  });

  it("passes events on through the ingress, each as it happens, by both ways", async () => {
    const heard = { events: "", ws: "" };
    const events = httpsRequest(through(`${URL_OF}/events`, asKey(key)), (response) => {
      response.on("data", (chunk: Buffer) => {
        heard.events += chunk;
      });
    });
    const headers = {
      ...{ connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13" },
      "sec-websocket-key": randomBytes(16).toString("base64"),
    };
    const socket = httpsRequest(through(`${URL_OF}/ws`, { headers })).on("upgrade", (_, stream, head) => {
      heard.ws += head;
      stream.on("data", (chunk: Buffer) => {
        heard.ws += chunk;
      });
    });
    for (const request of [events, socket]) request.on("error", () => undefined).end();
    try {
      await eventually("both", () => Object.values(heard).every((text) => text.includes("connected")));
      const id = await packetOf(await createPacket(key));
      await eventually("the event", () => Object.values(heard).every((text) => text.includes(id)), 5000);
    } finally {
      events.destroy();
      socket.destroy();
    }
  });

  it("ends without waiting for its listeners, and without a failed request; the next pod waits for Redis", async () => {
    const [first] = await settled(NAMESPACE, "backend", 2);
    const stop = asking(`${URL_OF}/ready`, { everyMs: 50 });
    const listeners = async () =>
      (await logsOf(NAMESPACE, "backend")).filter((line) => line.includes('"GET /events')).length;
    const before = await listeners();
    const command = ["python", "-c", FOREVER, key];
    const listening = inPod(NAMESPACE, "backend", command, nameOf(first)).catch(() => undefined);
    await eventually("a listener", async () => (await listeners()) > before);
    let begun = 0;
    try {
      await scale(NAMESPACE, "StatefulSet", "handoffrail-redis", 0);
      await eventually("no Redis", async () => (await pods(NAMESPACE, "redis")).length === 0);
      begun = Date.now();
      await endPod(NAMESPACE, first);
      await eventually("a pod that waits", async () =>
        (await pods(NAMESPACE, "backend")).some(({ status }) =>
          status?.initContainerStatuses?.some(
            ({ name, state }) => name === "wait-for-redis" && state?.running !== undefined,
          ),
        ),
      );
    } finally {
      await scale(NAMESPACE, "StatefulSet", "handoffrail-redis", 1);
    }
    await eventually("its end", async () =>
      (await pods(NAMESPACE, "backend")).every((pod) => nameOf(pod) !== nameOf(first)),
    );
    const seconds = (Date.now() - begun) / 1000;
    await listening;
    // 20 s for the listener, and 5 s before; without that limit, all of the grace period.
    assert.ok(seconds > 20 && seconds < 44, `${seconds} s`);
    await settled(NAMESPACE, "backend", 2);
    const statuses = await stop();
    assert.deepEqual(Object.keys(statuses), ["200"], JSON.stringify(statuses));
    assert.ok(!(await logsOf(NAMESPACE, "backend")).some((line) => line.includes("redis_unavailable")));
  });

  it("would wait for its listeners without a limit", async () => {
    const { stdout, output } = await inPod(NAMESPACE, "backend", ["python", "-c", ENDS, key]);
    assert.match(stdout, /still there/, output);
  });

  it("isn't let in while its database is away, and doesn't restart for it", async () => {
    const before = await podsOf(NAMESPACE, "backend");
    try {
      await scale(NAMESPACE, "StatefulSet", "handoffrail-postgres", 0);
      await eventually("unready", async () => !(await pods(NAMESPACE, "backend")).some(isReady));
    } finally {
      await scale(NAMESPACE, "StatefulSet", "handoffrail-postgres", 1);
    }
    const found = await settled(NAMESPACE, "backend", 2);
    assert.deepEqual(found.map(nameOf).sort(), before.sort());
    assert.ok(found.every((pod) => pod.status?.containerStatuses?.[0]?.restartCount === 0));
  });

  it("is dumped each night, and restored from it", async () => {
    const id = await packetOf(await createPacket(key));
    const { schedule, settings, log } = await runCronJob(NAMESPACE, "handoffrail-postgres-backup");
    assert.deepEqual([schedule, settings.KEEP], ["0 2 * * *", "14"]);
    const dump = /scheduled\/\S+\.dump/.exec(log)?.[0];
    assert.ok(dump, log);
    await sql("delete from packets");
    assert.equal((await read(id)).status, 404);
    await runCronJob(NAMESPACE, "handoffrail-postgres-restore", { DUMP: dump });
    assert.equal((await read(id)).status, 200);
  });

  const release = (migration: string) => {
    writeFileSync(
      source("alembic/versions/0003_release.py"),
      `
from alembic import op
revision, down_revision, branch_labels, depends_on = "0003_release", "0002_tenants", None, None

def upgrade():
    op.execute("create table release (name text)")
    op.execute("${migration}")

def downgrade():
    op.execute("drop table release")
`,
    );
    const main = readFileSync(source("app/main.py"), "utf8");
    writeFileSync(
      source("app/main.py"),
      main.replace('"service": "handoffrail", "client"', '"service": "second", "client"'),
    );
  };
  const serving = async () => JSON.parse((await ask(`${URL_OF}/`, asKey(key))).body).service;

  it("goes on as it is where a migration fails", async () => {
    const before = await podsOf(NAMESPACE, "backend");
    release("select 1 / 0");
    const stop = asking(`${URL_OF}/ready`, { everyMs: 50 });
    await assert.rejects(example.up("dev"), /division by zero/);
    const statuses = await stop();
    assert.deepEqual(Object.keys(statuses), ["200"], JSON.stringify(statuses));
    assert.deepEqual(await podsOf(NAMESPACE, "backend"), before);
    assert.equal(await sql("select version_num from alembic_version"), "0002_tenants");
  });

  it("migrates once before a new release serves, without a failed request; another first key ends the old one", async () => {
    release("insert into release values ('second')");
    example.configure("dev", (settings) => {
      settings.secrets = { "first-key": { length: 49 } };
    });
    const [stale, fresh] = [await packetOf(await createPacket(key)), await packetOf(await createPacket(key))];
    await sql(`update packets set created_at = created_at - interval '25 hours' where id = '${stale}'`);
    const stop = asking(`${URL_OF}/ready`, { everyMs: 50 });
    await example.up("dev");
    await settled(NAMESPACE, "backend", 2);
    const statuses = await stop();
    assert.deepEqual(Object.keys(statuses), ["200"], JSON.stringify(statuses));
    assert.equal(await sql("select version_num from alembic_version"), "0003_release");
    assert.equal(await sql("select count(*) from release"), "1");
    assert.equal((await createPacket(key)).status, 403);
    await look();
    await packetOf(await createPacket(key));
    assert.equal(await serving(), "second");
    const status = async (id: string) => JSON.parse((await read(id)).body).status;
    assert.deepEqual([await status(stale), await status(fresh)], ["expired", "created"]);
  });

  it("was dumped before that migration, as it was then", async () => {
    const { backups } = outputs;
    await sql("create database scratch owner handoffrail");
    await runCronJob(NAMESPACE, "handoffrail-postgres-restore", {
      ...{ DUMP: backups.beforeMigration, PGDATABASE: "scratch", DUMP_FIRST: "false" },
    });
    const then = await query(
      NAMESPACE,
      "scratch",
      "select version_num, to_regclass('release') from alembic_version",
    );
    const packets = await query(NAMESPACE, "scratch", "select count(*) > 0 from packets");
    await sql("drop database scratch");
    assert.deepEqual([then, packets], ["0002_tenants|", "t"]);
  });

  it("goes back to the schema and the release before without a failed request, and is as it is documented", async () => {
    const stop = asking(`${URL_OF}/ready`, { everyMs: 50 });
    await runCronJob(NAMESPACE, "handoffrail-downgrade");
    const schema = "select version_num, to_regclass('release') from alembic_version";
    assert.equal(await sql(schema), "0002_tenants|");
    assert.equal(await serving(), "second");
    asDocumented();
    await example.withVariable("SERVICE_STACK_IMAGES", firstImages, () => example.up("dev"));
    await settled(NAMESPACE, "backend", 1);
    const statuses = await stop();
    assert.deepEqual(Object.keys(statuses), ["200"], JSON.stringify(statuses));
    assert.equal(await sql(schema), "0002_tenants|");
    await look();
    assert.equal(await serving(), "handoffrail");
  });
});
