// `service-stack render`: the real command line, run on projects on disk.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseAllDocuments } from "yaml";

const cli = resolve(__dirname, "../../src/cli/main.js");

const PROGRAM = `
const pulumi = require("@pulumi/pulumi");
const { ServiceStack } = require("pulumi-service-stack");
const other = new pulumi.StackReference("org/network/prod");
const config = new pulumi.Config();
const stack = new ServiceStack("shop", {
  host: config.require("host"),
  postgres: {},
  backend: {
    image: "ghcr.io/acme/shop:1.2@sha256:${"a".repeat(64)}", port: 8000, path: "/",
    env: { DATABASE_URL: "\${postgres.url}", ZONE: other.getOutput("zone").apply((zone) => zone.name), TOKEN: config.requireSecret("token") },
  },
});
exports.url = stack.url;
`;

const STACK = `
config:
  shop:host: shop.example.com
  shop:token: { secure: "v1:Y2lwaGVydGV4dA==" }
  shop:stack:
    secrets: { api: { value: { secure: "v1:Y2lwaGVydGV4dA==" } } }
    backend: { env: { API_KEY: "\${secrets.api}" } }
`;

describe("service-stack render", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "render-"));
    await writeFile(join(folder, "Pulumi.yaml"), "name: shop\nruntime: nodejs\nmain: index.js\n");
    await writeFile(join(folder, "Pulumi.dev.yaml"), STACK);
    await writeFile(join(folder, "index.js"), PROGRAM);
  });
  afterEach(() => rm(folder, { recursive: true }));

  const run = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
    new Promise((done) => {
      execFile(process.execPath, [cli, ...args], (error, stdout, stderr) => {
        done({ code: error ? Number(error.code) : 0, stdout, stderr });
      });
    });

  it("prints every object of a program that uses Outputs, secrets and configuration", async () => {
    const { code, stdout, stderr } = await run("render", "-s", "dev", "-C", folder);
    assert.equal(stderr, "");
    assert.equal(code, 0);
    const objects = parseAllDocuments(stdout).map((document) => document.toJS());
    const kinds = objects.map(({ kind }) => kind);
    assert.deepEqual([...new Set(kinds)].sort(), [
      "ConfigMap",
      "Deployment",
      "Ingress",
      "Namespace",
      "NetworkPolicy",
      "PersistentVolumeClaim",
      "Secret",
      "Service",
      "ServiceAccount",
      "StatefulSet",
    ]);
    assert.equal(objects.find(({ kind }) => kind === "Ingress").spec.rules[0].host, "shop.example.com");
  });

  it("leaves secrets out, and shows which there are", async () => {
    const { stdout } = await run("render", "-s", "dev", "-C", folder);
    const secret = parseAllDocuments(stdout)
      .map((document) => document.toJS())
      .find(({ kind, metadata }) => kind === "Secret" && metadata.name === "shop-backend-env");
    assert.deepEqual(Object.keys(secret.stringData).sort(), ["API_KEY", "DATABASE_URL", "TOKEN", "ZONE"]);
    assert.deepEqual([...new Set(Object.values(secret.stringData))], ["(secret, left out)"]);
    assert.ok(!stdout.includes("Y2lwaGVydGV4dA"));
  });

  it("knows the project's configuration without the engine", async () => {
    await writeFile(
      join(folder, "Pulumi.yaml"),
      "name: shop\nruntime: nodejs\nmain: index.js\nconfig:\n  level: info\n  retries: { type: integer, default: 3 }\n",
    );
    const more = 'LEVEL: "${config.level}/${config.retries}", T: "${config.token}", API_KEY';
    await writeFile(
      join(folder, "Pulumi.dev.yaml"),
      STACK.replace("API_KEY", () => more),
    );
    const { stdout, stderr } = await run("render", "-s", "dev", "-C", folder);
    assert.equal(stderr, "");
    assert.match(stdout, /name: LEVEL\n\s+value: info\/3/);
    assert.match(stdout, / {2}T: \(secret, left out\)/);
  });

  it("tells every mistake on stderr, prints nothing, and exits with 1", async () => {
    await writeFile(join(folder, "Pulumi.dev.yaml"), `${STACK}    tier: prod\n    redis: { sise: 1 }\n`);
    const { code, stdout, stderr } = await run("render", "-s", "dev", "-C", folder);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /2 mistakes/);
    assert.match(stderr, /tier: "prod" {2}\(Pulumi\.dev\.yaml\)/);
    assert.match(stderr, /redis\.sise/);
  });

  it("says what to do where there is no project", async () => {
    const { code, stderr } = await run("render", "-s", "dev", "-C", tmpdir());
    assert.equal(code, 1);
    assert.match(stderr, /no Pulumi\.yaml/);
  });

  it("exits with 2 when it is used wrongly", async () => {
    assert.equal((await run("render")).code, 2);
    assert.equal((await run("rendr")).code, 2);
  });

  it("loads nothing of Pulumi", async () => {
    const probe = join(folder, "probe.js");
    await writeFile(
      probe,
      `require(${JSON.stringify(cli)});
      const loaded = Object.keys(require.cache).filter((file) => file.includes("node_modules/@pulumi"));
      if (loaded.length > 0) process.exitCode = 7;`,
    );
    const code = await new Promise((done) => {
      execFile(process.execPath, [probe, "render", "-s", "dev", "-C", folder], (error) =>
        done(error ? error.code : 0),
      );
    });
    assert.equal(code, 0);
  });
});
