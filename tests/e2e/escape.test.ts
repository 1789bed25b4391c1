// Images that one stack builds and another runs, from a registry that asks for credentials; then a stack in a namespace
// of somebody else's, with patches and with objects of the user's own.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CoreV1Api, KubeConfig, RbacAuthorizationV1Api } from "@kubernetes/client-node";
import { readPlatform } from "../../local/platform/paths";
import { cluster, podsOf } from "./cluster";
import { checkout, type Finished, pulumi } from "./commands";
import { docker, PrivateRegistry } from "./private-registry";

const REGISTRY = "127.0.0.1:5001";
const REPOSITORY = "acme/site-backend";
const PASSWORD = `e2e"${randomBytes(12).toString("hex")}`;
const GIVEN = "team-escape";

const PROGRAM = `
const pulumi = require("@pulumi/pulumi");
const { ServiceStack } = require("pulumi-service-stack");
const site = new ServiceStack("site", {
  registry: "${REGISTRY}/acme",
  registryCredentials: { username: "ci", password: pulumi.secret(process.env.REGISTRY_PASSWORD), pullSecret: true },
  secrets: { token: {} },
  backend: {
    build: { context: "./web" },
    port: 8000,
    replicas: 1,
    runAsUser: 1000,
    terminationGracePeriodSeconds: 6,
    startupProbe: { tcpSocket: {}, periodSeconds: 1, failureThreshold: 60 },
    readinessProbe: { tcpSocket: {}, periodSeconds: 1 },
  },
  cronJobs: { report: { schedule: "0 0 1 1 *", command: ["python", "-V"], suspend: true } },
});
exports.images = site.images;
`;

const DOCKERFILE = `FROM python:3.11-slim
COPY . /srv
WORKDIR /srv
CMD ["python", "-m", "http.server", "8000"]
`;

/** A product in a git repository of its own. */
class Site {
  readonly folder = mkdtempSync(join(tmpdir(), "site-"));
  /** All that the commands have printed. */
  printed = "";

  constructor() {
    mkdirSync(join(this.folder, "web"));
    mkdirSync(join(this.folder, "node_modules"));
    symlinkSync(checkout, join(this.folder, "node_modules/pulumi-service-stack"));
    symlinkSync(join(checkout, "node_modules/@pulumi"), join(this.folder, "node_modules/@pulumi"));
    this.write(".gitignore", "node_modules\n");
    this.write(
      "Pulumi.yaml",
      "name: site\nruntime:\n  name: nodejs\n  options: { typescript: false }\nmain: index.js\n",
    );
    this.write("index.js", PROGRAM);
    this.write("web/Dockerfile", DOCKERFILE);
    this.write("web/index.html", "one");
    this.git("init", "-q");
  }

  write(path: string, content: string): void {
    writeFileSync(join(this.folder, path), content);
  }

  configure(stack: string, config: object): void {
    this.write(`Pulumi.${stack}.yaml`, JSON.stringify({ config }));
  }

  private git(...args: string[]): string {
    const who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
    return execFileSync("git", [...who, ...args], { cwd: this.folder, encoding: "utf8" }).trim();
  }

  /** Commits everything; the commit. */
  commit(message: string): string {
    this.git("add", ".");
    this.git("commit", "-q", "-m", message);
    return this.git("rev-parse", "HEAD");
  }

  async pulumi(...args: string[]): Promise<Finished> {
    const finished = await pulumi(this.folder, ...args);
    this.printed += finished.output;
    return finished;
  }

  async succeed(...args: string[]): Promise<string> {
    const { code, output, stdout } = await this.pulumi(...args);
    assert.equal(code, 0, `pulumi ${args.join(" ")}:\n${output}`);
    return stdout;
  }

  async images(stack: string): Promise<Record<string, string>> {
    return JSON.parse(await this.succeed("stack", "output", "images", "--json", "-s", stack));
  }

  /** Nothing of it is left but what a namespace holds. */
  async forget(stack: string): Promise<void> {
    await this.pulumi("stack", "rm", stack, "--yes", "--force", "--preserve-config");
  }
}

const builtImages = async () =>
  (await docker().listImages({ all: true })).map(({ Id, RepoTags }) => `${Id} ${RepoTags}`).sort();

