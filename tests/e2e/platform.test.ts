// The embedded node as its user sees it: it starts, heals, keeps its data, shares the machine, and leaves nothing.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readStatus } from "../../local/platform/node";
import { readPlatform } from "../../local/platform/paths";
import { cluster } from "./cluster";
import { checkout, type Finished, run, state, succeed } from "./commands";
import { eventually } from "./eventually";
import { cgroups, interfaces, listening, mounts, mountsAnywhere, pidOf, processes, rules } from "./traces";

const namespace = "platform-test";
const local = (...args: string[]) => ["run", "--silent", "local", "--", ...args];

const ready = () => (readStatus(state)?.phase === "ready" ? true : undefined);

async function log(pod: string): Promise<string | undefined> {
  return cluster()
    .core.readNamespacedPodLog({ name: pod, namespace })
    .catch(() => undefined);
}

/** What the pod has found in its volume at its starts, one line each. */
async function seen(): Promise<string[] | undefined> {
  const text = await log("keeper");
  return text === undefined ? undefined : text.split("\n").filter(Boolean);
}

/** A pod that adds a line to a file in its volume at each start, and prints the file. */
async function createKeeper(): Promise<void> {
  const { core } = cluster();
  await core.createNamespace({ body: { metadata: { name: namespace } } });
  await core.createNamespacedPersistentVolumeClaim({
    namespace,
    body: {
      metadata: { name: "data" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "64Mi" } } },
    },
  });
  // No pod is admitted before its service account is there.
  await eventually("the default service account", () =>
    core.readNamespacedServiceAccount({ name: "default", namespace }).catch(() => undefined),
  );
  await core.createNamespacedPod({
    namespace,
    body: {
      metadata: { name: "keeper" },
      spec: {
        terminationGracePeriodSeconds: 1,
        securityContext: { runAsUser: 20000, runAsNonRoot: true, fsGroup: 20000 },
        containers: [
          {
            name: "keeper",
            image: "debian:12-slim",
            command: ["sh", "-c", "echo start >> /data/starts && cat /data/starts && exec sleep infinity"],
            volumeMounts: [{ name: "data", mountPath: "/data" }],
          },
        ],
        volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
      },
    },
  });
  await eventually(
    "the pod writes to its volume",
    async () => ((await seen())?.length ?? 0) > 0 || undefined,
  );
}

