// Every mistake that users are known to make, in the words in which they make it, and what is told of each, word for word.
// Rules that belong to one part of a stack have more rows in that part's own tests.

import assert from "node:assert/strict";
import { parse } from "yaml";
import { judgeGiven } from "../../src/plan/given-checks";
import { planStack } from "../../src/plan/plan";
import { Encrypted } from "../../src/schema/given";
import { InvalidArgumentsError } from "../../src/schema/problem";
import { sampleArgs } from "../sample";
import { backend, type Change, type Row, stack, tells } from "./mistake-table";

const DIGEST = `sha256:${"a".repeat(64)}`;
const limits = (more: object) => backend({ resources: { limits: more } });
const env = (more: object) => backend({ env: more });
const worker = (more: object) => stack({ workers: { celery: { command: ["work"], ...more } } });
const scaled = (autoscaling: object, more: object = {}) =>
  backend({ autoscaling, resources: { requests: { cpu: "250m" } }, ...more });
const cron = (more: object) =>
  stack({ cronJobs: { cleanup: { schedule: "30 2 * * *", command: ["clean"], ...more } } });
const database = (more: object) => stack({ postgres: { mode: "external", ...more } });

/** What is told of a name. */
const named = (name: string, change: Change = (args) => args) =>
  planStack({ name, stack: "dev" }, change(sampleArgs())).problems;

describe("A bad name", () => {
  it("My_App", () => {
    const problems = named("My_App");
    assert.equal(problems.length, 1);
    assert.match(`${problems[0]?.reason} ${problems[0]?.remedy}`, /DNS label.*lower-case.*`my-app`/s);
  });

  for (const [what, change, limit, whole] of [
    [
      "a scheduler",
      stack({ schedulers: { ["s".repeat(30)]: { command: ["beat"] } } }),
      63,
      `-${"s".repeat(30)}`,
    ],
    [
      "a cron job",
      stack({ cronJobs: { ["c".repeat(20)]: { schedule: "@daily", command: ["c"] } } }),
      52,
      `-${"c".repeat(20)}`,
    ],
    ["a database", (args) => args, 52, "-postgres"],
    ["a migration", stack({ migration: { command: ["m"] } }), 63 - 9, "-migration"],
  ] as [string, Change, number, string][]) {
    it(`a name that is too long once ${what} is added: the whole name, its length, the limit, how much to cut`, () => {
      // One character over the limit, and one below.
      const name = "n".repeat(limit + 1 - whole.length);
      const problem = named(name, change).find(({ value }) => value === name + whole);
      assert.ok(problem, JSON.stringify(named(name, change)));
      assert.match(problem.reason, new RegExp(`${limit + 1} characters.*${limit}`));
      assert.match(problem.remedy, /by 1\b/);
      const shorter = named(name.slice(1), change);
      assert.ok(!shorter.some(({ value }) => value === name.slice(1) + whole), JSON.stringify(shorter));
    });
  }

  it("a namespace that is too long, made from the names of component and stack", () => {
    const { problems } = planStack(
      { name: "n".repeat(40), stack: "s".repeat(30) },
      { tier: "dev", namespace: undefined },
    );
    assert.match(JSON.stringify(problems), /71 characters.*63.*by 8/);
  });
});

describe("A bad amount", () => {
  tells([
    [
      "memory 512M i",
      limits({ memory: "512M i" }),
      "backend.resources.limits.memory",
      ["is not a quantity", "did you mean `512Mi`? (digits and a suffix: Ki, Mi, Gi, Ti)"],
    ],
    [
      "memory 512m",
      limits({ memory: "512m" }),
      "backend.resources.limits.memory",
      ["means 0.512 bytes: m is a thousandth", "did you mean `512Mi`?"],
    ],
    [
      "memory 512",
      limits({ memory: 512 }),
      "backend.resources.limits.memory",
      ["means 512 bytes", "did you mean `512Mi`?"],
    ],
    [
      "memory 1GB",
      limits({ memory: "1GB" }),
      "backend.resources.limits.memory",
      ["is not a quantity", "did you mean `1Gi`? (digits and a suffix: Ki, Mi, Gi, Ti)"],
    ],
    [
      "memory -1Gi",
      limits({ memory: "-1Gi" }),
      "backend.resources.limits.memory",
      ["is not a quantity", "write e.g. `512Mi` (digits and a suffix: Ki, Mi, Gi, Ti)"],
    ],
    [
      "memory, nothing",
      limits({ memory: "" }),
      "backend.resources.limits.memory",
      ["is not a quantity", "write e.g. `512Mi` (digits and a suffix: Ki, Mi, Gi, Ti)"],
    ],
    [
      "a disk of 1Tib",
      limits({ ephemeralStorage: "1Tib" }),
      "backend.resources.limits.ephemeralStorage",
      ["is not a quantity", "did you mean `1Ti`? (digits and a suffix: Ki, Mi, Gi, Ti)"],
    ],
    [
      "cpu 500",
      backend({ resources: { requests: { cpu: "500" } } }),
      "backend.resources.requests.cpu",
      ["means 500 cores", "did you mean `500m`?"],
    ],
    [
      "cpu 1Gi",
      limits({ cpu: "1Gi" }),
      "backend.resources.limits.cpu",
      ["is not an amount of CPU", "write cores (`0.5`) or thousandths of one (`500m`)"],
    ],
    [
      "cpu 0",
      limits({ cpu: 0 }),
      "backend.resources.limits.cpu",
      ["is no CPU at all", "write at least `1m`"],
    ],
    [
      "a limit below the request",
      backend({ resources: { requests: { memory: "2Gi" }, limits: { memory: "1Gi" } } }),
      "backend.resources.limits.memory",
      [
        'is below what backend.resources.requests.memory reserves ("2Gi")',
        "raise the limit to at least `2Gi`, or lower the request",
      ],
    ],
    [
      "storage 10",
      stack({ postgres: { storage: 10 } }),
      "postgres.storage",
      ["means 10 bytes", "did you mean `10Mi`?"],
    ],
  ]);
});

