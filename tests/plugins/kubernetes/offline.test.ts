// What happens where there is no cluster: a preview can do without, all else says why it can't.
import { strict as assert } from "node:assert";
import * as k8s from "@pulumi/kubernetes";
import { diffConfig } from "../../../local/plugins/kubernetes/configuration";
import { Engine } from "./engine";

const kubeconfig = JSON.stringify({
  "current-context": "none",
  contexts: [{ name: "none", context: { cluster: "none", user: "none" } }],
  clusters: [{ name: "none", cluster: { server: "http://127.0.0.1:9" } }],
  users: [{ name: "none", user: {} }],
});

describe("without a cluster", function () {
  this.timeout(60_000);
  let engine: Engine;
  before(async () => {
    engine = await Engine.start("offline");
  });
  after(() => engine?.stop());

  const program = async () => {
    const provider = new k8s.Provider("nowhere", { kubeconfig });
    new k8s.core.v1.ConfigMap("settings", { data: { a: "1" } }, { provider });
  };

  it("a preview shows what would be created, and warns", async () => {
    const run = await engine.preview(program);
    assert.equal(run.failure, undefined);
    assert.deepEqual(run.operations.settings, ["create"]);
    assert.match(run.messages.settings?.join("\n") ?? "", /warning: .*cluster is unreachable/);
  });

  it("an up fails and says that the cluster is unreachable", async () => {
    const run = await engine.up(program);
    assert.match(run.failure ?? "", /configured Kubernetes cluster is unreachable/);
  });

  it("another cluster in the kubeconfig replaces the provider, unless its identifier stays the same", () => {
    const other = kubeconfig.replace("127.0.0.1:9", "127.0.0.1:10");
    assert.deepEqual(diffConfig({ kubeconfig }, { kubeconfig: other }).replaces, ["kubeconfig"]);
    const same = { clusterIdentifier: "prod" };
    assert.deepEqual(diffConfig({ kubeconfig, ...same }, { kubeconfig: other, ...same }).replaces, []);
    const moved = diffConfig({ kubeconfig, ...same }, { kubeconfig, clusterIdentifier: "acc" });
    assert.deepEqual(moved.replaces, ["clusterIdentifier"]);
    const renamed = kubeconfig.replaceAll('"none"', '"renamed"');
    assert.deepEqual(diffConfig({ kubeconfig }, { kubeconfig: renamed }).replaces, []);
  });
});
