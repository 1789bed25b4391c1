// Mistakes that users make: each is refused with its path, the reason and the remedy.

import assert from "node:assert/strict";
import { planStack } from "../../src/plan/plan";
import { Encrypted } from "../../src/schema/given";
import { InvalidArgumentsError } from "../../src/schema/problem";
import { sampleArgs } from "../sample";

type Change = (args: ReturnType<typeof sampleArgs>) => unknown;
// Tests write what the types forbid: that is what users of YAML do.
const backend =
  (more: object): Change =>
  (args) => ({ ...args, backend: { ...args.backend, ...more } });
const stack =
  (more: object): Change =>
  (args) => ({ ...args, ...more });
const env = (values: object) => backend({ env: values });

const cron = (more: object) =>
  stack({ cronJobs: { cleanup: { schedule: "30 2 * * *", command: ["clean"], ...more } } });

const tasks = (members: object) => stack({ tasks: members });

const DIGEST = `sha256:${"a".repeat(64)}`;

const table: [title: string, change: Change, path: string, said: RegExp, stackName?: string][] = [
  [
    "a memory with a blank",
    backend({ resources: { limits: { memory: "512M i" } } }),
    "backend.resources.limits.memory",
    /not a quantity.*512Mi/s,
  ],
  [
    "a memory in thousandths",
    backend({ resources: { limits: { memory: "512m" } } }),
    "backend.resources.limits.memory",
    /0\.512 bytes.*512Mi/s,
  ],
  [
    "a memory in plain bytes by mistake",
    backend({ resources: { limits: { memory: 512 } } }),
    "backend.resources.limits.memory",
    /512 bytes.*512Mi/s,
  ],
  [
    "five hundred cores",
    backend({ resources: { requests: { cpu: 500 } } }),
    "backend.resources.requests.cpu",
    /500 cores.*500m/s,
  ],
  [
    "a limit below the request",
    backend({ resources: { requests: { memory: "2Gi" }, limits: { memory: "1Gi" } } }),
    "backend.resources.limits.memory",
    /requests\.memory.*"2Gi"/s,
  ],
  ["less than no replicas", backend({ replicas: -1 }), "backend.replicas", /0 or more/],
  ["port 0", backend({ port: 0 }), "backend.port", /not a port/],
  ["port 70000", backend({ port: 70000 }), "backend.port", /not a port/],
  ["a privileged port", backend({ port: 80 }), "backend.port", /1024/],
  ["root", backend({ runAsUser: 0 }), "backend.runAsUser", /root/],
  ["a host with a scheme", stack({ host: "https://a.example" }), "host", /scheme.*`a\.example`/s],
  ["a host in capitals", stack({ host: "App.Example.com" }), "host", /`app\.example\.com`/],
  ["a host with port and path", stack({ host: "a.example:8443/x" }), "host", /`a\.example`/],
  ["a host with a port", stack({ host: "a.example:8443" }), "host", /port.*`a\.example`/s],
  ["a star in the middle of a host", stack({ host: "a.*.com" }), "host", /leading `\*\.`/],
  [
    "the same path twice",
    (args) => ({ ...args, frontend: { ...args.frontend, path: "/api" } }),
    "frontend.path",
    /claimed by backend/,
  ],
  ["a path without a slash", backend({ path: "api" }), "backend.path", /`\/api`/],
  ["a path without a host", stack({ host: undefined }), "backend.path", /host/],
  ["a path without a port", backend({ port: undefined }), "backend.port", /missing/],
  [
    "a secret in plain text",
    stack({ secrets: { session: { value: "hunter2hunter2" } } }),
    "secrets.session.value",
    /config set --secret/,
  ],
  [
    "a length beside a value",
    stack({ secrets: { session: { length: 20, value: new Encrypted() } } }),
    "secrets.session.length",
    /drop/,
  ],
  [
    "a format beside a value",
    stack({ secrets: { session: { format: "hex", value: new Encrypted() } } }),
    "secrets.session.format",
    /drop/,
  ],
  [
    "a secret with two sources",
    stack({ secrets: { session: { value: new Encrypted(), secretKeyRef: { name: "a", key: "b" } } } }),
    "secrets.session.secretKeyRef",
    /never guessed/,
  ],
  [
    "a Secret that can't be there",
    stack({ secrets: { session: { secretKeyRef: { name: "My Secret", key: "b" } } } }),
    "secrets.session.secretKeyRef.name",
    /lower-case|DNS/,
  ],
  [
    "a key that no Secret has",
    stack({ secrets: { session: { secretKeyRef: { name: "a", key: "b/c" } } } }),
    "secrets.session.secretKeyRef.key",
    /not a key/,
  ],
  [
    "a format that isn't one",
    stack({ secrets: { session: { format: "base46" } } }),
    "secrets.session.format",
    /did you mean `base64`/,
  ],
  ["an encrypted host", stack({ host: new Encrypted() }), "host", /plain value/],
  [
    "TLS off in prod",
    (args) => ({ ...args, ingress: { tls: { enabled: false } } }),
    "ingress.tls.enabled",
    /prod needs TLS/,
    "prod",
  ],
  ["an image without a tag", backend({ build: undefined, image: "nginx" }), "backend.image", /latest/],
  ["the tag latest", backend({ build: undefined, image: "nginx:latest" }), "backend.image", /pin/],
  ["a tag in prod", backend({ build: undefined, image: "nginx:1.22" }), "backend.image", /digest/, "prod"],
  [
    "a digest that is cut off",
    backend({ build: undefined, image: `nginx@${DIGEST.slice(0, -4)}` }),
    "backend.image",
    /60 characters.*64/s,
  ],
  ["an image and a build", backend({ image: `nginx@${DIGEST}` }), "backend.image", /only one/],
  ["neither image nor build", backend({ build: undefined }), "backend", /neither/],
  ["an absolute context", backend({ build: { context: "/src/api" } }), "backend.build.context", /relative/],
  ["builds without a registry", stack({ registry: undefined }), "registry", /backend and frontend/],
  ["a registry with a scheme", stack({ registry: "https://ghcr.io/acme" }), "registry", /`ghcr\.io\/acme`/],
  ["an environment variable with a dash", env({ "MY-VAR": "x" }), "backend.env.MY-VAR", /`MY_VAR`/],
  ["a reference to postgress", env({ A: "${postgress.url}" }), "backend.env.A", /did you mean `postgres`/],
  [
    "a reference to a secret that isn't there",
    env({ A: "${secrets.sesion}" }),
    "backend.env.A",
    /did you mean `session`/,
  ],
  ["a reference without its brace", env({ A: "${redis.url" }), "backend.env.A", /closing brace/],
  [
    "a reference to nothing in particular",
    env({ A: "${postgres}" }),
    "backend.env.A",
    /alone is not a value/,
  ],
  [
    "a reference to a part that isn't there",
    env({ A: "${postgres.uri}" }),
    "backend.env.A",
    /did you mean `url`/,
  ],
  [
    "a reference to a database nobody asked for",
    (args) => ({ ...args, postgres: undefined }),
    "backend.env.DATABASE_URL",
    /add `postgres: \{\}`/,
  ],
  [
    "processes that wait for each other",
    (args) => ({
      ...args,
      frontend: { ...args.frontend, env: { API: "${backend.url}" } },
      backend: { ...args.backend, env: { WEB: "${frontend.url}" } },
    }),
    "backend.env",
    /backend → frontend → backend/,
  ],
  [
    "a probe that checks nothing",
    backend({ readinessProbe: {} }),
    "backend.readinessProbe",
    /checks nothing/,
  ],
  [
    "a probe that checks twice",
    backend({ livenessProbe: { tcpSocket: {}, httpGet: { path: "/" } } }),
    "backend.livenessProbe",
    /one check/,
  ],
  [
    "no time to end",
    backend({ terminationGracePeriodSeconds: 5 }),
    "backend.terminationGracePeriodSeconds",
    /SIGTERM/,
  ],
  [
    "a database's name that isn't plain SQL",
    stack({ postgres: { database: "My-App" } }),
    "postgres.database",
    /`my_app`/,
  ],
  [
    "two schedulers of a kind",
    stack({ schedulers: { beat: { command: ["beat"], replicas: 2 } } }),
    "schedulers.beat.replicas",
    /exactly 1.*worker/s,
  ],
  [
    "a minute that no hour has",
    cron({ schedule: "61 * * * *" }),
    "cronJobs.cleanup.schedule",
    /`61` as its minute.*0 to 59/s,
  ],
  [
    "a schedule of six fields",
    cron({ schedule: "0 30 2 * * *" }),
    "cronJobs.cleanup.schedule",
    /6 fields.*`30 2 \* \* \*`/s,
  ],
  [
    "a time zone in the schedule",
    cron({ schedule: "CRON_TZ=Europe/Berlin 30 2 * * *" }),
    "cronJobs.cleanup.schedule",
    /`timeZone: Europe\/Berlin`/,
  ],
  [
    "a time zone that isn't one",
    cron({ timeZone: "CET+1" }),
    "cronJobs.cleanup.timeZone",
    /IANA.*Europe\/Berlin/s,
  ],
  [
    "a time zone with a slip",
    cron({ timeZone: "Europe/Berln" }),
    "cronJobs.cleanup.timeZone",
    /did you mean `Europe\/Berlin`/,
  ],
  [
    "a policy that isn't one",
    cron({ concurrencyPolicy: "forbid" }),
    "cronJobs.cleanup.concurrencyPolicy",
    /did you mean `Forbid`/,
  ],
  [
    "a cron job with a worker's name",
    stack({
      workers: { cleanup: { command: ["a"] } },
      cronJobs: { cleanup: { schedule: "@daily", command: ["b"] } },
    }),
    "cronJobs.cleanup",
    /workers\.cleanup has already/,
  ],
  [
    "a task without words",
    tasks({ seed: { command: [] } }),
    "tasks.seed.command",
    /is empty.*write its words/s,
  ],
  [
    "a task with a cron job's name",
    stack({
      tasks: { cleanup: { command: ["a"] } },
      cronJobs: { cleanup: { schedule: "@daily", command: ["b"] } },
    }),
    "cronJobs.cleanup",
    /tasks\.cleanup has already/,
  ],
  [
    "a task behind nothing that there is",
    tasks({ seed: { command: ["a"], after: ["bakend"] } }),
    "tasks.seed.after[0]",
    /neither a task nor a process.*did you mean `backend`/s,
  ],
  [
    "a task behind itself",
    tasks({ seed: { command: ["a"], after: ["seed"] } }),
    "tasks.seed.after[0]",
    /is the task itself/,
  ],
  [
    "a task that says that it comes behind the migration",
    stack({ migration: { command: ["m"] }, tasks: { seed: { command: ["a"], after: ["migration"] } } }),
    "tasks.seed.after[0]",
    /every task runs behind the migration/,
  ],
  [
    "a task behind a process that is switched off",
    stack({
      workers: { mail: { command: ["work"], enabled: false } },
      tasks: { seed: { command: ["a"], after: ["mail"] } },
    }),
    "tasks.seed.after[0]",
    /switched off by `workers\.mail\.enabled`/,
  ],
  [
    "tasks in a circle",
    tasks({
      a: { command: ["a"], after: ["c"] },
      b: { command: ["b"], after: ["a"] },
      c: { command: ["c"], after: ["b"] },
    }),
    "tasks.a.after",
    /a circle: a → c → b → a/,
  ],
  [
    "a role with a name that is taken",
    stack({ workers: { postgres: { command: ["work"] } } }),
    "workers.postgres",
    /already/,
  ],
  [
    "two roles of one name",
    stack({ workers: { mail: { command: ["a"] } }, services: { mail: { image: "mail:1", port: 8025 } } }),
    "workers.mail",
    /services\.mail has already/,
  ],
  [
    "a role whose name is no DNS label",
    stack({ workers: { Mail_Out: { command: ["work"] } } }),
    "workers.Mail_Out",
    /`mail-out`/,
  ],
  ["a migration without a command", stack({ migration: { command: [] } }), "migration.command", /empty/],
  [
    "a migration without image or backend",
    stack({ backend: undefined, migration: { command: ["migrate"] } }),
    "migration",
    /neither/,
  ],
  ["a stack and a tier at odds", stack({ tier: "dev" }), "tier", /at odds.*"prod"/s, "prod"],
  ["a stack whose name tells no tier", stack({}), "tier", /missing/, "review-17"],
];