async function runningImage(namespace: string): Promise<string | undefined> {
  const { spec } = await cluster().apps.readNamespacedDeployment({ name: "site-backend", namespace });
  return spec?.template.spec?.containers[0]?.image;
}

describe("Images from a registry that asks for credentials", () => {
  let site: Site;
  let registry: PrivateRegistry;
  let first: string;

  before(async () => {
    process.env.REGISTRY_PASSWORD = PASSWORD;
    registry = await PrivateRegistry.start(REGISTRY, "ci", PASSWORD);
    site = new Site();
    site.configure("acc", { "site:stack": { tier: "acc" } });
    site.configure("prod", { "site:stack": { tier: "prod" } });
    first = site.commit("first");
  });

  after(async () => {
    await registry.stop();
    for (const stack of ["acc", "prod"]) {
      await site.forget(stack);
      await cluster()
        .core.deleteNamespace({ name: `site-${stack}` })
        .catch(() => undefined);
    }
    rmSync(site.folder, { recursive: true });
    delete process.env.REGISTRY_PASSWORD;
  });

  it("are pushed with the tag of their commit, and pulled by the cluster", async () => {
    assert.equal((await registry.ask("")).status, 401, "the control: without credentials nobody gets in");
    await site.succeed("up", "-s", "acc", "--yes", "--skip-preview");
    const { backend, report } = await site.images("acc");
    assert.equal(report, backend);
    assert.match(backend ?? "", new RegExp(`^${REGISTRY}/${REPOSITORY}@sha256:`));
    assert.equal(await runningImage("site-acc"), backend);
    const { status, body } = await registry.ask(`${REPOSITORY}/manifests/${first}`, `ci:${PASSWORD}`);
    assert.equal(status, 200, body);
    // Only the kubelet with the pull secret can have got it: Docker's images are no store of the node's.
    assert.equal((await podsOf("site-acc", "backend")).length, 1);
  });

  it("are known to nobody by their password: neither the state, nor the output, nor a pod", async () => {
    const exported = await site.succeed("stack", "export", "-s", "acc");
    const { items } = await cluster().core.listNamespacedPod({ namespace: "site-acc" });
    const bare = PASSWORD.replace('"', "");
    for (const text of [exported, site.printed, JSON.stringify(items)]) {
      for (const secret of [PASSWORD, bare.slice(3), Buffer.from(`ci:${PASSWORD}`).toString("base64")]) {
        assert.ok(!text.includes(secret));
      }
    }
    const shown = await pulumi(site.folder, "stack", "export", "-s", "acc", "--show-secrets");
    assert.ok(shown.output.includes(bare.slice(3)), "the control: it is there, encrypted");
  });

  it("stay as they are when a commit leaves the sources alone", async () => {
    const before = await builtImages();
    site.write("README.md", "words");
    const second = site.commit("words");
    assert.notEqual(second, first);
    await site.succeed("up", "-s", "acc", "--yes", "--skip-preview", "--expect-no-changes");
    assert.deepEqual(await builtImages(), before);
  });

  it("are pushed under the new commit when that changes the sources", async () => {
    const { backend: old } = await site.images("acc");
    site.write("web/index.html", "two");
    const third = site.commit("two");
    await site.succeed("up", "-s", "acc", "--yes", "--skip-preview");
    const { backend } = await site.images("acc");
    assert.notEqual(backend, old);
    const { body } = await registry.ask(`${REPOSITORY}/tags/list`, `ci:${PASSWORD}`);
    const tags: string[] = JSON.parse(body.slice(body.indexOf("{"))).tags;
    assert.deepEqual(tags.sort(), [first, third].sort());
    const manifest = await registry.ask(`${REPOSITORY}/manifests/${third}`, `ci:${PASSWORD}`);
    assert.equal(manifest.status, 200);
  });

  it("run in prod as acc has built them: from the environment", async () => {
    const { stdout: preview } = await site.pulumi("preview", "-s", "prod");
    assert.match(preview, /docker:index:Image/, "the control: without it prod would build");
    const before = await builtImages();
    process.env.SERVICE_STACK_IMAGES = await site.succeed("stack", "output", "images", "--json", "-s", "acc");
    const output = await site.succeed("up", "-s", "prod", "--yes", "--skip-preview");
    delete process.env.SERVICE_STACK_IMAGES;
    assert.doesNotMatch(output, /docker:index:Image/);
    assert.deepEqual(await builtImages(), before);
    assert.equal(await runningImage("site-prod"), (await site.images("acc")).backend);
  });

  it("run in prod as acc has built them: by the stack's file, with the same outcome", async () => {
    const { backend: image } = await site.images("acc");
    site.configure("prod", { "site:stack": { tier: "prod", backend: { image } } });
    await site.succeed("preview", "-s", "prod", "--expect-no-changes");
  });
});

