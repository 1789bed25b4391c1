// Databases and what is done to them, on the real node: settings, extensions, backups and their way back, the dump before a
// migration, growing, a database of another stack's, and one that an operator runs.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ask } from "./cluster";
import { checkout, type Finished } from "./commands";
import { eventually } from "./eventually";
import { kubectl, shell } from "./kubectl";
import { ProductProject } from "./project";

const OWN = "notes-bk";
const OTHER = "notes-bkx";
const HOST = "notes.bk.localhost";
const POSTGRES = "postgres:15";

/** Stops at once, for who is asked to. */
const IDLE = "trap exit TERM; while :; do sleep 3600 & wait $!; done";

const migration = (sql: string) => ({
  image: POSTGRES,
  runAsUser: 999,
  command: ["sh", "-euc", 'psql --no-psqlrc --set=ON_ERROR_STOP=1 "$DATABASE_URL" --command="$SQL"'],
  env: { DATABASE_URL: "${postgres.url}", SQL: sql },
});

const TABLE = `CREATE TABLE IF NOT EXISTS notes (id int PRIMARY KEY, title text);
INSERT INTO notes VALUES (1, 'milk'), (2, 'bread'), (3, 'similar') ON CONFLICT DO NOTHING;`;
const COLUMN = "ALTER TABLE notes ADD COLUMN IF NOT EXISTS colour text;";

/** A stack with a database of its own, as its file says it. */
const own = () => ({
  tier: "dev",
  namespace: OWN,
  host: HOST,
  postgres: {
    image: POSTGRES,
    storage: "1Gi",
    parameters: { work_mem: "8MB", max_connections: 37 } as Record<string, unknown>,
    extensions: ["pg_trgm", "pg_stat_statements"],
    backup: { keep: 2, beforeMigration: true },
  } as Record<string, unknown>,
  redis: {},
  caches: { pages: {} },
  migration: migration(TABLE),
  backend: {
    image: "nginxinc/nginx-unprivileged:1.22",
    runAsUser: 101,
    port: 8080,
    path: "/",
    files: { "/usr/share/nginx/html/index.html": { content: "first" } },
  },
  workers: {
    shell: {
      image: "redis:7.0",
      runAsUser: 999,
      command: ["sh", "-c", IDLE],
      env: {
        QUEUE: "${redis.host}",
        QUEUE_PASSWORD: "${redis.password}",
        PAGES: "${caches.pages.host}",
        PAGES_PASSWORD: "${caches.pages.password}",
      },
    },
  },
});

/** One that uses the other's. */
const other = () => ({
  tier: "dev",
  namespace: OTHER,
  postgres: {
    mode: "external",
    image: POSTGRES,
    host: `notes-postgres.${OWN}.svc`,
    user: "notes",
    database: "notes",
    sslMode: "disable",
    extensions: ["citext"],
    backup: { storage: "1Gi" },
  },
  redis: { mode: "external" },
  migration: migration("INSERT INTO notes VALUES (99, 'from the other') ON CONFLICT DO NOTHING;"),
  workers: {
    shell: {
      image: "redis:7.0",
      runAsUser: 999,
      command: ["sh", "-c", `redis-cli -h "$QUEUE" rpush jobs from-the-other; ${IDLE}`],
      env: { QUEUE: "${redis.host}", REDISCLI_AUTH: "${redis.password}" },
    },
  },
});

/** What the database's superuser sees. */
const sql = async (statement: string, database = "notes") =>
  (
    await kubectl(
      ...["exec", "-n", OWN, "notes-postgres-0", "-c", "postgres", "--"],
      ...["psql", "--username=postgres", `--dbname=${database}`, "-tAc", statement],
    )
  ).trim();

const redis = async (store: "QUEUE" | "PAGES", ...command: string[]) =>
  (
    await kubectl(
      ...["exec", "-n", OWN, "deploy/notes-shell", "--", "sh", "-c"],
      `REDISCLI_AUTH="$${store}_PASSWORD" redis-cli -h "$${store}" ${command.join(" ")}`,
    )
  ).trim();

const titles = (database?: string) => sql("SELECT string_agg(title, ',' ORDER BY id) FROM notes", database);
const columns = (database?: string) =>
  sql(
    "SELECT string_agg(column_name, ',' ORDER BY ordinal_position) FROM information_schema.columns WHERE table_name = 'notes'",
    database,
  );

