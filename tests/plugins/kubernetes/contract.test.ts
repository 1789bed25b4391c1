// The recorded changes, waits and drifts, done again on a real cluster through the real engine, and compared with
// what the official provider did. SERVICE_STACK_PLUGINS=official runs the same against that provider.
// Needs a Kubernetes node and the Pulumi CLI.
import { strict as assert } from "node:assert";
import { dig, type Fields, fields, items, text } from "../../../local/plugins/kubernetes/object";
import { others } from "./cluster";
import { Engine, type Run } from "./engine";
import { type Declared, nameOf, programOf } from "./program";
import { changes, drift, states, waits } from "./recordings";
import { container, pods, waiting } from "./waiting";

describe("with a cluster", function () {
  this.timeout(300_000);
  describe("the recorded changes", () => {
    let engine: Engine;
    let first: Run;
    let done: Run;
    let kept: Record<string, Fields>;
    const declared = (which: "before" | "after"): Declared[] =>
      changes.flatMap(({ case: title, type, [which]: args }) =>
        args ? [{ name: nameOf(title), type, args }] : [],
      );

    before("perform them", async () => {
      engine = await Engine.start("changes");
      first = await engine.up(programOf("rec", declared("before")));
      kept = await engine.resources();
      done = await engine.upAll(programOf("rec", declared("after")));
    });
    after(async () => {
      await engine?.destroy();
      await engine?.stop();
    });

    it("begin with objects that are all there", () => assert.equal(first.failure, undefined));

    for (const { case: title, operations, detailedDiff } of changes) {
      it(`are the same: ${title}`, () => {
        assert.deepEqual(done.operations[nameOf(title)], operations);
        assert.deepEqual(done.differences[nameOf(title)] ?? {}, detailedDiff);
      });
    }

    it("all succeed, but for an object that can't have its name back in time", () => {
      const refused = Object.keys(done.ended).filter((name) => done.ended[name] === "failed");
      // With skipAwait nobody waits until the old one is gone: recorded of the Deployment.
      const may = ["deployment with fixed name, selector", "job with fixed name, template command"].map(
        nameOf,
      );
      assert.deepEqual(
        refused.filter((name) => !may.includes(name)),
        [],
      );
      if (refused.length > 0) assert.match(done.failure ?? "", /already exists/);
    });

    for (const [type, recorded] of Object.entries(states)) {
      it(`are kept in the state in the recorded shape: ${type}`, async () => {
        const one = Object.values(kept).find((resource) => resource.type === type) ?? {};
        const shape = (resource: Fields) => ({
          inputs: Object.keys(fields(resource, "inputs")).sort(),
          outputs: Object.keys(fields(resource, "outputs")).sort(),
          metadata: Object.keys(fields(resource, "outputs", "metadata")).sort(),
          managers: items(resource, "outputs", "metadata", "managedFields").map((entry) =>
            text(entry, "manager"),
          )[0],
        });
        assert.deepEqual(shape(one), shape(recorded));
        assert.match(text(one, "outputs", "__fieldManager"), /^pulumi-kubernetes-[0-9a-f]{8}$/);
      });
    }

    it("leave nothing behind of a field that was taken out", async () => {
      const name = text((await engine.resources())[nameOf("deployment, replicas removed")], "id").split(
        "/",
      )[1];
      const live = await others().get("rec", "deployments", name ?? "");
      const owners = items(live, "metadata", "managedFields").filter(
        (entry) => dig(entry, "fieldsV1", "f:spec", "f:replicas") !== undefined,
      );
      assert.deepEqual(owners, []);
    });
  });

  describe("the recorded waits", () => {
    let engine: Engine;
    let first: Run;
    let again: Run;
    before(async () => {
      engine = await Engine.start("aw");
      await engine.up(programOf("aw", pods));
      const program = programOf("aw", [...pods, ...waiting]);
      first = await engine.upAll(program);
      again = await engine.upAll(program);
    });
    after(async () => {
      await engine?.destroy();
      await engine?.stop();
    });

    for (const [name, recorded] of Object.entries(waits.await.times)) {
      it(`end alike: ${name} ${recorded.ended} after about ${recorded.seconds} s`, () => {
        assert.equal(first.ended[name], recorded.ended);
        // A Job's patience begins anew with each event, also those of other Jobs.
        const slack = name === "job-hangs" ? 8 : 4;
        const seconds = first.seconds[name] ?? Number.NaN;
        assert.ok(Math.abs(seconds - recorded.seconds) <= slack, `it took ${seconds} s`);
      });
    }
    for (const [name, recorded] of Object.entries(waits.await.messages)) {
      it(`say the same meanwhile: ${name}`, () => {
        assert.deepEqual(spoken(first.messages[name]), spoken(recorded));
      });
    }
    for (const [name, recorded] of Object.entries(waits.awaitAgain.ops)) {
      it(`are tried again: ${name}`, () => {
        assert.deepEqual(again.operations[name], recorded);
        assert.equal(again.ended[name], "failed");
        assert.deepEqual(spoken(again.messages[name], true), spoken(waits.awaitAgain.messages[name], true));
      });
    }
  });

  describe("objects changed by others", () => {
    let engine: Engine;
    const configMap = (name: string): Declared => ({
      name,
      type: "core.v1.ConfigMap",
      args: { metadata: { name }, data: { a: "1" } },
    });
    const names = ["changed-outside", "field-added-outside", "deleted-outside"];
    const program = programOf("dr", names.map(configMap));
    before(async () => {
      engine = await Engine.start("drift");
      await engine.up(program);
      await others().merge("dr", "configmaps", "changed-outside", { data: { a: "2" } });
      await others().merge("dr", "configmaps", "field-added-outside", {
        metadata: { labels: { other: "theirs" } },
      });
      await others().remove("dr", "configmaps", "deleted-outside");
    });
    after(async () => {
      await engine?.destroy();
      await engine?.stop();
    });
    const only = (run: Run) => Object.fromEntries(names.map((name) => [name, run.operations[name]]));
    const recorded = (step: string) => Object.fromEntries(names.map((name) => [name, drift[step]?.[name]]));

    it("are not noticed before a refresh", async () => {
      assert.deepEqual(only(await engine.preview(program)), recorded("previewBeforeRefresh"));
    });
    it("are seen by a refresh, and put right by the next up", async () => {
      await engine.refresh();
      assert.deepEqual(only(await engine.preview(program)), recorded("previewAfterRefresh"));
      const run = await engine.up(program);
      assert.equal(run.failure, undefined);
      assert.deepEqual(only(run), recorded("up"));
      assert.equal(text(await others().get("dr", "configmaps", "changed-outside"), "data", "a"), "1");
    });
  });

  describe("a program", () => {
    let engine: Engine;
    before(async () => {
      engine = await Engine.start("program");
    });
    after(async () => {
      await engine?.destroy();
      await engine?.stop();
    });
    const deployment = (spec: object, metadata = {}): Declared => ({
      name: "web",
      type: "apps.v1.Deployment",
      args: {
        metadata: { annotations: { "pulumi.com/skipAwait": "true" }, ...metadata },
        spec: {
          replicas: 0,
          selector: { matchLabels: { app: "x" } },
          template: {
            metadata: { labels: { app: "x" } },
            spec: { containers: [container("sleep", "1000")] },
          },
          ...spec,
        },
      },
    });

    it("is previewed before its namespace exists", async () => {
      const run = await engine.preview(programOf("pr", [deployment({})]));
      assert.equal(run.failure, undefined);
      assert.deepEqual(run.operations.web, ["create"]);
    });

    it("with an invalid object stops at the preview, in the API server's words", async () => {
      await engine.up(programOf("pr", []));
      const run = await engine.preview(
        programOf("pr", [deployment({ selector: { matchLabels: { app: "y" } } })]),
      );
      assert.match(run.failure ?? "", /`selector` does not match template `labels`/);
    });

    it("that names what exists already is told so, with what may help", async () => {
      await others().create("pr", "configmaps", { metadata: { name: "theirs" } });
      const theirs = { name: "mine", type: "core.v1.ConfigMap", args: { metadata: { name: "theirs" } } };
      assert.equal((await engine.preview(programOf("pr", [theirs]))).failure, undefined);
      const run = await engine.up(programOf("pr", [theirs]));
      assert.match(run.failure ?? "", /configmaps "theirs" already exists/);
      assert.match(run.failure ?? "", /pulumi import/);
    });

    it("patches an object of others, meets conflicts by name, and gives the fields back", async () => {
      const patch = (value: string, annotations = {}): Declared => ({
        name: "patch",
        type: "core.v1.ConfigMapPatch",
        args: { metadata: { name: "theirs", annotations }, data: { a: value } },
      });
      const value = async () => text(await others().get("pr", "configmaps", "theirs"), "data", "a");
      assert.equal((await engine.up(programOf("pr", [patch("1")]))).failure, undefined);
      assert.equal(await value(), "1");
      await others().merge("pr", "configmaps", "theirs", { data: { a: "other" } });
      const refused = await engine.up(programOf("pr", [patch("2")]));
      assert.match(refused.failure ?? "", /conflict with "others"/);
      const forced = await engine.up(programOf("pr", [patch("2", { "pulumi.com/patchForce": "true" })]));
      assert.equal(forced.failure, undefined);
      assert.equal(await value(), "2");
      assert.equal((await engine.up(programOf("pr", []))).failure, undefined);
      assert.equal(await value(), "", "the field is gone, the object isn't");
    });

    it("imports an object of others, which from then on is its own and unchanged", async () => {
      await others().create("pr", "configmaps", {
        metadata: { name: "found", labels: { by: "others" } },
        data: { a: "1" },
      });
      const args = {
        metadata: { name: "found", namespace: "pr", labels: { by: "others" } },
        data: { a: "1" },
      };
      const found = (options: object): Declared => ({
        name: "found",
        type: "core.v1.ConfigMap",
        args,
        options,
      });
      const run = await engine.up(programOf("pr", [found({ import: "pr/found" })]));
      assert.equal(run.failure, undefined);
      assert.deepEqual(run.operations.found, ["import"]);
      const next = await engine.preview(programOf("pr", [found({})]));
      assert.deepEqual(next.operations.found, ["same"]);
    });

    it("with an unready Job marked replaceUnready runs it anew", async () => {
      const annotations = { "pulumi.com/replaceUnready": "true", "pulumi.com/skipAwait": "true" };
      const spec = {
        suspend: true,
        template: { spec: { restartPolicy: "Never", containers: [container("/bin/true")] } },
      };
      const job: Declared = { name: "job", type: "batch.v1.Job", args: { metadata: { annotations }, spec } };
      await engine.up(programOf("pr", [job]));
      const run = await engine.preview(programOf("pr", [job]));
      assert.deepEqual(run.operations.job, ["create-replacement", "replace", "delete-replaced"]);
    });

    it("leaves ignored replicas to whoever scales", async () => {
      const options = { ignoreChanges: ["spec.replicas"] };
      const web = {
        ...deployment({}, { name: "scaled", annotations: { "pulumi.com/skipAwait": "true" } }),
        options,
      };
      await engine.up(programOf("pr", [web]));
      await others().merge("pr", "deployments", "scaled", { spec: { replicas: 3 } });
      const changed = {
        ...web,
        args: { ...web.args, spec: { ...(web.args.spec as Fields), minReadySeconds: 1 } },
      };
      const run = await engine.up(programOf("pr", [changed]));
      assert.deepEqual(run.differences.web, { "spec.minReadySeconds": "add" });
      assert.equal(dig(await others().get("pr", "deployments", "scaled"), "spec", "replicas"), 3);
    });

    it("isn't held up by a claim that waits for its first consumer, nor by a DaemonSet whose pods run", async () => {
      const resources = { requests: { storage: "1Mi" } };
      const claim: Declared = {
        name: "claim",
        type: "core.v1.PersistentVolumeClaim",
        args: { spec: { storageClassName: "local", accessModes: ["ReadWriteOnce"], resources } },
      };
      const agent: Declared = {
        name: "agent",
        type: "apps.v1.DaemonSet",
        args: {
          spec: {
            selector: { matchLabels: { app: "agent" } },
            template: {
              metadata: { labels: { app: "agent" } },
              spec: { terminationGracePeriodSeconds: 0, containers: [container("/bin/sleep", "1000")] },
            },
          },
        },
      };
      const run = await engine.up(programOf("pr", [claim, agent]));
      assert.equal(run.failure, undefined);
      assert.ok((run.seconds.claim ?? 60) < 10 && (run.seconds.agent ?? 60) < 20);
      assert.match(run.messages.agent?.join("\n") ?? "", /All replicas scheduled as expected\. Replicas: 1/);
    });

    it("keeps secrets out of every message and in the clear nowhere in the state", async () => {
      const secret: Declared = {
        name: "key",
        type: "core.v1.Secret",
        args: { stringData: { key: "s3cr3t-value" } },
      };
      const run = await engine.up(programOf("pr", [secret]));
      assert.equal(run.failure, undefined);
      const state = engine.stateFile();
      assert.match(state, /kubernetes:core\/v1:Secret::key/);
      for (const said of [run.output, JSON.stringify(run.messages), state]) {
        assert.equal(/s3cr3t-value|czNjcjN0LXZhbHVl/.test(said), false);
      }
    });

    it("interrupted by ctrl-C stops waiting at once, and the object is recorded", async () => {
      const stop = new AbortController();
      const spec = { replicas: 1, minReadySeconds: 500 };
      const program = programOf("pr", [deployment(spec, { name: "slow", annotations: {} })]);
      const begun = Date.now();
      const timer = setInterval(async () => {
        const there = await others()
          .get("pr", "deployments", "slow")
          .catch(() => undefined);
        if (there !== undefined) stop.abort();
      }, 500);
      const run = await engine.interrupted(program, stop.signal);
      clearInterval(timer);
      assert.ok(Date.now() - begun < 60_000);
      assert.notEqual(run.failure, undefined);
      assert.equal((await engine.resources()).web?.id, "pr/slow");
    });
  });
});

/** Generated parts of names, and words that depend on timing alone, taken out; each line once. */
function spoken(lines: string[] = [], lenient = false): string[] {
  const timing = /^(debug|info \(passing\): $)/;
  // Which of its progress a Job shows depends on when its status is looked at.
  const passing = /to succeed \(Active|to start$|^warning .*ErrImagePull|^warning .*Back-?off/i;
  // A Deployment forgets its condition at the next event of any Deployment around.
  const condition = /\n\t\* \[MinimumReplicasUnavailable\][^\n]*/;
  const plain = lines
    .filter((line) => !timing.test(line) && !passing.test(line))
    .map((line) =>
      line
        .replace(/-[0-9a-f]{8}(-[0-9a-z]{5,10})?(-[0-9a-z]{5})?\b/g, "-…")
        .replace(/\d+ errors occurred/, "errors occurred")
        .replace(condition, ""),
    );
  // The official provider may miss a pod of which it hears nothing new.
  const heard = lenient ? plain.filter((line) => !line.startsWith("warning (passing): [Pod ")) : plain;
  const kept = heard.map((line) => (lenient ? line.replace(/\n\t\* \[Pod [^\n]*/g, "") : line));
  return [...new Set(kept)].sort();
}
