// Ibutsu on the node: the documented outside of its five images, with a real Celery between a real PostgreSQL and a real Redis.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { type Answer, ask, asking, podsOf, type Question } from "../e2e/cluster";
import { eventually } from "../e2e/eventually";
import { mostPods } from "../e2e/watching";
import { Example, inPod, query, type Settings, tellsOf } from "./example";
import { runCronJob } from "./jobs";
import {
  endPod,
  isReady,
  killWorker,
  logsOf,
  nameOf,
  pods,
  restartsOf,
  scale,
  settled,
  staysAlone,
} from "./observe";
import { portForward } from "./port-forward";
import { place, policiesIn, reaches } from "./reach";

const NAMESPACE = "ibutsu-dev";
const UI = "https://dev-ibutsu.example.com";
const API = "https://dev-ibutsu-api.example.com";
const ADMIN = "admin@dev-ibutsu.example.com";
/** Answered with 401 by an API that has its tables, and with 500 by one that hasn't. */
const guess = { method: "POST", body: { email: ADMIN, password: "admin12345" } };

const sql = (statement: string, namespace = NAMESPACE) => query(namespace, "ibutsu", statement);

const junit = (passed: number) =>
  `<testsuite>${'<testcase name="works" time="0.1"/>'.repeat(passed)}<testcase name="fails"><failure/></testcase></testsuite>`;

/** A form with one file and what else it says, as a browser or `curl --form` sends it. */
function upload(
  name: string,
  content: string | Buffer,
  token: string,
  { file = "importFile", ...fields }: Record<string, string> = {},
): Question {
  const boundary = "----ibutsu";
  const part = (field: string, more = "") =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${field}"${more}\r\n\r\n`;
  const said = Object.entries(fields).map(([field, value]) => `${part(field)}${value}\r\n`);
  const head = said.join("") + part(file, `; filename="${name}"`);
  return {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": `multipart/form-data; boundary=${boundary}`,
    },
    body: Buffer.concat([Buffer.from(head), Buffer.from(content), Buffer.from(`\r\n--${boundary}--\r\n`)]),
  };
}

/** Somebody who is signed in at one of the environments. */
class Client {
  constructor(
    readonly url: string,
    readonly token: string,
  ) {}

  static async login(url: string, email: string, password: string): Promise<Client> {
    const { status, body } = await ask(`${url}/api/login`, { method: "POST", body: { email, password } });
    assert.equal(status, 200, body);
    return new Client(url, JSON.parse(body).token);
  }

  get(path: string): Promise<Answer> {
    return ask(`${this.url}/api${path}`, { headers: { authorization: `Bearer ${this.token}` } });
  }

  /** Hands a file over for import, and returns the import's id. */
  async import(name: string, content: string | Buffer): Promise<string> {
    const { status, body } = await ask(`${this.url}/api/import`, upload(name, content, this.token));
    assert.equal(status, 202, body);
    return JSON.parse(body).id;
  }

  /** Has the worker run a task now, as administrators may. */
  run(task: string, params: object): Promise<Answer> {
    return ask(`${this.url}/admin/run-task`, { method: "POST", body: { token: this.token, task, params } });
  }

  async statusOf(id: string): Promise<string> {
    return JSON.parse((await this.get(`/import/${id}`)).body).status;
  }

  imported(id: string): Promise<boolean> {
    return eventually(`import ${id}`, async () => (await this.statusOf(id)) === "done");
  }
}

/** What a process says that starts with other variables (null takes one away): many of them, out of one that has loaded what is slow. */
const STARTS = `
import json, os, sys
import jwt
from sqlalchemy import inspect, select
import ibutsu_server, ibutsu_server.api
from ibutsu_server import accounts
from ibutsu_server.settings import Settings
from ibutsu_server.tables import database, users

def uri(name): return Settings().database_url().set(database=name).render_as_string(hide_password=False)
def has_users(): return inspect(database()).has_table("users")
def lifetime():
    admin = database().connect().execute(select(users).where(users.c.is_superadmin)).first()
    claims = jwt.decode(accounts.new_token(Settings(), admin), options={"verify_signature": False})
    return claims["exp"] - claims["iat"]

for name, (variables, code) in json.loads(sys.argv[1]).items():
    print("==", name, flush=True)
    if not os.fork():
        for key, value in variables.items():
            os.environ.pop(key, None) if value is None else os.environ.update({key: value})
        try:
            exec(code)
        except Exception as problem:
            print(f"{type(problem).__name__}: {problem}")
        sys.stdout.flush()
        os._exit(0)
    os.wait()
`;

async function starts(
  role: string,
  cases: Record<string, [variables: Record<string, string | null>, code: string]>,
): Promise<Record<string, string>> {
  const { code, stdout, output } = await inPod(NAMESPACE, role, [
    ...["timeout", "60", "python", "-c", STARTS, JSON.stringify(cases)],
  ]);
  assert.equal(code, 0, output);
  const parts = stdout.split(/^== (\w+)\n/m).slice(1);
  return Object.fromEntries(
    Object.keys(cases).map((name) => [name, parts[parts.indexOf(name) + 1]?.trim() ?? ""]),
  );
}

/** A backend beside the first, in its pod; it is asked as it has come up, and ended. */
const SECOND_SERVER = `
import json, subprocess, sys, time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

def status(url, **body):
    headers = {"Content-Type": "application/json"}
    try:
        return urlopen(Request(url, json.dumps(body).encode() if body else None, headers)).status
    except HTTPError as error:
        return error.code
    except OSError:
        return 0

gunicorn = "gunicorn -k uvicorn.workers.UvicornWorker -c config.py --bind 127.0.0.1:8081 ibutsu_server:connexion_app"
server = subprocess.Popen(gunicorn.split(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
api = "http://127.0.0.1:8081/api"
while not status(f"{api}/health") and server.poll() is None: time.sleep(0.2)
print("health", status(f"{api}/health"))
email, password = sys.argv[1:]
print("login as admin", status(f"{api}/login", email=email.replace("reader", "admin"), password=password))
print("login as reader", status(f"{api}/login", email=email, password=password))
print("port 9999", status("http://127.0.0.1:9999"))
print("processes", len(Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()))
server.terminate()
server.wait()
`;

