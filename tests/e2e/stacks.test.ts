// The sample product in three environments on one real node, by the commands that a user types.

import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Docker from "dockerode";
import { readPlatform } from "../../local/platform/paths";
import { openBrowser } from "./browser";
import { ask, cluster, podsOf, ports } from "./cluster";
import { artifacts, state } from "./commands";
import { eventually } from "./eventually";
import { ProjectCopy } from "./project";

const STACKS = { dev: "notes.dev.localhost", acc: "notes.acc.localhost", prod: "notes.prod.localhost" };

const docker = () => new Docker({ socketPath: readPlatform()?.dockerHost.replace("unix://", "") });

/** What a build or a push would change. */
const builtImages = async () =>
  (await docker().listImages({ all: true })).map(({ Id, RepoTags }) => `${Id} ${RepoTags}`).sort();

const namespaceNames = async () =>
  (await cluster().core.listNamespace()).items.map(({ metadata }) => metadata?.name ?? "");

async function digests(project: ProjectCopy, stack: string): Promise<Record<string, string>> {
  return (await project.outputs(stack)).images as never;
}

/** The number that this machine has for process 1 of Postgres' container in a pod. */
function firstProcess(pod: string): number {
  const read = (pid: string, file: string) => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, "utf8");
    } catch {
      return ""; // it has ended
    }
  };
  const groups = [pod, pod.replaceAll("-", "_")];
  const found = readdirSync("/proc").find(
    (pid) =>
      read(pid, "comm") === "postgres\n" &&
      /^NSpid:.*\s1$/m.test(read(pid, "status")) &&
      groups.some((group) => read(pid, "cgroup").includes(group)),
  );
  assert.ok(found, `no process of pod ${pod}`);
  return Number(found);
}

