// OpenShift assigns each namespace a range of users of its own. Pods that name none run as one of those, in group 0 of the image:
// here that is done to them by patches, with the sample product, its Postgres and its Redis.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { inPod } from "../examples/example";
import { ask, cluster } from "./cluster";
import { eventually } from "./eventually";
import { ProjectCopy } from "./project";

const STACK = "ocp";
const NAMESPACE = "notes-ocp";
const HOST = "notes.ocp.localhost";

/** As the `restricted-v2` constraint would have it: nobody that an image knows. */
const ASSIGNED = 1_000_650_000;

const assigned = {
  spec: { template: { spec: { securityContext: { runAsUser: ASSIGNED, fsGroup: ASSIGNED } } } },
};

describe("A stack on OpenShift", () => {
  const project = new ProjectCopy();

  before(async () => {
    const patches = Object.fromEntries(
      ["Deployment", "StatefulSet", "Job"].map((kind) => [kind, { kind, merge: assigned }]),
    );
    const settings = { tier: "dev", host: HOST, registry: "127.0.0.1:5000", openshift: true, patches };
    writeFileSync(
      join(project.folder, `Pulumi.${STACK}.yaml`),
      JSON.stringify({ config: { "notes:stack": settings } }),
    );
    await project.succeed("up", "-s", STACK, "--yes", "--skip-preview");
  });

  after(async () => {
    await project.succeed("destroy", "-s", STACK, "--yes", "--skip-preview");
    await cluster().core.deleteNamespace({ name: NAMESPACE });
  });

  it("runs everything as the user that was assigned", async () => {
    for (const role of ["backend", "frontend", "postgres", "redis"]) {
      const { output } = await inPod(NAMESPACE, role, ["id", "-u"]);
      assert.equal(output.trim(), String(ASSIGNED), role);
    }
  });

  it("serves what went through its API into Postgres and back", async () => {
    const url = `http://${HOST}/api/notes`;
    // A route that was made a moment ago may not have been read yet.
    await eventually(`${url} is routed`, async () => (await ask(url)).status === 200);
    const { status, body } = await ask(url, { method: "POST", body: { text: "as anybody" } });
    assert.equal(status, 201, body);
    assert.match((await ask(url)).body, /as anybody/);
  });

  it("starts again on the data that it has written", async () => {
    for (const role of ["postgres", "redis"]) {
      await cluster().core.deleteNamespacedPod({ name: `notes-${role}-0`, namespace: NAMESPACE });
    }
    await project.succeed("up", "-s", STACK, "--yes", "--skip-preview", "--refresh");
    assert.match((await ask(`http://${HOST}/api/notes`)).body, /as anybody/);
  });
});