/** When the scheduler last sent its prunes, as the one before it has left it on the volume; it writes when it ends. */
async function lastPrunes(): Promise<Date[]> {
  const reading = `
import glob, shelve, shutil
for file in glob.glob("/beat/schedule*"): shutil.copy(file, "/tmp")
for name, entry in shelve.open("/tmp/schedule", "r")["entries"].items():
    if "prune" in name: print(entry.last_run_at.isoformat(timespec="milliseconds"))`;
  const { code, stdout, output } = await inPod(NAMESPACE, "scheduler", ["python", "-c", reading]);
  assert.equal(code, 0, output);
  return stdout
    .trim()
    .split("\n")
    .map((time) => new Date(time));
}

const ROLES = ["backend", "frontend", "worker", "scheduler", "flower"];
const DIGEST = `sha256:${"6f4cf5a2e1b0a7d4".repeat(4)}`;
/** What prod is told to run. */
const IMAGES = Object.fromEntries([
  ...ROLES.map((role) => [role, `quay.io/ibutsu/${role}:v3.1.1@${DIGEST}`]),
  ["vacuum", `postgres:15@${DIGEST}`],
]);

describe("ibutsu, as it is written", () => {
  let example: Example;

  before(() => {
    example = new Example("ibutsu", { standIns: false });
  });

  const render = async (stack: string) => {
    const run = () => example.render(stack);
    const { code, stdout, output } = await (stack === "prod"
      ? example.withVariable("SERVICE_STACK_IMAGES", JSON.stringify(IMAGES), run)
      : run());
    assert.equal(code, 0, output);
    const objects: Settings[] = parseAllDocuments(stdout).flatMap((document) => document.toJS() ?? []);
    const find = (kind: RegExp, role: string) =>
      objects.find((object) => kind.test(object.kind) && object.metadata.name === `ibutsu-${role}`);
    /** The pods of a role, as they are described. */
    const pod = (role: string) => {
      const spec = find(/^(Deployment|StatefulSet|CronJob|Job)$/, role)?.spec;
      return (spec?.jobTemplate?.spec ?? spec)?.template.spec;
    };
    return { stdout, objects, find, pod };
  };

  it("has the images, numbers and hosts of the templates in each environment, and dumps in prod alone", async () => {
    for (const { stack, tag, hosts, claims, amounts } of [
      { stack: "dev", tag: "main", hosts: ["dev-ibutsu-api", "dev-ibutsu"], claims: [], amounts: {} },
      {
        stack: "acc",
        tag: "main",
        hosts: ["stage-ibutsu-api", "stage-ibutsu"],
        claims: ["postgres 40Gi", "redis 2Gi"],
        amounts: { postgres: "- - - 512Mi", redis: "- - - 512Mi" },
      },
      {
        stack: "prod",
        tag: `v3.1.1@${DIGEST}`,
        hosts: ["ibutsu-api", "ibutsu"],
        claims: ["postgres-backup 30Gi", "postgres 100Gi", "redis 2Gi"],
        amounts: {
          postgres: "- - - 512Mi",
          redis: "- - - 512Mi",
          backend: "500m 512Mi 1 1Gi",
          worker: "500m 512Mi 500m 512Mi",
          flower: "100m 128Mi 200m 256Mi",
          "postgres-backup": "100m 512Mi 250m 1Gi",
        },
      },
    ]) {
      const { objects, find, pod } = await render(stack);
      const all = (kind: string) => objects.filter((object) => object.kind === kind);
      for (const role of ROLES) {
        assert.equal(pod(role).containers[0].image, `quay.io/ibutsu/${role}:${tag}`);
        assert.equal(find(/^Deployment$/, role)?.spec.replicas, 1, `${stack} ${role}`);
      }
      assert.deepEqual(
        all("Ingress").map(({ spec }) => spec.rules[0].host),
        hosts.map((name) => `${name}.example.com`),
      );
      assert.deepEqual(
        all("ServersTransport").map(({ spec }) => spec.forwardingTimeouts.responseHeaderTimeout),
        ["60s", "60s"],
      );
      if (claims.length > 0) {
        const found = all("PersistentVolumeClaim").filter(({ metadata }) => !/schedule$/.test(metadata.name));
        const size = ({ metadata, spec }: Settings) =>
          `${metadata.name.replace("ibutsu-", "")} ${spec.resources.requests.storage}`;
        assert.deepEqual(found.map(size), claims);
      }
      for (const [role, wanted] of Object.entries(amounts)) {
        const { requests, limits } = pod(role).containers[0].resources;
        const found = [requests?.cpu, requests?.memory, limits?.cpu, limits?.memory];
        for (const [index, amount] of wanted.split(" ").entries()) {
          if (amount !== "-") assert.equal(found[index], amount, `${stack} ${role}`);
        }
      }
      assert.equal(find(/^CronJob$/, "postgres-backup") !== undefined, stack === "prod");
    }
  });

  it("asks by the documented probes, and waits for what is under way as long as is documented", async () => {
    const { pod } = await render("prod");
    for (const [role, path, ...numbers] of [
      ["backend", "/api/health", 30, 20, 10, 20, 5],
      ["frontend", "/", 10, 1, 10, 1, 5],
    ] as const) {
      const { livenessProbe: alive, readinessProbe: ready } = pod(role).containers[0];
      assert.deepEqual(
        [alive.httpGet.path, ready.httpGet.path, alive.initialDelaySeconds],
        [path, path, undefined],
      );
      const found = [alive.periodSeconds, alive.timeoutSeconds, ready.periodSeconds, ready.timeoutSeconds];
      assert.deepEqual([...found, ready.initialDelaySeconds], numbers, role);
    }
    const frontend = pod("frontend").containers[0];
    assert.equal(frontend.livenessProbe.failureThreshold, 6, "begun anew long after it has left rotation");
    const ping = pod("worker").containers[0].livenessProbe;
    assert.deepEqual([ping.periodSeconds, ping.timeoutSeconds], [60, 20]);
    assert.equal(pod("backend").terminationGracePeriodSeconds, 45);
    assert.equal(pod("worker").terminationGracePeriodSeconds, 300);
  });

  it("refuses in prod what its documents warn of, and images without a digest", async () => {
    const without = {
      ...{ CELERY_BROKER_URL: null, CELERY_RESULT_BACKEND: null },
      ...{ POSTGRESQL_HOST: null, POSTGRESQL_DATABASE: null },
    };
    const refused = async (change: (settings: Settings) => void) => {
      const undo = example.configure("prod", change);
      const { code, output } = await example.render("prod");
      undo();
      assert.notEqual(code, 0);
      return output;
    };
    const queue = await refused((settings) => {
      settings.redis = { maxmemoryPolicy: "allkeys-lru", persistence: false };
    });
    tellsOf(queue, ["redis.maxmemoryPolicy", "redis.persistence"]);
    const output = await refused((settings) => {
      settings.secrets = { jwt: { length: 16 } };
      Object.assign(settings.schedulers.scheduler, {
        replicas: 2,
        strategy: { type: "RollingUpdate" },
        env: without,
      });
      settings.workers.worker.env = without;
      settings.services.flower.env = { FLOWER_BASIC_AUTH: null, CELERY_BROKER_URL: null };
      settings.ingress.tls = { enabled: false };
      settings.backend.env = {
        IBUTSU_SUPERADMIN_PASSWORD: "admin12345",
        IBUTSU_SUPERADMIN_EMAIL: null,
        JWT_SECRET: "",
        POSTGRESQL_HOST: null,
        POSTGRESQL_PASSWORD: "ibutsu",
        SQLALCHEMY_DATABASE_URI: "postgres://elsewhere/ibutsu",
        CELERY_BROKER_URL: "redis://:hunter2@elsewhere:6379/0",
        CELERY_RESULT_BACKEND: null,
        FRONTEND_URL: "https://ibutsu-frontend.ibutsu-prod.svc.cluster.local",
        BACKEND_URL: "https://ibutsu-api.example.com/api",
      };
    });
    const variables = (role: string, names: string[]) => names.map((name) => `${role}.env.${name}`);
    tellsOf(output, [
      ...["secrets.jwt.length", "ingress.tls.enabled"],
      ...["schedulers.scheduler.replicas", "schedulers.scheduler.strategy.type"],
      ...["backend", "frontend", "workers.worker", "schedulers.scheduler", "services.flower"].map(
        (role) => `${role}.image`,
      ),
      "cronJobs.vacuum.image",
      ...variables("backend", ["JWT_SECRET", "IBUTSU_SUPERADMIN_PASSWORD", "IBUTSU_SUPERADMIN_EMAIL"]),
      ...variables("backend", ["POSTGRESQL_HOST", "POSTGRESQL_PASSWORD", "SQLALCHEMY_DATABASE_URI"]),
      ...variables("backend", ["CELERY_BROKER_URL", "CELERY_RESULT_BACKEND", "FRONTEND_URL", "BACKEND_URL"]),
      ...variables("workers.worker", Object.keys(without)),
      ...variables("schedulers.scheduler", Object.keys(without)),
      ...variables("services.flower", ["FLOWER_BASIC_AUTH", "CELERY_BROKER_URL"]),
    ]);
    assert.doesNotMatch(output, /hunter2/);
  });

  it("lets roles reach what they need, and Flower be reached by nobody but Prometheus", async () => {
    const { stdout, pod } = await render("prod");
    const policies = policiesIn(stdout);
    const inside = (role: string) => place("ibutsu", "ibutsu-prod", role);
    const may = (from: string, to: string, port: number) => reaches(policies, inside(from), inside(to), port);
    for (const role of ["backend", "worker", "scheduler", "migration", "vacuum", "postgres-backup"]) {
      assert.ok(may(role, "postgres", 5432), role);
    }
    for (const role of ["backend", "worker", "scheduler", "flower"]) {
      assert.ok(may(role, "redis", 6379), role);
      assert.ok(!may(role, "flower", 5555) || role === "flower", role);
    }
    for (const [from, to, port] of [
      ["frontend", "postgres", 5432],
      ["frontend", "backend", 8080],
      ["flower", "postgres", 5432],
      ["vacuum", "redis", 6379],
      ["migration", "redis", 6379],
    ] as const) {
      assert.ok(!may(from, to, port), `${from} to ${to}`);
    }
    const variables: { name: string }[] = pod("migration").containers[0].env;
    assert.deepEqual(
      variables.map(({ name }) => name),
      ["DATABASE", "HOST", "PASSWORD", "PORT", "SSLMODE", "USER"].map((name) => `POSTGRESQL_${name}`),
    );
    const ingress = { namespace: "traefik", labels: {} };
    const prometheus = { namespace: "monitoring", labels: {} };
    const flower = inside("flower");
    for (const role of ["backend", "frontend"]) assert.ok(reaches(policies, ingress, inside(role), 8080));
    assert.ok(!reaches(policies, ingress, flower, 5555));
    assert.ok(reaches(policies, prometheus, flower, 5555));
    const mail = { namespace: "elsewhere", labels: {} };
    for (const port of [443, 587]) {
      const out = [...ROLES, "migration", "vacuum"].filter((role) =>
        reaches(policies, inside(role), mail, port),
      );
      assert.deepEqual(out, ["backend"], `${port}`);
    }
  });

  it("may have a database and a queue of somebody else's, in a namespace by another name", async () => {
    const undo = example.configure("acc", (settings) => {
      settings.namespace = "results";
      settings.secrets = { database: {}, queue: {} };
      const server = { mode: "external", cidr: "10.20.0.0/16" };
      const database = { host: "db.example.com", user: "ibutsu", database: "ibutsu" };
      settings.postgres = { ...server, ...database, password: "${secrets.database}" };
      settings.redis = { ...server, host: "queue.example.com", password: "${secrets.queue}", tls: true };
    });
    const { stdout, objects, pod } = await render("acc");
    undo();
    assert.doesNotMatch(stdout, /^kind: StatefulSet$/m);
    const namespaces = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
    assert.deepEqual(namespaces, new Set(["results"]));
    const variables: Settings[] = pod("worker").containers[0].env;
    const host = variables.find(({ name }) => name === "POSTGRESQL_HOST");
    assert.equal(host?.value, "db.example.com");
    const rules = policiesIn(stdout).flatMap(({ spec }) => spec?.egress ?? []);
    const there = rules.filter(({ to }) => to?.some(({ ipBlock }) => ipBlock?.cidr === "10.20.0.0/16"));
    const ports = new Set(there.flatMap(({ ports = [] }) => ports.map(({ port }) => port)));
    assert.deepEqual(ports, new Set([5432, 6379]));
  });
});

