// simple_module on the node: the application itself, with its own web, worker, beat and migration, against the stack's
// Postgres and Redis.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { type Answer, ask, asking, cluster, podsOf, type Question } from "../e2e/cluster";
import { eventually } from "../e2e/eventually";
import { mostPods } from "../e2e/watching";
import { Example, inPod, query, type Settings, tellsOf } from "./example";
import {
  endPod,
  evict,
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
import { place, policiesIn, reaches } from "./reach";

const NAMESPACE = "shop-dev";
const HOST = "shop.dev.example.com";
const ADMIN = `admin@${HOST}`;
const MIB = 1024 * 1024;
const IMAGE = `ghcr.io/acme/shop:1.4.0@sha256:${"3d5f0c4be1a28796".repeat(4)}`;

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

/** The command of a role's liveness probe, as the cluster runs it. */
const probeOf = async (role: string) => {
  const command = (await pods(NAMESPACE, role))[0]?.spec?.containers[0]?.livenessProbe?.exec?.command;
  assert.ok(command, role);
  return command;
};

describe("simple_module, as it is written", () => {
  let example: Example;
  /** What `service-stack render` prints of each stack. */
  const written: Record<string, string> = {};

  /** Prod with the image that it is told. */
  const render = (stack: string) =>
    example.withVariable("SERVICE_STACK_IMAGES", stack === "prod" ? `{"backend": "${IMAGE}"}` : "", () =>
      example.render(stack),
    );
  const objectsIn = (rendered: string): Settings[] =>
    parseAllDocuments(rendered).map((document) => document.toJS());
  const asWritten = (stack: string) => objectsIn(written[stack] ?? "");

  before(async () => {
    example = new Example("simple-module", { standIns: false });
    for (const stack of ["dev", "acc", "prod"]) {
      const { code, stdout, output } = await render(stack);
      assert.equal(code, 0, output);
      written[stack] = stdout;
    }
  });

  const refusal = async (stack: string, change: (settings: Settings) => void): Promise<string> => {
    const undo = example.configure(stack, change);
    const { code, output } = await render(stack);
    undo();
    assert.notEqual(code, 0, output);
    return output;
  };

  it("has each environment in the documented size, with its own settings", () => {
    const small = { requests: ["100m", "256Mi"], limits: undefined };
    const large = { requests: ["250m", "512Mi"], limits: ["1", "1Gi"] };
    for (const [stack, environment, replicas, volumes, size] of [
      ["dev", "staging", [1, 1, 1], ["1Gi", "1Gi"], small],
      ["acc", "staging", [2, 1, 1], ["10Gi", "1Gi"], small],
      ["prod", "production", [3, 2, 1], ["50Gi", "2Gi"], large],
    ] as const) {
      const all = asWritten(stack);
      const named = (kind: string, name: string) =>
        all.find((object) => object.kind === kind && object.metadata.name === `shop-${name}`) as Settings;
      const roles = ["backend", "worker", "beat"].map((role) => named("Deployment", role).spec);
      assert.deepEqual(
        roles.map((spec) => spec.replicas),
        replicas,
      );
      const claims = ["postgres", "redis"].map((name) => named("PersistentVolumeClaim", name).spec);
      assert.deepEqual(
        claims.map(({ resources }) => resources.requests.storage),
        volumes,
      );
      for (const { template } of roles.slice(0, 2)) {
        const [{ resources }] = template.spec.containers;
        const { cpu, memory } = resources.requests;
        assert.deepEqual([cpu, memory], size.requests, stack);
        if (size.limits) assert.deepEqual([resources.limits.cpu, resources.limits.memory], size.limits);
      }
      for (const { template } of roles) {
        const [{ env, image }] = template.spec.containers;
        const value = (name: string) => env.find((variable: Settings) => variable.name === name)?.value;
        assert.equal(value("SM_ENVIRONMENT"), environment);
        if (stack === "prod") assert.equal(image, IMAGE);
      }
    }
  });

  it("asks web, worker and beat for their health as documented", () => {
    const roles = asWritten("prod").filter(({ kind }) => kind === "Deployment");
    const [web, worker, beat] = ["backend", "worker", "beat"].map(
      (role) => roles.find(({ metadata }) => metadata.name === `shop-${role}`)?.spec,
    );
    const probes = (spec: Settings) => spec.template.spec.containers[0];
    assert.equal(probes(web).livenessProbe.httpGet.path, "/health/live");
    assert.deepEqual(probes(web).readinessProbe.exec.command, ["/probes/ready"]);
    for (const probe of [probes(worker).startupProbe, probes(worker).livenessProbe]) {
      assert.match(probe.exec.command.join(" "), /inspect ping .*-d celery@\$HOSTNAME$/);
    }
    assert.ok(probes(worker).livenessProbe.periodSeconds >= 60, "it costs seconds of CPU");
    assert.equal(worker.template.spec.terminationGracePeriodSeconds, 120);
    const [transport] = asWritten("prod").filter(({ kind }) => kind === "ServersTransport");
    assert.equal(transport?.spec.forwardingTimeouts.responseHeaderTimeout, "60s");
    assert.equal(beat.strategy.type, "Recreate");
  });

  it("refuses what its own documents warn of", async () => {
    const set = "backend.env.";
    const output = await refusal("prod", (settings) => {
      settings.ingress.tls = { enabled: false };
      settings.schedulers.beat.replicas = 2;
      settings.schedulers.beat.strategy = { type: "RollingUpdate" };
      settings.secrets = { session: { length: 32 } };
      settings.postgres.parameters.max_connections = "100";
      settings.workers.worker.replicas = 10;
      settings.backend.autoscaling.maxReplicas = 7;
      settings.backend.mounts = { "/app/uploads": null };
      Object.assign(settings.backend.env, {
        ...{ SM_ENVIRONMENT: "testing", SM_DATABASE_URL: "sqlite+aiosqlite:///app.db" },
        ...{ SM_REDIS_URL: "redis://localhost:6379/0", SM_SECRET_KEY: null, SM_TRUSTED_PROXY: null },
        SM_USERS_RESET_PASSWORD_TOKEN_SECRET: null,
        SM_USERS_VERIFICATION_TOKEN_SECRET: null,
        ...{ SM_USERS_BOOTSTRAP_EMAIL: null, SM_USERS_BOOTSTRAP_PASSWORD: null },
        SM_BG_TASKS_BROKER_URL: "redis://localhost:6379/0",
        SM_BG_TASKS_RESULT_BACKEND: "redis://localhost:6379/1",
        SM_MODULES_ENABLED: "Users,Settings",
        ...{ SM_DB_POOL_SIZE: "50", SM_DB_MAX_OVERFLOW: "20" },
        ...{ SM_BG_TASKS_DB_POOL_SIZE: "20", SM_BG_TASKS_DB_MAX_OVERFLOW: "20" },
      });
    });
    tellsOf(output, [
      ...["ingress.tls.enabled", "schedulers.beat.replicas", "schedulers.beat.strategy"],
      ...["secrets.session.length", "postgres.parameters.max_connections"],
      ...["workers.worker.replicas", "backend.autoscaling.maxReplicas"],
      ...[`${set}SM_ENVIRONMENT`, `${set}SM_DATABASE_URL`, `${set}SM_REDIS_URL`, `${set}SM_SECRET_KEY`],
      ...[`${set}SM_TRUSTED_PROXY`, `${set}SM_USERS_RESET_PASSWORD_TOKEN_SECRET`],
      ...[`${set}SM_USERS_VERIFICATION_TOKEN_SECRET`, `${set}SM_USERS_BOOTSTRAP_EMAIL`],
      ...[`${set}SM_USERS_BOOTSTRAP_PASSWORD`, `${set}SM_BG_TASKS_BROKER_URL`],
      ...[`${set}SM_BG_TASKS_RESULT_BACKEND`, `${set}SM_MODULES_ENABLED`, `${set}SM_DB_POOL_SIZE`],
      ...[`${set}SM_DB_MAX_OVERFLOW`, `${set}SM_BG_TASKS_DB_POOL_SIZE`],
      `${set}SM_BG_TASKS_DB_MAX_OVERFLOW`,
    ]);
    assert.match(output, /backend\.mounts\["\/app\/uploads"\]\.volume[\s\S]{0,80}uploads would go/);
  });

  it("refuses the same by other words, and an image in prod that nobody named by its digest", async () => {
    const output = await refusal("prod", (settings) => {
      Object.assign(settings.backend, { autoscaling: { enabled: false }, replicas: 20 });
      Object.assign(settings.backend.env, {
        SM_ENVIRONMENT: "development",
        SM_DATABASE_URL: "postgresql://db.example.com:5432/shop",
        SM_SECRET_KEY: "change-me-in-production",
      });
    });
    const set = "backend.env.";
    tellsOf(output, [
      "backend.replicas",
      `${set}SM_ENVIRONMENT`,
      `${set}SM_DATABASE_URL`,
      `${set}SM_SECRET_KEY`,
    ]);
    assert.doesNotMatch(output, /change-me-in-production/);
    const { code, output: untold } = await example.render("prod");
    assert.notEqual(code, 0);
    assert.match(untold, /^1 mistake in/m);
    tellsOf(untold, ["backend.image"]);
  });

  it("goes with a Postgres of somebody else's that asks for TLS, and takes an old session key", async () => {
    const undo = example.configure("prod", (settings) => {
      const password = "${secrets.database}";
      const there = { host: "db.example.com", user: "shop", database: "shop", password };
      settings.postgres = { mode: "external", cidr: "10.20.0.0/16", ...there };
      settings.secrets = { database: {}, session: { secretKeyRef: { name: "old", key: "session" } } };
      settings.checks = { "postgres.parameters.max_connections": null };
    });
    const { code, stdout, output } = await render("prod");
    undo();
    assert.equal(code, 0, output);
    const all = objectsIn(stdout);
    const specs = all
      .filter(({ kind }) => /^(Deployment|Job)$/.test(kind))
      .map(({ spec }) => spec.template.spec);
    assert.equal(specs.length, 4);
    for (const { containers } of specs) {
      const { env } = containers[0];
      const value = (name: string) => env.find((variable: Settings) => variable.name === name)?.value;
      assert.equal(value("PGSSLMODE"), "require");
    }
    assert.ok(!all.some(({ kind, metadata }) => kind === "StatefulSet" && /postgres/.test(metadata.name)));
  });

  it("lets each at what it needs, and nobody else", () => {
    const policies = policiesIn(written.prod ?? "");
    const inside = (role: string) => place("shop", "shop-prod", role);
    const roles = ["backend", "worker", "beat", "migration"];
    const from = (port: number, to: ReturnType<typeof place>) =>
      roles.filter((role) => reaches(policies, inside(role), to, port));
    const elsewhere = { namespace: "hcp-prod", labels: {} };
    const web = ["backend", "worker"];
    assert.deepEqual(from(5432, inside("postgres")), roles);
    assert.deepEqual(from(6379, inside("redis")), ["backend", "worker", "beat"]);
    assert.deepEqual(from(587, elsewhere), web);
    assert.deepEqual(from(53, { namespace: "kube-system", labels: { "k8s-app": "kube-dns" } }), roles);
    const controller = { namespace: "traefik", labels: {} };
    assert.ok(reaches(policies, controller, inside("backend"), 8000));
    for (const [role, port] of [
      ["backend", 8000],
      ["worker", 8000],
      ["beat", 8000],
      ["postgres", 5432],
      ["redis", 6379],
    ] as const) {
      assert.ok(!reaches(policies, elsewhere, inside(role), port), role);
      if (role !== "backend") assert.ok(!reaches(policies, controller, inside(role), port), role);
    }
  });
});

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
    assert.equal(await sql("show max_connections", namespace), "240");
  });

  it("is there over https alone, with a session that every pod knows", async () => {
    const plain = await ask(url.replace("https:", "http:"));
    assert.ok([301, 302, 307, 308].includes(plain.status), `${plain.status}`);
    assert.match(plain.headers.location ?? "", /^https:/);
    // And the application knows that it is asked by https.
    const elsewhere = await ask(`${url}/users/login/`);
    assert.deepEqual([fromApp(elsewhere), elsewhere.headers.location], [true, `${url}/users/login`]);
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
  let firstKey: string;
  let firstSession: string;

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
    assert.match(bundle.headers["cache-control"] ?? "", /max-age=31536000.*immutable/);
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
    assert.equal(record.client_ip, "127.0.0.1");
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

  it("takes uploads of up to 100 MB, in one piece or in parts of 16 MiB", async () => {
    const send = (body: Buffer, announced = body.length) =>
      api("/file-storage/upload", {
        method: "POST",
        headers: {
          "content-type": "multipart/form-data; boundary=----form",
          "content-length": String(announced),
        },
        body,
      });
    const head = `------form\r\nContent-Disposition: form-data; name="file"; filename="film.bin"\r\n\r\n`;
    const whole = [Buffer.from(head), Buffer.alloc(100 * MIB), Buffer.from("\r\n------form--\r\n")];
    const stored = await send(Buffer.concat(whole));
    assert.equal(stored.status, 201, stored.body);
    const { id } = JSON.parse(stored.body);
    assert.equal((await api(`/file-storage/files/${id}`, { method: "DELETE" })).status, 204);
    // Announced only: who goes on sending what nobody reads may miss the answer.
    const tooLarge = await send(Buffer.from(head), 111 * MIB);
    assert.deepEqual([tooLarge.status, fromApp(tooLarge)], [413, false], "the ingress refuses it");
    const body = { filename: "film.bin", content_type: "video/mp4", total_size: 32 * MIB };
    const parts = await apiJson("/file-storage/uploads", { method: "POST", body });
    assert.equal(parts.part_size, 16 * MIB);
    const part = { method: "PUT", body: Buffer.alloc(16 * MIB) };
    assert.equal((await api(`/file-storage/uploads/${parts.id}/parts/1`, part)).status, 200);
    const other = await inPod(NAMESPACE, "backend", [
      "sh",
      "-c",
      `head -c ${11 * MIB} /dev/zero | curl -s -o /dev/null -w '%{http_code}' -X PATCH --data-binary @- localhost:8000/api/users/me`,
    ]);
    assert.equal(other.stdout, "413", "its own limit for all else is 10 MiB");
  });

  it("is found to be in order by its doctor, and takes a list of modules in JSON alone", async () => {
    const names = "print([m.meta.name for m in discover_modules(enabled=Settings().modules_enabled)])";
    const script = `
python -m simple_module_core || exit 1
ask='from simple_module_core.discovery import discover_modules; from simple_module_hosting.settings import Settings; ${names}'
SM_MODULES_ENABLED='["Users", "Settings"]' python -c "$ask"
SM_MODULES_ENABLED='Users,Settings' python -c "$ask" 2>&1 | tail -3 | tr '\\n' ' '`;
    const { output } = await inPod(NAMESPACE, "backend", ["sh", "-c", script]);
    const [listed, crashed] = output.trim().split("\n").slice(-2);
    assert.match(listed ?? "", /^\[('(Users|Settings)'(, )?){2}\]$/, output);
    assert.match(crashed ?? "", /modules_enabled.*valid list/, output);
  });

  it("notices a worker that doesn't answer for itself, and a beat that doesn't beat", async () => {
    const [sh = "", flag = "", ping = ""] = await probeOf("worker");
    const asked = await inPod(NAMESPACE, "worker", [sh, flag, ping]);
    assert.match(asked.output, /pong/);
    assert.equal(asked.code, 0);
    // One worker is there and answers, but isn't the one that is asked.
    const silent = await inPod(NAMESPACE, "worker", [sh, flag, `HOSTNAME=hung; ${ping.replace("10", "3")}`]);
    assert.notEqual(silent.code, 0, silent.output);
    const [, , age = ""] = await probeOf("beat");
    assert.equal((await inPod(NAMESPACE, "beat", [sh, flag, age])).code, 0);
    const old = `touch -d "11 minutes ago" /beat/*; ${age}`;
    assert.notEqual((await inPod(NAMESPACE, "beat", [sh, flag, old])).code, 0);
    assert.equal((await inPod(NAMESPACE, "beat", [sh, flag, `touch /beat/*; ${age}`])).code, 0);
  });

  it("runs one beat even when somebody scales it by hand", async () => {
    await staysAlone(NAMESPACE, "shop", "beat");
  });

  it("comes back by itself when its pods are lost, with one beat that goes on in its day", async () => {
    const purged = await lastPurge();
    const [web] = await settled(NAMESPACE, "backend", 1);
    const [beat] = await settled(NAMESPACE, "beat", 1);
    const countPods = await mostPods(NAMESPACE);
    const stop = asking(`http://${HOST}/health/live`, { everyMs: 50 });
    await Promise.all([endPod(NAMESPACE, beat, "once"), endPod(NAMESPACE, web, "once")]);
    for (const lost of [beat, web]) {
      const role = lost?.metadata?.labels?.["app.kubernetes.io/component"] ?? "";
      const [next] = await settled(NAMESPACE, role, 1);
      assert.notEqual(nameOf(next), nameOf(lost));
    }
    assert.equal(countPods().beat, 1);
    // So a failed request would be seen in a rollout too.
    assert.notDeepEqual(Object.keys(await stop()), ["200"]);
    assert.equal(await lastPurge(), purged);
    await eventually("a way in", async () => fromApp(await ask(`http://${HOST}/health/live`)));
  });

  it("ends what its worker has begun before the pod goes; a task that is killed stays undone for an hour", async () => {
    const file = await upload("a long list");
    await eventually("the checksum", () => checksum(file.id));
    const tenant = await sql(`select tenant_id from file_storage_stored_file where id = '${file.id}'`);
    const queue = ["celery", "-A", "scripts.run_worker:celery", "call", "file_storage.compute_checksum"];
    /** A task that can't end until the row is free, as under load. */
    const begin = async () => {
      await sql(`update file_storage_stored_file set checksum_sha256 = null where id = '${file.id}'`);
      const lock = `begin; update file_storage_stored_file set filename = filename where id = '${file.id}'; select pg_sleep(120)`;
      const locked = sql(lock).catch(() => "");
      const waits = "select count(*) from pg_stat_activity where query ~* '^update file_storage_stored_file'";
      const told = await inPod(NAMESPACE, "beat", [...queue, "--args", JSON.stringify([file.id, tenant])]);
      assert.equal(told.code, 0, told.output);
      await eventually("begun", async () => (await sql(`${waits} and wait_event_type = 'Lock'`)) === "1");
      return async () => {
        await sql("select pg_cancel_backend(pid) from pg_stat_activity where query ~ '^begin; update'");
        await locked;
      };
    };
    const release = await begin();
    const [first] = await settled(NAMESPACE, "worker", 1);
    await endPod(NAMESPACE, first);
    await eventually("told to end", async () =>
      (await logsOf(NAMESPACE, "worker")).some((line) => /Warm shutdown/i.test(line)),
    );
    assert.equal(await checksum(file.id), false);
    await release();
    assert.equal(await eventually("the checksum", () => checksum(file.id)), sha256("a long list"));
    await eventually("its end", async () =>
      (await pods(NAMESPACE, "worker")).every((pod) => nameOf(pod) !== nameOf(first)),
    );
    const [second] = await settled(NAMESPACE, "worker", 1);
    const releaseLost = await begin();
    await killWorker(NAMESPACE, second);
    const [third] = await settled(NAMESPACE, "worker", 1);
    assert.notEqual(nameOf(third), nameOf(second));
    await releaseLost();
    const next = await upload("the next one");
    assert.equal(await eventually("its checksum", () => checksum(next.id)), sha256("the next one"));
    assert.equal(await checksum(file.id), false, "and nobody has taken it up");
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
    const kept = "redis-cli config get maxmemory-policy; redis-cli config get appendonly";
    const login = 'export REDISCLI_AUTH="$(cat /run/secrets/redis/password)"';
    const { stdout } = await inPod(NAMESPACE, "redis", ["sh", "-c", `${login}; ${kept}`]);
    assert.match(stdout, /maxmemory-policy\s+noeviction\s+appendonly\s+yes/);
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
    firstKey = (await example.outputs("dev")).secrets.session;
    firstSession = await session();
    assert.equal((await whoIs(firstSession)).status, 200);
    const purged = await lastPurge();
    const [oldBeat = ""] = await podsOf(NAMESPACE, "beat");
    const stop = asking(`http://${HOST}/health/live`, { everyMs: 50 });
    const countPods = await mostPods(NAMESPACE);
    let most: Record<string, number> = {};
    example.configure("dev", (settings) => {
      settings.secrets = { session: { length: 49 } };
    });
    await example.up("dev").finally(() => {
      most = countPods();
    });
    const statuses = await stop();
    assert.deepEqual(Object.keys(statuses), ["200"], JSON.stringify(statuses));
    // Where nothing stands in its way, the old one runs on beside the new one.
    assert.deepEqual([most.beat, most.backend], [1, 2]);
    assert.ok(!(await podsOf(NAMESPACE, "beat")).includes(oldBeat));
    assert.equal(await lastPurge(), purged, "the new beat must not begin its day anew");
    const { migration } = JSON.parse((await ask(`http://${HOST}/health`)).body);
    assert.deepEqual(
      [migration.current_revision, migration.head_revision, migration.is_current],
      ["0002", "0002", true],
    );
    assert.equal(await sql("select count(*) from shop_release"), "1");
    assert.equal((await whoIs(firstSession)).status, 401, "the old session must be over");
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

  it("goes back to the release before, on the new schema and without a failed request, and to a key that was kept", async () => {
    example.configure("dev", (settings) => {
      // The old image doesn't know the new revision: its migration would fail, and web too, unless it can't look.
      settings.migration = { enabled: false };
      settings.backend.files = { "/app/host/alembic.ini": { content: "[alembic]\n" } };
      delete settings.secrets;
    });
    const key = ["--secret", "--path", "shop:stack.secrets.session.value"];
    const { code, output } = await example.pulumi("config", "set", "-s", "dev", ...key, firstKey);
    assert.equal(code, 0, output);
    const stop = asking(`http://${HOST}/health/live`, { everyMs: 50 });
    await example.withVariable("SERVICE_STACK_IMAGES", firstImages, () => example.up("dev"));
    const statuses = await stop();
    assert.deepEqual(Object.keys(statuses), ["200"], JSON.stringify(statuses));
    const [web] = await settled(NAMESPACE, "backend", 1);
    assert.equal(web?.spec?.containers[0]?.image, JSON.parse(firstImages).backend);
    assert.equal(await sql("select version_num from alembic_version"), "0002");
    assert.equal(await sql("select count(*) from shop_release"), "1");
    assert.equal((await whoIs(firstSession)).status, 200, "its sessions hold again");
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
