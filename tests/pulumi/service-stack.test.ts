// The component, under Pulumi's mocks: what is registered, with which options. What a real engine and cluster make
// of it is seen in tests/e2e.

import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { VARIABLES as CI_VARIABLES } from "../../src/project/commit";
import { deploy, ofType, type Registered, secretValue } from "./mocks";

interface DeploymentSpec {
  template: {
    spec: {
      containers: {
        image: string;
        env: { name: string; valueFrom?: { secretKeyRef: { name: string } } }[];
      }[];
    };
  };
}

describe("The component under mocks", function () {
  this.timeout(20_000);

  it("registers images, passwords and objects", async () => {
    const { registered } = await deploy("dev");
    assert.equal(ofType(registered, "docker:index/image:Image").length, 2);
    assert.deepEqual(
      ofType(registered, "random:index/randomPassword:RandomPassword")
        .map(({ name }) => name)
        .sort(),
      ["notes-postgres", "notes-redis", "notes-secret-session"],
    );
    assert.equal(ofType(registered, "kubernetes:apps/v1:Deployment").length, 2);
    assert.equal(ofType(registered, "kubernetes:core/v1:NamespacePatch").length, 1);
    assert.equal(ofType(registered, "kubernetes:core/v1:Namespace").length, 0);
  });

  it("runs what was built by its digest, with the Secret that holds the resolved references", async () => {
    const { registered } = await deploy("dev");
    const [backend] = ofType(registered, "kubernetes:apps/v1:Deployment").filter(
      ({ name }) => name === "notes-backend",
    );
    const [container] = ((backend as Registered).inputs.spec as never as DeploymentSpec).template.spec
      .containers;
    assert.match(container?.image ?? "", /@sha256:1{64}$/);
    const secret = container?.env.find(({ name }) => name === "DATABASE_URL")?.valueFrom?.secretKeyRef.name;
    assert.equal(secret, "notes-backend-env-1a2b3c4d");
    const [values] = ofType(registered, "kubernetes:core/v1:Secret").filter(
      ({ name }) => name === "notes-backend-env",
    );
    const data = secretValue(values?.inputs.stringData) as Record<string, string>;
    assert.equal(data.DATABASE_URL, "postgresql://notes:generated-notes-postgres@notes-postgres:5432/notes");
    assert.equal(data.REDIS_URL, "redis://:generated-notes-redis@notes-redis:6379/0");
  });

  it("pushes images under the stack's name where no commit is known, to where the credentials lead", async () => {
    // What a CI system that runs these tests says of its own commit.
    for (const name of CI_VARIABLES) delete process.env[name];
    const config = { registryCredentials: { username: "ci", password: "clear text", pullSecret: true } };
    const { registered, outputs } = await deploy("dev", {
      config: { "notes:stack": JSON.stringify(config) },
      secretKeys: ["notes:stack"],
    });
    const [image] = ofType(registered, "docker:index/image:Image");
    assert.equal(image?.inputs.imageName, "registry.example.com/acme/notes-backend:dev");
    const { server, username, password } = secretValue(image?.inputs.registry) as Record<string, unknown>;
    assert.equal(server, "registry.example.com/acme");
    assert.equal(username, "ci");
    assert.equal(secretValue(password), "clear text");
    const [secret] = ofType(registered, "kubernetes:core/v1:Secret").filter(
      ({ name }) => name === "notes-registry-credentials",
    );
    const data = secretValue(secret?.inputs.stringData) as Record<string, string>;
    assert.deepEqual(
      JSON.parse(data[".dockerconfigjson"] ?? "").auths["registry.example.com"].password,
      "clear text",
    );
    assert.deepEqual(Object.keys(outputs.images as unknown as object), ["backend", "frontend"]);
  });

  it("takes images that were built before from the environment", async () => {
    process.env.SERVICE_STACK_IMAGES = JSON.stringify({ backend: `ghcr.io/acme/x@sha256:${"2".repeat(64)}` });
    try {
      const { registered, outputs } = await deploy("dev");
      assert.equal(ofType(registered, "docker:index/image:Image").length, 1);
      assert.equal(
        (outputs.images as unknown as { backend: string }).backend,
        `ghcr.io/acme/x@sha256:${"2".repeat(64)}`,
      );
    } finally {
      delete process.env.SERVICE_STACK_IMAGES;
    }
  });

  it("marks the secrets among its outputs, and no other", async () => {
    const { component, outputs } = await deploy("dev");
    assert.equal(outputs.url, "http://notes.example.com");
    assert.equal(await pulumi.isSecret(component.secrets), true);
    assert.equal(await pulumi.isSecret(component.url), false);
    assert.deepEqual(outputs.retained, {
      Namespace: "notes-dev",
      PersistentVolumeClaims: "notes-postgres, notes-redis",
      deleteWith: "kubectl delete namespace notes-dev",
    });
  });

  it("takes what differs from the stack's configuration", async () => {
    const { registered } = await deploy("dev", {
      config: { "notes:stack": JSON.stringify({ backend: { replicas: 7 } }) },
    });
    const [backend] = ofType(registered, "kubernetes:apps/v1:Deployment").filter(
      ({ name }) => name === "notes-backend",
    );
    assert.equal((backend?.inputs.spec as { replicas: number } | undefined)?.replicas, 7);
  });

  it("keeps an encrypted value of the configuration secret, and the plain ones beside it plain", async () => {
    const config = { backend: { replicas: 2, env: { TOKEN: "clear text" } } };
    const { registered } = await deploy("dev", {
      config: { "notes:stack": JSON.stringify(config) },
      secretKeys: ["notes:stack"],
    });
    const [backend] = ofType(registered, "kubernetes:apps/v1:Deployment").filter(
      ({ name }) => name === "notes-backend",
    );
    assert.equal((backend?.inputs.spec as { replicas: number } | undefined)?.replicas, 2);
    assert.ok(!JSON.stringify(backend?.inputs).includes("clear text"));
    const [secret] = ofType(registered, "kubernetes:core/v1:Secret").filter(
      ({ name }) => name === "notes-backend-env",
    );
    assert.equal((secretValue(secret?.inputs.stringData) as Record<string, string>).TOKEN, "clear text");
  });

  it("registers nothing when the input has mistakes", async () => {
    await assert.rejects(
      deploy("dev", { config: { "notes:stack": JSON.stringify({ backend: { replicas: -1 }, hots: "x" }) } }),
      (error: Error) =>
        pulumi.RunError.isInstance(error) &&
        /2 mistakes/.test(error.message) &&
        /the stack's configuration/.test(error.message),
    );
  });

  it("goes through a preview, in which no digest is known", async () => {
    const { registered } = await deploy("dev", { dryRun: true });
    assert.equal(ofType(registered, "docker:index/image:Image").length, 2);
    assert.equal(ofType(registered, "kubernetes:networking.k8s.io/v1:Ingress").length, 1);
  });
});
