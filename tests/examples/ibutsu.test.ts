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
import { Example, inPod, query, tellsOf } from "./example";
import { runCronJob } from "./jobs";
import {
  endPod,
  isReady,
  isRunning,
  logsOf,
  nameOf,
  pods,
  restartsOf,
  scale,
  settled,
  staysAlone,
} from "./observe";
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

/** A form with one file, as a browser or `curl --form` sends it. */
function upload(name: string, content: string | Buffer, token: string): Question {
  const boundary = "----ibutsu";
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="importFile"; filename="${name}"\r\n\r\n`;
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

  async statusOf(id: string): Promise<string> {
    return JSON.parse((await this.get(`/import/${id}`)).body).status;
  }

  imported(id: string): Promise<boolean> {
    return eventually(`import ${id}`, async () => (await this.statusOf(id)) === "done");
  }
}

describe("ibutsu, as it is written", () => {
  let example: Example;

  before(() => {
    example = new Example("ibutsu", { standIns: false });
  });

  it("runs the images that are published, by the tag that each environment follows", async () => {
    for (const [stack, tag] of [
      ["dev", "main"],
      ["acc", "main"],
      ["prod", "3\\.1\\.1@sha256:\\w{64}"],
    ]) {
      const { code, stdout } = await example.render(stack ?? "");
      assert.equal(code, 0, stdout);
      for (const role of ["backend", "frontend", "worker", "scheduler", "flower"]) {
        assert.match(stdout, new RegExp(`image: quay\\.io/ibutsu/${role}:${tag}$`, "m"));
      }
    }
  });

  it("has the storage and the memory of the templates in each environment, and dumps in prod alone", async () => {
    for (const [stack, claims, limits] of [
      ["acc", ["postgres 40Gi", "redis 2Gi"], ["postgres 512Mi", "redis 512Mi"]],
      [
        "prod",
        ["postgres 100Gi", "postgres-backup 30Gi", "redis 2Gi"],
        ["backend 1Gi", "worker 512Mi", "flower 256Mi", "postgres 512Mi", "redis 512Mi"],
      ],
    ] as const) {
      const { stdout } = await example.render(stack);
      const objects = parseAllDocuments(stdout).map((document) => document.toJS());
      const short = ({ metadata }: { metadata: { name: string } }) => metadata.name.replace("ibutsu-", "");
      for (const claim of claims) {
        const [role, storage] = claim.split(" ");
        const found = objects.find(
          (object) => object?.kind === "PersistentVolumeClaim" && short(object) === role,
        );
        assert.equal(found?.spec.resources.requests.storage, storage, `${stack} ${role}`);
      }
      for (const limit of limits) {
        const [role, memory] = limit.split(" ");
        const found = objects.find(
          (object) => /^(Deployment|StatefulSet)$/.test(object?.kind) && short(object) === role,
        );
        assert.equal(
          found?.spec.template.spec.containers[0].resources.limits.memory,
          memory,
          `${stack} ${role}`,
        );
      }
      assert.equal(/name: ibutsu-postgres-backup$/m.test(stdout), stack === "prod");
    }
  });

  it("refuses in prod what its documents warn of", async () => {
    const undo = example.configure("prod", (settings) => {
      settings.secrets = { jwt: { length: 16 } };
      settings.redis = { maxmemoryPolicy: "allkeys-lru", persistence: false };
      settings.schedulers.scheduler.replicas = 2;
      settings.services.flower.env = { FLOWER_BASIC_AUTH: null };
      settings.ingress.tls = { enabled: false };
      settings.backend.env = {
        IBUTSU_SUPERADMIN_PASSWORD: "admin12345",
        IBUTSU_SUPERADMIN_EMAIL: null,
        JWT_SECRET: "",
        POSTGRESQL_HOST: null,
        POSTGRESQL_PASSWORD: "ibutsu",
        SQLALCHEMY_DATABASE_URI: "postgres://elsewhere/ibutsu",
        CELERY_BROKER_URL: null,
        FRONTEND_URL: "${frontend.url}",
        BACKEND_URL: "https://ibutsu-api.example.com/api",
      };
    });
    const { code, output } = await example.render("prod");
    undo();
    assert.notEqual(code, 0);
    const env = "backend.env.";
    tellsOf(output, [
      ...[
        "secrets.jwt.length",
        "redis.maxmemoryPolicy",
        "redis.persistence",
        "schedulers.scheduler.replicas",
      ],
      ...["services.flower.env.FLOWER_BASIC_AUTH", "ingress.tls.enabled", `${env}JWT_SECRET`],
      ...[`${env}IBUTSU_SUPERADMIN_PASSWORD`, `${env}IBUTSU_SUPERADMIN_EMAIL`, `${env}POSTGRESQL_HOST`],
      ...[`${env}POSTGRESQL_PASSWORD`, `${env}SQLALCHEMY_DATABASE_URI`, `${env}CELERY_BROKER_URL`],
      ...[`${env}FRONTEND_URL`, `${env}BACKEND_URL`],
    ]);
  });

  it("lets roles reach what they need, and Flower be reached by nobody but Prometheus", async () => {
    const { stdout } = await example.render("prod");
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
    ] as const) {
      assert.ok(!may(from, to, port), `${from} to ${to}`);
    }
    const ingress = { namespace: "traefik", labels: {} };
    const prometheus = { namespace: "monitoring", labels: {} };
    const flower = inside("flower");
    for (const role of ["backend", "frontend"]) assert.ok(reaches(policies, ingress, inside(role), 8080));
    assert.ok(!reaches(policies, ingress, flower, 5555));
    assert.ok(reaches(policies, prometheus, flower, 5555));
    const mail = { namespace: "elsewhere", labels: {} };
    for (const port of [443, 587]) {
      const out = ["backend", "worker", "scheduler", "frontend"].filter((role) =>
        reaches(policies, inside(role), mail, port),
      );
      assert.deepEqual(out, ["backend"], `${port}`);
    }
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

  it("runs each role once, by the documented probes, and waits for its tasks as long as is documented", async () => {
    for (const [role, seconds] of [
      ["backend", 45],
      ["worker", 300],
    ] as const) {
      const [pod] = await settled(namespace, role, 1);
      assert.equal(pod?.spec?.terminationGracePeriodSeconds, seconds, role);
    }
    const [pod] = await pods(namespace, "worker");
    const ping = pod?.spec?.containers[0]?.livenessProbe;
    assert.deepEqual([ping?.periodSeconds, ping?.timeoutSeconds], [60, 20]);
    for (const [role, path, alive, ready, wait] of [
      ["backend", "/api/health", 30, 10, 20],
      ["frontend", "/", 10, 10, undefined],
    ] as const) {
      const container = (await pods(namespace, role))[0]?.spec?.containers[0];
      const { livenessProbe: liveness, readinessProbe: readiness } = container ?? {};
      assert.deepEqual([liveness?.httpGet?.path, readiness?.httpGet?.path], [path, path]);
      assert.deepEqual([liveness?.periodSeconds, readiness?.periodSeconds], [alive, ready]);
      assert.deepEqual([liveness?.initialDelaySeconds, readiness?.initialDelaySeconds], [undefined, 5]);
      if (wait) assert.deepEqual([liveness?.timeoutSeconds, readiness?.timeoutSeconds], [wait, wait]);
    }
  });

  it("is dumped on Saturdays, and restored from it with all its tables", async () => {
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
    await sql("drop table artifacts; delete from runs", namespace);
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
    for (const role of ["backend", "worker", "scheduler", "frontend"]) {
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
    // What the API itself refuses, and what doesn't get as far.
    for (const [mebibytes, status] of [
      [101, 415],
      [111, 413],
    ]) {
      const question = upload("results.txt", Buffer.alloc((mebibytes ?? 0) * 2 ** 20), client.token);
      assert.equal((await ask(`${API}/api/import`, question)).status, status);
    }
  });

  it("shows its queue to whoever knows Flower's password, from inside", async () => {
    const [pod] = await pods(NAMESPACE, "flower");
    assert.equal(pod?.metadata?.annotations?.["prometheus.io/port"], "5555");
    const secret = (await example.outputs("dev")).secrets.flower;
    const asked = `
import base64, sys, urllib.request, urllib.error
for path, login in (("/", None), ("/", "ibutsu:wrong"), ("/", sys.argv[1]), ("/healthcheck", None), ("/metrics", None)):
    headers = {"Authorization": "Basic " + base64.b64encode(login.encode()).decode()} if login else {}
    try:
        print(urllib.request.urlopen(urllib.request.Request("http://localhost:5555" + path, headers=headers)).status)
    except urllib.error.HTTPError as error:
        print(error.code)`;
    const { output } = await inPod(NAMESPACE, "flower", ["python", "-c", asked, `ibutsu:${secret}`]);
    assert.deepEqual(output.trim().split("\n"), ["401", "401", "200", "200", "200"], output);
    for (const url of [UI, API]) assert.doesNotMatch((await ask(`${url}/metrics`)).body, /flower_/);
  });

  it("runs as user 1001 of group 0 on files that it can't change, and beat writes on its volume", async () => {
    for (const role of ["backend", "worker", "scheduler", "flower", "frontend"]) {
      const probe = "id -u; id -g; touch /app/ibutsu_server/x /opt/app-root/src/build/x && echo written";
      const { stdout } = await inPod(NAMESPACE, role, ["sh", "-c", probe]);
      assert.deepEqual(stdout.trim().split("\n"), ["1001", "0"], role);
    }
    const { stdout } = await inPod(NAMESPACE, "scheduler", ["sh", "-c", "ls /beat"]);
    assert.match(stdout, /schedule/);
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

  it("knows no variables but its own: those of Services would end its start", async () => {
    const start = (role: string, app: string, ...variables: string[]) =>
      inPod(NAMESPACE, role, [...["env", ...variables, "python", "-c", `from ibutsu_server import ${app}`]]);
    const begun = await start("backend", "connexion_app");
    assert.equal(begun.code, 0, begun.output);
    const port = await start("backend", "connexion_app", "POSTGRESQL_PORT=tcp://10.0.0.1:5432");
    assert.match(port.output, /invalid literal for int/);
    const prefix = await start("backend", "connexion_app", "IBUTSU_SUPERADMIN_SERVICE_HOST=10.0.0.1");
    assert.match(prefix.output, /unexpected keyword argument 'service_host'/);
    const flower = ["celery", "--app=ibutsu_server:flower_app", "flower", "--port=5556"];
    const link = await inPod(NAMESPACE, "flower", ["env", "FLOWER_PORT=tcp://10.0.0.1:5555", ...flower]);
    assert.notEqual(link.code, 0);
    for (const role of ["backend", "worker", "scheduler", "flower"]) {
      const { stdout } = await inPod(NAMESPACE, role, ["env"]);
      assert.doesNotMatch(stdout, /^(?!KUBERNETES_)\w+(_PORT=tcp:|_SERVICE_HOST=)/m, role);
      assert.equal(/IBUTSU_SUPERADMIN/.test(stdout), role === "backend", role);
    }
  });

  it("runs one scheduler, with the documented times, even when somebody scales it by hand", async () => {
    const reading = `
from ibutsu_server import scheduler_app
for name, entry in sorted(scheduler_app.conf.beat_schedule.items()): print(name, entry["schedule"])`;
    const { stdout } = await inPod(NAMESPACE, "scheduler", ["python", "-c", reading]);
    for (const [name, time] of [
      ["prune-old-import-files", "0 2 \\* \\* \\*"],
      ["prune-old-artifact-files", "0 4 \\* \\* 6"],
      ["prune-old-results", "0 5 \\* \\* 6"],
      ["prune-old-runs", "0 6 \\* \\* 6"],
    ]) {
      assert.match(stdout, new RegExp(`^${name} .*${time}`, "m"));
    }
    await staysAlone(NAMESPACE, "ibutsu", "scheduler");
    await settled(NAMESPACE, "worker", 1);
  });

  it("ends what its worker has begun before the pod goes, for a task that is killed is lost", async () => {
    /** An import that can't go on until the table is free, as under load. */
    const begin = async () => {
      const locked = sql("begin; lock table runs in exclusive mode; select pg_sleep(20)").catch(() => "");
      await eventually(
        "the lock",
        async () =>
          (await sql(
            "select count(*) from pg_locks where mode = 'ExclusiveLock' and relation = 'runs'::regclass",
          )) !== "0",
      );
      const id = await client.import("slow.xml", junit(1));
      await eventually("begun", async () => (await client.statusOf(id)) === "running");
      const release = async () => {
        await sql("select pg_cancel_backend(pid) from pg_stat_activity where query ~ '^begin; lock'");
        await locked;
      };
      return { id, release };
    };
    const kept = await begin();
    const [first] = await settled(NAMESPACE, "worker", 1);
    await endPod(NAMESPACE, first);
    await eventually("told to end", async () =>
      (await logsOf(NAMESPACE, "worker")).some((line) => /Warm shutdown/.test(line)),
    );
    await kept.release();
    await client.imported(kept.id);
    await eventually("its end", async () =>
      (await pods(NAMESPACE, "worker")).every((pod) => nameOf(pod) !== nameOf(first)),
    );
    const [second] = await settled(NAMESPACE, "worker", 1);
    const lost = await begin();
    await endPod(NAMESPACE, second, "once");
    await eventually("the next worker", async () =>
      (await logsOf(NAMESPACE, "worker")).some((line) => /ibutsu-worker@\S+ ready\./.test(line)),
    );
    await lost.release();
    await client.imported(await client.import("next.xml", junit(1)));
    assert.equal(await client.statusOf(lost.id), "running", "and nobody runs it any more");
  });

  it("keeps what is queued while Redis restarts", async () => {
    await scale(NAMESPACE, "Deployment", "ibutsu-worker", 0);
    await eventually("no worker", async () => (await pods(NAMESPACE, "worker")).length === 0);
    const id = await client.import("queued.xml", junit(1));
    const [redis] = await pods(NAMESPACE, "redis");
    await endPod(NAMESPACE, redis);
    await eventually("another Redis", async () =>
      (await pods(NAMESPACE, "redis")).some(
        (pod) => isReady(pod) && pod.metadata?.uid !== redis?.metadata?.uid,
      ),
    );
    assert.equal(await client.statusOf(id), "pending");
    await scale(NAMESPACE, "Deployment", "ibutsu-worker", 1);
    await client.imported(id);
  });

  it("stays up while its database is away, for its health says nothing of it", async () => {
    const restarts = async () => restartsOf((await pods(NAMESPACE, "backend"))[0]);
    const before = await restarts();
    try {
      await scale(NAMESPACE, "StatefulSet", "ibutsu-postgres", 0);
      await eventually("no database", async () => (await pods(NAMESPACE, "postgres")).length === 0);
      await eventually("no answers", async () => (await client.get("/user")).status === 500);
      assert.equal((await ask(`${API}/api/health`)).status, 200);
      assert.ok((await pods(NAMESPACE, "backend")).every(isReady));
    } finally {
      await scale(NAMESPACE, "StatefulSet", "ibutsu-postgres", 1);
    }
    // Whoever connects while it comes back waits for a minute.
    await settled(NAMESPACE, "postgres", 1);
    await eventually("answers", async () => (await client.get("/user")).status === 200);
    assert.equal(await restarts(), before);
    assert.equal((await ask(`${API}/api/health/database`)).status, 401);
    assert.equal((await client.get("/health/database")).status, 503, "whatever the database does");
  });

  it("vacuums its database each night, after what is pruned at two", async () => {
    const { schedule, log } = await runCronJob(NAMESPACE, "ibutsu-vacuum");
    assert.equal(schedule, "0 3 * * *");
    assert.match(log, /vacuuming "ibutsu\.public\.results"/);
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
    const stops = [`${API}/api/health`, UI].map((url) => asking(url, { everyMs: 50 }));
    let schedulers = 0;
    let watching = true;
    const watch = (async () => {
      while (watching) {
        schedulers = Math.max(schedulers, (await pods(NAMESPACE, "scheduler")).filter(isRunning).length);
        await new Promise((next) => setTimeout(next, 200));
      }
    })();
    await example.up("dev").finally(async () => {
      watching = false;
      await watch;
    });
    await settled(NAMESPACE, "backend", 1);
    for (const stop of stops) {
      const statuses = await stop();
      assert.deepEqual(Object.keys(statuses), ["200"], JSON.stringify(statuses));
    }
    assert.equal(schedulers, 1);
    assert.equal(await sql("select count(*) from release"), "1");
    assert.equal((await client.get("/user")).status, 200, "the old session goes on");
    // And what the scheduler sends, the worker does.
    await eventually("a scheduled task", async () =>
      (await logsOf(NAMESPACE, "worker")).some((line) => /sync_aborted_runs\[.*succeeded/.test(line)),
    );
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

  it("goes back to the release before, on the new schema and without a failed request", async () => {
    example.configure("dev", (settings) => {
      // The old image doesn't know the new revision, and would end there.
      settings.migration = { enabled: false };
    });
    const stop = asking(`${API}/api/user`, {
      headers: { authorization: `Bearer ${client.token}` },
      everyMs: 100,
    });
    await example.withVariable("SERVICE_STACK_IMAGES", firstImages, () => example.up("dev"));
    await settled(NAMESPACE, "backend", 1);
    const statuses = await stop();
    assert.deepEqual(Object.keys(statuses), ["200"], JSON.stringify(statuses));
    assert.equal(await sql("select count(*) from release"), "1");
  });
});
