// ra-hcp on the node: the documented outside of its two images, in front of an object store that stands in for the HCP, with
// a real Redis.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { NetworkPolicy } from "kubernetes-types/networking/v1";
import { parseAllDocuments } from "yaml";
import { type Answer, ask, asking, cluster, type Question } from "../e2e/cluster";
import { eventually } from "../e2e/eventually";
import { Example, inPod } from "./example";
import { endPod, evict, isReady, nameOf, pods, restartsOf, scale, settled } from "./observe";
import { place, reaches } from "./reach";

const DIGEST = `sha256:${"3d5f0c4be1a28796".repeat(4)}`;
const NAMESPACE = "hcp-acc";
const ACC = "https://hcp-acc.example.com";
const DEV = "https://hcp-dev.example.com";
const BUCKETS = "/api/v1/buckets";

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

describe("ra-hcp, as it is written", () => {
  let example: Example;

  before(() => {
    example = new Example("ra-hcp", { standIns: false });
  });

  const objects = async (stack: string) => {
    const { code, stdout, output } = await example.render(stack);
    assert.equal(code, 0, output);
    return parseAllDocuments(stdout).map((document) => document.toJS());
  };

  it("runs the real images, in prod by the digests that it is told, behind ingress-nginx", async () => {
    const { code, output } = await example.render("prod");
    assert.notEqual(code, 0);
    assert.match(output, /2 mistakes in[\s\S]*backend\.image[\s\S]*frontend\.image/);
    const images = {
      backend: `riksarkivet/ra-hcp:v0.2.12@${DIGEST}`,
      frontend: `riksarkivet/ra-hcp-frontend:v0.2.12@${DIGEST}`,
    };
    const rendered = await example.withVariable("SERVICE_STACK_IMAGES", JSON.stringify(images), () =>
      objects("prod"),
    );
    const of = (kind: string) => rendered.filter((object) => object.kind === kind);
    assert.deepEqual(
      of("Deployment").map(({ metadata, spec }) => [
        metadata.name,
        spec.replicas,
        spec.template.spec.containers[0].image,
      ]),
      [
        ["hcp-backend", 5, images.backend],
        ["hcp-frontend", 2, images.frontend],
      ],
    );
    const ingress = of("Ingress").find(({ metadata }) => metadata.name === "hcp-frontend");
    const { annotations } = ingress.metadata;
    const said = (word: string) => annotations[`nginx.ingress.kubernetes.io/${word}`];
    assert.deepEqual(["proxy-body-size", "proxy-read-timeout", "force-ssl-redirect", "affinity"].map(said), [
      "256m",
      "120",
      "true",
      "cookie",
    ]);
    assert.deepEqual(ingress.spec.tls, [{ hosts: ["hcp-ui.example.com"], secretName: "hcp-tls" }]);
  });

  it("refuses in prod what its documents warn of", async () => {
    const undo = example.configure("prod", (settings) => {
      settings.secrets = { "api-key": { length: 32 } };
      settings.ingress.tls = { enabled: false };
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
      settings.backend.runAsUser = 0;
      settings.frontend.env = { ORIGIN: null, IDLE_TIMEOUT: "10" };
    });
    const { code, output } = await example.render("prod");
    undo();
    assert.notEqual(code, 0);
    for (const path of [
      ...["secrets.api-key.length", "ingress.tls.enabled", "backend.runAsUser"],
      ...["HCP_DOMAIN", "HCP_VERIFY_SSL", "HCP_AUTH_TYPE", "API_SECRET_KEY", "CORS_ORIGINS", "REDIS_URL"].map(
        (name) => `backend.env.${name}`,
      ),
      ...["backend.env.STORAGE_BACKEND", "backend.env.MAPI_ENABLED"],
      ...["frontend.env.ORIGIN", "frontend.env.IDLE_TIMEOUT"],
    ]) {
      assert.match(output, new RegExp(`^  ${path.replaceAll(".", "\\.")}\\b`, "m"), output);
    }
    assert.doesNotMatch(output, /change-me-in-production/);
  });

  it("lets no connection from one environment into another, on paper", async () => {
    const isPolicy = (object: { kind: string }) => object.kind === "NetworkPolicy";
    const policies = (await Promise.all(["dev", "acc"].map(objects)))
      .flat()
      .filter(isPolicy) as NetworkPolicy[];
    const ports = { backend: 8000, frontend: 3000, redis: 6379 };
    const at = (stack: string, role: string) => place("hcp", `hcp-${stack}`, role);
    const open = (withPolicies: NetworkPolicy[], from: string, to: string) =>
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
    const controller = { namespace: "ingress-nginx", labels: {} };
    assert.ok(reaches(policies, controller, at("acc", "frontend"), 3000));
    assert.ok(!reaches(policies, controller, at("acc", "redis"), 6379));
  });
});