describe("A bad number", () => {
  tells([
    [
      "root",
      backend({ runAsUser: 0 }),
      "backend.runAsUser",
      ["is root, which the namespace refuses", "write a number of 1 or above, better above 10000"],
    ],
    [
      "a probe that checks nothing",
      backend({ readinessProbe: {} }),
      "backend.readinessProbe",
      [
        "checks nothing",
        "write one of `httpGet: { path: /healthz }`, `tcpSocket: {}`, `grpc: {}`, `exec: { command: [...] }`",
      ],
    ],
    [
      "a probe that checks twice",
      backend({ livenessProbe: { tcpSocket: {}, httpGet: { path: "/" } } }),
      "backend.livenessProbe",
      [
        "has httpGet and tcpSocket, and a probe makes one check",
        "write one of `httpGet: { path: /healthz }`, `tcpSocket: {}`, `grpc: {}`, `exec: { command: [...] }`",
      ],
    ],
    [
      "in prod, a liveness probe that fails as soon as the readiness probe",
      backend({
        livenessProbe: { httpGet: { path: "/ready" } },
        readinessProbe: { httpGet: { path: "/ready" } },
      }),
      "backend.livenessProbe",
      [
        "checks what readinessProbe checks, and as soon: what is only not ready would be restarted",
        "drop it for a mere connection, check something that needs no other process, or give it a higher `failureThreshold`",
      ],
      "prod",
    ],
    [
      "a CPU target without a CPU request",
      backend({ autoscaling: { maxReplicas: 5, cpuUtilization: 70 } }),
      "backend.autoscaling.cpuUtilization",
      [
        "is a share of backend.resources.requests.cpu, which isn't given; the tier's default knows nothing of this process",
        'add what one pod uses when it is well busy, e.g. `resources: { requests: { cpu: "250m" } }`, or scale by something else',
      ],
    ],
    [
      "a migration without a command",
      stack({ migration: { command: [] } }),
      "migration.command",
      ["is empty", 'write its words, e.g. `["python", "-m", "app.cleanup"]`'],
    ],
    [
      "a migration without image or backend",
      stack({ backend: undefined, migration: { command: ["migrate"] } }),
      "migration",
      ["has neither `image` nor `build`", "give an `image`, or `build: { context: ./path }`"],
    ],

    [
      "replicas -1",
      backend({ replicas: -1 }),
      "backend.replicas",
      ["is below 0", "write a whole number, 0 or more"],
    ],
    [
      "replicas 1.5",
      backend({ replicas: 1.5 }),
      "backend.replicas",
      ["must be a whole number, but a number was read", "write digits alone, without quotes"],
    ],
    [
      'replicas "3"',
      backend({ replicas: "3" }),
      "backend.replicas",
      ["must be a whole number, but text was read", "write digits alone, without quotes"],
    ],
    [
      "replicas three",
      backend({ replicas: "three" }),
      "backend.replicas",
      ["must be a whole number, but text was read", "write digits alone, without quotes"],
    ],
    [
      "replicas beyond all measure",
      backend({ replicas: 1e12 }),
      "backend.replicas",
      ["must be at most 2147483647", "write 2147483647, or leave it out for the default"],
    ],
    [
      "autoscaling with min above max",
      scaled({ minReplicas: 5, maxReplicas: 3 }),
      "backend.autoscaling.minReplicas",
      ["is above backend.autoscaling.maxReplicas (3)", "lower it to at most 3, or raise `maxReplicas`"],
    ],
    [
      "replicas beside autoscaling",
      scaled({ maxReplicas: 5 }, { replicas: 3 }),
      "backend.replicas",
      [
        "is a fixed number beside backend.autoscaling, which changes it",
        "drop it (`minReplicas` is the least), or set `autoscaling: { enabled: false }`",
      ],
    ],
    [
      "a scheduler of two",
      stack({ schedulers: { beat: { command: ["beat"], replicas: 2 } } }),
      "schedulers.beat.replicas",
      [
        "must be exactly 1: with more, each job would run several times; with none, never",
        "drop it; what should scale is a worker",
      ],
    ],
    [
      "port 0",
      backend({ port: 0 }),
      "backend.port",
      ["is not a port: those go from 1 to 65535", "write 1024 to 65535"],
    ],
    [
      "port 70000",
      backend({ port: 70000 }),
      "backend.port",
      ["is not a port: those go from 1 to 65535", "write 1024 to 65535"],
    ],
    [
      "port 80",
      backend({ port: 80 }),
      "backend.port",
      [
        "is below 1024, where only a privileged process can listen, and ours have no privileges",
        "let the process listen on 1024 or above, e.g. 8080; the ingress still answers on 80 and 443",
      ],
    ],
    [
      "preStop at or above the grace period",
      backend({ terminationGracePeriodSeconds: 5 }),
      "backend.terminationGracePeriodSeconds",
      [
        "is not above what stopping takes: 5 s before SIGTERM (preStop); whatever still runs then is killed",
        "write at least 6: so much more than 5 s as the longest request takes",
      ],
    ],
  ]);
});

