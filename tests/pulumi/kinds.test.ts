// Which Pulumi resource stands for a kind, whoever's it is.

import assert from "node:assert/strict";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { resourceClass } from "../../src/pulumi/kinds";

describe("The resource for a kind", () => {
  for (const [apiVersion, kind] of [
    ["rbac.authorization.k8s.io/v1", "Role"],
    ["v1", "ResourceQuota"],
    ["apps/v1", "DaemonSet"],
    ["storage.k8s.io/v1", "CSIDriver"],
    ["apiextensions.k8s.io/v1", "CustomResourceDefinition"],
    ["scheduling.k8s.io/v1", "PriorityClass"],
  ] as const) {
    it(`is the SDK's own for ${kind}`, () => {
      assert.equal(resourceClass(apiVersion, kind).name, kind);
    });
  }

  for (const [apiVersion, kind] of [
    ["gateway.networking.k8s.io/v1", "Gateway"],
    ["networking.istio.io/v1", "Ingress"],
    ["cert-manager.io/v1", "Certificate"],
    ["v1", "Wonder"],
  ] as const) {
    it(`is a custom resource for ${apiVersion} ${kind}`, () => {
      assert.equal(resourceClass(apiVersion, kind), CustomResource);
    });
  }

  it("never replaces or deletes what holds data", () => {
    for (const kind of ["Namespace", "PersistentVolumeClaim"]) {
      assert.equal(resourceClass("v1", kind).name, `${kind}Patch`);
    }
  });
});
