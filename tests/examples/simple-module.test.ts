// simple_module on the node: the application itself, with its own web, worker, beat and migration, against the stack's
// Postgres and Redis.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Answer, ask, asking, cluster, podsOf, type Question } from "../e2e/cluster";
import { eventually } from "../e2e/eventually";
import { Example, inPod, query } from "./example";
import {
  endPod,
  evict,
  isReady,
  isRunning,
  logsOf,
  pods,
  restartsOf,
  scale,
  settled,
  staysAlone,
} from "./observe";

const NAMESPACE = "shop-dev";
const HOST = "shop.dev.example.com";
const ADMIN = `admin@${HOST}`;

/** Whether the application answered, and not the ingress in its place. */
const fromApp = ({ headers }: Answer) => headers["x-correlation-id"] !== undefined;
const byWhom = (answer: Answer) => (fromApp(answer) ? "application" : answer.status);

/** When beat last ran what it runs once a day, as its schedule on the volume has it. */
async function lastPurge(): Promise<string> {
  const reading = `
import glob, shelve, shutil
for file in glob.glob("/beat/schedule*"): shutil.copy(file, "/tmp")
entries = shelve.open("/tmp/schedule", "r")["entries"]
print(*sorted(f"{name} {entry.last_run_at}" for name, entry in entries.items() if "purge" in name), sep="\\n")`;
  const { code, output } = await inPod(NAMESPACE, "beat", ["/app/.venv/bin/python", "-c", reading]);
  assert.equal(code, 0, output);
  assert.notEqual(output.trim(), "");
  return output;
}

/** A command in web's pod that asks web itself, past readiness, Service and ingress. */
const askInside = (path: string) =>
  inPod(NAMESPACE, "backend", [
    ...["curl", "-s", "-o", "/dev/null", "-H", "Accept: application/json"],
    ...["-w", "%{http_code} %{redirect_url}", `localhost:8000${path}`],
  ]);

const sql = (statement: string, namespace = NAMESPACE) => query(namespace, "shop", statement);