describe("Two that clash", () => {
  tells([
    [
      "a worker with the name of the database",
      stack({ workers: { postgres: { command: ["a"] } } }),
      "workers.postgres",
      [
        "is a name that this package has already",
        "give it another; every role of a stack has a name of its own",
      ],
    ],
    [
      "a cron job with a worker's name",
      stack({
        workers: { cleanup: { command: ["a"] } },
        cronJobs: { cleanup: { schedule: "@daily", command: ["b"] } },
      }),
      "cronJobs.cleanup",
      [
        "is a name that workers.cleanup has already",
        "give it another; every role of a stack has a name of its own",
      ],
    ],
    [
      "a role whose name is no DNS label",
      stack({ workers: { Mail_Out: { command: ["work"] } } }),
      "workers.Mail_Out",
      [
        "is not a DNS label: it begins with a lower-case letter and goes on with those, digits and `-`",
        "try `mail-out`",
      ],
    ],
    [
      "a worker named as the backend's Secret",
      stack({ workers: { "backend-env": { command: ["a"] } } }),
      "workers.backend-env",
      [
        "is a name that an object of backend has: its Secret",
        "give it another; every object of a stack has a name of its own",
      ],
    ],
    [
      "a worker named as the backend's Service",
      stack({ workers: { "backend-service": { command: ["a"] } } }),
      "workers.backend-service",
      [
        "is a name that an object of backend has: its Service",
        "give it another; every object of a stack has a name of its own",
      ],
    ],
    [
      "a cron job named as the database's volume",
      stack({ cronJobs: { "postgres-volume": { schedule: "@daily", command: ["b"] } } }),
      "cronJobs.postgres-volume",
      [
        "is a name that an object of postgres has: its PersistentVolumeClaim",
        "give it another; every object of a stack has a name of its own",
      ],
    ],
    [
      "a service named as the Redis password",
      stack({ services: { "redis-password": { image: "a:1", port: 8000 } } }),
      "services.redis-password",
      [
        "is a name that an object of redis has: its Secret",
        "give it another; every object of a stack has a name of its own",
      ],
    ],
    [
      "a cache named as the frontend's policy",
      stack({ caches: { "frontend-network": {} } }),
      "caches.frontend-network",
      [
        "is a name that an object of frontend has: its NetworkPolicy",
        "give it another; every object of a stack has a name of its own",
      ],
    ],
    [
      "neither image nor build",
      backend({ build: undefined }),
      "backend",
      ["has neither `image` nor `build`", "give an `image`, or `build: { context: ./path }`"],
    ],
    [
      "an absolute context",
      backend({ build: { context: "/src/api" } }),
      "backend.build.context",
      [
        "is absolute: on another machine it would differ, and the image would be built anew",
        "write it relative to Pulumi.yaml, e.g. `./api`",
      ],
    ],
    [
      "builds without a registry",
      stack({ registry: undefined }),
      "registry",
      [
        "is missing, and backend and frontend must be pushed somewhere",
        "name it with its prefix, e.g. `registry: ghcr.io/acme`",
      ],
    ],
    [
      "a registry with a scheme",
      stack({ registry: "https://ghcr.io/acme" }),
      "registry",
      [
        "is not a registry with an optional prefix",
        "write it without scheme, tag or slash at the end, e.g. `ghcr.io/acme`",
      ],
    ],
    [
      "a registry with a user in it",
      stack({ registry: "user:pass@ghcr.io/acme" }),
      "registry",
      [
        "has a user or a digest in it",
        "write host and prefix alone, e.g. `ghcr.io/acme`; who may push stands in `registryCredentials`",
      ],
    ],

    [
      "a worker and a service of one name",
      stack({ workers: { mail: { command: ["a"] } }, services: { mail: { image: "mail:1", port: 8025 } } }),
      "workers.mail",
      [
        "is a name that services.mail has already",
        "give it another; every role of a stack has a name of its own",
      ],
    ],
    [
      "a worker with the name of what is there already",
      stack({ workers: { redis: { command: ["a"] } } }),
      "workers.redis",
      [
        "is a name that this package has already",
        "give it another; every role of a stack has a name of its own",
      ],
    ],
    [
      "two ports of a Gateway",
      stack({
        ingress: {
          gateway: { gatewayClassName: "traefik", httpPort: 8443, httpsPort: 8443 },
          tls: { enabled: true, secretName: "notes-tls" },
        },
      }),
      "ingress.gateway.httpsPort",
      [
        "is httpPort too: one port can't serve both",
        "give each a port of its own, or drop both for 80 and 443",
      ],
    ],
    [
      "two listeners of a Gateway under one name",
      stack({
        ingress: {
          gateway: { name: "public", httpListener: "web", httpsListener: "web" },
          tls: { enabled: true },
        },
      }),
      "ingress.gateway.httpListener",
      [
        "is the name of the listener for https too",
        "give each its own name, as the Gateway's `listeners` have it",
      ],
    ],
    [
      "one host and path of two processes",
      (args) => ({ ...args, frontend: { ...args.frontend, path: "/api" } }),
      "frontend.path",
      [
        "is already claimed by backend, for notes.example.com (backend.path)",
        "give each process a path, or a host, of its own",
      ],
    ],
    [
      "an image and a build",
      backend({ image: `nginx@${DIGEST}` }),
      "backend.image",
      ["stands beside backend.build, and only one can be run", "drop one of the two"],
    ],
    [
      "a database in the cluster and one elsewhere",
      stack({ postgres: { storage: "1Gi", url: new Encrypted() } }),
      "postgres.url",
      [
        "is for an `external` one, and the mode is `embedded`: which of the two wins is never guessed",
        "write `mode: external` beside it (the data of this stack's own stays behind on its volume), or drop it",
      ],
    ],
    [
      "a URL and its parts",
      database({ url: new Encrypted(), host: "db.example.com" }),
      "postgres.host",
      ["stands beside a `url`, which says it too; which one wins is never guessed", "drop one of the two"],
    ],
  ]);
});

