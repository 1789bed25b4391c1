// What a killed run has left: which objects may exist without Pulumi's knowing.

import assert from "node:assert/strict";
import { unrecorded } from "../../local/platform/interrupted";

const operation = (type: string, resourceType: string, inputs: object) => ({
  type,
  resource: { type: resourceType, inputs },
});
const metadata = { name: "notes-postgres", namespace: "notes-dev" };

describe("A run that was killed", () => {
  it("may have made what it was creating", () => {
    const pending_operations = [
      operation("creating", "kubernetes:apps/v1:StatefulSet", {
        apiVersion: "apps/v1",
        kind: "StatefulSet",
        metadata,
      }),
      operation("creating", "kubernetes:core/v1:Service", { apiVersion: "v1", kind: "Service", metadata }),
    ];
    assert.deepEqual(unrecorded({ deployment: { pending_operations } }), [
      { kind: "StatefulSet.v1.apps", ...metadata },
      { kind: "Service.v1.", ...metadata },
    ]);
  });

  it("has nothing deleted that holds data, that it was updating, or that is no object of Kubernetes", () => {
    const pending_operations = [
      operation("creating", "kubernetes:core/v1:PersistentVolumeClaimPatch", {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata,
      }),
      operation("updating", "kubernetes:apps/v1:Deployment", {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata,
      }),
      operation("creating", "docker:index/image:Image", {}),
    ];
    assert.deepEqual(unrecorded({ deployment: { pending_operations } }), []);
  });
});