describe("The sample product", () => {
  let project: ProjectCopy;

  before(() => {
    project = new ProjectCopy();
    mkdirSync(artifacts, { recursive: true });
  });

  for (const command of ["preview", "up"]) {
    it(`is refused by ${command} with five errors for five mistakes, and nothing is created`, async () => {
      const restore = project.configure("dev", (args) => {
        args.namespace = "never-made";
        args.hots = "x";
        args.backend = {
          replicas: -1,
          port: 80,
          resources: { limits: { memory: "512m" } },
          env: { A: "${postgress.url}" },
        };
      });
      const { code, output } = await project.pulumi(
        command,
        "-s",
        "dev",
        ...(command === "up" ? ["--yes"] : []),
      );
      restore();
      assert.notEqual(code, 0);
      assert.match(output, /5 mistakes in the arguments of "notes"; nothing was created/);
      for (const path of [
        "hots",
        "backend.replicas",
        "backend.port",
        "backend.resources.limits.memory",
        "backend.env.A",
      ]) {
        assert.match(output, new RegExp(`${path.replaceAll(".", "\\.")}.*\\(Pulumi\\.dev\\.yaml\\)`));
      }
      assert.match(output, /did you mean `host`\?/);
      assert.match(output, /did you mean `postgres`\?/);
      assert.ok(!(await namespaceNames()).includes("never-made"));
    });
  }

  it("is previewed before its first deployment without building or pushing anything", async () => {
    const before = await builtImages();
    const output = await project.succeed("preview", "-s", "acc");
    assert.match(output, /notes-backend/);
    assert.deepEqual(await builtImages(), before);
    assert.ok(!(await namespaceNames()).includes("notes-acc"));
  });

  for (const stack of Object.keys(STACKS)) {
    it(`is deployed with \`npx pulumi up -s ${stack}\``, async () => {
      const before = await builtImages();
      await project.succeed("up", "-s", stack, "--yes");
      // The control of the preview's test: this is how a build would have been seen.
      if (stack !== "dev") assert.notDeepEqual(await builtImages(), before);
    });
  }

  it("runs in three namespaces side by side, each with its replicas and host", async () => {
    const { apps, networking } = cluster();
    const seen: Record<string, unknown> = {};
    for (const stack of Object.keys(STACKS)) {
      const namespace = `notes-${stack}`;
      const replicas: Record<string, number | undefined> = {};
      for (const role of ["backend", "frontend"]) {
        const { status } = await apps.readNamespacedDeployment({ name: `notes-${role}`, namespace });
        replicas[role] = status?.readyReplicas;
      }
      const ingress = await networking.readNamespacedIngress({ name: "notes-frontend", namespace });
      seen[stack] = { ...replicas, host: ingress.spec?.rules?.[0]?.host };
    }
    assert.deepEqual(seen, {
      dev: { backend: 1, frontend: 1, host: STACKS.dev },
      acc: { backend: 2, frontend: 1, host: STACKS.acc },
      prod: { backend: 4, frontend: 3, host: STACKS.prod },
    });
  });

  it("runs every built image by its digest", async () => {
    const { items } = await cluster().core.listNamespacedPod({ namespace: "notes-dev" });
    const images = items.flatMap(({ spec }) => spec?.containers.map(({ image }) => image ?? "") ?? []);
    const built = images.filter((image) => image.startsWith("127.0.0.1:5000/notes-"));
    // Backend, front end, and the migration's Job.
    assert.equal(built.length, 3);
    for (const image of built) assert.match(image, /@sha256:[0-9a-f]{64}$/);
  });

  it("shows in a browser what went through the API into Postgres and back", async () => {
    const browser = await openBrowser();
    try {
      const page = await browser.newPage();
      const text = `A note written at ${new Date().toISOString()}`;
      await page.goto(`http://${STACKS.dev}:${ports().http}/`);
      await page.getByTestId("note-input").fill(text);
      await page.getByTestId("note-add").click();
      await page.getByTestId("notes-list").getByText(text).waitFor();
      // A fresh page knows nothing but what the API reads from Postgres.
      await page.reload();
      await page.getByTestId("notes-list").getByText(text).waitFor();
      assert.match((await page.getByTestId("environment").textContent()) ?? "", /dev/);
      await page.screenshot({ path: join(artifacts, "notes-dev.png"), fullPage: true });
    } finally {
      await browser.close();
    }
  });

  it("keeps each environment's data to itself", async () => {
    const { status } = await ask(`https://${STACKS.acc}/api/notes`, {
      method: "POST",
      body: { text: "only in acc" },
    });
    assert.equal(status, 201);
    assert.match((await ask(`https://${STACKS.acc}/api/notes`)).body, /only in acc/);
    assert.doesNotMatch((await ask(`http://${STACKS.dev}/api/notes`)).body, /only in acc/);
  });

  it("finds its data again when its database was killed", async () => {
    const { core } = cluster();
    const pod = { name: "notes-postgres-0", namespace: "notes-acc" };
    const uid = (await core.readNamespacedPod(pod)).metadata?.uid ?? "";
    process.kill(firstProcess(uid), "SIGKILL");
    // Before the server is started again where it was.
    await core.deleteNamespacedPod({ ...pod, gracePeriodSeconds: 0 });
    await eventually("another server", async () => {
      const next = await core.readNamespacedPod(pod).catch(() => undefined);
      const isReady = next?.status?.conditions?.some(
        ({ type, status }) => type === "Ready" && status === "True",
      );
      return isReady && next?.metadata?.uid !== uid;
    });
    assert.match(await core.readNamespacedPodLog({ ...pod, container: "prepare" }), /was killed/);
    await eventually("the notes", async () =>
      /only in acc/.test((await ask(`https://${STACKS.acc}/api/notes`)).body),
    );
  });

  it("serves https where the tier asks for it, with a certificate that holds, and sends http there", async () => {
    for (const stack of ["acc", "prod"] as const) {
      assert.equal((await ask(`https://${STACKS[stack]}/`)).status, 200);
      const { status, headers } = await ask(`http://${STACKS[stack]}/api/notes?page=2`);
      assert.deepEqual([status, headers.location], [301, `https://${STACKS[stack]}/api/notes?page=2`]);
    }
    assert.equal((await ask(`http://${STACKS.dev}/`)).status, 200);
    // The control: without the node's own authority the certificate is refused.
    await assert.rejects(ask(`https://${STACKS.acc}/`, { trust: false }), /certificate/);
  });

  it("is left alone by a second up", async () => {
    for (const stack of Object.keys(STACKS))
      await project.succeed("up", "-s", stack, "--yes", "--expect-no-changes");
  });

  /** What holds data in dev, as it is wanted, and the pods over it. */
  async function dataOfDev() {
    const { core, apps } = cluster();
    const claims = await core.listNamespacedPersistentVolumeClaim({ namespace: "notes-dev" });
    const servers = await apps.listNamespacedStatefulSet({ namespace: "notes-dev" });
    return {
      claims: claims.items.map(({ metadata, spec }) => ({ name: metadata?.name, uid: metadata?.uid, spec })),
      servers: servers.items.map(({ metadata, spec }) => ({ uid: metadata?.uid, spec })),
      pods: [...(await podsOf("notes-dev", "postgres")), ...(await podsOf("notes-dev", "redis"))],
    };
  }

  const losses: [title: string, settings: object, messages: RegExp[]][] = [
    [
      "a volume is to be smaller, and of another class",
      { postgres: { storage: "512Mi", storageClassName: "fast" } },
      [
        /postgres\.storage: "512Mi" {2}\(Pulumi\.dev\.yaml\)\s+is less than the 1Gi that notes-postgres has/,
        /→ write `storage: 1Gi`, or more; .* "Moving to another volume" in docs\/data\.md/,
        /postgres\.storageClassName: "fast" {2}\(Pulumi\.dev\.yaml\)\s+is another class than `local`/,
      ],
    ],
    [
      "another major version is to read it",
      { postgres: { image: "postgres:16" } },
      [
        /postgres\.image: "postgres:16" {2}\(Pulumi\.dev\.yaml\)\s+is PostgreSQL 16, .* PostgreSQL 15 has written it/,
        /→ write `image: postgres:15`/,
      ],
    ],
  ];

  // Without its own preview, only the deployment itself is left to refuse.
  for (const command of ["preview", "up --yes --skip-preview"]) {
    for (const [title, settings, messages] of losses) {
      it(`is refused by ${command} where ${title}`, async () => {
        const before = await dataOfDev();
        const restore = project.configure("dev", (args) => Object.assign(args, settings));
        const { code, output } = await project.pulumi(...command.split(" "), "-s", "dev");
        restore();
        assert.notEqual(code, 0, output);
        assert.match(output, /This would lose data of "notes", and was not done\./);
        for (const message of messages) assert.match(output, message);
        assert.deepEqual(await dataOfDev(), before);
      });
    }
  }

  it("tells what data a change would leave behind", async () => {
    const restore = project.configure("dev", (args) => {
      args.redis = { persistence: false };
      args.postgres = { database: "other" };
    });
    const { code, output } = await project.pulumi("preview", "-s", "dev");
    restore();
    assert.equal(code, 0, output);
    assert.match(output, /redis\.persistence: false .*\s+starts empty, .* stays on the volume notes-redis/);
    assert.match(output, /postgres\.database: "other" .*\s+is another database than `notes`/);
  });

  it("grows a volume in place", async () => {
    const wanted = await dataOfDev();
    const requests = wanted.claims.find(({ name }) => name === "notes-postgres")?.spec?.resources?.requests;
    assert.deepEqual(requests, { storage: "1Gi" });
    Object.assign(requests ?? {}, { storage: "2Gi" });
    // For good, as the volume is.
    project.configure("dev", (args) => {
      args.postgres = { storage: "2Gi" };
    });
    await project.succeed("up", "-s", "dev", "--yes", "--skip-preview");
    assert.deepEqual(await dataOfDev(), wanted);
  });

  it("keeps secrets out of the state's plain text, of what is printed, and of everything but Secrets", async () => {
    const { session } = (await project.outputs("dev", "--show-secrets")).secrets as unknown as {
      session: string;
    };
    assert.equal(session.length, 64);
    const secrets = await cluster().core.listNamespacedSecret({ namespace: "notes-dev" });
    const values = secrets.items
      .flatMap(({ data }) => Object.values(data ?? {}))
      .map((value) => Buffer.from(value, "base64").toString().trim());
    assert.ok(
      values.some((value) => value === session),
      "the control: this is where they must be",
    );
    const places: [string, string][] = [
      ["the stack's outputs", JSON.stringify(await project.outputs("dev"))],
      ["the preview", await project.succeed("preview", "-s", "dev", "--diff")],
      ["the pods", JSON.stringify(await cluster().core.listNamespacedPod({ namespace: "notes-dev" }))],
      [
        "the config maps",
        JSON.stringify(await cluster().core.listNamespacedConfigMap({ namespace: "notes-dev" })),
      ],
      ...filesIn(join(state, "backend")).map((file): [string, string] => [file, readFileSync(file, "utf8")]),
    ];
    for (const [place, text] of places) {
      for (const value of values) assert.ok(!text.includes(value), `${place} holds a secret`);
    }
  });

  it("rebuilds one image and rolls one process when one source file changes", async () => {
    const before = {
      digests: await digests(project, "dev"),
      backend: await podsOf("notes-dev", "backend"),
      frontend: await podsOf("notes-dev", "frontend"),
    };
    project.edit("app/web/public/index.html", "<h1>Notes</h1>", "<h1>Notes, changed</h1>");
    await project.succeed("up", "-s", "dev", "--yes", "--skip-preview");
    const after = {
      digests: await digests(project, "dev"),
      backend: await podsOf("notes-dev", "backend"),
      frontend: await podsOf("notes-dev", "frontend"),
    };
    assert.equal(after.digests.backend, before.digests.backend);
    assert.notEqual(after.digests.frontend, before.digests.frontend);
    assert.deepEqual(after.backend, before.backend);
    assert.notDeepEqual(after.frontend, before.frontend);
    await eventually("the changed page, once the old pod has drained", async () =>
      /Notes, changed/.test((await ask(`http://${STACKS.dev}/`)).body),
    );
  });

  it("says what a destroy leaves, and leaves nothing but that", async () => {
    const output = await project.succeed("destroy", "-s", "dev", "--yes");
    assert.match(output, /PersistentVolumeClaims: "notes-postgres, notes-redis"/);
    assert.match(output, /kubectl delete namespace notes-dev/);
    const { core, apps, networking } = cluster();
    const namespace = "notes-dev";
    const left = {
      deployments: (await apps.listNamespacedDeployment({ namespace })).items,
      statefulSets: (await apps.listNamespacedStatefulSet({ namespace })).items,
      pods: (await core.listNamespacedPod({ namespace })).items,
      services: (await core.listNamespacedService({ namespace })).items,
      secrets: (await core.listNamespacedSecret({ namespace })).items,
      ingresses: (await networking.listNamespacedIngress({ namespace })).items,
      policies: (await networking.listNamespacedNetworkPolicy({ namespace })).items,
      // These two Kubernetes itself puts into every namespace.
      accounts: (await core.listNamespacedServiceAccount({ namespace })).items.filter(
        ({ metadata }) => metadata?.name !== "default",
      ),
      configMaps: (await core.listNamespacedConfigMap({ namespace })).items.filter(
        ({ metadata }) => metadata?.name !== "kube-root-ca.crt",
      ),
      claims: (await core.listNamespacedPersistentVolumeClaim({ namespace })).items,
    };
    const names = Object.entries(left).flatMap(([kind, items]) =>
      items.map(({ metadata }) => `${kind}/${metadata?.name}`),
    );
    assert.deepEqual(names, ["claims/notes-postgres", "claims/notes-redis"]);
  });

  it("finds its data again with the next up, though every password is new", async () => {
    await project.succeed("up", "-s", "dev", "--yes", "--skip-preview");
    const body = await eventually("an answer, once the ingress knows of the stack again", async () => {
      const answer = await ask(`http://${STACKS.dev}/api/notes`);
      return answer.status === 200 && answer.body;
    });
    assert.match(body, /A note written at/);
  });

  it("is not destroyed in prod until its protection is taken off", async () => {
    const { code, output } = await project.pulumi("destroy", "-s", "prod", "--yes");
    assert.notEqual(code, 0);
    assert.match(output, /protect/);
    assert.equal((await ask(`https://${STACKS.prod}/`)).status, 200);
    await project.succeed("state", "unprotect", "--all", "--yes", "-s", "prod");
    await project.succeed("destroy", "-s", "prod", "--yes", "--skip-preview");
    assert.deepEqual(await podsOf("notes-prod", "backend"), []);
  });
});

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