describe("A bad host or path", () => {
  tells([
    [
      "a path without a host",
      stack({ host: undefined, frontend: undefined }),
      "backend.path",
      [
        "is a path without a host: the ingress wouldn't know which requests are meant",
        "add `host: notes.example.com` to the stack, or a `host` to the process",
      ],
    ],
    [
      "an encrypted host",
      stack({ host: new Encrypted() }),
      "host",
      [
        "is an Output or an encrypted value, but it decides what is deployed",
        "write a plain value here; Outputs and secrets may stand in `env`, in `image`, in a file's `content`, in `secrets.<name>.value`, in `registryCredentials`, in patches and extra objects, and in what says where a database is",
      ],
    ],

    [
      "https://a.example",
      stack({ host: "https://a.example" }),
      "host",
      ["begins with a scheme (https://)", "write `a.example`"],
    ],
    [
      "App.Example.com",
      stack({ host: "App.Example.com" }),
      "host",
      ["has capital letters", "write `app.example.com`"],
    ],
    ["a.example:8443/x", stack({ host: "a.example:8443/x" }), "host", ["has a path", "write `a.example`"]],
    ["a.example:8443", stack({ host: "a.example:8443" }), "host", ["has a port", "write `a.example`"]],
    [
      "a.*.com",
      stack({ host: "a.*.com" }),
      "host",
      ["has a `*` that isn't its first label", "only a leading `*.` stands for any label"],
    ],
    [
      "a_b.example",
      stack({ host: "a_b.example" }),
      "host",
      [
        "is not a host name",
        "write labels of letters, digits and `-`, with dots between, e.g. `notes.example.com`",
      ],
    ],
    [
      "an address",
      stack({ host: "192.0.2.7" }),
      "host",
      ["is an address, and requests are told apart by names", "write a host name"],
    ],
    [
      "ä.example",
      stack({ host: "bücher.example" }),
      "host",
      ["is not a host name", "write `xn--bcher-kva.example`"],
    ],
    ["a.example.", stack({ host: "a.example." }), "host", ["ends with a dot", "write `a.example`"]],
    [
      "a host with a blank",
      stack({ host: " a.example" }),
      "host",
      ["has blanks around it", "write `a.example`"],
    ],
    ["api", backend({ path: "api" }), "backend.path", ["does not begin with `/`", "try `/api`"]],
    [
      "a path that isn't asked for with a port",
      backend({ port: undefined }),
      "backend.port",
      [
        "is missing, but backend has a path: requests must arrive somewhere",
        "name the port that the process listens on, e.g. `port: 8080`",
      ],
    ],
  ]);
});

describe("A bad task", () => {
  const tasks = (members: object) => stack({ tasks: members });
  tells([
    [
      "without words",
      tasks({ seed: { command: [] } }),
      "tasks.seed.command",
      ["is empty", 'write its words, e.g. `["python", "-m", "app.cleanup"]`'],
    ],
    [
      "with a cron job's name",
      stack({
        tasks: { cleanup: { command: ["a"] } },
        cronJobs: { cleanup: { schedule: "@daily", command: ["b"] } },
      }),
      "cronJobs.cleanup",
      [
        "is a name that tasks.cleanup has already",
        "give it another; every role of a stack has a name of its own",
      ],
    ],
    [
      "named as the backend's Secret",
      tasks({ "backend-env": { command: ["a"] } }),
      "tasks.backend-env",
      [
        "is a name that an object of backend has: its Secret",
        "give it another; every object of a stack has a name of its own",
      ],
    ],
    [
      "behind nothing that there is",
      tasks({ seed: { command: ["a"], after: ["bakend"] } }),
      "tasks.seed.after[0]",
      ["is neither a task nor a process of this stack", "did you mean `backend`?"],
    ],
    [
      "behind itself",
      tasks({ seed: { command: ["a"], after: ["seed"] } }),
      "tasks.seed.after[0]",
      ["is the task itself", "known here: `backend`, `frontend`"],
    ],
    [
      "that says that it comes behind the migration",
      stack({ migration: { command: ["m"] }, tasks: { seed: { command: ["a"], after: ["migration"] } } }),
      "tasks.seed.after[0]",
      ["needs no mention", "drop it: every task runs behind the migration"],
    ],
    [
      "behind a process that is switched off",
      stack({
        workers: { mail: { command: ["work"], enabled: false } },
        tasks: { seed: { command: ["a"], after: ["mail"] } },
      }),
      "tasks.seed.after[0]",
      ["is switched off by `workers.mail.enabled`", "drop it here, or switch it on"],
    ],
    [
      "in a circle",
      tasks({
        a: { command: ["a"], after: ["c"] },
        b: { command: ["b"], after: ["a"] },
        c: { command: ["c"], after: ["b"] },
      }),
      "tasks.a.after",
      ["waits for itself in a circle: a → c → b → a", "take one of these out"],
    ],
  ]);
});

