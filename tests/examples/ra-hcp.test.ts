// ra-hcp on the node: the documented outside of its two images, in front of an object store that stands in for the HCP, with
// a real Redis.

import assert from "node:assert/strict";
import type { V1Pod } from "@kubernetes/client-node";
import type { NetworkPolicyPeer, NetworkPolicyPort } from "kubernetes-types/networking/v1";
import { parseAllDocuments } from "yaml";
import { type Answer, ask, asking, cluster, type Question } from "../e2e/cluster";
import type { Finished } from "../e2e/commands";
import { eventually } from "../e2e/eventually";
import { Example, inPod, type Settings, tellsOf } from "./example";
import { endPod, evict, isReady, nameOf, pods, restartsOf, scale, settled } from "./observe";
import { place, policiesIn, reaches } from "./reach";

const DIGEST = `sha256:${"3d5f0c4be1a28796".repeat(4)}`;
const IMAGES = {
  backend: `riksarkivet/ra-hcp:v0.2.12@${DIGEST}`,
  frontend: `riksarkivet/ra-hcp-frontend:v0.2.12@${DIGEST}`,
};
const NAMESPACE = "hcp-acc";
const ACC = "https://hcp-acc.example.com";
const DEV = "https://hcp-dev.example.com";
const PROD = "https://hcp-ui.example.com";
const BUCKETS = "/api/v1/buckets";
const SLOW = `${BUCKETS}/slow/objects`;
const MIB = 1024 * 1024;

/** By digest: what ran in acc, prod runs. */
let imagesOfAcc: string;

const form = (fields: Record<string, string>): Question => ({
  method: "POST",
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: new URLSearchParams(fields).toString(),
});

