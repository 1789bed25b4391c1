// Variables: files of them, existing Secrets and ConfigMaps, and what takes one away.

import assert from "node:assert/strict";
import { stackObjects } from "../../src/objects/objects";
import { planStack } from "../../src/plan/plan";
import { mergeLayers } from "../../src/schema/layers";
import { InvalidArgumentsError } from "../../src/schema/problem";
import { sampleArgs } from "../sample";
import { backend, type Change, filesOf, stack, tells } from "./mistake-table";

const FILES = {
  "base.env": "# what all have\nLOG_LEVEL=info\nGREETING='hello\nworld'\nURL=${postgres.url}\nEMPTY=\n",
  "dev.env": "\uFEFFexport LOG_LEVEL=debug\r\nPORT=8000\r\n",
  "colon.env": "LOG_LEVEL: info\n",
  "twice.env": 'A=1\nTEXT="x\nA=2"\nA=3\n',
  "quoted-twice.env": 'A=1\nTEXT="x\nA=2"\n',
  "open.env": 'A="1\nB=2\n',
  "dash.env": "MY-VAR=1\n",
  "reference.env": "A=${postgress.url}\n",
  "secret.env": "hunter2hunter2\n",
  "binary.env": Buffer.from([0x41, 0x3d, 0xff, 0xfe]),
};

const planOf = (change: Change) =>
  planStack({ name: "notes", stack: "dev", readFile: filesOf(FILES) }, change(sampleArgs()));

const variables = (change: Change, role = "backend") => {
  const { plan, problems } = planOf(change);
  assert.deepEqual(problems, []);
  const found = [...plan.processes, ...plan.cronJobs].find(({ id }) => id === role);
  return Object.fromEntries((found?.env ?? []).map(({ name, value }) => [name, value.parts.join("")]));
};

describe("The environment of a container", () => {
  it("has the variables of its files, a later one above an earlier one, and `env` above both", () => {
    const found = variables(backend({ envFile: ["base.env", "dev.env"], env: { PORT: "9000" } }));
    assert.deepEqual(found, {
      LOG_LEVEL: "debug",
      GREETING: "hello\nworld",
      URL: "postgresql://notes:[object Object]@notes-postgres:5432/notes",
      EMPTY: "",
      PORT: "9000",
    });
  });

  it("counts the references in a file as those in `env`: order, network and Secret", () => {
    const { plan } = planOf(backend({ env: {}, envFile: ["base.env"] }));
    assert.ok(plan.edges.some(({ from, to }) => from === "backend" && to === "postgres"));
    assert.deepEqual(plan.processes[0]?.after, ["postgres"]);
    assert.equal(plan.processes[0]?.env.find(({ name }) => name === "URL")?.value.secret, true);
  });

  it("tells an empty variable from none", () => {
    const merged = (below: object, above: object) =>
      mergeLayers([
        {
          source: "the program",
          value: { ...sampleArgs(), backend: { ...sampleArgs().backend, env: below } },
        },
        { source: "Pulumi.dev.yaml", value: { backend: { env: above } } },
      ]);
    const below = { A: "1", B: "2", C: "3" };
    assert.deepEqual(
      variables(() => merged(below, { A: "", B: null })),
      { A: "", C: "3" },
    );
    assert.deepEqual(
      variables(() => merged(below, {})),
      below,
    );
  });

  it("takes one away that a worker would have from the backend, or from a file", () => {
    const workers = { mail: { command: ["work"], env: { REDIS_URL: null, EMPTY: null } } };
    const found = variables(
      (args) => ({ ...args, workers, backend: { ...args.backend, envFile: ["base.env"] } }),
      "mail",
    );
    assert.ok(!("REDIS_URL" in found) && !("EMPTY" in found));
    assert.equal(found.LOG_LEVEL, "info");
    assert.ok("DATABASE_URL" in found);
  });

  it("lays a worker's file above the backend's `env`", () => {
    const found = variables(
      (args) => ({
        ...args,
        backend: { ...args.backend, env: { LOG_LEVEL: "warn" } },
        workers: { mail: { command: ["work"], envFile: ["dev.env"] } },
      }),
      "mail",
    );
    assert.equal(found.LOG_LEVEL, "debug");
  });

  it("has the keys of existing Secrets and ConfigMaps, the backend's first", () => {
    const { plan } = planOf((args) => ({
      ...args,
      backend: { ...args.backend, envFrom: [{ secretRef: { name: "smtp" }, prefix: "SMTP_" }] },
      workers: {
        mail: { command: ["work"], envFrom: [{ configMapRef: { name: "flags", optional: true } }] },
      },
    }));
    const deployment = stackObjects(plan).find(({ id }) => id === "mail")?.object as never as {
      spec: { template: { spec: { containers: { envFrom: unknown }[] } } };
    };
    assert.deepEqual(JSON.parse(JSON.stringify(deployment.spec.template.spec.containers[0]?.envFrom)), [
      { prefix: "SMTP_", secretRef: { name: "smtp" } },
      { configMapRef: { name: "flags", optional: true } },
    ]);
  });

  it("starts its command in another folder, where one is named", () => {
    assert.equal(planOf(backend({ workingDir: "/app/host" })).plan.processes[0]?.workingDir, "/app/host");
  });

  it("shows no line of a file that isn't understood: it may be a secret", () => {
    const { problems } = planOf(backend({ envFile: ["secret.env"] }));
    assert.equal(problems.length, 1);
    assert.ok(!new InvalidArgumentsError("notes", problems).message.includes("hunter2"));
  });
});