describe("ra-hcp", () => {
  let example: Example;
  let token: string;

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
  /** The pod of the backend that answered. */
  const servedBy = ({ headers }: Answer) => String(headers["x-served-by"]);
  /** Asks each pod of the backend past its Service, from the front end; those that don't listen yet are left out. */
  const askEach = async (path: string): Promise<Record<string, { status: number; body: string }>> => {
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
    const running = (await pods(NAMESPACE, "backend")).filter(({ status }) => status?.podIP);
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
    await example.remove("acc");
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
    const content = randomBytes(20 * 1024 * 1024);
    assert.equal((await upload("uploads", "map.tif", content)).status, 201);
    const listed = JSON.parse((await api(`${BUCKETS}/uploads/objects`)).body).objects;
    assert.deepEqual(listed, [{ key: "map.tif", size: content.length }]);
    const length = String(257 * 1024 * 1024);
    const refused = await upload("uploads", "huge.tif", Buffer.alloc(10), { "content-length": length });
    assert.equal(refused.status, 413);
  });

  it("finds an archive in the pod that made it, at each request of a browser", async () => {
    await makeBucket("archive");
    assert.equal((await upload("archive", "a.txt", Buffer.from("one"))).status, 201);
    const { cookie } = await session(ACC);
    const question = { headers: { cookie } };
    const path = `${BUCKETS}/archive/objects/download`;
    const started = await ask(`${ACC}${path}`, { method: "POST", body: { keys: ["a.txt"] }, ...question });
    assert.equal(started.status, 202, started.body);
    const archive = `${path}/${JSON.parse(started.body).task_id}`;
    await eventually("the archive", async () => {
      const { headers } = await ask(`${ACC}${archive}`, question);
      return headers["content-type"] === "application/zip";
    });
    for (let again = 0; again < 8; again++) {
      const answer = await ask(`${ACC}${archive}`, question);
      assert.deepEqual([answer.status, servedBy(answer)], [200, servedBy(started)]);
    }
    // The other one has heard of it, through Redis, and doesn't have it.
    const { [servedBy(started)]: maker, ...others } = await askEach(archive);
    assert.equal(maker?.status, 200);
    assert.deepEqual(
      Object.values(others).map(({ status, body }) => [status, /not found on disk/.test(body)]),
      [[500, true]],
    );
  });

  it("waits for a slow answer, also when the pod that has it begun must go", async () => {
    await makeBucket("slow");
    const endAll = async (at?: "once") => {
      for (const pod of await pods(NAMESPACE, "backend")) await endPod(NAMESPACE, pod, at);
    };
    // Begun well before another one that was answered.
    const begin = async () => {
      const answering = api(`${BUCKETS}/slow/objects`);
      await api(BUCKETS);
      return { answering };
    };
    const { answering } = await begin();
    await endAll();
    assert.equal((await answering).status, 200);
    await settled(NAMESPACE, "backend", 2);
    // And this is what becomes of it when pods end at once.
    const { answering: lost } = await begin();
    await endAll("once");
    assert.equal((await lost).status, 502);
    await settled(NAMESPACE, "backend", 2);
  });

  it("rolls changed settings out without a failed request, and everybody stays signed in", async () => {
    const before = await pods(NAMESPACE, "backend");
    const stop = asking(`${ACC}${BUCKETS}`, { headers: bearer(token), everyMs: 50 });
    example.configure("acc", (settings) => {
      settings.backend.env.CACHE_S3_LIST_TTL = "60";
    });
    await example.up("acc");
    const after = await settled(NAMESPACE, "backend", 2);
    const answers = await stop();
    assert.deepEqual(Object.keys(answers), ["200"], JSON.stringify(answers));
    assert.ok(!after.some((pod) => before.map(nameOf).includes(nameOf(pod))));
    // A front end that ends at once is missed: so a failed request would have been seen.
    const control = asking(`${ACC}${BUCKETS}`, { headers: bearer(token), everyMs: 50 });
    await endPod(NAMESPACE, (await pods(NAMESPACE, "frontend"))[0], "once");
    await settled(NAMESPACE, "frontend", 1);
    assert.notDeepEqual(Object.keys(await control()), ["200"]);
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

  it("runs as the documented users, on files that they can't change", async () => {
    const script = `
import os, pathlib
print(os.getuid(), os.getgid())
for folder in ("/app", "/tmp"):
    try: pathlib.Path(folder, "x").touch(); print(folder)
    except OSError: pass`;
    for (const role of ["backend", "frontend"]) {
      const { output } = await inPod(NAMESPACE, role, ["python", "-c", script]);
      assert.deepEqual(output.trim().split("\n"), ["1000 1000", "/tmp"], role);
    }
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

  it("leaves rotation while its store is away, and comes back alone", async () => {
    const before = (await settled(NAMESPACE, "backend", 2)).map(restartsOf);
    await scale(NAMESPACE, "Deployment", "hcp-store", 0);
    await eventually("all out of rotation", async () => !(await pods(NAMESPACE, "backend")).some(isReady));
    assert.equal((await api(BUCKETS)).status, 502);
    assert.equal((await ask(`${ACC}/login`)).status, 200, "the front end doesn't depend on it");
    await scale(NAMESPACE, "Deployment", "hcp-store", 1);
    assert.deepEqual((await settled(NAMESPACE, "backend", 2)).map(restartsOf), before);
  });
});

describe("ra-hcp in production", () => {
  const namespace = "hcp-prod";
  let example: Example;

  before(async () => {
    example = new Example("ra-hcp");
    await example.withVariable("SERVICE_STACK_IMAGES", imagesOfAcc, () => example.up("prod"));
  });

  after(async () => {
    await example.remove("prod");
  });

  it("survives the loss of a node: five backends, of which a drain takes one", async () => {
    const found = await settled(namespace, "backend", 5);
    assert.equal(found[0]?.spec?.containers[0]?.image, JSON.parse(imagesOfAcc).backend);
    await settled(namespace, "frontend", 2);
    const { policy } = cluster();
    const budget = await policy.readNamespacedPodDisruptionBudget({ name: "hcp-backend", namespace });
    assert.equal(String(budget.spec?.maxUnavailable), "1");
    await evict(namespace, found[0]);
    await assert.rejects(evict(namespace, found[1]), /disruption budget/);
    const answer = await ask("https://hcp-ui.example.com/login");
    assert.equal(answer.status, 200);
    await settled(namespace, "backend", 5);
  });

  it("sends its traces to the collector by http", async () => {
    const script =
      "import os; print(os.environ['OTEL_EXPORTER_OTLP_ENDPOINT'], os.environ['OTEL_EXPORTER_OTLP_PROTOCOL'])";
    const { output } = await inPod(namespace, "backend", ["python", "-c", script]);
    assert.equal(output.trim(), "http://grafana-alloy.grafana-alloy.svc.cluster.local:4318 http/protobuf");
  });
});