describe("A bad time", () => {
  const at = "cronJobs.cleanup.schedule";
  tells([
    [
      "a time zone with a slip",
      cron({ timeZone: "Europe/Berln" }),
      "cronJobs.cleanup.timeZone",
      ["is not in the IANA list of time zones", "did you mean `Europe/Berlin`?"],
    ],
    [
      "a policy that isn't one",
      cron({ concurrencyPolicy: "forbid" }),
      "cronJobs.cleanup.concurrencyPolicy",
      ["is not one of `Allow`, `Forbid`, `Replace`", "did you mean `Forbid`?"],
    ],

    [
      "61 * * * *",
      cron({ schedule: "61 * * * *" }),
      at,
      ["has `61` as its minute: it goes from 0 to 59", "write 0 to 59, `*`, `*/5` or the like"],
    ],
    [
      "* 24 * * *",
      cron({ schedule: "* 24 * * *" }),
      at,
      ["has `24` as its hour: it goes from 0 to 23", "write 0 to 23, `*`, `*/5` or the like"],
    ],
    [
      "0 0 0 * *",
      cron({ schedule: "0 0 0 * *" }),
      at,
      ["has `0` as its day of the month: it goes from 1 to 31", "write 1 to 31, `*`, `*/5` or the like"],
    ],
    [
      "0 0 * 13 *",
      cron({ schedule: "0 0 * 13 *" }),
      at,
      ["has `13` as its month: it goes from 1 to 12", "write 1 to 12, `*`, `*/5` or the like"],
    ],
    [
      "0 0 * * 7",
      cron({ schedule: "0 0 * * 7" }),
      at,
      [
        "has `7` as its day of the week: Kubernetes counts the days of the week from 0 to 6",
        "write `0` or `sun` for Sunday",
      ],
    ],
    [
      "0 0 30 2 *",
      cron({ schedule: "0 0 30 2 *" }),
      at,
      ["never comes: none of these months has such a day", "write a day that they have"],
    ],
    [
      "*/0 * * * *",
      cron({ schedule: "*/0 * * * *" }),
      at,
      [
        "has `*/0` as its minute: the step behind `/` is a number, 1 or more",
        "write 0 to 59, `*`, `*/5` or the like",
      ],
    ],
    [
      "0 8-22-23 * * *",
      cron({ schedule: "0 8-22-23 * * *" }),
      at,
      ["has `8-22-23` as its hour: that is no number and no range", "write 0 to 23, `*`, `*/5` or the like"],
    ],
    [
      "0 22-6 * * *",
      cron({ schedule: "0 22-6 * * *" }),
      at,
      ["has `22-6` as its hour: it begins behind its end", "write `22-23,0-6`"],
    ],
    [
      "0 0 L * *",
      cron({ schedule: "0 0 L * *" }),
      at,
      [
        "has `L` as its day of the month: that is no number and no range",
        "write 1 to 31, `*`, `*/5` or the like",
      ],
    ],
    [
      "six fields",
      cron({ schedule: "0 30 2 * * *" }),
      at,
      [
        "has 6 fields, and Kubernetes takes 5",
        "write minute, hour, day of the month, month, day of the week (without seconds: `30 2 * * *`)",
      ],
    ],
    [
      "four fields",
      cron({ schedule: "30 2 * *" }),
      at,
      [
        "has 4 fields, and Kubernetes takes 5",
        "write minute, hour, day of the month, month, day of the week",
      ],
    ],
    [
      "nothing",
      cron({ schedule: " " }),
      at,
      ["is empty", "write minute, hour, day of the month, month, day of the week"],
    ],
    [
      "@dayly",
      cron({ schedule: "@dayly" }),
      at,
      [
        "is no schedule that has a name",
        "write `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`, or five fields",
      ],
    ],
    [
      "CRON_TZ=",
      cron({ schedule: "CRON_TZ=UTC 30 2 * * *" }),
      at,
      ["holds a time zone", "write `schedule: 30 2 * * *` and `timeZone: UTC`"],
    ],
    [
      "time zone CET+1",
      cron({ timeZone: "CET+1" }),
      "cronJobs.cleanup.timeZone",
      [
        "is not in the IANA list of time zones",
        "write e.g. `Europe/Berlin`; an offset doesn't know summer time",
      ],
    ],
    [
      "time zone +01:00",
      cron({ timeZone: "+01:00" }),
      "cronJobs.cleanup.timeZone",
      [
        "is not in the IANA list of time zones",
        "write e.g. `Europe/Berlin`; an offset doesn't know summer time",
      ],
    ],
    [
      "time zone europe/berlin",
      cron({ timeZone: "europe/berlin" }),
      "cronJobs.cleanup.timeZone",
      ["is not in the IANA list of time zones", "did you mean `Europe/Berlin`?"],
    ],
  ]);
});

describe("A bad secret", () => {
  tells([
    [
      "a length beside a value",
      stack({ secrets: { session: { length: 20, value: new Encrypted() } } }),
      "secrets.session.length",
      ["says what to generate, but a `value` is given", "drop `length` or `value`"],
    ],
    [
      "a format beside a value",
      stack({ secrets: { session: { format: "hex", value: new Encrypted() } } }),
      "secrets.session.format",
      ["says what to generate, but a `value` is given", "drop `format` or `value`"],
    ],
    [
      "a format that isn't one",
      stack({ secrets: { session: { format: "base46" } } }),
      "secrets.session.format",
      ["is not one of `alphanumeric`, `hex`, `base64`, `base64url`", "did you mean `base64`?"],
    ],
    [
      "two sources",
      stack({ secrets: { session: { value: new Encrypted(), secretKeyRef: { name: "a", key: "b" } } } }),
      "secrets.session.secretKeyRef",
      ["stands beside a `value`, and which one wins is never guessed", "drop one of the two"],
    ],
    [
      "a Secret that can't be there",
      stack({ secrets: { session: { secretKeyRef: { name: "My Secret", key: "b" } } } }),
      "secrets.session.secretKeyRef.name",
      [
        "is not a name that Kubernetes gives to objects: lower-case letters, digits, `-` and `.`, at most 253",
        "copy the name from `kubectl get`",
      ],
    ],
    [
      "a key that no Secret has",
      stack({ secrets: { session: { secretKeyRef: { name: "a", key: "b/c" } } } }),
      "secrets.session.secretKeyRef.key",
      [
        "is not a key of a Secret: letters, digits, `-`, `_` and `.`",
        "write it as `kubectl describe secret` shows it",
      ],
    ],

    [
      "in plain text",
      stack({ secrets: { session: { value: "hunter2hunter2" } } }),
      "secrets.session.value",
      [
        "stands there in plain text, for everyone who can read the file",
        "drop it to have one generated, or encrypt it: pulumi config set --secret --path '<name>:stack.secrets.session.value'",
      ],
    ],
    [
      "in plain text, without its key",
      stack({ secrets: { session: "hunter2hunter2" } }),
      "secrets.session",
      [
        "must be a map of keys and values, but text was read",
        "write `key: value` lines below it, or `{}` for all defaults",
      ],
    ],
    [
      "in plain text in a variable",
      env({ API_TOKEN: "hunter2hunter2" }),
      "backend.env.API_TOKEN",
      [
        "looks like a secret, and stands there in clear text, for everyone who can read the file or the pod",
        "write `${secrets.<name>}` and add it to `secrets`, or encrypt it: pulumi config set --secret --path …",
      ],
      "prod",
    ],
    [
      "of three characters",
      stack({ secrets: { session: { length: 3 } } }),
      "secrets.session.length",
      ["must be at least 16", "write 16, or leave it out for the default"],
    ],
  ]);

  /** What is told in prod of values that are known only to the deployment, in the order in which they stand. */
  const judged = (args: object, ...values: string[]) => {
    const { plan } = planStack({ name: "notes", stack: "prod" }, { ...sampleArgs(), ...args });
    const { problems } = judgeGiven("notes", plan.given, new Map(values.entries()));
    for (const value of values) assert.ok(!JSON.stringify(problems).includes(value));
    return problems;
  };

  for (const weak of ["changeme", "change-me-in-production", "short1!"]) {
    it(`${weak}, given encrypted, is refused in prod and never echoed`, () => {
      const problems = judged({ secrets: { session: { value: new Encrypted() } } }, weak);
      assert.deepEqual(
        problems.map(({ path }) => path),
        ["secrets.session.value"],
      );
    });
  }

  it("given twice is refused in prod, and a good one isn't (control)", () => {
    const args = { secrets: { session: { value: new Encrypted() }, token: { value: new Encrypted() } } };
    const one = "q4Zt8LmW2xVb7NcR5yKd";
    const [problem, ...more] = judged(args, one, one);
    assert.deepEqual([problem?.path, more], ["secrets.token.value", []]);
    assert.match(`${problem?.reason}`, /secrets\.session/);
    assert.deepEqual(judged(args, one, `${one}Hp3`), []);
  });

  it("is in no message, wherever it stands", () => {
    const secret = "hunter2hunter2";
    for (const args of [
      { secrets: secret },
      { secrets: [secret] },
      { secrets: { session: secret } },
      { secrets: { session: [secret] } },
      { secrets: { session: { vaule: secret } } },
      { secrets: { session: { value: secret } } },
      { backend: { env: [`PASSWORD=${secret}`] } },
      { backend: { env: `PASSWORD=${secret}` } },
      { backend: { env: { PASSWORD: { value: secret } } } },
      { backend: { env: { PASSWORD: [secret] } } },
      { backend: { env: { PASSWORD: `${secret}\${nope.x}` } } },
      { backend: { env: { PASSWORD: `pa\${${secret}!` } } },
      { backend: { environment: { PASSWORD: secret } } },
      { registry: `https://user:${secret}@ghcr.io/acme` },
      { host: `https://user:${secret}@a.example` },
      { postgres: { mode: "external", url: `postgresql://app:${secret}@db` } },
      { postgres: { mode: "external", host: "db", password: secret } },
      { registryCredentials: { username: "me", password: secret } },
    ]) {
      const { problems } = planStack({ name: "notes", stack: "prod" }, args);
      assert.ok(problems.length > 0, JSON.stringify(args));
      assert.ok(!JSON.stringify(problems).includes(secret), JSON.stringify({ args, problems }, null, 1));
    }
  });
});