describe("ibutsu in production", () => {
  const namespace = "ibutsu-prod";
  const api = "https://ibutsu-api.example.com";
  let example: Example;
  let client: Client;

  before(async () => {
    example = new Example("ibutsu");
    await example.up("prod");
    const { secrets } = await example.outputs("prod");
    client = await Client.login(api, "admin@ibutsu.example.com", secrets.admin);
  });

  after(async () => {
    await example.remove("prod");
  });

  it("runs each role once, is dumped on Saturdays, and restored from it with all its tables", async () => {
    for (const role of ROLES) await settled(namespace, role, 1);
    await client.imported(await client.import("results.xml", junit(3)));
    const run = JSON.parse((await client.get("/run")).body).runs[0].id;
    await sql(
      `insert into artifacts (id, run_id, filename, content) values ('a', '${run}', 'log', 'text')`,
      namespace,
    );
    const { schedule, settings, log } = await runCronJob(namespace, "ibutsu-postgres-backup");
    assert.deepEqual([schedule, settings.KEEP], ["1 0 * * 6", "5"]);
    const dump = /scheduled\/\S+\.dump/.exec(log)?.[0];
    assert.ok(dump, log);
    await sql("drop table artifacts; truncate runs cascade", namespace);
    assert.deepEqual(JSON.parse((await client.get("/run")).body).runs, []);
    await runCronJob(namespace, "ibutsu-postgres-restore", { DUMP: dump });
    assert.equal(await sql("select count(*) from artifacts", namespace), "1");
    assert.equal(JSON.parse((await client.get("/run")).body).runs[0].id, run);
    assert.equal(await sql("select count(*) from results", namespace), "4");
  });
});