async function tokenOf(url: string): Promise<string> {
  const { status, body } = await ask(
    `${url}/api/v1/auth/token`,
    form({ username: "archivist", password: "p@ss/word" }),
  );
  assert.equal(status, 200, body);
  return JSON.parse(body).access_token;
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** The pods of the backend and of the front end that answered. */
const servedBy = ({ headers }: Answer) => String(headers["x-served-by"]);
const throughFrontEnd = ({ headers }: Answer) => String(headers["x-front-end"]);

/** Signs in as a browser does, and returns its cookies: those of the session, and that of its front end. */
async function session(url: string): Promise<{ cookie: string; all: string[] }> {
  const { status, headers } = await ask(
    `${url}/login`,
    form({ username: "archivist", password: "p@ss/word" }),
  );
  assert.equal(status, 303);
  const all = headers["set-cookie"] ?? [];
  return { cookie: all.map((text) => text.split(";")[0]).join("; "), all };
}

/** A pod of a role, once it is told to go, and when that was seen. */
const leaving = (namespace: string, role: string, name: string): Promise<number> =>
  eventually(
    `the end of ${name}`,
    async () => {
      const found = (await pods(namespace, role)).find((pod) => nameOf(pod) === name);
      return (!found || found.metadata?.deletionTimestamp) && Date.now();
    },
    400_000,
  );

/** Takes a stack away, without the time that its front ends have to end. */
async function remove(example: Example, stack: string, namespace: string): Promise<void> {
  const hurry = async (pod: V1Pod) => {
    await leaving(namespace, "frontend", nameOf(pod));
    const isThere = (await pods(namespace, "frontend")).some((other) => nameOf(other) === nameOf(pod));
    if (isThere) await endPod(namespace, pod, "once");
  };
  const frontEnds = await pods(namespace, "frontend");
  await Promise.all([example.remove(stack), ...frontEnds.map(hurry)]);
}

/** Who is at the other end of a way, and the ports. */
function wayOf(peers: NetworkPolicyPeer[] = [], ports: NetworkPolicyPort[] = []): string {
  const name = ({ ipBlock, namespaceSelector, podSelector }: NetworkPolicyPeer) => {
    if (ipBlock) {
      const isPublic = ["10.0.0.0/8", "fc00::/7"].some((block) => ipBlock.except?.includes(block));
      return `${isPublic ? "public " : ""}${ipBlock.cidr}`;
    }
    const labels = { ...namespaceSelector?.matchLabels, ...podSelector?.matchLabels };
    return Object.values(labels)
      .filter((label) => label !== "hcp")
      .join("/");
  };
  return `${peers.map(name).join(", ")}: ${[...new Set(ports.map(({ port }) => port))].join(", ")}`;
}

/** What runs gunicorn beside the pod's own, with other variables. */
const GUNICORN = `
import http.client, json, os, signal, subprocess, sys, time, urllib.error, urllib.request
def gunicorn(port, variables):
    command = ["gunicorn", "app.main:app", "--worker-class", "uvicorn.workers.UvicornWorker", "--workers", "1"]
    return subprocess.Popen([*command, "--bind", f"127.0.0.1:{port}"], env={**os.environ, **variables},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
def answer(server, port, path):
    while server.poll() is None:
        try: return urllib.request.urlopen(f"http://127.0.0.1:{port}{path}").status
        except urllib.error.HTTPError as error: return f"{error.code} {json.load(error)['checks']}"
        except OSError: time.sleep(0.2)
    return f"exit {server.returncode}"
`;

/** What becomes of its start with each of these variables. */
const STARTS = `${GUNICORN}
for variables in json.loads(sys.argv[1]):
    server = gunicorn(8001, variables)
    print(answer(server, 8001, "/readiness"), flush=True)
    server.terminate()
    server.wait()
`;

/** What becomes of a slow answer when gunicorn is told to end, with each of these arguments. */
const ENDS = `${GUNICORN}
waiting = []
for port, arguments in enumerate(json.loads(sys.argv[1]), 8001):
    server = gunicorn(port, {"GUNICORN_CMD_ARGS": arguments})
    answer(server, port, "/liveness")
    asked = http.client.HTTPConnection("127.0.0.1", port)
    asked.request("GET", "/api/v1/buckets/slow/objects", headers={"Authorization": "Bearer " + sys.argv[2]})
    answer(server, port, "/liveness")
    server.terminate()
    waiting.append((server, asked))
for server, asked in waiting:
    try: print(asked.getresponse().status)
    except OSError: print("lost")
    server.wait()
`;

describe("ra-hcp, as it is written", () => {
  let example: Example;
  let printed: { [stack: string]: string };

  before(async () => {
    example = new Example("ra-hcp", { standIns: false });
    printed = {};
    for (const stack of ["dev", "acc", "prod"]) printed[stack] = await print(stack);
  });

  const print = async (stack: string) => {
    const { code, stdout, output } = await example.withVariable(
      "SERVICE_STACK_IMAGES",
      stack === "prod" ? JSON.stringify(IMAGES) : "",
      () => example.render(stack),
    );
    assert.equal(code, 0, output);
    return stdout;
  };
  const objectsIn = (text = ""): Settings[] => parseAllDocuments(text).map((document) => document.toJS());
  /** An object of a stack. */
  const find = (text: string | undefined, kind: string, name: string) => {
    const found = objectsIn(text).find((object) => object.kind === kind && object.metadata.name === name);
    assert.ok(found, `${kind} ${name}`);
    return found;
  };

  it("runs the real images, in prod by the digests that it is told, behind ingress-nginx", () => {
    const deployments = objectsIn(printed.prod).filter(({ kind }) => kind === "Deployment");
    assert.deepEqual(
      deployments.map(({ metadata, spec }) => [
        metadata.name,
        spec.replicas,
        spec.template.spec.containers[0].image,
      ]),
      [
        ["hcp-backend", 5, IMAGES.backend],
        ["hcp-frontend", 2, IMAGES.frontend],
      ],
    );
    const ingress = find(printed.prod, "Ingress", "hcp-frontend");
    const said = (word: string) => ingress.metadata.annotations[`nginx.ingress.kubernetes.io/${word}`];
    assert.deepEqual(["proxy-body-size", "proxy-read-timeout", "force-ssl-redirect", "affinity"].map(said), [
      "256m",
      "120",
      "true",
      "cookie",
    ]);
    assert.deepEqual(ingress.spec.tls, [{ hosts: ["hcp-ui.example.com"], secretName: "hcp-tls" }]);
  });

  it("is probed as documented, spread over nodes, and has budgets in prod alone", () => {
    const probes = (role: string) => {
      const { spec } = find(printed.prod, "Deployment", `hcp-${role}`).spec.template;
      const [{ startupProbe, livenessProbe, readinessProbe }] = spec.containers;
      return [startupProbe, livenessProbe, readinessProbe].map(
        ({ httpGet, exec, initialDelaySeconds = 0, periodSeconds, failureThreshold }) =>
          [httpGet?.path ?? exec.command[1], initialDelaySeconds, periodSeconds, failureThreshold].join(" "),
      );
    };
    assert.deepEqual(probes("backend"), ["/liveness 0 3 10", "/probes/alive.py 0 10 3", "/readiness 0 5 2"]);
    assert.deepEqual(probes("frontend").slice(1), ["/ 10 15 3", "/ 5 10 3"]);
    const { spec } = find(printed.prod, "Deployment", "hcp-backend").spec.template;
    assert.ok(
      spec.topologySpreadConstraints.some(
        ({ topologyKey, maxSkew }: Settings) => topologyKey === "kubernetes.io/hostname" && maxSkew === 1,
      ),
    );
    const budgets = Object.entries(printed).map(([stack, text]) => [
      stack,
      objectsIn(text)
        .filter(({ kind }) => kind === "PodDisruptionBudget")
        .map((budget) => `${budget.metadata.name} ${budget.spec.maxUnavailable}`),
    ]);
    assert.deepEqual(Object.fromEntries(budgets), {
      dev: [],
      acc: [],
      prod: ["hcp-backend 1", "hcp-frontend 1"],
    });
  });

  it("scales in prod where that is switched on, and has /api at the backend where that is wanted", async () => {
    const undo = example.configure("prod", ({ backend }) => {
      delete backend.replicas;
      backend.autoscaling.enabled = true;
      backend.routes = [{ path: "/docs" }, { path: "/openapi.json", pathType: "Exact" }, { path: "/api" }];
    });
    const scaled = await print("prod").finally(undo);
    const { minReplicas, maxReplicas, metrics } = find(scaled, "HorizontalPodAutoscaler", "hcp-backend").spec;
    assert.deepEqual(
      [minReplicas, maxReplicas, metrics[0].resource.name, metrics[0].resource.target.averageUtilization],
      [5, 10, "cpu", 80],
    );
    const toBackend = (text?: string) =>
      objectsIn(text)
        .filter(({ kind }) => kind === "Ingress")
        .flatMap(({ spec }) => spec.rules[0].http.paths)
        .filter(({ backend }) => backend.service.name === "hcp-backend")
        .map(({ path }) => path)
        .sort();
    assert.deepEqual(toBackend(scaled), ["/api", "/docs", "/openapi.json"]);
    assert.deepEqual(toBackend(printed.prod), ["/docs", "/openapi.json"]);
  });

  it("refuses in prod what its documents warn of", async () => {
    const undo = example.configure("prod", (settings) => {
      settings.namespace = "shared";
      settings.secrets = { "api-key": { length: 32 } };
      settings.ingress.tls = { enabled: false };
      settings.backend.autoscaling.enabled = true;
      Object.assign(settings.backend.env, {
        HCP_DOMAIN: "https://hcp.example.com",
        HCP_VERIFY_SSL: "false",
        HCP_AUTH_TYPE: "ldap",
        API_SECRET_KEY: "change-me-in-production",
        CORS_ORIGINS: "",
        REDIS_URL: null,
        STORAGE_BACKEND: "s3",
        MAPI_ENABLED: "false",
      });
      Object.assign(settings.backend, { runAsUser: 0, readOnlyRootFilesystem: false });
      settings.frontend.env = { ORIGIN: null, IDLE_TIMEOUT: "10" };
    });
    const { code, output } = await example.render("prod");
    undo();
    assert.notEqual(code, 0);
    tellsOf(output, [
      ...["backend.image", "frontend.image", "namespace", "secrets.api-key.length", "ingress.tls.enabled"],
      ...["backend.runAsUser", "backend.readOnlyRootFilesystem", "backend.replicas"],
      ...["HCP_DOMAIN", "HCP_VERIFY_SSL", "HCP_AUTH_TYPE", "API_SECRET_KEY", "CORS_ORIGINS", "REDIS_URL"].map(
        (name) => `backend.env.${name}`,
      ),
      ...["backend.env.STORAGE_BACKEND", "backend.env.MAPI_ENABLED"],
      ...["frontend.env.ORIGIN", "frontend.env.IDLE_TIMEOUT"],
    ]);
    assert.doesNotMatch(output, /change-me-in-production/);
  });

  it("lets no connection from one environment into another, on paper", () => {
    const policies = ["dev", "acc"].flatMap((stack) => policiesIn(printed[stack] ?? ""));
    const ports = { backend: 8000, frontend: 3000, redis: 6379 };
    const at = (stack: string, role: string) => place("hcp", `hcp-${stack}`, role);
    const open = (withPolicies: typeof policies, from: string, to: string) =>
      Object.keys(ports).flatMap((caller) =>
        Object.entries(ports)
          .filter(([role, port]) => reaches(withPolicies, at(from, caller), at(to, role), port))
          .map(([role]) => `${caller} → ${role}`),
      );
    assert.deepEqual(open(policies, "acc", "acc"), ["backend → redis", "frontend → backend"]);
    assert.deepEqual(open(policies, "dev", "acc"), []);
    assert.deepEqual(open(policies, "acc", "dev"), []);
    // Without policies each would reach each.
    assert.equal(open([], "dev", "acc").length, 9);
  });

  it("opens the documented ways and no others, to the HCP by its addresses, on paper", () => {
    const ways = (role: string) => {
      const own = policiesIn(printed.prod ?? "").filter(
        ({ spec }) => spec?.podSelector.matchLabels?.["app.kubernetes.io/component"] === role,
      );
      return {
        in: own.flatMap(({ spec }) => (spec?.ingress ?? []).map(({ from, ports }) => wayOf(from, ports))),
        out: own.flatMap(({ spec }) => (spec?.egress ?? []).map(({ to, ports }) => wayOf(to, ports))),
      };
    };
    const dns = ["kube-system/kube-dns: 53", "169.254.20.10/32: 53"];
    const collector = "grafana-alloy: 4318";
    assert.deepEqual(ways("backend"), {
      in: ["frontend: 8000", "ingress-nginx: 8000"],
      out: [
        ...dns,
        "redis: 6379",
        "public 0.0.0.0/0, public ::/0: 443",
        "10.30.0.0/24: 443, 9090",
        collector,
      ],
    });
    // Nothing outside but the collector, to which the whole stack is let.
    assert.deepEqual(ways("frontend"), {
      in: ["ingress-nginx: 3000"],
      out: [...dns, "backend: 8000", collector],
    });
    assert.deepEqual(ways("redis"), { in: ["backend: 6379"], out: [] });
    const { env } = find(printed.prod, "Deployment", "hcp-backend").spec.template.spec.containers[0];
    const told = (word: string) =>
      env.find(({ name }: Settings) => name === `OTEL_EXPORTER_OTLP_${word}`)?.value;
    assert.equal(told("ENDPOINT"), "http://grafana-alloy.grafana-alloy.svc.cluster.local:4318");
    assert.equal(told("PROTOCOL"), "http/protobuf");
  });
});

describe("ra-hcp", () => {
  let example: Example;
  let token: string;
  /** What a rollout has left to come in its own time. */
  let slowOnes: Promise<(Answer & { at: number })[]>;
  let left: { backend: { name: string; at: number }; frontend: { name: string; at: number } };
  let ends: Promise<Finished>;

  const api = (path: string, question: Question = {}): Promise<Answer> =>
    ask(`${ACC}${path}`, { ...question, headers: { ...bearer(token), ...question.headers } });
  const makeBucket = async (bucket: string) => {
    const { status, body } = await api(BUCKETS, { method: "POST", body: { bucket } });
    assert.equal(status, 201, body);
  };
  const upload = (bucket: string, key: string, content: Buffer, headers: Record<string, string> = {}) => {
    const boundary = "----form";
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${key}"\r\n\r\n`;
    return api(`${BUCKETS}/${bucket}/objects/${key}`, {
      method: "POST",
      headers: { "content-type": `multipart/form-data; boundary=${boundary}`, ...headers },
      body: Buffer.concat([Buffer.from(head), content, Buffer.from(`\r\n--${boundary}--\r\n`)]),
    });
  };
  /** Asks for slow answers, one every few seconds until it is told to stop; then all of them are awaited. */
  const askSlowly = () => {
    const begun: Promise<Answer & { at: number }>[] = [];
    const begin = () => {
      const lost = (): Answer => ({ status: 0, headers: {}, body: "" });
      begun.push(
        api(SLOW)
          .then(undefined, lost)
          .then((answer) => ({ ...answer, at: Date.now() })),
      );
    };
    begin();
    const timer = setInterval(begin, 5_000);
    return () => {
      clearInterval(timer);
      return Promise.all(begun);
    };
  };
  /** Asks pods of the backend past their Service, from the front end; those that don't listen yet are left out. */
  const askEach = async (
    path: string,
    which: (pod: string) => boolean = () => true,
  ): Promise<Record<string, { status: number; body: string }>> => {
    const script = `
import json, sys, urllib.error, urllib.request
answers = {}
for pod, address in json.loads(sys.argv[1]).items():
    request = urllib.request.Request(f"http://{address}:8000" + sys.argv[2], headers={"Authorization": "Bearer " + sys.argv[3]})
    try: answer = urllib.request.urlopen(request)
    except urllib.error.HTTPError as error: answer = error
    except OSError: continue
    answers[pod] = {"status": answer.status, "body": answer.read().decode(errors="replace")[:500]}
print(json.dumps(answers))`;
    const running = (await pods(NAMESPACE, "backend")).filter(
      (pod) => pod.status?.podIP && which(nameOf(pod)),
    );
    const addresses = Object.fromEntries(running.map((pod) => [nameOf(pod), pod.status?.podIP]));
    const command = ["python", "-c", script, JSON.stringify(addresses), path, token];
    const { code, output } = await inPod(NAMESPACE, "frontend", command);
    assert.equal(code, 0, output);
    return JSON.parse(output);
  };

  before(async () => {
    example = new Example("ra-hcp");
    await example.up("acc");
    imagesOfAcc = JSON.stringify((await example.outputs("acc")).images);
    token = await tokenOf(ACC);
  });

  after(async () => {
    await remove(example, "acc", NAMESPACE);
  });

  it("signs in over https, and changes things for its own pages alone", async () => {
    const { cookie, all } = await session(ACC);
    assert.ok(
      all.every((text) => /; *Secure/i.test(text) || !text.startsWith("hcp_token")),
      all.join("\n"),
    );
    const create = (origin: string, bucket: string) =>
      ask(`${ACC}/_app/remote/x/createBucket`, {
        method: "POST",
        headers: { cookie, origin },
        body: { bucket },
      });
    assert.equal((await create("https://evil.example.com", "theirs")).status, 403);
    assert.equal((await create(ACC, "maps")).status, 201);
    const { body } = await ask(`${ACC}/namespaces`, { headers: { cookie } });
    assert.match(body, /<li>maps/);
    assert.doesNotMatch(body, /theirs/);
    const plain = await ask(ACC.replace("https:", "http:"));
    assert.equal(plain.status, 301);
  });

  it("has /api answered through the front end, for cookies and tokens, and /docs by the backend", async () => {
    const { cookie } = await session(ACC);
    assert.equal((await ask(`${ACC}${BUCKETS}`, { headers: { cookie } })).status, 200);
    assert.equal((await api(BUCKETS)).status, 200);
    assert.equal((await ask(`${ACC}${BUCKETS}`)).status, 401);
    assert.match((await ask(`${ACC}/docs`)).body, /swagger/i);
    assert.equal(JSON.parse((await ask(`${ACC}/openapi.json`)).body).info.title, "ra-hcp stand-in");
    // What only begins alike is the front end's.
    assert.equal((await ask(`${ACC}/openapi.json/x`)).headers["x-served-by"], undefined);
  });

  it("takes uploads of up to 256 MiB", async () => {
    await makeBucket("uploads");
    const size = 250 * MIB;
    assert.equal((await upload("uploads", "map.tif", Buffer.alloc(size, "map"))).status, 201);
    const listed = JSON.parse((await api(`${BUCKETS}/uploads/objects`)).body).objects;
    assert.deepEqual(listed, [{ key: "map.tif", size }]);
    // Above that both refuse: the ingress before the front end, and the front end by itself.
    const length = String(257 * MIB);
    const refused = await upload("uploads", "huge.tif", Buffer.alloc(10), { "content-length": length });
    assert.deepEqual([refused.status, refused.headers["x-front-end"]], [413, undefined]);
    const script = `
import http.client
front_end = http.client.HTTPConnection("127.0.0.1", 3000)
front_end.request("POST", "${BUCKETS}/uploads/objects/huge.tif", headers={"Content-Length": "${length}"})
print(front_end.getresponse().status)`;
    const { output } = await inPod(NAMESPACE, "frontend", ["python", "-c", script]);
    assert.equal(output.trim(), "413");
  });

  it("finds an archive in the pod that made it, where a browser can fetch it once", async () => {
    await makeBucket("archive");
    assert.equal((await upload("archive", "a.txt", Buffer.from("one"))).status, 201);
    const { cookie } = await session(ACC);
    const question = { headers: { cookie } };
    const path = `${BUCKETS}/archive/objects/download`;
    for (let again = 0; again < 5; again++) {
      const started = await ask(`${ACC}${path}`, { method: "POST", body: { keys: ["a.txt"] }, ...question });
      assert.equal(started.status, 202, started.body);
      const archive = `${path}/${JSON.parse(started.body).task_id}`;
      // The other one hears of it through Redis, and doesn't have it.
      await eventually("the archive, which is elsewhere", async () => {
        const others = Object.values(await askEach(archive, (pod) => pod !== servedBy(started)));
        assert.equal(others.length, 1);
        return others.every(({ status, body }) => status === 500 && /not found on disk/.test(body));
      });
      const fetched = await ask(`${ACC}${archive}`, question);
      assert.deepEqual(
        [fetched.status, fetched.headers["content-type"], servedBy(fetched)],
        [200, "application/zip", servedBy(started)],
      );
      await eventually("its end", async () => (await ask(`${ACC}${archive}`, question)).status === 404);
    }
  });

  it("runs as the documented users, on files that they can't change", async () => {
    const script = `id -u; id -g; for folder in /app /data /var/tmp /tmp; do
      touch $folder/x 2>/dev/null && rm $folder/x && echo $folder; done; true`;
    for (const [role, expected] of [
      ["backend", "1000 1000 /tmp"],
      ["frontend", "1000 1000 /tmp"],
      ["redis", "999 999 /data /tmp"],
    ] as const) {
      const { output } = await inPod(NAMESPACE, role, ["sh", "-c", script]);
      assert.equal(output.trim().replaceAll("\n", " "), expected, role);
    }
  });

  it("rolls changed settings out without a failed request, and everybody stays signed in", async () => {
    await makeBucket("slow");
    const now = await api(BUCKETS);
    const names = { backend: servedBy(now), frontend: throughFrontEnd(now) };
    const seen = (["backend", "frontend"] as const).map((role) => leaving(NAMESPACE, role, names[role]));
    const before = await pods(NAMESPACE, "backend");
    const stop = asking(`${ACC}${BUCKETS}`, { headers: bearer(token), everyMs: 50 });
    const stopSlowOnes = askSlowly();
    example.configure("acc", ({ backend, frontend }) => {
      backend.env.CACHE_S3_LIST_TTL = "60";
      frontend.env = { IDLE_TIMEOUT: "121" };
    });
    await example.up("acc");
    const [backend = 0, frontend = 0] = await Promise.all(seen);
    const answers = await stop();
    slowOnes = stopSlowOnes();
    left = {
      backend: { name: names.backend, at: backend },
      frontend: { name: names.frontend, at: frontend },
    };
    assert.deepEqual(Object.keys(answers), ["200"], JSON.stringify(answers));
    const after = (await pods(NAMESPACE, "backend")).filter(isReady).map(nameOf);
    assert.equal(after.length, 2);
    const flags = "--worker-tmp-dir /tmp --no-control-socket";
    const both = JSON.stringify([flags, `${flags} --graceful-timeout 60`]);
    ends = inPod(NAMESPACE, "backend", ["python", "-c", ENDS, both, token], after[0]);
    assert.ok(!before.some((pod) => after.includes(nameOf(pod))));
  });

  it("keeps its environments apart: namespaces, keys and passwords of their own", async () => {
    await example.up("dev");
    const { core } = cluster();
    const env = async (namespace: string) => {
      const script = "import json, os; print(json.dumps(dict(os.environ)))";
      return JSON.parse((await inPod(namespace, "backend", ["python", "-c", script])).output);
    };
    const [dev, acc] = await Promise.all(["hcp-dev", NAMESPACE].map(env));
    for (const name of ["API_SECRET_KEY", "REDIS_URL", "HCP_DOMAIN", "S3_SECRET_KEY"]) {
      assert.ok(dev[name] && acc[name]);
      assert.notEqual(dev[name], acc[name], name);
    }
    assert.ok(acc.API_SECRET_KEY.length >= 64);
    assert.match(acc.HCP_VERIFY_SSL, /^true$/);
    // A token of one is nothing in the other.
    const foreign = await tokenOf(DEV);
    assert.equal((await ask(`${DEV}${BUCKETS}`, { headers: bearer(foreign) })).status, 200);
    assert.equal((await ask(`${ACC}${BUCKETS}`, { headers: bearer(foreign) })).status, 401);
    // Nor is a password: the node enforces no policies, so the connection is made, and refused by Redis.
    const knock = `
import os, redis
for url in (os.environ["REDIS_URL"], os.environ["REDIS_URL"].replace("@hcp-redis", "@hcp-redis.${NAMESPACE}.svc.cluster.local")):
  try: print(redis.Redis.from_url(url).ping())
  except redis.exceptions.AuthenticationError: print("refused")`;
    const { output } = await inPod("hcp-dev", "backend", ["python", "-c", knock]);
    assert.deepEqual(output.trim().split("\n"), ["True", "refused"]);
    const services = (await core.listNamespacedService({ namespace: NAMESPACE })).items;
    const redis = services.find(({ metadata }) => metadata?.name === "hcp-redis");
    assert.equal(redis?.spec?.type, "ClusterIP");
  });

  it("signs everybody out by another key", async () => {
    const token = await tokenOf(DEV);
    const status = async (token: string) =>
      (await ask(`${DEV}${BUCKETS}`, { headers: bearer(token) })).status;
    assert.equal(await status(token), 200);
    example.configure("dev", (settings) => {
      settings.secrets["api-key"] = { length: 65 };
    });
    await example.up("dev");
    // Until the old pod ends, the front end may go on with it.
    await eventually("the end of the old key", async () => (await status(token)) === 401);
    await eventually("a new token", async () => (await status(await tokenOf(DEV))) === 200);
  });

  it("ends its start where a setting is malformed, and isn't ready without an HCP", async () => {
    const hcp = { STORAGE_BACKEND: "hcp", MAPI_ENABLED: "true", HCP_VERIFY_SSL: "false" };
    // Whatever answers there by TLS will do, for nobody is signed in.
    const there = { ...hcp, HCP_HOST: "kubernetes.default.svc", HCP_PORT: "443" };
    const starts = [
      { HCP_AUTH_TYPE: "ldap" },
      { STORAGE_BACKEND: "s3" },
      { HCP_PORT: "tcp://10.0.0.1:9090" },
      { ...hcp, HCP_DOMAIN: "" },
      { ...there, MAPI_ENABLED: "false" },
      { ...there, HCP_VERIFY_SSL: "true" },
      there,
    ];
    const pod = nameOf((await pods(NAMESPACE, "backend")).filter(isReady)[1]);
    const command = ["python", "-c", STARTS, JSON.stringify(starts)];
    const { output } = await inPod(NAMESPACE, "backend", command, pod);
    const unready = "503 {'hcp': 'unreachable', 'cache': 'connected'}";
    assert.deepEqual(output.trim().split("\n"), [
      ...["exit 3", "exit 3", "exit 3"],
      ...[unready, unready, unready],
      "200",
    ]);
  });

  it("gives a slow answer its minute, though the pods that have begun it must go", async () => {
    const answers = await slowOnes;
    const statuses = answers.map(({ status }) => status);
    assert.ok(
      statuses.every((status) => status === 200),
      `${statuses}`,
    );
    const last = (by: (answer: Answer) => string, { name, at }: { name: string; at: number }) =>
      Math.max(...answers.filter((answer) => by(answer) === name).map((answer) => (answer.at - at) / 1000));
    // By itself gunicorn has 30 s, after the 5 s before SIGTERM; the front end ends within 2 s.
    assert.ok(last(servedBy, left.backend) > 35, `${last(servedBy, left.backend)} s`);
    assert.ok(last(throughFrontEnd, left.frontend) > 35, `${last(throughFrontEnd, left.frontend)} s`);
    // Without the flag it is lost, and where the front end doesn't wait.
    assert.deepEqual((await ends).output.trim().split("\n"), ["lost", "200"]);
    const stop = asking(`${ACC}${BUCKETS}`, { headers: bearer(token), everyMs: 50 });
    const lost = api(SLOW);
    await api(BUCKETS);
    const terminate = "import os, signal; os.kill(1, signal.SIGTERM)";
    await inPod(NAMESPACE, "frontend", ["python", "-c", terminate]);
    assert.equal((await lost).status, 502);
    // A failed request would have been seen, too.
    assert.notDeepEqual(Object.keys(await stop()), ["200"]);
  });

  it("gets ready again by itself, though Redis was away when it started", async () => {
    const [first, second] = await settled(NAMESPACE, "backend", 2);
    await scale(NAMESPACE, "StatefulSet", "hcp-redis", 0);
    await eventually("all out of rotation", async () => !(await pods(NAMESPACE, "backend")).some(isReady));
    // One pod is new, the other one's worker is: both would find no Redis.
    await endPod(NAMESPACE, first, "once");
    const restart = ["python", "-c", "import os, signal; os.kill(1, signal.SIGHUP); print(os.getpid())"];
    const { code, output } = await inPod(NAMESPACE, "backend", restart, nameOf(second));
    assert.equal(code, 0, output);
    await eventually("a worker without a cache", async () => {
      const answers = await askEach("/health");
      return /disabled/.test(answers[nameOf(second)]?.body ?? "");
    });
    const waiting = (await pods(NAMESPACE, "backend")).find((pod) => nameOf(pod) !== nameOf(second));
    assert.equal(waiting?.status?.initContainerStatuses?.at(-1)?.ready, false, "it must wait for Redis");
    await scale(NAMESPACE, "StatefulSet", "hcp-redis", 1);
    await settled(NAMESPACE, "redis", 1);
    // This is what it would stay in for good.
    const stuck = (await askEach("/readiness"))[nameOf(second)];
    assert.deepEqual([stuck?.status, JSON.parse(stuck?.body ?? "{}").checks.cache], [503, "disconnected"]);
    const ready = await settled(NAMESPACE, "backend", 2);
    const restarts = Object.fromEntries(ready.map((pod) => [nameOf(pod), restartsOf(pod)]));
    assert.deepEqual(restarts, { [nameOf(waiting)]: 0, [nameOf(second)]: restartsOf(second) + 1 });
    assert.equal((await api(BUCKETS)).status, 200);
  });

  it("leaves rotation while its store hangs or is away, without a restart, and comes back alone", async () => {
    const before = (await settled(NAMESPACE, "backend", 2)).map(restartsOf);
    await makeBucket("stuck");
    const outOfRotation = async () => !(await pods(NAMESPACE, "backend")).some(isReady);
    await eventually("all out of rotation", outOfRotation);
    const script = `
import subprocess, sys, urllib.request
try: print(urllib.request.urlopen("http://127.0.0.1:8000/readiness", timeout=5).status)
except TimeoutError: print("hangs")
print(subprocess.run([sys.executable, "/probes/alive.py"]).returncode)`;
    const { output } = await inPod(NAMESPACE, "backend", ["python", "-c", script]);
    assert.deepEqual(output.trim().split("\n"), ["hangs", "0"]);
    await scale(NAMESPACE, "Deployment", "hcp-store", 0);
    await eventually("what they miss", async () => {
      const found = Object.values(await askEach("/readiness"));
      return found.length === 2 && found.every(({ status, body }) => status === 503 && /unreach/.test(body));
    });
    assert.ok(await outOfRotation());
    assert.equal((await api(BUCKETS)).status, 502);
    assert.equal((await ask(`${ACC}/login`)).status, 200, "the front end doesn't depend on it");
    await scale(NAMESPACE, "Deployment", "hcp-store", 1);
    assert.deepEqual((await settled(NAMESPACE, "backend", 2)).map(restartsOf), before);
  });
});

describe("ra-hcp in production", () => {
  const namespace = "hcp-prod";
  let example: Example;
  let cookie: string;

  before(async () => {
    example = new Example("ra-hcp");
    await example.withVariable("SERVICE_STACK_IMAGES", imagesOfAcc, () => example.up("prod"));
    cookie = (await session(PROD)).cookie;
  });

  after(async () => {
    await remove(example, "prod", namespace);
  });

  it("keeps a browser to one of its two front ends", async () => {
    await settled(namespace, "frontend", 2);
    const seen = async (headers = {}) => {
      const names = new Set<string>();
      for (let again = 0; again < 12; again++)
        names.add(throughFrontEnd(await ask(`${PROD}/login`, { headers })));
      return names.size;
    };
    assert.equal(await seen({ cookie }), 1);
    // Who brings no cookie is sent to both.
    assert.equal(await seen(), 2);
  });

  it("survives a drain without a failed request, and the loss of the pod that answers", async () => {
    const found = await settled(namespace, "backend", 5);
    assert.equal(found[0]?.spec?.containers[0]?.image, JSON.parse(imagesOfAcc).backend);
    const list = () => ask(`${PROD}${BUCKETS}`, { headers: { cookie } });
    const ready = async () => (await pods(namespace, "backend")).filter(isReady);
    const answering = async () => {
      const name = servedBy(await list());
      return (await ready()).find((pod) => nameOf(pod) === name);
    };
    const stop = asking(`${PROD}${BUCKETS}`, { headers: { cookie }, everyMs: 50 });
    const drained = await answering();
    await evict(namespace, drained);
    const other = found.find((pod) => nameOf(pod) !== nameOf(drained));
    await assert.rejects(evict(namespace, other), /disruption budget/);
    await eventually("five again", async () => (await ready()).length === 5);
    assert.deepEqual(Object.keys(await stop()), ["200"]);
    // For a minute more it may be the one that was drained.
    const lost = await eventually("an answer of one that stays", answering);
    await endPod(namespace, lost, "once");
    const isElsewhere = (answer: Answer) => answer.status === 200 && servedBy(answer) !== nameOf(lost);
    await eventually("an answer of another one", async () => isElsewhere(await list()), 10_000);
    for (let again = 0; again < 20; again++) assert.ok(isElsewhere(await list()));
  });
});
