// What runs once for each version. Tasks: each in its place, and nobody comes in before all have succeeded. A migration that
// fails: the version before goes on serving, `up` says why within a minute, and the next one tries again.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asking, cluster, podsOf } from "./cluster";
import { ProjectCopy } from "./project";

const STACK = "mig";
const NAMESPACE = "notes-mig";
const HOST = "notes.mig.localhost";
const MIGRATES = "asyncio.run(create_schema(settings.read_database_url()))";
const BREAKS = 'log.error("there is no column named colour"); return 3';

/** Reads the table that the migration makes; `greet` asks the API, and ends with what it is told. */
const TASKS = {
  count: {
    command: [
      "python3",
      "-c",
      "import os, psycopg; print('notes:', *psycopg.connect(os.environ['DATABASE_URL']).execute('SELECT count(*) FROM notes').fetchone())",
    ],
  },
  greet: {
    command: [
      "python3",
      "-c",
      "import os, sys, urllib.request\nprint(urllib.request.urlopen(os.environ['API'] + '/api/notes').status, 'by the API')\nsys.exit(int(os.environ['END']))",
    ],
    env: { API: "${backend.url}", END: "0" },
  },
};

let project: ProjectCopy;

const up = () => project.pulumi("up", "-s", STACK, "--yes", "--skip-preview");

/** The first pods of a role. */
async function firstPod(role: string) {
  const { items } = await cluster().core.listNamespacedPod({
    namespace: NAMESPACE,
    labelSelector: `app.kubernetes.io/component=${role}`,
  });
  const [pod] = items;
  const container = pod?.status?.containerStatuses?.[0];
  return {
    name: pod?.metadata?.name ?? "",
    created: pod?.metadata?.creationTimestamp?.getTime() ?? 0,
    ready: pod?.status?.conditions?.find(({ type }) => type === "Ready")?.lastTransitionTime?.getTime() ?? 0,
    ended: container?.state?.terminated?.finishedAt?.getTime() ?? Number.NaN,
  };
}

const logOf = async (role: string) =>
  cluster().core.readNamespacedPodLog({ name: (await firstPod(role)).name, namespace: NAMESPACE });

describe("Jobs of a version", () => {
  before(async () => {
    project = new ProjectCopy();
    const settings = { tier: "dev", host: HOST, registry: "127.0.0.1:5000", tasks: TASKS };
    writeFileSync(
      join(project.folder, `Pulumi.${STACK}.yaml`),
      JSON.stringify({ config: { "notes:stack": settings } }),
    );
  });

  after(async () => {
    await project.pulumi("destroy", "-s", STACK, "--yes", "--skip-preview");
    await cluster().core.deleteNamespace({ name: NAMESPACE });
  });

  describe("Tasks", () => {
    const ingresses = async () =>
      (await cluster().networking.listNamespacedIngress({ namespace: NAMESPACE })).items;

    it("keep everybody out at the first deployment until they succeed", async () => {
      const restore = project.configure(STACK, (args) => {
        args.tasks = { ...TASKS, greet: { ...TASKS.greet, env: { ...TASKS.greet.env, END: "4" } } };
      });
      const { code, output } = await up();
      restore();
      assert.notEqual(code, 0, output);
      assert.match(output, /greet failed with exit code 4\. The end of its log:/);
      assert.match(output, /200 by the API/);
      assert.equal((await podsOf(NAMESPACE, "backend")).length, 1);
      assert.deepEqual(await ingresses(), []);
    });

    it("let them in then", async () => {
      const { code, output } = await up();
      assert.equal(code, 0, output);
      assert.ok((await ingresses()).length > 0);
      assert.match(await logOf("greet"), /200 by the API/);
    });

    it("run behind the migration and before the processes, or behind those that they refer to", async () => {
      const migration = await firstPod("migration");
      const count = await firstPod("count");
      const backend = await firstPod("backend");
      const greet = await firstPod("greet");
      assert.ok(migration.ended <= count.created, "count began before the migration had ended");
      assert.ok(count.ended <= backend.created, "the backend began before count had ended");
      assert.ok(backend.ready <= greet.created, "greet began before the backend was ready");
      assert.match(await logOf("count"), /notes: 0/);
    });

    it("don't run again while nothing has changed", async () => {
      const before = [await podsOf(NAMESPACE, "count"), await podsOf(NAMESPACE, "greet")];
      const { code, output } = await up();
      assert.equal(code, 0, output);
      assert.deepEqual([await podsOf(NAMESPACE, "count"), await podsOf(NAMESPACE, "greet")], before);
    });
  });

  describe("A migration that fails", () => {
    let backend: string[];

    /** When the last migration ended. */
    const failed = async (): Promise<number> => {
      const { items } = await cluster().core.listNamespacedPod({
        namespace: NAMESPACE,
        labelSelector: "app.kubernetes.io/component=migration",
      });
      const ends = items.map(({ status }) => status?.containerStatuses?.[0]?.state?.terminated?.finishedAt);
      return Math.max(...ends.map((end) => end?.getTime() ?? 0));
    };

    const says = (text: string, instead: string) => {
      const file = join(project.folder, "app/api/notes/__main__.py");
      const source = readFileSync(file, "utf8");
      assert.ok(source.includes(text));
      writeFileSync(file, source.replace(text, instead));
    };

    before(async () => {
      backend = await podsOf(NAMESPACE, "backend");
    });

    it("ends the up within a minute of its failure, with the end of its log and where all of it is", async () => {
      says(MIGRATES, BREAKS);
      const stop = asking(`http://${HOST}/api/notes`);
      const { code, output } = await up();
      const seconds = (Date.now() - (await failed())) / 1000;
      const answers = await stop();
      assert.notEqual(code, 0, output);
      assert.ok(seconds < 60, `up went on for ${seconds} s after the migration had failed`);
      assert.match(output, /migration failed with exit code 3\. The end of its log:/);
      assert.match(output, /there is no column named colour/);
      assert.match(output, /kubectl logs -n notes-mig notes-migration-\S+ -c migration/);
      assert.deepEqual(Object.keys(answers), ["200"], JSON.stringify(answers));
    });

    it("leaves the pods of the version before alone", async () => {
      assert.deepEqual(await podsOf(NAMESPACE, "backend"), backend);
    });

    it("is tried again by the next up, though nothing has changed", async () => {
      const before = await podsOf(NAMESPACE, "migration");
      const { code, output } = await up();
      assert.notEqual(code, 0);
      assert.match(output, /there is no column named colour/);
      const after = await podsOf(NAMESPACE, "migration");
      assert.ok(
        after.some((name) => !before.includes(name)),
        `${before} → ${after}`,
      );
    });

    it("lets the next version in once it succeeds", async () => {
      says(BREAKS, `log.info("mended"); ${MIGRATES}`);
      const { code, output } = await up();
      assert.equal(code, 0, output);
      assert.doesNotMatch(output, /failed with exit code/);
      assert.notDeepEqual(await podsOf(NAMESPACE, "backend"), backend);
    });
  });
});