/** Commands as a guide has them, of its first block that holds `part`, for this stack. */
function documented(part: string, ...changes: [find: string, instead: string][]): string {
  const blocks = ["backup", "data"].flatMap((name) => [
    ...readFileSync(join(checkout, `docs/${name}.md`), "utf8").matchAll(/```sh\n(.*?)```/gs),
  ]);
  const block = blocks.map(([, text]) => text ?? "").find((text) => text.includes(part));
  assert.ok(block, `no guide has a command with ${part}`);
  return [["notes-prod", OWN] as const, ...changes].reduce((text, [find, instead]) => {
    assert.ok(text.includes(find), `no guide has ${find} beside ${part}`);
    return text.replaceAll(find, instead);
  }, block);
}

/** The guide's commands to restore a dump by a Job of this name. */
const restore = (dump: string, job: string): string =>
  documented(
    "job/restore",
    ["DUMP=before-migration/notes-postgres-dump-1a2b3c4d.dump", `DUMP=${dump}`],
    ["job/restore", `job/${job}`],
    ["restore --dry-run", `${job} --dry-run`],
  );

/** Waits for the end of a Job, and returns its log. */
async function ended(job: string, condition: "complete" | "failed", namespace = OWN): Promise<string> {
  await kubectl("wait", "-n", namespace, `job/${job}`, `--for=condition=${condition}`, "--timeout=180s");
  return kubectl("logs", "-n", namespace, "-l", `batch.kubernetes.io/job-name=${job}`, "--tail=-1");
}

async function fromCronJob(cronJob: string, job: string, namespace = OWN): Promise<string> {
  await kubectl("create", "job", "-n", namespace, `--from=cronjob/${cronJob}`, job);
  return ended(job, "complete", namespace);
}

/** The dumps on the volume, newest first, as the guide lists them. */
async function dumps(list: string): Promise<string[]> {
  const log = await fromCronJob("notes-postgres-restore", list);
  return [...log.matchAll(/\S+\/\S+\.dump$/gm)].map(([name]) => name);
}

