// A migration that fails: the version before goes on serving, `up` says why within a minute, and the next one tries
// again.

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

describe("A migration that fails", () => {
  let project: ProjectCopy;
  let backend: string[];

  const up = () => project.pulumi("up", "-s", STACK, "--yes", "--skip-preview");

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
    project = new ProjectCopy();
    const settings = `{ tier: dev, host: ${HOST}, registry: "127.0.0.1:5000" }`;
    writeFileSync(join(project.folder, `Pulumi.${STACK}.yaml`), `config:\n  notes:stack: ${settings}\n`);
    const { code, output } = await up();
    assert.equal(code, 0, output);
    backend = await podsOf(NAMESPACE, "backend");
  });

  after(async () => {
    await project.pulumi("destroy", "-s", STACK, "--yes");
    await cluster().core.deleteNamespace({ name: NAMESPACE });
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