describe("simple_module in production", () => {
  const namespace = "shop-prod";
  const url = "https://shop.example.com";
  let example: Example;

  before(async () => {
    example = new Example("simple-module");
    await example.up("prod");
  });

  after(async () => {
    await example.remove("prod");
  });

  it("makes one administrator, though three pods of web found an empty database", async () => {
    assert.equal((await pods(namespace, "backend")).filter(isReady).length, 3);
    assert.equal(await sql("select count(*) from users_user", namespace), "1");
  });

  it("is there over https alone, with a session that every pod knows", async () => {
    const plain = await ask(url.replace("https:", "http:"));
    assert.ok([301, 302, 307, 308].includes(plain.status), `${plain.status}`);
    assert.match(plain.headers.location ?? "", /^https:/);
    const signedIn = await ask(`${url}/api/users/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({
        username: "admin@shop.example.com",
        password: (await example.outputs("prod")).secrets.admin,
      }).toString(),
    });
    const cookies = signedIn.headers["set-cookie"] ?? [];
    assert.ok(
      cookies.length > 0 && cookies.every((cookie) => /;\s*secure/i.test(cookie)),
      cookies.join("\n"),
    );
    const cookie = cookies.map((text) => text.split(";")[0]).join("; ");
    for (let again = 0; again < 12; again++) {
      assert.equal((await ask(`${url}/api/users/me`, { headers: { cookie } })).status, 200);
    }
    const asked = await Promise.all(
      (await podsOf(namespace, "backend")).map(async (name) =>
        (await cluster().core.readNamespacedPodLog({ name, namespace })).includes("/api/users/me"),
      ),
    );
    assert.ok(asked.filter(Boolean).length > 1, "one pod answered everything");
  });

  it("scales web by its load between three and six pods, and lets a drain take one of them", async () => {
    const { scaling, policy } = cluster();
    const measured = await eventually("a measurement", async () => {
      const { spec, status } = await scaling.readNamespacedHorizontalPodAutoscaler({
        name: "shop-backend",
        namespace,
      });
      return status?.currentMetrics?.[0]?.resource?.current?.averageUtilization !== undefined && spec;
    });
    assert.deepEqual([measured.minReplicas, measured.maxReplicas], [3, 6]);
    const budget = await policy.readNamespacedPodDisruptionBudget({ name: "shop-backend", namespace });
    assert.equal(String(budget.spec?.minAvailable), "2");
    const [first, second] = await pods(namespace, "backend");
    await evict(namespace, first);
    await assert.rejects(evict(namespace, second), /disruption budget/);
    await settled(namespace, "backend", 3);
  });
});

describe("simple_module", () => {
  let example: Example;
  let bearer: string;
  let firstUp: Record<string, number>;
  let firstImages: string;

  const api = (path: string, question: Question = {}): Promise<Answer> =>
    ask(`http://${HOST}/api${path}`, {
      ...question,
      headers: { authorization: `Bearer ${bearer}`, ...question.headers },
    });
  const apiJson = async (path: string, question?: Question) => {
    const { status, body } = await api(path, question);
    assert.ok(status < 300, `${path}: ${status} ${body}`);
    return JSON.parse(body);
  };

  const password = async () => (await example.outputs("dev")).secrets.admin as string;
  const signIn = async (secret: string) =>
    ask(`http://${HOST}/api/users/auth/token`, { method: "POST", body: { email: ADMIN, password: secret } });

  /** Signs in as a browser does, and returns its cookies. */
  const session = async () => {
    const answer = await ask(`http://${HOST}/api/users/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ username: ADMIN, password: await password() }).toString(),
    });
    assert.equal(answer.status, 204, answer.body);
    return (answer.headers["set-cookie"] ?? []).map((cookie) => cookie.split(";")[0]).join("; ");
  };
  const whoIs = (cookie: string) => ask(`http://${HOST}/api/users/me`, { headers: { cookie } });

  const upload = async (content: string) => {
    const files = "/file-storage/uploads";
    const body = { filename: "order.txt", content_type: "text/plain", total_size: content.length };
    const { id } = await apiJson(files, { method: "POST", body });
    const part = await apiJson(`${files}/${id}/parts/1`, { method: "PUT", body: content });
    const done = await apiJson(`${files}/${id}/complete`, {
      method: "POST",
      body: { parts: [{ no: 1, etag: part.etag }] },
    });
    return done.file as { id: string; key: string; checksum_sha256: string | null };
  };
  /** What the worker has computed; false as long as it hasn't. */
  const checksum = async (file: string): Promise<string | false> =>
    (await apiJson(`/file-storage/files/${file}`)).checksum_sha256 ?? false;
  const sha256 = (content: string) => createHash("sha256").update(content).digest("hex");

  before(async () => {
    example = new Example("simple-module");
    const stop = asking(`http://${HOST}/setup`, { everyMs: 1000, by: byWhom });
    await example.up("dev").finally(async () => {
      firstUp = await stop();
    });
    firstImages = JSON.stringify((await example.outputs("dev")).images);
    const { status, body } = await signIn(await password());
    assert.equal(status, 200, body);
    bearer = JSON.parse(body).access_token;
  });

  it("has its administrator before anybody can reach it, and never shows its setup wizard", async () => {
    assert.deepEqual(Object.keys(firstUp), ["404"], "at first there is no ingress, then one that hides it");
    const step = `http://${HOST}/setup/steps/users.administrator`;
    assert.equal(byWhom(await ask(step, { method: "POST" })), 404);
    assert.equal(byWhom(await ask(`http://${HOST}/no/such/page`)), "application");
    const me = await apiJson("/users/me");
    assert.equal(me.email, ADMIN);
    assert.equal(me.is_superuser, true);
    assert.equal((await signIn("not-the-password")).status, 401);
    assert.equal((await ask(`http://${HOST}/api/users/me`)).status, 401);
  });

  it("serves its pages from the bundle in the image, cached for a year", async () => {
    const { status, body } = await ask(`http://${HOST}/users/login`);
    assert.equal(status, 200);
    assert.match(body, /"component": "Users\/Login"/);
    const script = /src="(\/static\/dist\/[^"]+)"/.exec(body)?.[1];
    assert.ok(script, body);
    const bundle = await ask(`http://${HOST}${script}`);
    assert.equal(bundle.status, 200);
    assert.match(bundle.headers["cache-control"] ?? "", /immutable/);
  });

  it("has a file that web stored read by the worker, from the volume that both mount", async () => {
    const content = "two chairs and a table";
    const file = await upload(content);
    assert.equal(file.checksum_sha256, null);
    assert.equal(await eventually("the checksum", () => checksum(file.id)), sha256(content));
    const { output } = await inPod(NAMESPACE, "worker", ["cat", `/app/uploads/de/${file.key}`]);
    assert.equal(output, content);
  });

  it("has what beat schedules done by the worker", async () => {
    const done = await eventually("a scheduled task", async () => {
      const { items } = await apiJson(
        "/background_tasks/admin/executions?q=sweep_stuck_tasks&status=success",
      );
      return items[0];
    });
    assert.equal(done.task_name, "background_tasks.sweep_stuck_tasks");
  });

  it("writes its log as JSON with the correlation id that the answer carries", async () => {
    const answer = await api("/users/me");
    const id = String(answer.headers["x-correlation-id"]);
    const lines = await eventually("the line", async () => {
      const found = (await logsOf(NAMESPACE, "backend")).filter((line) => line.includes(id));
      return found.length > 0 && found;
    });
    const record = JSON.parse(lines[0] ?? "");
    assert.equal(record.correlation_id, id);
    assert.equal(record.path, "/api/users/me");
    // Behind the ingress, and not the ingress itself.
    assert.notEqual(record.client_ip, undefined);
  });

  it("runs as a user without rights on files that it can't change, and web alone knows the administrator", async () => {
    for (const role of ["backend", "worker", "beat"]) {
      const probe = "id -u; touch /app/x 2>/dev/null && echo written; env | grep -c BOOTSTRAP";
      const { output } = await inPod(NAMESPACE, role, ["sh", "-c", probe]);
      assert.deepEqual(output.trim().split("\n"), ["10001", role === "backend" ? "2" : "0"], role);
    }
    for (const [role, folder] of [
      ["backend", "/tmp"],
      ["worker", "/app/uploads"],
      ["beat", "/beat"],
    ]) {
      const { code, output } = await inPod(NAMESPACE, role ?? "", [
        "sh",
        "-c",
        `touch ${folder}/x && rm ${folder}/x`,
      ]);
      assert.equal(code, 0, output);
    }
  });

  it("refuses a second beat, and a setup that its own documents warn of", async () => {
    const undo = example.configure("dev", (settings) => {
      settings.schedulers = { beat: { replicas: 2 } };
      settings.secrets = { session: { length: 32 } };
      Object.assign(settings.backend.env, {
        SM_ENVIRONMENT: "development",
        SM_DATABASE_URL: "sqlite+aiosqlite:///app.db",
        SM_REDIS_URL: "redis://localhost:6379/0",
      });
    });
    const { code, output } = await example.render("dev");
    undo();
    assert.notEqual(code, 0);
    for (const told of [
      /schedulers\.beat\.replicas[\s\S]{0,150}exactly 1/,
      /secrets\.session\.length[\s\S]{0,150}at least 48/,
      /backend\.env\.SM_ENVIRONMENT[\s\S]{0,150}Vite/,
      /backend\.env\.SM_DATABASE_URL[\s\S]{0,150}SQLite/,
      /backend\.env\.SM_REDIS_URL[\s\S]{0,150}neither web nor worker would start/,
    ]) {
      assert.match(output, told);
    }
  });

  it("runs one beat even when somebody scales it by hand", async () => {
    await staysAlone(NAMESPACE, "shop", "beat");
  });

  it("gets no requests while its database is away, though its readiness page answers 200", async () => {
    const restarts = async () => restartsOf((await pods(NAMESPACE, "backend"))[0]);
    const before = await restarts();
    try {
      await scale(NAMESPACE, "StatefulSet", "shop-postgres", 0);
      await eventually("unready", async () => !(await pods(NAMESPACE, "backend")).some(isReady));
      assert.match((await askInside("/health/ready")).stdout, /^200/);
      await eventually("no way in", async () => !fromApp(await ask(`http://${HOST}/health/live`)));
    } finally {
      await scale(NAMESPACE, "StatefulSet", "shop-postgres", 1);
    }
    await eventually("ready again", async () => (await pods(NAMESPACE, "backend")).every(isReady));
    assert.equal(await restarts(), before, "it must wait for its database, not restart");
  });

  it("keeps what is queued while Redis restarts", async () => {
    await scale(NAMESPACE, "Deployment", "shop-worker", 0);
    await eventually("no worker", async () => (await pods(NAMESPACE, "worker")).length === 0);
    const content = "ordered while nobody worked";
    const file = await upload(content);
    const [redis] = await pods(NAMESPACE, "redis");
    await endPod(NAMESPACE, redis);
    await eventually("another Redis", async () =>
      (await pods(NAMESPACE, "redis")).some(
        (pod) => isReady(pod) && pod.metadata?.uid !== redis?.metadata?.uid,
      ),
    );
    assert.equal(await checksum(file.id), false);
    await scale(NAMESPACE, "Deployment", "shop-worker", 1);
    assert.equal(await eventually("the checksum", () => checksum(file.id)), sha256(content));
  });

  it("migrates once before a new release serves, without a failed request or a second beat; a new key ends sessions", async () => {
    const revision = `
from alembic import op
revision, down_revision, branch_labels, depends_on = "0002", "0001", None, None

def upgrade():
    op.execute("create table shop_release (name text)")
    op.execute("insert into shop_release values ('second')")

def downgrade():
    op.execute("drop table shop_release")
`;
    writeFileSync(join(example.folder, "image/versions/0002_release.py"), revision);
    const cookie = await session();
    assert.equal((await whoIs(cookie)).status, 200);
    const purged = await lastPurge();
    const [oldBeat = ""] = await podsOf(NAMESPACE, "beat");
    const stop = asking(`http://${HOST}/health/live`, { everyMs: 50 });
    let beats = 0;
    let watching = true;
    const watch = (async () => {
      while (watching) {
        beats = Math.max(beats, (await pods(NAMESPACE, "beat")).filter(isRunning).length);
        await new Promise((next) => setTimeout(next, 200));
      }
    })();
    example.configure("dev", (settings) => {
      settings.secrets = { session: { length: 49 } };
    });
    await example.up("dev").finally(async () => {
      watching = false;
      await watch;
    });
    const statuses = await stop();
    assert.deepEqual(Object.keys(statuses), ["200"], JSON.stringify(statuses));
    assert.equal(beats, 1);
    assert.ok(!(await podsOf(NAMESPACE, "beat")).includes(oldBeat));
    assert.equal(await lastPurge(), purged, "the new beat must not begin its day anew");
    const { migration } = JSON.parse((await ask(`http://${HOST}/health`)).body);
    assert.deepEqual(
      [migration.current_revision, migration.head_revision, migration.is_current],
      ["0002", "0002", true],
    );
    assert.equal(await sql("select count(*) from shop_release"), "1");
    assert.equal((await whoIs(cookie)).status, 401, "the old session must be over");
    assert.equal((await whoIs(await session())).status, 200);
    assert.equal((await api("/users/me")).status, 200, "nothing else may be");
  });

  it("goes on in the old version when a migration fails, and says why", async () => {
    const file = join(example.folder, "image/versions/0003_broken.py");
    const header = 'revision, down_revision, branch_labels, depends_on = "0003", "0002", None, None';
    writeFileSync(file, `${header}\n\ndef upgrade():\n    raise RuntimeError("no such column: colour")\n`);
    const before = await podsOf(NAMESPACE, "backend");
    const { code, output } = await example.pulumi("up", "-s", "dev", "--yes", "--skip-preview");
    rmSync(file);
    assert.notEqual(code, 0);
    assert.match(output, /no such column: colour/);
    assert.deepEqual(await podsOf(NAMESPACE, "backend"), before);
    assert.equal((await ask(`http://${HOST}/health/live`)).status, 200);
    assert.match(JSON.parse((await ask(`http://${HOST}/health`)).body).migration.current_revision, /0002/);
  });

  it("goes back to the release before, on the new schema and without a failed request", async () => {
    const cookie = await session();
    example.configure("dev", (settings) => {
      // The old image doesn't know the new revision, and would end there.
      settings.migration = { enabled: false };
    });
    const stop = asking(`http://${HOST}/api/users/me`, { headers: { cookie }, everyMs: 500 });
    await example.withVariable("SERVICE_STACK_IMAGES", firstImages, () => example.up("dev"));
    await settled(NAMESPACE, "backend", 1);
    const statuses = await stop();
    assert.deepEqual(Object.keys(statuses), ["200"], JSON.stringify(statuses));
    const { migration } = JSON.parse((await ask(`http://${HOST}/health`)).body);
    assert.deepEqual([migration.current_revision, migration.head_revision], ["0002", "0001"]);
    assert.equal(await sql("select count(*) from shop_release"), "1");
  });

  it("takes itself off the ingress when it has no administrator any more, for then its wizard is open", async () => {
    await sql("truncate users_user cascade");
    await eventually("the wizard", async () => /^(200|500)/.test((await askInside("/setup")).stdout));
    for (const path of ["/setup", "/setup/", "/%73etup", "/setup/../setup"]) {
      assert.ok(!fromApp(await ask(`http://${HOST}${path}`)), path);
    }
    // Anything else would be sent there.
    await eventually("no way in", async () => !fromApp(await ask(`http://${HOST}/users/login`)));
    assert.ok(!(await pods(NAMESPACE, "backend")).some(isReady));
    await endPod(NAMESPACE, (await pods(NAMESPACE, "backend"))[0]);
    await eventually("a new administrator", async () => (await signIn(await password())).status === 200);
    assert.match((await askInside("/setup")).stdout, /^404/);
  });
});
