// What a change of arguments does to an object, judged against the recorded decisions of the official provider.
// Nothing here needs a cluster or an engine; contract.test.ts does the same changes for real.
import { strict as assert } from "node:assert";
import { check } from "../../../local/plugins/kubernetes/check";
import type { Fields, KubeObject } from "../../../local/plugins/kubernetes/object";
import { fromCheckpoint, toCheckpoint, toObject } from "../../../local/plugins/kubernetes/properties";
import { diff, type ResourceDiff } from "../../../local/plugins/kubernetes/resource-diff";
import { changes, identity } from "./recordings";
import { offlineSession } from "./session";

const seed = new Uint8Array([1, 2, 3]);

function urnOf(type: string): string {
  return `urn:pulumi:rec::rec::${identity(type).token}::thing`;
}

/** The change of one object: its inputs before, its state as a cluster would have it, and what the change does. */
async function change(type: string, before: Fields, after: Fields, settings = {}, ignored: string[] = []) {
  const session = offlineSession({ namespace: "rec", ...settings });
  const { apiVersion, kind } = identity(type);
  const urn = urnOf(type);
  const first = await check(session, urn, {}, { apiVersion, kind, ...before }, seed);
  assert.deepEqual(first.failures, []);
  const object = toObject(first.inputs);
  const live = {
    ...object,
    metadata: { ...object.metadata, uid: "u", resourceVersion: "7", managedFields: [{ manager: "m" }] },
    status: { observedGeneration: 1 },
  };
  const state = toCheckpoint(object, live, first.inputs, apiVersion, "pulumi-kubernetes-00000000");
  const second = await check(session, urn, first.inputs, { apiVersion, kind, ...after }, seed);
  return { state, inputs: second.inputs, diff: await diff(session, urn, state, second.inputs, ignored) };
}

function operations({ changes, replaces, deleteBeforeReplace }: ResourceDiff): string[] {
  if (!changes) return ["same"];
  if (replaces.length === 0) return ["update"];
  return deleteBeforeReplace
    ? ["delete-replaced", "replace", "create-replacement"]
    : ["create-replacement", "replace", "delete-replaced"];
}

const shown = ({ detailed }: ResourceDiff) =>
  Object.fromEntries([...detailed].map(([path, d]) => [path, d.replace ? `${d.change}-replace` : d.change]));

describe("a change of a kubernetes object's arguments", () => {
  for (const recorded of changes) {
    const { before, after } = recorded;
    if (before === null || after === null) continue;
    it(`does what the official provider does: ${recorded.case}`, async () => {
      const result = await change(recorded.type, before, after);
      assert.deepEqual(shown(result.diff), recorded.detailedDiff);
      assert.deepEqual(operations(result.diff), recorded.operations);
    });
  }

  const configMap = "core.v1.ConfigMap";

  it("updates a ConfigMap in place where the provider says that ConfigMaps are mutable", async () => {
    const result = await change(
      configMap,
      { data: { a: "1" } },
      { data: { a: "2" } },
      { enableConfigMapMutable: "true" },
    );
    assert.deepEqual(operations(result.diff), ["update"]);
  });

  it("replaces an immutable ConfigMap all the same", async () => {
    const before = { data: { a: "1" }, immutable: true };
    const result = await change(
      configMap,
      before,
      { ...before, data: { a: "2" } },
      { enableConfigMapMutable: "true" },
    );
    assert.deepEqual(operations(result.diff), ["create-replacement", "replace", "delete-replaced"]);
  });

  it("is no change below a path that ignoreChanges names, and only there", async () => {
    const spec = (replicas: number, paused: boolean) => ({
      spec: { replicas, paused, selector: {}, template: {} },
    });
    const result = await change("apps.v1.Deployment", spec(1, false), spec(2, true), {}, ["spec.replicas"]);
    assert.deepEqual(shown(result.diff), { "spec.paused": "add" });
  });

  it("never replaces the object of a Patch resource, whose fields are another's", async () => {
    const patch = "core.v1.SecretPatch";
    const session = offlineSession({ namespace: "rec" });
    const urn = urnOf(patch);
    const inputs = (value: string) => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "theirs", namespace: "rec" },
      data: { a: value },
    });
    const state = toCheckpoint(inputs("MQ=="), inputs("MQ=="), inputs("MQ=="), "v1", "pulumi-kubernetes-0");
    const result = await diff(session, urn, state, inputs("Mg=="), []);
    assert.deepEqual(operations(result), ["update"]);
  });

  it("compares with what the cluster had at the last refresh, not with what was asked for", async () => {
    const { state, inputs } = await change(configMap, { data: { a: "1" } }, { data: { a: "1" } });
    const drifted = { ...state, data: { a: "changed outside" } };
    const session = offlineSession({ namespace: "rec" });
    const result = await diff(session, urnOf(configMap), drifted, inputs, []);
    assert.deepEqual(shown(result), { "data.a": "update-replace" });
  });

  it("sees no change in another spelling of the same quantity", async () => {
    const claim = (storage: string) => ({ spec: { resources: { requests: { storage } } } });
    const result = await change("core.v1.PersistentVolumeClaim", claim("1024Mi"), claim("1Gi"));
    assert.deepEqual(operations(result.diff), ["same"]);
  });

  it("sees no change in what the API server drops: empty lists and fields it doesn't know", async () => {
    const pod = (more: Fields) => ({ spec: { containers: [{ name: "c", image: "i", ...more }] } });
    const result = await change(
      "core.v1.Pod",
      pod({}),
      pod({ env: [], stdin: false, imagePulPolicy: "Never" }),
    );
    assert.deepEqual(operations(result.diff), ["same"]);
  });

  it("keeps the generated name and its mark through every update", async () => {
    const { state, inputs } = await change(configMap, {}, { data: { a: "1" } });
    const live = fromCheckpoint(state).live as KubeObject;
    assert.match(String(live.metadata.name), /^thing-[0-9a-f]{8}$/);
    assert.equal(toObject(inputs).metadata.name, live.metadata.name);
  });
});