describe("A namespace of somebody else's", () => {
  let site: Site;
  let registry: PrivateRegistry;
  let kubeconfig: string;
  const core = () => cluster().core;

  /** As the cluster's owner would let a team in: an account with the ClusterRole `admin` in one namespace. */
  async function letIn(): Promise<string> {
    const config = new KubeConfig();
    config.loadFromFile(readPlatform()?.kubeconfig ?? "");
    const labels = { "pod-security.kubernetes.io/enforce": "restricted", team: "escape" };
    await core().createNamespace({ body: { metadata: { name: GIVEN, labels } } });
    await core().createNamespacedServiceAccount({
      namespace: GIVEN,
      body: { metadata: { name: "deployer" } },
    });
    await config.makeApiClient(RbacAuthorizationV1Api).createNamespacedRoleBinding({
      namespace: GIVEN,
      body: {
        metadata: { name: "deployer" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "admin" },
        subjects: [{ kind: "ServiceAccount", name: "deployer", namespace: GIVEN }],
      },
    });
    const { status } = await core().createNamespacedServiceAccountToken({
      namespace: GIVEN,
      name: "deployer",
      body: { spec: { audiences: [], expirationSeconds: 3600 } },
    });
    const context = config.getCurrentContext();
    const server = config.getCurrentCluster();
    const own = new KubeConfig();
    own.loadFromOptions({
      clusters: [server],
      users: [{ name: "deployer", token: status?.token }],
      contexts: [{ name: context, cluster: server?.name ?? "", user: "deployer", namespace: GIVEN }],
      currentContext: context,
    });
    return own.exportConfig();
  }

  before(async () => {
    process.env.REGISTRY_PASSWORD = PASSWORD;
    registry = await PrivateRegistry.start(REGISTRY, "ci", PASSWORD);
    site = new Site();
    kubeconfig = join(site.folder, "kubeconfig");
    writeFileSync(kubeconfig, await letIn());
    site.configure("dev", {
      "kubernetes:kubeconfig": kubeconfig,
      "site:stack": {
        namespace: GIVEN,
        createNamespace: false,
        backend: {
          image: "python:3.11-slim",
          command: ["python", "-m", "http.server", "8000", "--directory", "/tmp"],
        },
        labels: { "cost-center": "4711" },
        patches: {
          hosts: {
            kind: "Deployment",
            role: "backend",
            merge: {
              spec: {
                template: {
                  spec: {
                    hostAliases: [{ ip: "192.0.2.1", hostnames: ["legacy.example.com"] }],
                    containers: [{ name: "backend", env: [{ name: "SELF", value: "${backend.url}" }] }],
                  },
                },
              },
            },
          },
          team: {
            kind: "Service",
            name: "site-backend",
            jsonPatch: [
              { op: "add", path: "/metadata/annotations", value: { "example.com/team": "escape" } },
            ],
          },
        },
        extraObjects: {
          banner: {
            object: {
              apiVersion: "v1",
              kind: "ConfigMap",
              metadata: { name: "banner" },
              data: { text: "at ${backend.host}" },
            },
            before: ["backend"],
          },
          "for-others": {
            object: {
              apiVersion: "v1",
              kind: "Secret",
              metadata: { name: "for-others" },
              stringData: { token: "x-${secrets.token}" },
            },
          },
          reader: {
            object: {
              apiVersion: "rbac.authorization.k8s.io/v1",
              kind: "Role",
              metadata: { name: "reader" },
              rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }],
            },
          },
        },
      },
    });
    site.commit("first");
  });

  after(async () => {
    await registry.stop();
    await site.forget("dev");
    await core().deleteNamespace({ name: GIVEN });
    rmSync(site.folder, { recursive: true });
    delete process.env.REGISTRY_PASSWORD;
  });

  it("is deployed to with the rights of its admin alone", async () => {
    const own = new KubeConfig();
    own.loadFromFile(kubeconfig);
    const mayNot = own
      .makeApiClient(CoreV1Api)
      .createNamespace({ body: { metadata: { name: "escape-other" } } });
    await assert.rejects(mayNot, /forbidden/i, "the control");
    await site.succeed("up", "-s", "dev", "--yes", "--skip-preview");
    const { metadata } = await core().readNamespace({ name: GIVEN });
    assert.deepEqual(Object.keys(metadata?.labels ?? {}).sort(), [
      "kubernetes.io/metadata.name",
      "pod-security.kubernetes.io/enforce",
      "team",
    ]);
  });

  it("has the patched objects, and the user's own", async () => {
    const { apps } = cluster();
    const deployment = await apps.readNamespacedDeployment({ name: "site-backend", namespace: GIVEN });
    const pod = deployment.spec?.template.spec;
    const [alias, ...others] = pod?.hostAliases ?? [];
    assert.deepEqual({ ...alias }, { ip: "192.0.2.1", hostnames: ["legacy.example.com"] });
    assert.deepEqual(others, []);
    assert.equal(pod?.containers.length, 1);
    assert.equal(
      pod?.containers[0]?.env?.find(({ name }) => name === "SELF")?.value,
      "http://site-backend:8000",
    );
    assert.equal(deployment.metadata?.labels?.["cost-center"], "4711");
    const service = await core().readNamespacedService({ name: "site-backend", namespace: GIVEN });
    assert.equal(service.metadata?.annotations?.["example.com/team"], "escape");
    const banner = await core().readNamespacedConfigMap({ name: "banner", namespace: GIVEN });
    assert.equal(banner.data?.text, "at site-backend");
    assert.ok((banner.metadata?.creationTimestamp ?? 0) <= (deployment.metadata?.creationTimestamp ?? 0));
    const secret = await core().readNamespacedSecret({ name: "for-others", namespace: GIVEN });
    const token = Buffer.from(secret.data?.token ?? "", "base64").toString();
    assert.match(token, /^x-[A-Za-z0-9]{32}$/);
    const exported = await site.succeed("stack", "export", "-s", "dev");
    assert.ok(!exported.includes(token) && !site.printed.includes(token));
  });

  it("has no changes in a second up", async () => {
    await site.succeed("up", "-s", "dev", "--yes", "--skip-preview", "--expect-no-changes");
  });

  it("is refused while it is labelled as another tier's", async () => {
    const label = async (tier: string | null) => {
      const value = tier === null ? null : "site";
      const labels = { "service-stack.dev/tier": tier, "app.kubernetes.io/part-of": value };
      const config = new KubeConfig();
      config.loadFromFile(readPlatform()?.kubeconfig ?? "");
      const { metadata } = await core().readNamespace({ name: GIVEN });
      const kept = Object.entries({ ...metadata?.labels, ...labels }).filter(([, each]) => each !== null);
      await core().replaceNamespace({
        name: GIVEN,
        body: { metadata: { name: GIVEN, labels: Object.fromEntries(kept) as Record<string, string> } },
      });
    };
    await label("prod");
    const { code, output } = await site.pulumi("preview", "-s", "dev");
    await label(null);
    assert.notEqual(code, 0);
    assert.match(output, /team-escape belongs to "site" in prod, and this is "site" in dev/);
  });

  it("is left where it was by destroy, with nothing of the stack in it", async () => {
    await site.succeed("destroy", "-s", "dev", "--yes", "--skip-preview");
    const { status } = await core().readNamespace({ name: GIVEN });
    assert.equal(status?.phase, "Active");
    const { items } = await cluster().apps.listNamespacedDeployment({ namespace: GIVEN });
    const configMaps = await core().listNamespacedConfigMap({ namespace: GIVEN });
    assert.deepEqual(items, []);
    assert.ok(!configMaps.items.some(({ metadata }) => metadata?.name === "banner"));
  });
});
