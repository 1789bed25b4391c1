// The real API server takes every object that a valid plan makes: with strict field validation, under the restricted Pod
// Security profile, and custom resources by their projects' definitions.

import assert from "node:assert/strict";
import { resolve } from "node:path";
import fc from "fast-check";
import { parseAllDocuments } from "yaml";
import { render } from "../../src/cli/render";
import type { KubernetesObject } from "../../src/objects/stack-object";
import { hostProblem } from "../../src/plan/names";
import { planStack } from "../../src/plan/plan";
import { bytesMistake } from "../../src/plan/quantity";
import { scheduleProblem, timeZoneProblem } from "../../src/plan/schedule";
import { oddities } from "../fuzz/spoil";
import { type Case, plausible, repaired } from "../fuzz/valid";
import { sampleArgs } from "../sample";
import { deployable, judge, useJudge } from "./judge";

const planned = (input: unknown, stack = "dev", name = "notes") => {
  const { plan, problems } = planStack({ name, stack }, input);
  assert.deepEqual(problems, []);
  return deployable(plan);
};

const product = () => ({
  ...sampleArgs(),
  cronJobs: { cleanup: { schedule: "30 2 * * *", command: ["clean"] } },
});

/** The sample's object of a kind, changed. */
function spoilt(kind: string, change: (object: never) => void): KubernetesObject[] {
  const object = structuredClone(planned(product()).find((candidate) => candidate.kind === kind));
  change(object as never);
  return [object as KubernetesObject];
}