describe("A stack's databases", () => {
  let project: ProductProject;
  const up = (stack: string): Promise<Finished> =>
    project.pulumi("up", "-s", stack, "--yes", "--skip-preview");
  const succeeds = (stack: string, settings: object) => {
    project.configure(stack, settings);
    return project.succeed("up", "-s", stack, "--yes", "--skip-preview");
  };

  before(async () => {
    project = new ProductProject("backing", "notes");
    await succeeds("bk", own());
  });

  after(async () => {
    for (const stack of ["bkx", "bk"])
      await project.pulumi("destroy", "-s", stack, "--yes", "--skip-preview");
    await kubectl("delete", "namespace", OWN, OTHER, "--ignore-not-found", "--wait=false");
    await kubectl("delete", "crd", "clusters.postgresql.cnpg.io", "--ignore-not-found");
  });

  it("have the settings that are given, and the server's for the rest (control)", async () => {
    const shown = async (name: string) => sql(`SHOW ${name}`);
    assert.deepEqual(
      [await shown("work_mem"), await shown("max_connections"), await shown("maintenance_work_mem")],
      ["8MB", "37", "64MB"],
    );
  });

  it("have the extensions that are given, with what those must have loaded, and no others", async () => {
    assert.equal(
      await sql("SELECT string_agg(extname, ',' ORDER BY extname) FROM pg_extension"),
      "pg_stat_statements,pg_trgm,plpgsql",
    );
    assert.equal(await sql("SELECT count(*) > 0 FROM pg_stat_statements"), "t");
    assert.equal(await sql("SELECT similarity('milk', 'milks') > 0.5"), "t");
  });

  it("are a queue that keeps and a cache that forgets, each with its own password", async () => {
    assert.match(await redis("QUEUE", "rpush jobs first"), /1/);
    await redis("PAGES", "set page old");
    await redis("PAGES", "flushall");
    assert.equal(await redis("QUEUE", "lrange jobs 0 -1"), "first");
    assert.match(await redis("QUEUE", "config get tcp-keepalive"), /tcp-keepalive\s+30\b/);
    assert.match(await redis("QUEUE", "config get maxmemory-policy"), /noeviction/);
    assert.match(await redis("PAGES", "config get maxmemory-policy"), /allkeys-lru/);
    const [queue, pages] = await Promise.all([
      redis("QUEUE", "info replication"),
      redis("PAGES", "info replication"),
    ]);
    const id = (text: string) => /master_replid:(\w+)/.exec(text)?.[1];
    assert.notEqual(id(queue), id(pages));
  });

  describe("are backed up", () => {
    let first: string;

    it("by Jobs out of the CronJob, of which as many dumps are kept as is said", async () => {
      assert.match(
        await fromCronJob("notes-postgres-backup", "one"),
        /Complete: scheduled\/\S+\.dump, \d+ bytes/,
      );
      await shell(documented("now"));
      const log = await ended("now", "complete");
      assert.doesNotMatch(log, /Deleted/, "two are kept");
      [, first = ""] = (await dumps("list-2")).filter((name) => name.startsWith("scheduled/"));
      assert.match(await fromCronJob("notes-postgres-backup", "three"), new RegExp(`Deleted: ${first}`));
      const kept = (await dumps("list-3")).filter((name) => name.startsWith("scheduled/"));
      assert.equal(kept.length, 2);
      assert.ok(!kept.includes(first));
    });

    it("or not: a dump that fails makes its Job fail, and takes no other away", async () => {
      const before = await dumps("list-before");
      await shell(
        `kubectl create job -n ${OWN} --from=cronjob/notes-postgres-backup fails --dry-run=client -o yaml |
           kubectl set env --local -f - PGDATABASE=nothing -o yaml | kubectl create -f -`,
      );
      assert.match(await ended("fails", "failed"), /database "nothing" does not exist/);
      assert.deepEqual(await dumps("list-after"), before);
    });

    it("and come back as the guide says, all of them or none", async () => {
      const [newest = ""] = (await dumps("list-newest")).filter((name) => name.startsWith("scheduled/"));
      await sql(
        "UPDATE notes SET title = 'gone'; DROP EXTENSION pg_trgm; CREATE TABLE later (); ALTER TABLE later OWNER TO notes",
      );
      assert.equal(await titles(), "gone,gone,gone", "the control");
      await shell(`${restore("scheduled/none.dump", "no-dump").replace(/kubectl logs.*/, "")}`);
      assert.match(await ended("no-dump", "failed"), /There is no dump scheduled\/none\.dump/);
      assert.equal(await titles(), "gone,gone,gone");

      assert.match(await shell(restore(newest, "restore")), /Restored\./);
      assert.equal(await titles(), "milk,bread,similar");
      assert.equal(await sql("SELECT to_regclass('later') IS NULL"), "t", "what came after the dump is gone");
      assert.match(await sql("SELECT string_agg(extname, ',') FROM pg_extension"), /pg_trgm/);
      // What was there before the restore has a dump of its own.
      const [safe = ""] = (await dumps("list-safe")).filter((name) => name.startsWith("before-restore/"));
      await sql("CREATE DATABASE scratch OWNER notes");
      const look = restore(safe, "look").replace("DUMP=", "PGDATABASE=scratch DUMP=");
      assert.match(await shell(look), /Left out: the extension pg_stat_statements\..*Restored\./s);
      assert.equal(await titles("scratch"), "gone,gone,gone");
      await sql("DROP DATABASE scratch");
    });
  });

  describe("are dumped before each migration", () => {
    const next = () => {
      const settings = own();
      settings.migration = migration(COLUMN);
      settings.backend.files = { "/usr/share/nginx/html/index.html": { content: "second" } };
      return settings;
    };
    const page = async () => (await ask(`http://${HOST}/`)).body;

    it("or the migration does not run, and the version before goes on serving", async () => {
      // The owner may not read it, and so can't dump it.
      await sql("CREATE TABLE somebody_elses ()");
      project.configure("bk", next());
      const { code, output } = await up("bk");
      assert.notEqual(code, 0, output);
      assert.match(output, /permission denied for table somebody_elses/);
      assert.equal(await columns(), "id,title");
      assert.equal(await page(), "first");
    });

    it("and the dump is of what was there before it", async () => {
      await sql("DROP TABLE somebody_elses");
      await succeeds("bk", next());
      assert.equal(await columns(), "id,title,colour");
      await eventually("the new page", async () => (await page()) === "second");
      const { backups } = (await project.outputs("bk")) as unknown as { backups: Record<string, string> };
      const dump = backups.beforeMigration ?? "";
      assert.match(dump, /^before-migration\/notes-postgres-dump-\w+\.dump$/);
      assert.ok(backups.restoreWith?.includes(`DUMP=${dump}`));
      const look = documented("createdb", ["scheduled/2026-11-21T01-30-04Z.dump", dump]);
      await shell(look);
      await ended("try", "complete");
      assert.deepEqual(
        [await columns("scratch"), await titles("scratch")],
        ["id,title", "milk,bread,similar"],
      );
      await sql("DROP DATABASE scratch");
    });

    it("that is new: the same one is neither dumped for nor run again", async () => {
      const jobs = () => kubectl("get", "jobs", "-n", OWN, "-o", "name");
      const before = await jobs();
      assert.match(await succeeds("bk", next()), /unchanged/);
      assert.equal(await jobs(), before);
    });

    after(() => project.configure("bk", next()));
  });

  describe("grow and change", () => {
    it("with all that is in them", async () => {
      const pod = () =>
        kubectl("get", "pod", "-n", OWN, "notes-postgres-0", "-o", "jsonpath={.metadata.uid}");
      const before = await pod();
      const settings = project.settings("bk") as ReturnType<typeof own>;
      Object.assign(settings.postgres, { storage: "2Gi", parameters: { work_mem: "16MB" } });
      await succeeds("bk", settings);
      const claim = [
        "get",
        "pvc",
        "-n",
        OWN,
        "notes-postgres",
        "-o",
        "jsonpath={.spec.resources.requests.storage}",
      ];
      assert.equal(await kubectl(...claim), "2Gi");
      assert.deepEqual([await sql("SHOW work_mem"), await sql("SHOW max_connections")], ["16MB", "100"]);
      assert.notEqual(await pod(), before);
      assert.equal(await titles(), "milk,bread,similar");
    });
  });

  describe("move to another volume", () => {
    it("as the guide says, where a change would lose what is on the old one", async () => {
      const settings = project.settings("bk") as ReturnType<typeof own>;
      // The backups' volume is not to follow.
      Object.assign(settings.postgres, { storage: "512Mi", backup: { keep: 2, storage: "2Gi" } });
      settings.migration = migration(TABLE + COLUMN);
      const uid = () => kubectl("get", "pvc", "-n", OWN, "notes-postgres", "-o", "jsonpath={.metadata.uid}");
      const before = { uid: await uid(), columns: await columns() };
      await sql("UPDATE notes SET title = 'moved' WHERE id = 3");

      project.configure("bk", settings);
      const { code, output } = await up("bk");
      assert.notEqual(code, 0, output);
      assert.match(output, /"Moving to another volume" in docs\/data\.md/);

      const said = await shell(`${documented("/moving")}\necho "volume: $volume"`);
      const [, dump = ""] = /Complete: (\S+\.dump)/.exec(said) ?? [];
      const [, volume = ""] = /^volume: (.+)$/m.exec(said) ?? [];
      const [destroy = "", remove = ""] = documented("--target-dependents", ["-s prod", "-s bk"]).split("\n");
      const args = destroy.replace("npx pulumi ", "").replaceAll("'", "").split(" ");
      await project.succeed(...args, "--yes", "--skip-preview");
      await shell(remove);
      await project.succeed("up", "-s", "bk", "--yes", "--skip-preview");
      assert.equal(await titles(), "milk,bread,similar", "an empty database, and its migration");

      await shell(restore(dump, "restore-moved"));
      await ended("restore-moved", "complete");
      assert.equal(await titles(), "milk,bread,moved");
      assert.notEqual(await uid(), before.uid);
      assert.equal(await columns(), before.columns);
      assert.match(await kubectl("get", "pv", volume), /Released/);
      await kubectl("delete", "pv", volume);
      await sql("UPDATE notes SET title = 'similar' WHERE id = 3");
    });
  });

  describe("can be another stack's", () => {
    const password = async (id: "postgres" | "redis") => {
      const secrets = await kubectl(
        ...["get", "secrets", "-n", OWN, "-l", `app.kubernetes.io/component=${id}`],
        ...["-o", "jsonpath={.items[0].data.password}"],
      );
      return Buffer.from(secrets, "base64").toString();
    };

    it("which it writes to, queues in, and makes dumps of", async () => {
      project.configure("bkx", other());
      const secret = (path: string, value: string) =>
        project.succeed("config", "set", "-s", "bkx", "--secret", "--path", `notes:stack.${path}`, value);
      await secret("postgres.password", await password("postgres"));
      await secret("redis.url", `redis://:${await password("redis")}@notes-redis.${OWN}.svc:6379`);
      await project.succeed("up", "-s", "bkx", "--yes", "--skip-preview");
      assert.equal(await titles(), "milk,bread,similar,from the other");
      assert.match(await sql("SELECT string_agg(extname, ',') FROM pg_extension"), /citext/);
      await eventually("the job in the queue", async () =>
        (await redis("QUEUE", "lrange jobs 0 -1")).includes("from-the-other"),
      );
      assert.match(await fromCronJob("notes-postgres-backup", "one", OTHER), /Complete: scheduled\//);
      assert.equal(await kubectl("get", "statefulsets", "-n", OTHER, "-o", "name"), "");
    });
  });

  describe("can go over to an operator's, and back", () => {
    /** What the operator would do: a Service to the instance that takes writes, and a word that it is there. */
    const operate = async () => {
      const there = async () =>
        (await kubectl("get", "clusters.postgresql.cnpg.io", "-n", OWN, "-o", "name")) !== "";
      await eventually("the Cluster", there, 300_000);
      const service = {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "notes-postgres-rw", namespace: OWN },
      };
      const selector = { "app.kubernetes.io/instance": "notes", "app.kubernetes.io/component": "postgres" };
      const spec = { selector, ports: [{ port: 5432 }] };
      await shell(`kubectl create -f - <<'END'\n${JSON.stringify({ ...service, spec })}\nEND`);
      const condition = {
        ...{ type: "Ready", status: "True", reason: "ClusterIsReady", message: "" },
        lastTransitionTime: new Date().toISOString(),
      };
      const status = JSON.stringify({ status: { conditions: [condition] } });
      await kubectl(
        ...["patch", "clusters.postgresql.cnpg.io", "notes-postgres", "-n", OWN],
        ...["--subresource=status", "--type=merge", "-p", status],
      );
    };
    const volume = () =>
      kubectl("get", "pvc", "-n", OWN, "notes-postgres", "-o", "jsonpath={.metadata.uid} {.status.phase}");

    it("with the same references, once it is ready, and leave the volume of before where it is", async () => {
      const definition = join(checkout, "tests/crds/cloudnative-pg/postgresql.cnpg.io_clusters.yaml");
      await kubectl("apply", "--server-side", "-f", definition);
      // One that was made a moment ago has no conditions to wait for yet.
      await eventually("the kind is served", () =>
        kubectl("get", "clusters.postgresql.cnpg.io", "-n", OWN).then(
          () => true,
          () => false,
        ),
      );
      const before = await volume();
      const settings = project.settings("bk") as ReturnType<typeof own>;
      settings.postgres.mode = "cloudnative-pg";
      settings.migration = migration(
        "INSERT INTO notes VALUES (100, 'over the operator') ON CONFLICT DO NOTHING;",
      );
      await Promise.all([succeeds("bk", settings), operate()]);
      assert.equal(
        await kubectl("get", "statefulset", "-n", OWN, "notes-postgres", "--ignore-not-found"),
        "",
      );
      assert.equal(await volume(), before);
      assert.match(before, / Bound$/);
    });

    it("where all is as it was, and the operator's database is left alone too", async () => {
      const settings = project.settings("bk") as ReturnType<typeof own>;
      settings.postgres.mode = "embedded";
      await succeeds("bk", settings);
      assert.equal(await titles(), "milk,bread,similar,from the other,over the operator");
      assert.match(
        await kubectl("get", "clusters.postgresql.cnpg.io", "-n", OWN, "-o", "name"),
        /notes-postgres/,
      );
    });
  });
});