describe("A bad image", () => {
  const image = (text: unknown) => backend({ build: undefined, image: text });
  tells([
    [
      "without a tag",
      image("nginx"),
      "backend.image",
      ["has no tag, so it means `latest`: whatever was pushed last", "pin it: `:1.8.2`, better `@sha256:…`"],
    ],
    [
      "latest",
      image("nginx:latest"),
      "backend.image",
      ["is whatever was pushed last", "pin a version, better a digest (`@sha256:…`)"],
    ],
    [
      "by its tag in prod",
      image("nginx:1.22"),
      "backend.image",
      ["is a tag, which can be moved; prod runs what was tested", "add the digest: `…@sha256:…`"],
      "prod",
    ],
    [
      "latest in prod, even with a port",
      image("localhost:5000/nginx"),
      "backend.image",
      ["has no tag, so it means `latest`: whatever was pushed last", "pin it: `:1.8.2`, better `@sha256:…`"],
      "prod",
    ],
    [
      "a digest of 60 digits",
      image(`nginx@${DIGEST.slice(0, -4)}`),
      "backend.image",
      ["has a digest of 60 characters; it takes 64 hexadecimal digits", "copy the whole digest"],
    ],
    [
      "a digest of 65 digits",
      image(`nginx@${DIGEST}a`),
      "backend.image",
      ["has a digest of 65 characters; it takes 64 hexadecimal digits", "copy the whole digest"],
    ],
    [
      "a digest in capitals",
      image(`nginx@${DIGEST.replaceAll("aa", "AA")}`),
      "backend.image",
      ["has capital letters in its digest", "write it in lower case"],
    ],
    [
      "a digest without sha256",
      image(`nginx@${"a".repeat(64)}`),
      "backend.image",
      ["has a digest that isn't `sha256:…`", "copy the digest from the registry"],
    ],
    [
      "capitals in the repository",
      image("ghcr.io/Acme/Notes:1"),
      "backend.image",
      ["has capital letters in the repository", "write `ghcr.io/acme/notes:1`"],
    ],
    [
      "https",
      image("https://ghcr.io/acme/notes:1"),
      "backend.image",
      ["begins with a scheme (https://)", "write `ghcr.io/acme/notes:1`"],
    ],
    ["nothing", image(""), "backend.image", ["is empty", "write `registry/repository:tag@sha256:…`"]],
    [
      "a blank behind it",
      image("nginx:1.22 "),
      "backend.image",
      ["has blanks around it", "write `nginx:1.22`"],
    ],
  ]);
});

describe("A bad key", () => {
  tells([
    ["replica: 3", backend({ replica: 3 }), "backend.replica", ["unknown key", "did you mean `replicas`?"]],
    ["backnd:", stack({ backnd: {} }), "backnd", ["unknown key", "did you mean `backend`?"]],
    [
      "a worker below the wrong key",
      stack({ worker: { celery: {} } }),
      "worker",
      ["unknown key", "did you mean `workers`?"],
    ],
    [
      "environment:",
      backend({ environment: { A: "1" } }),
      "backend.environment",
      ["unknown key", "did you mean `env`?"],
    ],
    [
      "cpu outside of requests",
      backend({ resources: { cpu: "1" } }),
      "backend.resources.cpu",
      ["unknown key", "known here: `requests`, `limits`"],
    ],
    [
      "CamelCase: Replicas",
      backend({ Replicas: 3 }),
      "backend.Replicas",
      ["unknown key", "did you mean `replicas`?"],
    ],
    [
      "snake_case: run_as_user",
      backend({ run_as_user: 1000 }),
      "backend.run_as_user",
      ["unknown key", "did you mean `runAsUser`?"],
    ],
  ]);
});