describe("A mistake in the environment is told with its path and remedy", () => {
  const file = (name: string) => backend({ envFile: [name] });
  const from = (...envFrom: object[]) => backend({ envFrom });
  const at = "backend.envFile[0]";
  tells(
    [
      ["a file that isn't there", file("prod.env"), at, /isn't there.*Pulumi\.yaml/s],
      ["a file of this machine alone", file("/etc/app.env"), at, /relative to Pulumi\.yaml/],
      ["a file without a name", file(""), at, /empty/],
      ["a line that is YAML", file("colon.env"), at, /line 1.*NAME=value/s],
      ["a variable set twice in one file", file("twice.env"), at, /A twice: lines 1 and 4/],
      ["a quote that nothing closes", file("open.env"), at, /line 1.*value of A/s],
      ["a name with a dash in a file", file("dash.env"), at, /MY-VAR.*`MY_VAR`/s],
      ["a reference to nothing in a file", file("reference.env"), at, /did you mean `postgres`/],
      ["a file that isn't text", file("binary.env"), at, /UTF-8/],
      [
        "a variable of Kubernetes' own",
        backend({ env: { KUBERNETES_SERVICE_HOST: "10.0.0.1" } }),
        "backend.env.KUBERNETES_SERVICE_HOST",
        /Kubernetes itself/,
      ],
      [
        "an empty line where an empty value was meant",
        backend({ env: { A: null } }),
        "backend.env.A",
        /null.*`""` for an empty value/s,
      ],
      [
        "a variable taken away that the backend hasn't",
        stack({ workers: { mail: { command: ["work"], env: { NOPE: null } } } }),
        "workers.mail.env.NOPE",
        /null/,
      ],
      ["a source that is none", from({ prefix: "A_" }), "backend.envFrom[0]", /neither/],
      [
        "a source that is two",
        from({ secretRef: { name: "a" }, configMapRef: { name: "b" } }),
        "backend.envFrom[0]",
        /both/,
      ],
      [
        "a Secret whose name can't be",
        from({ secretRef: { name: "My_Secret" } }),
        "backend.envFrom[0].secretRef.name",
        /kubectl get/,
      ],
      [
        "a prefix that no variable can have",
        from({ secretRef: { name: "a" }, prefix: "smtp-" }),
        "backend.envFrom[0].prefix",
        /`smtp_`/,
      ],
      ["a relative working directory", backend({ workingDir: "app" }), "backend.workingDir", /`\/app`/],
      [
        "a working directory with a detour",
        backend({ workingDir: "/app/../x/" }),
        "backend.workingDir",
        /`\/x`/,
      ],
    ],
    [
      ["a line within quotes that looks like a variable", file("quoted-twice.env")],
      ["files with a mark of their encoding and Windows' line ends", file("dev.env")],
    ],
    filesOf(FILES),
  );
});
