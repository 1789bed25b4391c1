// How the cluster gets at images in a registry that asks for credentials.

import assert from "node:assert/strict";
import type { ServiceAccount } from "kubernetes-types/core/v1";
import { stackObjects } from "../../src/objects/objects";
import { dockerConfig } from "../../src/objects/pull-secret";
import { planStack } from "../../src/plan/plan";
import { Encrypted } from "../../src/schema/given";
import { sampleArgs } from "../sample";

const objectsOf = (more: object) => {
  const { plan, problems } = planStack({ name: "notes", stack: "dev" }, { ...sampleArgs(), ...more });
  assert.deepEqual(problems, []);
  return stackObjects(plan);
};
const accounts = (objects: ReturnType<typeof stackObjects>) =>
  objects
    .filter(({ object }) => object.kind === "ServiceAccount")
    .map(({ object }) => object as ServiceAccount);
const credentials = (more: object = {}) => ({
  registryCredentials: { username: "ci", password: new Encrypted(), ...more },
});

describe("Images in a registry that asks for credentials", () => {
  it("are pulled with them where that is asked for, by every role", () => {
    const objects = objectsOf({ ...credentials({ pullSecret: true }), imagePullSecrets: ["mirror"] });
    const secret = objects.find(({ id }) => id === "registry-credentials");
    assert.equal(secret?.object.metadata.name, undefined);
    assert.equal((secret?.object as { type?: string } | undefined)?.type, "kubernetes.io/dockerconfigjson");
    assert.ok(accounts(objects).length >= 4);
    for (const { imagePullSecrets } of accounts(objects)) {
      assert.equal(imagePullSecrets?.length, 2);
      assert.deepEqual(imagePullSecrets?.[0], { name: "mirror" });
      assert.deepEqual(imagePullSecrets?.[1]?.name, {
        parts: [{ hole: "name", object: "registry-credentials" }],
        secret: false,
      });
    }
  });

  it("roll no pod when the credentials change, for no pod names them", () => {
    const objects = objectsOf({ ...credentials({ pullSecret: true }), imagePullSecrets: ["mirror"] });
    for (const { object } of objects.filter(({ object: { kind } }) => /Deployment|StatefulSet/.test(kind))) {
      assert.ok(!JSON.stringify(object).includes("imagePullSecrets"));
      assert.ok(!JSON.stringify(object).includes("registry-credentials"));
    }
  });

  it("are pushed with them alone unless pulling is asked for", () => {
    const objects = objectsOf(credentials());
    assert.ok(!objects.some(({ id }) => id === "registry-credentials"));
    for (const account of accounts(objects)) assert.ok(!("imagePullSecrets" in account));
  });

  it("are found by the kubelet under the registry's name, whatever is in the password", () => {
    const { auths } = JSON.parse(dockerConfig("ghcr.io", "ci", 'p"\\ü'));
    assert.deepEqual(Object.keys(auths), ["ghcr.io"]);
    assert.equal(Buffer.from(auths["ghcr.io"].auth, "base64").toString(), 'ci:p"\\ü');
    const docker = objectsOf({ ...credentials({ pullSecret: true }), registry: "docker.io/acme" });
    assert.match(JSON.stringify(docker), /https:\/\/index\.docker\.io\/v1\//);
  });
});