describe("A bad variable", () => {
  tells([
    [
      "KUBERNETES_SERVICE_HOST",
      env({ KUBERNETES_SERVICE_HOST: "x" }),
      "backend.env.KUBERNETES_SERVICE_HOST",
      [
        "is set by Kubernetes itself: clients find the cluster's API by it",
        "remove it; to reach another cluster give its client a kubeconfig",
      ],
    ],
    [
      "a reference to a slip of a secret",
      env({ A: "${secrets.sesion}" }),
      "backend.env.A",
      ["`secrets` offers no `sesion`", "did you mean `session`?"],
    ],
    [
      "${postgres}",
      env({ A: "${postgres}" }),
      "backend.env.A",
      [
        "`postgres` alone is not a value",
        "known here: `url`, `host`, `port`, `user`, `password`, `database`, `sslMode`",
      ],
    ],
    [
      "${postgres.uri}",
      env({ A: "${postgres.uri}" }),
      "backend.env.A",
      ["`postgres` offers no `uri`", "did you mean `url`?"],
    ],
    [
      "CORS for everybody in prod",
      env({ CORS_ORIGINS: "*" }),
      "backend.env.CORS_ORIGINS",
      [
        "lets every site in, in prod",
        "name the origins, e.g. `https://notes.example.com`, or `${ingress.url}` for the stack's own",
      ],
      "prod",
    ],
    [
      "CORS for everybody in prod, in a list",
      env({ BACKEND_CORS_ORIGINS: '["https://a.example", "*"]' }),
      "backend.env.BACKEND_CORS_ORIGINS",
      [
        "lets every site in, in prod",
        "name the origins, e.g. `https://notes.example.com`, or `${ingress.url}` for the stack's own",
      ],
      "prod",
    ],
    [
      "CORS for everybody with credentials",
      env({ CORS_ALLOWED_ORIGINS: "*", CORS_ALLOW_CREDENTIALS: "true" }),
      "backend.env.CORS_ALLOWED_ORIGINS",
      [
        "lets every site in, and CORS_ALLOW_CREDENTIALS sends cookies along: browsers refuse that, or any site acts as the user",
        "name the origins, e.g. `https://notes.example.com`, or `${ingress.url}` for the stack's own",
      ],
    ],

    [
      "MY-VAR",
      env({ "MY-VAR": "x" }),
      "backend.env.MY-VAR",
      ["is not the name of an environment variable: letters, digits and `_`, no digit first", "try `MY_VAR`"],
    ],
    [
      "1ST",
      env({ "1ST": "x" }),
      "backend.env.1ST",
      ["is not the name of an environment variable: letters, digits and `_`, no digit first", "try `_1ST`"],
    ],
    [
      "nothing",
      env({ "": "x" }),
      'backend.env[""]',
      [
        "is not the name of an environment variable: letters, digits and `_`, no digit first",
        "write e.g. `LOG_LEVEL`",
      ],
    ],
    [
      "${postgress.url}",
      env({ A: "${postgress.url}" }),
      "backend.env.A",
      ["there is nothing named `postgress`", "did you mean `postgres`?"],
    ],
    [
      "${secrets.nope}",
      env({ A: "${secrets.nope}" }),
      "backend.env.A",
      ["`secrets` offers no `nope`", "known here: `session`"],
    ],
    [
      "${redis.url",
      env({ A: "${redis.url" }),
      "backend.env.A",
      ["has a reference without its closing brace", "write `${name.value}`; `$${` is a literal `${`"],
    ],
    [
      "$${redis.url is a literal, but ${HOME} is not",
      env({ A: "$${redis.url ${HOME}" }),
      "backend.env.A",
      ["there is nothing named `HOME`", "for a literal `${HOME}` write `$${HOME}`"],
    ],
    [
      "${A:-default}",
      env({ A: "${A:-default}" }),
      "backend.env.A",
      ["there is nothing named `A`", "for a literal `${A:-default}` write `$${A:-default}`"],
    ],
    [
      "a circle",
      (args) => ({
        ...args,
        frontend: { ...args.frontend, env: { API: "${backend.url}" } },
        backend: { ...args.backend, env: { WEB: "${frontend.url}" } },
      }),
      "backend.env",
      [
        "refers to itself in a circle: backend → frontend → backend",
        "take one of these references out; a public address can be had without one from `${ingress.url}`",
      ],
    ],
    [
      "a database that nobody asked for",
      (args) => ({ ...args, postgres: undefined }),
      "backend.env.DATABASE_URL",
      [
        "this stack has no postgres",
        "add `postgres: {}` to get a database, or `postgres: { mode: external }` with the URL of one that is there",
      ],
    ],
  ]);
});

describe("A bad database", () => {
  tells([
    [
      "a Redis URL that is none",
      stack({ redis: { mode: "external", url: "nonsense" } }),
      "redis.url",
      ["is not a URL", "write `redis://:…@host:6379`"],
    ],
    [
      "a Redis in the cluster and one elsewhere",
      stack({ redis: { storage: "1Gi", url: new Encrypted() } }),
      "redis.url",
      [
        "is for an `external` one, and the mode is `embedded`: which of the two wins is never guessed",
        "write `mode: external` beside it (the data of this stack's own stays behind on its volume), or drop it",
      ],
    ],

    [
      "mode none",
      stack({ postgres: { mode: "none" } }),
      "postgres.mode",
      [
        "is not one of `embedded`, `external`, `cloudnative-pg`",
        "known here: `embedded`, `external`, `cloudnative-pg`",
      ],
    ],
    [
      "a URL that is none",
      database({ url: "nonsense" }),
      "postgres.url",
      ["is not a URL", "write `postgresql://user:…@host:5432/database`"],
    ],
    [
      "an unescaped @ in its password",
      database({ url: "postgresql://app:p@ss@db/notes" }),
      "postgres.url",
      [
        "has a `@` in the user or password that reads as the end of them",
        "percent-encode it there: `%40`; or give the `password` apart, as it is",
      ],
    ],
    [
      "My-App for its name",
      stack({ postgres: { database: "My-App" } }),
      "postgres.database",
      ["is not a plain SQL identifier: lower-case letters, digits and `_`, at most 63", "try `my_app`"],
    ],
  ]);
});