describe("ibutsu", () => {
  let example: Example;
  let client: Client;
  let firstImages: string;
  let firstUp: Record<string, number>;

  const backend = (file: string) => join(example.folder, "image/backend", file);
  const password = async () => (await example.outputs("dev")).secrets.admin as string;

  before(async () => {
    example = new Example("ibutsu");
    const stop = asking(`${API}/api/login`, { everyMs: 1000, ...guess });
    await example.up("dev").finally(async () => {
      firstUp = await stop();
    });
    firstImages = JSON.stringify((await example.outputs("dev")).images);
    client = await Client.login(API, ADMIN, await password());
  });

  /** An import that can't go on until the table is free, as under load. */
  const beginImport = async () => {
    const locked = sql("begin; lock table runs in exclusive mode; select pg_sleep(20)").catch(() => "");
    const locks =
      "select count(*) from pg_locks where mode = 'ExclusiveLock' and relation = 'runs'::regclass";
    await eventually("the lock", async () => (await sql(locks)) !== "0");
    const id = await client.import("slow.xml", junit(1));
    await eventually("begun", async () => (await client.statusOf(id)) === "running");
    const release = async () => {
      await sql("select pg_cancel_backend(pid) from pg_stat_activity where query ~ '^begin; lock'");
      await locked;
    };
    return { id, release };
  };

  it("has its schema and its administrator before anybody can reach it", async () => {
    assert.deepEqual(
      Object.keys(firstUp).filter((status) => !["404", "401"].includes(status)),
      [],
      "no way in, and then an API that knows who may",
    );
    assert.equal(JSON.parse((await client.get("/user")).body).is_superadmin, true);
    assert.equal((await ask(`${API}/api/login`, guess)).status, 401);
  });

  it("begins with its stores, then migrates, and then begins all else", async () => {
    const time = (value?: Date) => new Date(value ?? "").getTime();
    const readySince = async (role: string) =>
      time(
        (await pods(NAMESPACE, role))[0]?.status?.conditions?.find(({ type }) => type === "Ready")
          ?.lastTransitionTime,
      );
    const state = (await pods(NAMESPACE, "migration"))[0]?.status?.containerStatuses?.[0]?.state?.terminated;
    const [started, finished] = [time(state?.startedAt), time(state?.finishedAt)];
    assert.ok((await readySince("postgres")) <= started);
    for (const role of ROLES) {
      const created = time((await pods(NAMESPACE, role))[0]?.metadata?.creationTimestamp);
      assert.ok(created >= finished && created >= (await readySince("redis")), role);
    }
  });

  it("gives all roles one broker, whose password stands in no pod's text", async () => {
    const brokers = new Set<string>();
    for (const role of ["backend", "worker", "scheduler", "flower"]) {
      const variables = ["CELERY_BROKER_URL", "CELERY_RESULT_BACKEND"];
      const { stdout } = await inPod(NAMESPACE, role, ["printenv", ...variables]);
      const text = JSON.stringify((await pods(NAMESPACE, role)).map(({ spec }) => spec));
      for (const url of stdout.trim().split("\n")) {
        brokers.add(url);
        const { password } = new URL(url);
        assert.ok(password.length >= 16, role);
        assert.ok(!text.includes(password) && !text.includes(decodeURIComponent(password)), role);
      }
    }
    assert.equal(brokers.size, 1);
  });

  it("is there over https alone, and its page asks the API at its public address", async () => {
    for (const url of [UI, API]) {
      const { status, headers } = await ask(`${url.replace("https:", "http:")}/`);
      assert.deepEqual([status, headers.location], [301, `${url}/`]);
    }
    assert.match(
      (await ask(`${UI}/settings.js`)).body,
      /"serverUrl": "https:\/\/dev-ibutsu-api\.example\.com\/api"/,
    );
    assert.match((await ask(`${UI}/project/1/runs`)).body, /<title>Ibutsu<\/title>/);
    const { headers, status } = await ask(`${API}/api/health`, { headers: { origin: UI } });
    assert.deepEqual([status, headers["access-control-allow-origin"]], [200, "*"]);
    const info = JSON.parse((await ask(`${API}/api/health/info`)).body);
    assert.deepEqual([info.frontend, info.backend], [UI, API]);
    // What it knows of who asks, and how, comes from the ingress.
    const { status: moved, headers: to } = await ask(`${API}/api/ui?who`);
    assert.deepEqual([moved, to.location], [307, `${API}/api/ui/?who`]);
    const seen = await eventually("the request in the log", async () =>
      (await logsOf(NAMESPACE, "backend")).find((line) => line.includes("/api/ui?who")),
    );
    assert.match(seen, /\b127\.0\.0\.1\b/);
  });

  it("has results imported by the worker, archives of many megabytes too", async () => {
    await client.imported(await client.import("results.xml", junit(3)));
    const { runs } = JSON.parse((await client.get("/run")).body);
    assert.deepEqual(runs[0].summary, { failed: 1, error: 0, skipped: 0, tests: 4 });
    const folder = mkdtempSync(join(tmpdir(), "ibutsu-"));
    try {
      writeFileSync(join(folder, "one.xml"), junit(1));
      writeFileSync(join(folder, "two.xml"), junit(2));
      writeFileSync(join(folder, "screenshot.png"), randomBytes(20 * 1024 * 1024));
      const archive = execFileSync("tar", ["-cz", "-C", folder, "."], { maxBuffer: 64 * 1024 * 1024 });
      await client.imported(await client.import("results.tar.gz", archive));
    } finally {
      rmSync(folder, { recursive: true });
    }
    assert.equal(await sql("select count(*) from results"), "9");
    const artifact = (bytes: number) =>
      ask(
        `${API}/api/artifact`,
        upload("log", Buffer.alloc(bytes), client.token, {
          file: "file",
          filename: "log",
          runId: runs[0].id,
        }),
      );
    assert.equal((await artifact(1024)).status, 201);
    assert.equal((await artifact(5 * 2 ** 20 + 1)).status, 413);
    // What the API itself refuses, and what doesn't get as far.
    for (const [mebibytes, status] of [
      [101, 415],
      [111, 413],
    ]) {
      const question = upload("results.txt", Buffer.alloc((mebibytes ?? 0) * 2 ** 20), client.token);
      assert.equal((await ask(`${API}/api/import`, question)).status, status);
    }
  });

  it("shows its queue to whoever knows Flower's password, by a port that one person opens", async () => {
    const [pod] = await pods(NAMESPACE, "flower");
    assert.equal(pod?.metadata?.annotations?.["prometheus.io/port"], "5555");
    const { secrets } = await example.outputs("dev");
    const { url, close } = await portForward(NAMESPACE, "svc/ibutsu-flower", 5555);
    try {
      const status = async (path: string, login?: string) => {
        const authorization = `Basic ${Buffer.from(login ?? "").toString("base64")}`;
        return (await fetch(`${url}${path}`, login ? { headers: { authorization } } : {})).status;
      };
      assert.deepEqual(
        [await status("/"), await status("/", "ibutsu:wrong"), await status("/", `ibutsu:${secrets.flower}`)],
        [401, 401, 200],
      );
      assert.deepEqual([await status("/healthcheck"), await status("/metrics")], [200, 200]);
    } finally {
      await close();
    }
    for (const url of [UI, API]) assert.doesNotMatch((await ask(`${url}/metrics`)).body, /flower_/);
  });

  it("runs as user 1001 of group 0 on files that it can't change, and beat writes on its volume", async () => {
    for (const role of ROLES) {
      const probe =
        "id -u; id -g; touch /app/ibutsu_server/x /opt/app-root/src/build/x && echo written; ls /beat";
      const { stdout } = await inPod(NAMESPACE, role, ["sh", "-c", probe]);
      const [user, group, ...files] = stdout.trim().split("\n");
      assert.deepEqual([user, group], ["1001", "0"], role);
      assert.equal(files.join(" ").includes("schedule"), role === "scheduler", role);
    }
  });

  it("would not start by its images' own commands where their files can't be written", async () => {
    const page = await inPod(NAMESPACE, "frontend", ["/opt/app-root/bin/entrypoint.sh", "true"]);
    assert.notEqual(page.code, 0);
    assert.match(page.output, /settings\.js: Read-only file system/);
    const beat = await inPod(NAMESPACE, "scheduler", [
      ...["timeout", "30", "celery", "--app", "ibutsu_server:scheduler_app", "beat", "--loglevel=info"],
      ...["--pidfile=ibutsu_server/celerybeat.pid", "--schedule=ibutsu_server/celerybeat-schedule"],
    ]);
    assert.match(beat.output, /Read-only file system/);
  });

  it("knows no variables but its own: those of Services would end its start, and so would others", async () => {
    const said = await starts("backend", {
      nothing: [{}, "ibutsu_server.connexion_app"],
      port: [{ POSTGRESQL_PORT: "tcp://10.0.0.1:5432" }, "ibutsu_server.connexion_app"],
      prefix: [{ IBUTSU_SUPERADMIN_SERVICE_HOST: "10.0.0.1" }, "ibutsu_server.connexion_app"],
      nobody: [{ IBUTSU_SUPERADMIN_EMAIL: null }, "ibutsu_server.connexion_app"],
      localhost: [{ POSTGRESQL_HOST: null }, "ibutsu_server.connexion_app"],
      file: [{ POSTGRESQL_HOST: "" }, "ibutsu_server.connexion_app"],
      dialect: [{ SQLALCHEMY_DATABASE_URI: "postgres://elsewhere/ibutsu" }, "ibutsu_server.connexion_app"],
      queue: [{ CELERY_BROKER_URL: null }, "print(ibutsu_server.worker_app.conf.broker_url)"],
      elsewhere: [{ CELERY_BROKER_URL: null }, "os.chdir('/tmp'); ibutsu_server.worker_app"],
      tables: [
        {},
        "os.environ['SQLALCHEMY_DATABASE_URI'] = uri('postgres'); ibutsu_server.connexion_app; print(has_users())",
      ],
      uri: [
        {},
        "os.environ['SQLALCHEMY_DATABASE_URI'] = uri('ibutsu'); os.environ['POSTGRESQL_HOST'] = ''; print(has_users())",
      ],
      parts: [
        {},
        "os.environ.update({'POSTGRES_' + key[11:]: value for key, value in os.environ.items() if key[:11] == 'POSTGRESQL_'}, POSTGRESQL_HOST=''); print(has_users())",
      ],
      statement: [{}, "print(database().connect().exec_driver_sql('show statement_timeout').scalar())"],
      pool: [{}, "print(database().pool.size(), database().pool._max_overflow)"],
      limit: [{ CELERY_TASK_TIME_LIMIT: "60" }, "print(ibutsu_server.worker_app.conf.task_time_limit)"],
      lifetime: [{ JWT_LIFETIME_SECONDS: "60" }, "print(lifetime())"],
    });
    for (const [name, message] of [
      ["nothing", /^$/],
      ["port", /invalid literal for int/],
      ["prefix", /unexpected keyword argument 'service_host'/],
      ["nobody", /missing 1 required keyword-only argument: 'email'/],
      ["localhost", /connection to server at "localhost"/],
      ["file", /^No database configuration found.*unable to open database file/s],
      ["dialect", /Can't load plugin: sqlalchemy\.dialects:postgres/],
      ["queue", /^redis:\/\/localhost:6379/],
      ["elsewhere", /Missing required environment variable: CELERY_BROKER_URL/],
      ["tables", /^False$/],
      ["uri", /^True$/],
      ["parts", /^True$/],
      ["statement", /^25s$/],
      ["pool", /^5 10$/],
      ["limit", /^60$/],
      ["lifetime", /^60$/],
    ] as const) {
      assert.match(said[name] ?? "not said", message, name);
    }
    for (const [role, app] of Object.entries({ worker: "worker_app", scheduler: "scheduler_app" })) {
      const { stray } = await starts(role, {
        stray: [{ IBUTSU_SUPERADMIN_SERVICE_HOST: "10.0.0.1" }, `ibutsu_server.${app}`],
      });
      assert.match(stray ?? "", /unexpected keyword argument 'service_host'/, role);
    }
    const flower = ["celery", "--app=ibutsu_server:flower_app", "flower", "--port=5556"];
    const link = await inPod(NAMESPACE, "flower", ["env", "FLOWER_PORT=tcp://10.0.0.1:5555", ...flower]);
    assert.notEqual(link.code, 0);
    for (const role of ["backend", "worker", "scheduler", "flower"]) {
      const { stdout } = await inPod(NAMESPACE, role, ["env"]);
      assert.doesNotMatch(stdout, /^(?!KUBERNETES_)\w+(_PORT=tcp:|_SERVICE_HOST=)/m, role);
      assert.equal(/IBUTSU_SUPERADMIN/.test(stdout), role === "backend", role);
    }
  });

  it("looks healthy without JWT_SECRET, and nobody can log in; minds its other settings", async () => {
    const email = "reader@dev-ibutsu.example.com";
    await sql(`
      insert into users (id, name, email, password, is_active, is_superadmin)
      select 'reader', 'Reader', '${email}', password, true, false from users where email = '${ADMIN}'`);
    const reader = await Client.login(API, email, await password());
    assert.equal((await reader.run("db.prune_old_files", { months: 3 })).status, 403);
    const { stdout, output } = await inPod(NAMESPACE, "backend", [
      ...["env", "-u", "JWT_SECRET", "PORT=9999", "GUNICORN_PROCESSES=2", "USER_LOGIN_ENABLED=false"],
      ...["python", "-c", SECOND_SERVER, email, await password()],
    ]);
    assert.deepEqual(
      stdout.trim().split("\n"),
      ["health 200", "login as admin 500", "login as reader 401", "port 9999 0", "processes 2"],
      output,
    );
  });

  it("runs one scheduler, with the documented times, even when somebody scales it by hand", async () => {
    await staysAlone(NAMESPACE, "ibutsu", "scheduler");
  });

  it("prunes what is old at the documented times, ages and in their order, and vacuums each night after that", async () => {
    const reading = `
from ibutsu_server import scheduler_app
for entry in scheduler_app.conf.beat_schedule.values():
    if entry["args"]: print(entry["task"].split(".", 2)[2], *entry["args"], entry["schedule"])`;
    const { stdout } = await inPod(NAMESPACE, "scheduler", ["python", "-c", reading]);
    const clock = (times: string) => `<crontab: ${times} (m/h/dM/MY/d)>`;
    assert.deepEqual(stdout.trim().split("\n"), [
      `db.prune_old_import_files 7 ${clock("0 2 * * *")}`,
      `db.prune_old_files 3 ${clock("0 4 * * 6")}`,
      `db.prune_old_results 5 ${clock("0 5 * * 6")}`,
      `db.prune_old_runs 12 ${clock("0 6 * * 6")}`,
    ]);
    const days = (number: number) => `now() - interval '${number} days'`;
    await sql(`
      insert into imports (id, filename, status, data, created) values
        ('old', 'old.xml', 'done', '{}', ${days(8)}), ('young', 'young.xml', 'done', '{}', ${days(6)});
      insert into import_files (id, import_id, content) values ('old', 'old', ''), ('young', 'young', '');
      insert into runs (id, summary, created) values
        ('old', '{"tests": 0}', ${days(361)}), ('young', '{"tests": 2}', ${days(359)});
      insert into results (id, run_id, test_id, result, duration, created) values
        ('old', 'young', 'works', 'passed', 0, ${days(151)}), ('young', 'young', 'works', 'passed', 0, ${days(149)});
      insert into artifacts (id, result_id, filename, content, created) values
        ('old', 'old', 'log', '', ${days(91)}), ('young', 'young', 'log', '', ${days(89)})`);
    const left = () =>
      sql(
        ["imports", "import_files", "artifacts", "results", "runs"]
          .map((table) => `select '${table} ' || id from ${table} where id in ('old', 'young')`)
          .join(" union all "),
      ).then((rows) => rows.split("\n").filter((row) => / old$/.test(row)));
    // What is asked for too early does nothing: a month is too young, and on results hang artifacts.
    for (const [task, params] of [
      ["db.prune_old_files", { months: 1 }],
      ["db.prune_old_results", { months: 5 }],
      ["db.prune_old_import_files", { days: 7 }],
    ] as const) {
      assert.equal((await client.run(task, params)).status, 202);
    }
    await eventually("old imports are gone", async () => !(await left()).includes("imports old"));
    assert.deepEqual((await left()).sort(), ["artifacts old", "results old", "runs old"]);
    for (const [task, months] of [
      ["db.prune_old_files", 3],
      ["db.prune_old_results", 5],
      ["db.prune_old_runs", 12],
    ] as const) {
      assert.equal((await client.run(task, { months })).status, 202);
    }
    await eventually("all that is old is gone", async () => (await left()).length === 0);
    const young =
      "select count(*) from imports, import_files, artifacts, results, runs where 'young' = all (array";
    assert.equal(
      await sql(`${young}[imports.id, import_files.id, artifacts.id, results.id, runs.id])`),
      "1",
      "and nothing that is young",
    );
    const { schedule, log } = await runCronJob(NAMESPACE, "ibutsu-vacuum");
    assert.equal(schedule, "0 3 * * *");
    assert.match(log, /vacuuming "ibutsu\.public\.results"/);
  });

  it("ends what its worker has begun, keeps what is queued, and stays up while its stores are away", async () => {
    const kept = await beginImport();
    await scale(NAMESPACE, "Deployment", "ibutsu-worker", 0);
    await eventually("told to end", async () =>
      (await logsOf(NAMESPACE, "worker")).some((line) => /Warm shutdown/.test(line)),
    );
    await kept.release();
    await client.imported(kept.id);
    await eventually("no worker", async () => (await pods(NAMESPACE, "worker")).length === 0);
    const queued = await client.import("queued.xml", junit(1));
    const [redis] = await pods(NAMESPACE, "redis");
    const restarts = async () => restartsOf((await pods(NAMESPACE, "backend"))[0]);
    const before = await restarts();
    try {
      await endPod(NAMESPACE, redis);
      await scale(NAMESPACE, "StatefulSet", "ibutsu-postgres", 0);
      await eventually("no database", async () => (await pods(NAMESPACE, "postgres")).length === 0);
      await eventually("no answers", async () => (await client.get("/user")).status === 500);
      assert.equal((await ask(`${API}/api/health`)).status, 200);
      assert.ok((await pods(NAMESPACE, "backend")).every(isReady));
      // Who begins now doesn't get far.
      const { nothing } = await starts("backend", { nothing: [{}, "ibutsu_server.connexion_app"] });
      assert.match(nothing ?? "", /OperationalError/);
    } finally {
      await scale(NAMESPACE, "StatefulSet", "ibutsu-postgres", 1);
    }
    await eventually("another Redis", async () =>
      (await pods(NAMESPACE, "redis")).some(
        (pod) => isReady(pod) && pod.metadata?.uid !== redis?.metadata?.uid,
      ),
    );
    // Whoever connects while it comes back waits for a minute.
    await settled(NAMESPACE, "postgres", 1);
    await eventually("answers", async () => (await client.get("/user")).status === 200);
    assert.equal(await restarts(), before);
    assert.equal((await ask(`${API}/api/health/database`)).status, 401);
    assert.equal((await client.get("/health/database")).status, 503, "whatever the database does");
    assert.equal(await client.statusOf(queued), "pending");
    await scale(NAMESPACE, "Deployment", "ibutsu-worker", 1);
    await client.imported(queued);
  });

  it("would lose a task whose worker is killed", async () => {
    const [worker] = await settled(NAMESPACE, "worker", 1);
    const lost = await beginImport();
    await killWorker(NAMESPACE, worker);
    // The one that was killed may go on for a moment, behind the lock.
    await eventually("the next worker", async () =>
      (await logsOf(NAMESPACE, "worker")).some((line) => /ibutsu-worker@\S+ ready\./.test(line)),
    );
    await lost.release();
    await client.imported(await client.import("next.xml", junit(1)));
    assert.equal(await client.statusOf(lost.id), "running", "and nobody runs it any more");
  });

  it("migrates before a new release serves, without a failed request or a second scheduler, and keeps sessions", async () => {
    const revision = `
from alembic import op
revision, down_revision, branch_labels, depends_on = "0002", "0001", None, None

def upgrade():
    op.execute("create table release (name text)")
    op.execute("insert into release values ('second')")

def downgrade():
    op.execute("drop table release")
`;
    writeFileSync(backend("alembic/versions/0002_release.py"), revision);
    const queue = readFileSync(backend("ibutsu_server/queue.py"), "utf8");
    assert.match(queue, /SYNC_SECONDS = 30 \* 60/);
    writeFileSync(
      backend("ibutsu_server/queue.py"),
      queue.replace("SYNC_SECONDS = 30 * 60", "SYNC_SECONDS = 5"),
    );
    const page = join(example.folder, "image/frontend/build/index.html");
    writeFileSync(page, readFileSync(page, "utf8").replace("<h1>Ibutsu</h1>", "<h1>Ibutsu, second</h1>"));
    // A run whose end never came in: what the scheduler sends each 5 s then, the worker does.
    const { id: aborted } = JSON.parse((await client.get("/run")).body).runs[0];
    const tests = () => sql(`select summary->>'tests' from runs where id = '${aborted}'`);
    const counted = await tests();
    await sql(`update runs set summary = '{"tests": 0}' where id = '${aborted}'`);
    const begun = new Date();
    const stops = [`${API}/api/health`, UI].map((url) => asking(url, { everyMs: 50 }));
    const countPods = await mostPods(NAMESPACE);
    let most: Record<string, number> = {};
    await example.up("dev").finally(() => {
      most = countPods();
    });
    await settled(NAMESPACE, "backend", 1);
    for (const stop of stops) {
      const statuses = await stop();
      assert.deepEqual(Object.keys(statuses), ["200"], JSON.stringify(statuses));
    }
    assert.deepEqual([most.backend, most.scheduler], [2, 1], "of what overlaps, and of what must not");
    assert.match((await ask(UI)).body, /Ibutsu, second/);
    const pruned = await lastPrunes();
    assert.deepEqual(
      pruned.map((time) => time < begun),
      [true, true, true, true],
      "the new scheduler doesn't begin its day anew",
    );
    assert.equal(await sql("select count(*) from release"), "1");
    assert.equal((await client.get("/user")).status, 200, "the old session goes on");
    await eventually("a scheduled task", async () => (await tests()) === counted);
  });

  it("fails requests where pods are killed, which a release doesn't; and has one scheduler again", async () => {
    const stops = [`${API}/api/health`, UI].map((url) => asking(url, { everyMs: 50 }));
    const killed = ["backend", "frontend", "scheduler"];
    const old = await Promise.all(killed.map(async (role) => (await settled(NAMESPACE, role, 1))[0]));
    await Promise.all(old.map((pod) => endPod(NAMESPACE, pod, "once")));
    for (const [index, role] of killed.entries()) {
      const [pod] = await settled(NAMESPACE, role, 1);
      assert.notEqual(nameOf(pod), nameOf(old[index]));
    }
    for (const stop of stops) {
      const statuses = await stop();
      assert.ok(Object.keys(statuses).length > 1, JSON.stringify(statuses));
    }
  });

  it("goes on in the old version when a migration fails, and says why", async () => {
    const file = backend("alembic/versions/0003_broken.py");
    const header = 'revision, down_revision, branch_labels, depends_on = "0003", "0002", None, None';
    writeFileSync(file, `${header}\n\ndef upgrade():\n    raise RuntimeError("no such column: colour")\n`);
    const before = await podsOf(NAMESPACE, "backend");
    const { code, output } = await example.pulumi("up", "-s", "dev", "--yes", "--skip-preview");
    rmSync(file);
    assert.notEqual(code, 0);
    assert.match(output, /no such column: colour/);
    assert.deepEqual(await podsOf(NAMESPACE, "backend"), before);
    assert.equal((await client.get("/user")).status, 200);
  });

  it("goes back to the release before, on the new schema; and another key ends all sessions", async () => {
    example.configure("dev", (settings) => {
      // The old image doesn't know the new revision, and would end there.
      settings.migration = { enabled: false };
      settings.secrets = { jwt: { length: 72 } };
    });
    const stops = [`${API}/api/health`, UI].map((url) => asking(url, { everyMs: 100 }));
    await example.withVariable("SERVICE_STACK_IMAGES", firstImages, () => example.up("dev"));
    await settled(NAMESPACE, "backend", 1);
    for (const stop of stops) {
      const statuses = await stop();
      assert.deepEqual(Object.keys(statuses), ["200"], JSON.stringify(statuses));
    }
    assert.doesNotMatch((await ask(UI)).body, /second/);
    assert.equal(await sql("select count(*) from release"), "1");
    assert.equal((await client.get("/user")).status, 401);
    const again = await Client.login(API, ADMIN, await password());
    assert.equal((await again.get("/user")).status, 200);
  });
});