describe("A mistake is told with its path and remedy", () => {
  for (const [title, change, path, said, stackName = "dev"] of table) {
    it(title, () => {
      const { problems } = planStack({ name: "notes", stack: stackName }, change(sampleArgs()));
      const problem = problems.find((candidate) => candidate.path === path);
      assert.ok(problem, `${path} isn't among ${JSON.stringify(problems)}`);
      assert.match(`${problem.reason}\n${problem.remedy}`, said);
    });
  }

  it("and none is told of schedules and time zones that Kubernetes takes", () => {
    for (const more of [
      { schedule: "@hourly" },
      { schedule: "*/5 8-18 * * 1-5" },
      { timeZone: "UTC" },
      { timeZone: "Europe/Berlin" },
    ]) {
      assert.deepEqual(planStack({ name: "notes", stack: "dev" }, cron(more)(sampleArgs())).problems, []);
    }
  });

  it("and without the mistake nothing is said (the table's control)", () => {
    for (const name of ["dev", "acc", "prod"]) {
      assert.deepEqual(planStack({ name: "notes", stack: name }, sampleArgs()).problems, []);
    }
  });

  it("a name that is no DNS label", () => {
    const [problem] = planStack({ name: "My_App", stack: "dev" }, sampleArgs()).problems;
    assert.match(`${problem?.reason} ${problem?.remedy}`, /DNS label.*`my-app`/s);
  });

  it("a name that is too long once others are added to it", () => {
    const { problems } = planStack({ name: `n${"o".repeat(50)}`, stack: "dev" }, sampleArgs());
    assert.ok(
      problems.some(({ path, remedy }) => path.includes("postgres") && /shorten it by \d+/.test(remedy)),
    );
  });

  it("all mistakes of one input at once, of shape and of meaning", () => {
    const { problems } = planStack(
      { name: "notes", stack: "dev" },
      {
        ...sampleArgs(),
        host: "https://x",
        backnd: {},
        backend: { ...sampleArgs().backend, replicas: "3", port: 80, env: { A: "${nope}" } },
      },
    );
    const paths = problems.map(({ path }) => path).sort();
    assert.deepEqual(paths, ["backend.env.A", "backend.port", "backend.replicas", "backnd", "host"]);
    const { message } = new InvalidArgumentsError("notes", problems);
    assert.match(message, /^5 mistakes in the arguments of "notes"; nothing was created\./);
  });

  it("a secret's value is in no message", () => {
    const { problems } = planStack(
      { name: "notes", stack: "dev" },
      stack({ secrets: { session: { value: "hunter2hunter2" } } })(sampleArgs()),
    );
    assert.ok(!new InvalidArgumentsError("notes", problems).message.includes("hunter2"));
  });
});