describe("A bad environment", () => {
  tells([
    [
      "a tier at odds with the stack's name",
      stack({ tier: "dev" }),
      "tier",
      ['is at odds with the stack\'s name, "prod"', "write `tier: prod`, or give the stack another name"],
      "prod",
    ],
    [
      "a stack whose name tells no tier",
      stack({}),
      "tier",
      [
        "is missing, and the stack's name (\"review-17\") doesn't tell it",
        "known here: `dev`, `acc`, `prod`",
      ],
      "review-17",
    ],
    ["prd", stack({ tier: "prd" }), "tier", ["is not one of `dev`, `acc`, `prod`", "did you mean `prod`?"]],
    [
      "TLS off in prod",
      stack({ ingress: { tls: { enabled: false } } }),
      "ingress.tls.enabled",
      ["would send passwords and cookies in clear text; prod needs TLS", "drop it, or set it to true"],
      "prod",
    ],
  ]);
});

describe("What YAML makes of it", () => {
  /** A stack's file as a user types it, over the sample. */
  const typed =
    (text: string): Change =>
    (args) => {
      const own = parse(text) as { backend?: object };
      return own === null || Array.isArray(own) || !own.backend
        ? own === null || Array.isArray(own) || typeof own !== "object"
          ? own
          : { ...args, ...own }
        : { ...args, ...own, backend: { ...args.backend, ...own.backend } };
    };
  const rows: Row[] = [
    [
      "an empty value",
      typed("redis:"),
      "redis",
      [
        "must be a map of keys and values, but nothing (null) was read",
        "write `key: value` lines below it, or `{}` for all defaults",
      ],
    ],
    [
      "an empty text",
      typed("backend: { path: }"),
      "backend.path",
      ["must be text, but nothing (null) was read", "give it a value, or remove the key"],
    ],
    [
      "null",
      typed("backend: { replicas: null }"),
      "backend.replicas",
      ["must be a whole number, but nothing (null) was read", "give it a value, or remove the key"],
    ],
    [
      "~",
      typed("host: ~"),
      "host",
      ["must be text, but nothing (null) was read", "give it a value, or remove the key"],
    ],
    [
      "a list for a map",
      typed("backend:\n  resources:\n    - cpu: 1"),
      "backend.resources",
      [
        "must be a map of keys and values, but a list was read",
        "write `key: value` lines below it, or `{}` for all defaults",
      ],
    ],
    [
      "a map for a list",
      typed("backend: { command: { run: me } }"),
      "backend.command",
      [
        "must be a list, but a map of keys and values was read",
        "write each item on a line of its own that begins with `- `",
      ],
    ],
    [
      "a text for a list",
      typed("backend: { command: run me }"),
      "backend.command",
      ["must be a list, but text was read", "write each item on a line of its own that begins with `- `"],
    ],
    [
      "yes for true",
      typed("backend: { enabled: yes }"),
      "backend.enabled",
      ["must be true or false, but text was read", "write `true` or `false`, without quotes"],
    ],
    [
      "1.10 for a version",
      typed("backend: { args: [serve, 1.10] }"),
      "backend.args[1]",
      ["must be text, but a number was read", "put it in quotes: YAML reads it as a number otherwise"],
    ],
    [
      "0777 for a mode",
      typed("backend: { files: { /a: { content: x, mode: 0777 } } }"),
      'backend.files["/a"].mode',
      [
        "must be text, but a whole number was read",
        "put it in quotes: YAML reads it as a whole number otherwise",
      ],
    ],
    [
      "a number for a variable",
      typed("backend: { env: { PORT: 8000 } }"),
      "backend.env.PORT",
      [
        "must be text, but a whole number was read",
        "put it in quotes: YAML reads it as a whole number otherwise",
      ],
    ],
    [
      "true for a variable",
      typed("backend: { env: { DEBUG: true } }"),
      "backend.env.DEBUG",
      [
        "must be text, but true or false was read",
        "put it in quotes: YAML reads it as true or false otherwise",
      ],
    ],
    [
      "a list for the whole",
      typed("- backend"),
      "(the whole configuration)",
      [
        "must be a map of keys and values, but a list was read",
        "write `key: value` lines below it, or `{}` for all defaults",
      ],
    ],
    [
      "a text for the whole",
      typed("backend"),
      "(the whole configuration)",
      [
        "must be a map of keys and values, but text was read",
        "write `key: value` lines below it, or `{}` for all defaults",
      ],
    ],
  ];
  tells(rows);
});

describe("Several mistakes", () => {
  it("are told at once, of shape and of meaning", () => {
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
});

describe("None of the table's inputs is bad without its mistake (control)", () => {
  tells(
    [],
    [
      [
        "amounts",
        backend({
          resources: { requests: { cpu: "250m", memory: "1.5Gi" }, limits: { cpu: 1, memory: "2G" } },
        }),
      ],
      ["no replicas", worker({ replicas: 0 })],
      [
        "roles whose names only begin alike",
        stack({ workers: { "backend-mail": { command: ["a"] } }, caches: { "redis-2": {} } }),
      ],
      ["CORS for everybody outside of prod", env({ CORS_ORIGINS: "*" })],
      [
        "CORS for named sites in prod",
        env({ CORS_ORIGINS: "https://*.example.com,https://a.example", CORS_ALLOW_CREDENTIALS: "true" }),
        "prod",
      ],
      [
        "in prod, a liveness probe with more patience",
        backend({
          livenessProbe: { httpGet: { path: "/ready" }, failureThreshold: 12 },
          readinessProbe: { httpGet: { path: "/ready" } },
        }),
        "prod",
      ],
      [
        "in prod, two probes of one port",
        backend({ livenessProbe: { tcpSocket: {} }, readinessProbe: { tcpSocket: {} } }),
        "prod",
      ],
      ["times", cron({ schedule: "*/5 8-18,20 * JAN-mar mon-fri", timeZone: "Europe/Berlin" })],
      ["a host with a star", stack({ host: "*.example.com" })],
      ["a path", backend({ path: "/api/v1" })],
      [
        "an image with registry, port, tag and digest",
        backend({ build: undefined, image: `127.0.0.1:5000/a/b_c:1.2@${DIGEST}` }),
        "prod",
      ],
      ["variables", env({ _a1: "", B: "0777", C: "$${x}", D: "${stack.tier}" })],
      ["an external database", database({ url: new Encrypted() })],
    ],
  );
});