describe("The embedded node", () => {
  before(createKeeper);
  after(() => cluster().core.deleteNamespace({ name: namespace }));

  it("is up at once when it is up already", async () => {
    const begun = Date.now();
    await succeed("npm", local("up"));
    // Two seconds on an idle machine; a busy one gets some grace, but nothing is started or built in it.
    assert.ok(Date.now() - begun < 6_000, `took ${Date.now() - begun} ms`);
  });

  it("shows its parts, ports and addresses", async () => {
    const text = await succeed("npm", local("status"));
    assert.match(text, /^node: ready/);
    assert.match(text, /^kubelet +ready/m);
    assert.match(text, new RegExp(`http://<host>\\.localhost:${readPlatform()?.ports.http}`));
    assert.match(await succeed("npm", local("logs")), /kubelet\.log/);
    assert.notEqual(await succeed("npm", local("logs", "kubelet", "-n", "5")), "");
    const unknown = await run("npm", local("logs", "nonsense"));
    assert.equal(unknown.code, 1);
    assert.match(unknown.output, /No part is named "nonsense"\. There are: .*kubelet/);
  });

  it("starts a part again that was killed", async () => {
    const restarts = () => readStatus(state)?.parts.find((part) => part.name === "kubelet")?.restarts ?? 0;
    const before = restarts();
    process.kill(pidOf(state, "kubelet"), "SIGKILL");
    await eventually("the kubelet is started again", () => restarts() > before || undefined);
    await eventually("the node is ready again", ready);
    assert.equal((await eventually("the pod's log", seen)).length, 1, "the pod went on");
  });

  it("comes back with its volumes after its first process was killed", async () => {
    const before = (await seen())?.length ?? 0;
    process.kill(readStatus(state)?.pid as number, "SIGKILL");
    await eventually("the node is gone", () => readStatus(state) === undefined || undefined, 20_000);
    const { code, output } = await run("npm", local("status"));
    assert.equal(code, 1, output);
    assert.match(output, /^node: stopped; start it with: npm run local -- up/);
    await succeed("npm", local("up"));
    await eventually(
      "the pod finds what it wrote",
      async () => ((await seen())?.length ?? 0) > before || undefined,
    );
  });

  it("lets a volume grow", async () => {
    const { core } = cluster();
    const claim = await core.readNamespacedPersistentVolumeClaim({ name: "data", namespace });
    assert.equal(claim.status?.capacity?.storage, "64Mi");
    if (claim.spec?.resources) claim.spec.resources.requests = { storage: "128Mi" };
    await core.replaceNamespacedPersistentVolumeClaim({ name: "data", namespace, body: claim });
    await eventually("the claim has grown", async () => {
      const { status } = await core.readNamespacedPersistentVolumeClaim({ name: "data", namespace });
      return status?.capacity?.storage === "128Mi" || undefined;
    });
  });

  it("shares the machine with another checkout's, which leaves nothing when it goes", async () => {
    const other = mkdtempSync(join(tmpdir(), "other-"));
    const there = (...args: string[]): Promise<Finished> =>
      run("env", [`SERVICE_STACK_STATE=${other}`, "npm", ...local(...args)], checkout);
    const ours = () => ({ interfaces: interfaces("self"), rules: rules(process.pid, state) });
    const before = ours();
    try {
      const up = await there("up");
      assert.equal(up.code, 0, up.output);
      const ports = readPlatform(other)?.ports;
      assert.ok(ports && ports.http !== readPlatform()?.ports.http);
      assert.ok(ready(), "the first node is ready all the same");

      // Each look must see something now, or it proves nothing later.
      const inside = pidOf(other, "kubelet");
      assert.notDeepEqual(processes(other), []);
      assert.notDeepEqual(mountsAnywhere(other), []);
      assert.notDeepEqual(cgroups(other), []);
      assert.ok(Object.values(ports).every((port: number) => listening().includes(port)));
      assert.notDeepEqual(interfaces(inside), interfaces("self"));
      assert.ok(rules(inside, other).length > rules(process.pid, other).length);

      // What is mounted there by somebody else isn't deleted with the rest.
      const foreign = join(other, "foreign");
      mkdirSync(foreign);
      execFileSync("mount", ["-t", "tmpfs", "none", foreign]);
      const refused = await there("down");
      assert.notEqual(refused.code, 0);
      assert.match(refused.output, /Still mounted, so nothing was deleted/);
      assert.deepEqual(mounts(other).length, 1);
      assert.ok(existsSync(join(other, "kubeconfig")));
      execFileSync("umount", [foreign]);

      // A node that was killed is removed as well as one that runs.
      assert.equal((await there("up")).code, 0);
      process.kill(readStatus(other)?.pid as number, "SIGKILL");
      const down = await there("down");
      assert.equal(down.code, 0, down.output);
      assert.match(down.output, /Delete its data, volumes included/);
      assert.deepEqual(processes(other), []);
      assert.deepEqual(mountsAnywhere(other), []);
      assert.deepEqual(cgroups(other), []);
      assert.deepEqual(
        listening().filter((port) => Object.values(ports).includes(port)),
        [],
      );
      assert.deepEqual(ours(), before);
      assert.ok(!existsSync(other));
      assert.ok(ready(), "the first node never noticed");
    } finally {
      await there("down");
      rmSync(other, { recursive: true, force: true });
    }
  });

  it("leaves a folder alone that isn't its own", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mine-"));
    mkdirSync(join(folder, "precious"));
    for (const command of ["up", "down"]) {
      const { code, output } = await run(
        "env",
        [`SERVICE_STACK_STATE=${folder}`, "npm", ...local(command)],
        checkout,
      );
      assert.equal(code, 1, output);
      assert.match(output, /was not made by the embedded platform/);
    }
    assert.ok(existsSync(join(folder, "precious")));
    rmSync(folder, { recursive: true });
  });
});