describe("The API server", function () {
  this.timeout(300_000);
  useJudge();

  for (const stack of ["dev", "acc", "prod"]) {
    it(`takes every object of the sample in ${stack}`, async () => {
      assert.deepEqual(await judge(planned(sampleArgs(), stack)), []);
    });
  }

  for (const stack of ["dev", "acc", "prod"]) {
    it(`takes every object that \`service-stack render\` prints of the example of a whole product in ${stack}`, async () => {
      const documents = parseAllDocuments(render(resolve(__dirname, "../../../examples/product"), stack));
      assert.ok(documents.length > 30, `only ${documents.length}`);
      assert.deepEqual(await judge(documents.map((document) => document.toJS() as KubernetesObject)), []);
    });
  }

  for (const plugin of [false, true]) {
    it(`takes a database that CloudNativePG runs, with its object store (plugin: ${plugin})`, async () => {
      const key = (name: string) => ({ name: "backup-store", key: name });
      const objectStore = {
        destinationPath: "s3://acme-backups/notes",
        endpointURL: "https://s3.example.com",
        accessKeyId: key("ID"),
        secretAccessKey: key("SECRET"),
        plugin,
      };
      const postgres = {
        mode: "cloudnative-pg",
        image: "ghcr.io/cloudnative-pg/postgresql:17.2",
        parameters: { max_connections: 200 },
        extensions: ["pg_stat_statements"],
        backup: { objectStore, beforeMigration: true },
      };
      const objects = planned({ ...product(), migration: { command: ["migrate"] }, postgres });
      const kinds = new Set(objects.map(({ kind }) => kind));
      for (const kind of ["Cluster", "ScheduledBackup", ...(plugin ? ["ObjectStore"] : [])])
        assert.ok(kinds.has(kind), kind);
      assert.deepEqual(await judge(objects), []);
    });
  }

  describe("notices (control)", () => {
    const container = (object: { spec?: { template: { spec: { containers: object[] } } } }) =>
      object.spec?.template.spec.containers[0] as Record<string, unknown>;

    const controls: [what: string, kind: string, change: (object: never) => void, said: RegExp][] = [
      [
        "a field with a slip",
        "Deployment",
        (object) => Object.assign(container(object), { imagePullPolcy: "Always" }),
        /imagePullPolcy/,
      ],
      [
        "a privileged pod",
        "Deployment",
        (object) => Object.assign(container(object), { securityContext: { privileged: true } }),
        /would violate PodSecurity "restricted:latest"/,
      ],
      [
        "a quantity that isn't one",
        "PersistentVolumeClaim",
        (object: { spec: { resources: { requests: { storage: string } } } }) => {
          object.spec.resources.requests.storage = "1 Gi";
        },
        /quantities must match/,
      ],
      [
        "a variable that is set twice",
        "Deployment",
        (object) =>
          Object.assign(container(object), {
            env: [
              { name: "A", value: "1" },
              { name: "A", value: "2" },
            ],
          }),
        /duplicate|hides previous/,
      ],
      [
        "a name that is too long",
        "Service",
        (object: KubernetesObject) => {
          object.metadata.name = "x".repeat(64);
        },
        /no more than 63/,
      ],
      [
        "a selector that matches no label of the pods",
        "Deployment",
        (object: { spec: { selector: { matchLabels: object } } }) => {
          object.spec.selector.matchLabels = { a: "b" };
        },
        /selector.*does not match template/,
      ],
    ];
    for (const [what, kind, change, said] of controls) {
      it(what, async () => {
        const [first = "nothing was said"] = await judge(spoilt(kind, change));
        assert.match(first, said);
      });
    }

    it("a privileged pod by itself, which it refuses", async () => {
      const pod = {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "bad", namespace: "x" },
        spec: { containers: [{ name: "bad", image: "x", securityContext: { privileged: true } }] },
      };
      assert.match((await judge([pod])).join(), /violates PodSecurity "restricted:latest"/);
    });

    for (const [apiVersion, kind, spec] of [
      ["monitoring.coreos.com/v1", "ServiceMonitor", { selector: {}, endpoints: [{ prot: "http" }] }],
      ["gateway.networking.k8s.io/v1", "HTTPRoute", { hostnames: ["a.example"], ruls: [] }],
      [
        "cert-manager.io/v1",
        "Certificate",
        { secretName: "a", issuerRef: { name: "a" }, dnsName: ["a.example"] },
      ],
      ["keda.sh/v1alpha1", "ScaledObject", { scaleTargetRef: { name: "a" }, triggers: [], minReplicas: 1 }],
      ["traefik.io/v1alpha1", "Middleware", { buffering: { maxRequestBodyByte: 1 } }],
      ["postgresql.cnpg.io/v1", "Cluster", { instances: 1, storge: { size: "1Gi" } }],
      ["barmancloud.cnpg.io/v1", "ObjectStore", { configuration: { destinationPath: "s3://a", wall: {} } }],
    ] as const) {
      it(`a wrong field: ${kind}`, async () => {
        const object = { apiVersion, kind, metadata: { name: "a", namespace: "x" }, spec };
        assert.match(
          (await judge([object as KubernetesObject])).join(),
          /(field not declared in schema|unknown field)/,
        );
      });
    }

    it("a kind that it doesn't know", async () => {
      const object = { apiVersion: "example.com/v1", kind: "Nothing", metadata: { name: "a" } };
      assert.match((await judge([object])).join(), /knows no Nothing/);
    });
  });

  describe("and our checks agree", () => {
    /** Where the API server refuses what we take. The other way round we may be stricter, but not with `sound` texts. */
    async function disagreements(
      sound: string[],
      texts: string[],
      ours: (text: string) => unknown,
      object: (text: string) => KubernetesObject,
    ): Promise<string[]> {
      const found: string[] = [];
      for (const text of new Set([...sound, ...texts])) {
        const refused = (await judge([object(text)])).join("; ");
        const told = ours(text);
        if (told === undefined ? refused !== "" : sound.includes(text))
          found.push(`${JSON.stringify(text)}: ${refused || JSON.stringify(told)}`);
      }
      return found;
    }

    const cronJob = (spec: object): KubernetesObject => {
      const [object] = spoilt("CronJob", (it: { spec: object }) => Object.assign(it.spec, spec));
      return object as KubernetesObject;
    };

    it("on schedules", async () => {
      const number = fc.integer({ min: -1, max: 61 }).map(String);
      const part = fc.oneof(
        number,
        fc.constantFrom("*", "?", "", "L", "sun", "JAN", "5W", "1#2", "7", "x"),
        fc.tuple(number, number).map(([from, to]) => `${from}-${to}`),
        fc
          .tuple(fc.constantFrom("*", "1-5", "3"), fc.integer({ min: 0, max: 90 }))
          .map(([of, n]) => `${of}/${n}`),
      );
      const field = fc.array(part, { minLength: 1, maxLength: 2 }).map((parts) => parts.join(","));
      // One odd field among sound ones, or none would ever be the only mistake.
      const line = fc
        .tuple(field, fc.nat(4))
        .map(([odd, at]) => ["1", "*", "*", "*", "*"].with(at, odd).join(" "));
      const odd = [...fc.sample(line, { numRuns: 300, seed: 7 }), "@dayly", "", "* * * *", "* * * * * *"];
      const sound = [
        "@daily",
        "*/5 8-18 * * 1-5",
        "0 0 1,15 * *",
        "5 4 * JAN-mar sun",
        "0 0 30 2 1",
        "? 1-5/2 3/4 * *",
      ];
      const ours = (schedule: string) => scheduleProblem("schedule", schedule);
      assert.deepEqual(await disagreements(sound, odd, ours, (schedule) => cronJob({ schedule })), []);
    });

    it("on time zones", async () => {
      const sound = [
        "UTC",
        "Etc/UTC",
        "Europe/Berlin",
        "US/Pacific",
        "CET",
        "GMT+0",
        "NZ-CHAT",
        "EST5EDT",
        "Cuba",
      ];
      sound.push("Etc/GMT-14", "GB-Eire", "Brazil/DeNoronha", "Asia/Ho_Chi_Minh", "America/Port-au-Prince");
      const odd = [
        "CET+1",
        "+01:00",
        "europe/berln",
        "GMT+1",
        "europe/berlin",
        "Local",
        "",
        "Utc",
        "Us/Pacific",
        "etc/utc",
      ];
      const ours = (timeZone: string) => timeZoneProblem("timeZone", timeZone);
      assert.deepEqual(await disagreements(sound, odd, ours, (timeZone) => cronJob({ timeZone })), []);
    });

    it("on host names", async () => {
      const sound = ["a", "a.example", "*.a.example", "1.example", "xn--bcher-kva.example", "a-b.c-d.e"];
      const odd = [
        "",
        "*",
        "a.*.example",
        "A.example",
        "a_b.example",
        "-a.example",
        "a-.example",
        "a..b",
        ".a",
        "a.",
      ];
      odd.push(
        "https://a.example",
        "a.example:80",
        "a.example/x",
        "ä.example",
        "a b",
        "*.*.a",
        "*a.b",
        "192.0.2.7",
        "a".repeat(254),
      );
      const ours = (host: string) => hostProblem("host", host);
      const rule = (host: string) =>
        spoilt("Ingress", (it: { spec: { rules: { host: string }[] } }) => {
          if (it.spec.rules[0]) it.spec.rules[0].host = host;
        })[0] as KubernetesObject;
      assert.deepEqual(await disagreements(sound, odd, ours, rule), []);
    });

    it("on amounts of memory", async () => {
      const sound = ["1Gi", "1.5Gi", "128Mi", "1G", "100M", "2000000k", "1e9", "1.e9", "1E"];
      const odd = [
        "0x1Gi",
        "1 Gi",
        "1gi",
        "1GB",
        "-1Gi",
        "Gi",
        "",
        "1e",
        "1e+9",
        "1e9Mi",
        "1E9",
        "5constructor",
      ];
      const ours = (text: string) => bytesMistake(text);
      const claim = (storage: string) =>
        spoilt("PersistentVolumeClaim", (it: { spec: { resources: { requests: { storage: string } } } }) => {
          it.spec.resources.requests.storage = storage;
        })[0] as KubernetesObject;
      assert.deepEqual(await disagreements(sound, odd, ours, claim), []);
    });
  });

  /** What the API server says of those among `cases` that the plan takes. */
  async function refusals(cases: (Case | undefined)[]): Promise<string[]> {
    const refused = new Map<string, string>();
    for (const [index, sound] of cases.entries()) {
      const { plan, problems } = planStack(sound?.identity ?? { name: "n", stack: "dev" }, sound?.input);
      if (!sound || problems.length > 0) continue;
      for (const said of await judge(deployable(plan))) {
        // The same complaint about another object is no news.
        const what = said.replace(/^(\w+) [^:]*: /, "$1: ").replaceAll(/"[^"]*"/g, "…");
        if (!refused.has(what))
          refused.set(what, `${said}\n    (input ${index}: ${JSON.stringify(sound.input)})`);
      }
    }
    return [...refused.values()];
  }

  const seeds = { "of always": 2026, "of today": Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000) };
  for (const [which, seed] of Object.entries(seeds)) {
    it(`takes every object of sixty stacks ${which} (seed ${seed})`, async () => {
      assert.deepEqual(await refusals(fc.sample(plausible, { numRuns: 60, seed }).map(repaired)), []);
    });
  }

  it("takes what our checks let pass of odd values", async () => {
    const numRuns = 60 * Number(process.env.FUZZ ?? 1);
    assert.deepEqual(
      await refusals(
        fc.sample(oddities, { numRuns, seed: seeds[process.env.FUZZ ? "of today" : "of always"] }),
      ),
      [],
    );
  });
});
