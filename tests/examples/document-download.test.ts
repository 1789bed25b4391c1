// document-download on the node: the documented outside of it (arguments, variables, probes, pages, server) between the
// ingress and stand-ins of the two APIs that it shows pages of.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { PatchStrategy, setHeaderOptions, type V1Pod } from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import { type Answer, ask, asking, cluster, through } from "../e2e/cluster";
import type { Finished } from "../e2e/commands";
import { eventually } from "../e2e/eventually";
import { Example, inPod, type Settings, tellsOf } from "./example";
import { evict, isReady, logsOf, nameOf, pods, restartsOf, settled } from "./observe";
import { place, policiesIn, reaches, reachesAddress } from "./reach";

const HOST = "documents.dev.example.com";
const NAMESPACE = "document-download-dev";
const URL_OF = `https://${HOST}`;
const ROLE = "frontend";
const IMAGE = "registry.example.com/document-download-frontend:ece8794";

/** An id as it stands in addresses: 16 bytes. */
const id = (digit: string) => Buffer.from(digit.repeat(32), "hex").toString("base64url");
const [SERVICE, DOCUMENT] = [id("1"), id("2")];
/** One of a document that nobody has tried an address for: the API counts, for longer than a test may run. */
const untried = () => randomBytes(16).toString("base64url");
/** The stand-in of the API knows no service with this id. */
const UNKNOWN = id("0");

const page = (key: string, { service = SERVICE, document = DOCUMENT, below = "" } = {}) =>
  `${URL_OF}/d/${service}/${document}${below}?key=${key}`;

/** The metrics of one pod, as Prometheus would read them. */
async function metrics(namespace = NAMESPACE, pod?: string): Promise<string[]> {
  const reading =
    "import urllib.request as r; print(r.urlopen('http://localhost:7001/metrics').read().decode())";
  const { code, output } = await inPod(namespace, ROLE, ["python", "-c", reading], pod);
  assert.equal(code, 0, output);
  return output.split("\n");
}

/** How many requests for pages with such a path were counted, whichever worker answered. */
const countedIn = (lines: string[], path: RegExp): number =>
  lines
    .filter((line) => line.startsWith("http_server_requests_total{") && path.test(line))
    .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);

const LANDING = /path="\/d\/[^/]+\/[^/"]+"/;
const CONFIRM = /path="\/d\/[^"]+\/confirm-email-address"/;

/** What a browser that has the form of an address sends, with its cookie and token. */
async function formOf(confirm: string): Promise<(email: string, token?: string) => Promise<Answer>> {
  const form = await ask(confirm);
  const own = /name="csrf_token"[^>]*value="([^"]+)"/.exec(form.body)?.[1];
  assert.ok(own, form.body);
  const [cookie = ""] = form.headers["set-cookie"] ?? [];
  assert.match(cookie, /HttpOnly/);
  return (email, token = own) =>
    ask(confirm, {
      method: "POST",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        cookie: cookie.split(";")[0] ?? "",
        referer: confirm,
      },
      body: new URLSearchParams({ email_address: email, csrf_token: token }).toString(),
    });
}

/** All values of each header of an answer, where Node by itself keeps one of some. */
function headersOf(url: string): Promise<Record<string, string[]>> {
  return new Promise((done, failed) => {
    const asked = request(through(url), (response) => {
      response.resume();
      const all: Record<string, string[]> = {};
      for (let index = 0; index < response.rawHeaders.length; index += 2) {
        const [name = "", value = ""] = response.rawHeaders.slice(index, index + 2);
        all[name.toLowerCase()] = [...(all[name.toLowerCase()] ?? []), value];
      }
      done(all);
    });
    asked.on("error", failed);
    asked.end();
  });
}

/** Keeps the object of a pod that has ended, until what is returned lets it go. */
async function keep(pod: V1Pod): Promise<() => Promise<void>> {
  const mark = async (finalizers: string[] | null) => {
    const patch = { name: nameOf(pod), namespace: NAMESPACE, body: { metadata: { finalizers } } };
    const options = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);
    await cluster().core.patchNamespacedPod(patch, options);
  };
  await mark(["example.com/looked-at"]);
  return () => mark(null);
}

/** Opens a connection a second, and when no more is let in waits for the last one's end: so long an idle one is kept. */
const HOLD = `
import http.client, sys, time
held = []
try:
    while True:
        connection = http.client.HTTPConnection(sys.argv[1], 7001, timeout=60)
        connection.request("GET", "/_status")
        connection.getresponse().read()
        held.append(connection)
        time.sleep(1)
except OSError:
    closed = time.time()
last = [connection.sock for connection in held if connection.sock][-1]
try:
    last.recv(1)
except ConnectionResetError:
    pass
print(round(time.time() - closed))`;

/** The page of the application's state, and one that fails in all workers soon after it first was asked: its pod was ready. */
const STATUS = '@pages.get("/_status")\ndef status():\n    return {"status": "ok"}';
const BREAKS = `FIRST_ASKED = pathlib.Path("/tmp/first-asked")


@pages.get("/_status")
def status():
    if not FIRST_ASKED.exists():
        FIRST_ASKED.touch()
    return {"status": "ok"}, 200 if time.time() < FIRST_ASKED.stat().st_mtime + 3 else 500`;

type Timed = Answer & { begun: number; done: number };

async function timed(answering: Promise<Answer>): Promise<Timed> {
  const begun = Date.now();
  const answer = await answering.catch(() => ({ status: 0, headers: {}, body: "" }));
  return { ...answer, begun, done: Date.now() };
}

describe("document-download, as it is written", () => {
  const prodImages = JSON.stringify({ [ROLE]: `${IMAGE}@sha256:${"3d5f0c4be1a28796".repeat(4)}` });
  let example: Example;
  let incomplete: string;
  /** What is rendered of each environment, once its secret is there and prod's image named. */
  const rendered: Record<string, string> = {};

  before(async () => {
    example = new Example("document-download", { standIns: false });
    const refused = await example.render("prod");
    assert.notEqual(refused.code, 0);
    incomplete = refused.output;
    const render = async (stack: string) => {
      example.configure(stack, (settings) => {
        settings.secrets = { "admin-client": { value: { secure: "AAABAAA" } } };
      });
      const { code, stdout, output } = await example.render(stack);
      assert.equal(code, 0, output);
      rendered[stack] = stdout;
    };
    await Promise.all(["dev", "acc"].map(render));
    await example.withVariable("SERVICE_STACK_IMAGES", prodImages, () => render("prod"));
  });

  const of = (stack: string, kind: string): Settings | undefined =>
    parseAllDocuments(rendered[stack] ?? "")
      .map((document) => document.toJS())
      .find((object) => object.kind === kind && object.metadata.name.endsWith(`-${ROLE}`));

  it("asks for the secret that it shares with the API, and in prod for its image's digest", () => {
    assert.match(incomplete, /2 mistakes in/);
    assert.match(incomplete, /secrets\.admin-client\.value[\s\S]*pulumi config set --secret/);
    assert.match(incomplete, /frontend\.image/);
    for (const stack of ["dev", "acc", "prod"]) {
      assert.ok(rendered[stack]?.includes(`image: ${IMAGE}`));
      assert.doesNotMatch(rendered[stack] ?? "", /upstreams/);
    }
    assert.match(rendered.prod ?? "", /ece8794@sha256:3d5f/);
  });

  it("has the documented size in each environment", () => {
    const prod = { requests: ["1", "1Gi"], limits: ["2", "2Gi"] };
    const documented = {
      dev: {
        environment: "preview",
        replicas: 1,
        ready: 5,
        requests: ["250m", "768Mi"],
        limits: ["1", "1500Mi"],
      },
      acc: { environment: "staging", replicas: 2, ready: 30, ...prod, kept: 1 },
      prod: { environment: "production", replicas: 3, ready: 30, ...prod, kept: 2, scaled: [3, 6, 70] },
    };
    const found = Object.keys(documented).map((stack) => {
      const deployment = of(stack, "Deployment")?.spec;
      const container = deployment.template.spec.containers[0];
      const amounts = ({ cpu, memory }: Settings) => [cpu, memory];
      const kept = of(stack, "PodDisruptionBudget")?.spec.minAvailable;
      const scaler = of(stack, "HorizontalPodAutoscaler")?.spec;
      const variable = (name: string) =>
        container.env.find((entry: Settings) => entry.name === name)?.value as string;
      const has = {
        environment: variable("NOTIFY_ENVIRONMENT"),
        replicas: deployment.replicas,
        ready: deployment.minReadySeconds,
        requests: amounts(container.resources.requests),
        limits: amounts(container.resources.limits),
        ...(kept !== undefined && { kept }),
        ...(scaler && {
          scaled: [
            ...[scaler.minReplicas, scaler.maxReplicas],
            scaler.metrics[0].resource.target.averageUtilization,
          ],
        }),
      };
      return [stack, has];
    });
    assert.deepEqual(Object.fromEntries(found), documented);
  });

  it("is probed, rolled out, stopped and asked as documented", () => {
    const deployment = of("prod", "Deployment")?.spec;
    assert.deepEqual(deployment.strategy.rollingUpdate, { maxSurge: 1, maxUnavailable: 0 });
    assert.deepEqual([deployment.progressDeadlineSeconds, deployment.revisionHistoryLimit], [120, 5]);
    const pod = deployment.template.spec;
    const [container] = pod.containers;
    const probe = (kind: string) => {
      const { httpGet, periodSeconds, timeoutSeconds, failureThreshold } = container[`${kind}Probe`];
      return [httpGet.path, periodSeconds, timeoutSeconds, failureThreshold];
    };
    assert.deepEqual(["startup", "liveness", "readiness"].map(probe), [
      ["/_status", 2, 10, 60],
      ["/_status", 30, 10, 3],
      ["/_status", 5, 10, 3],
    ]);
    assert.deepEqual(
      [pod.terminationGracePeriodSeconds, container.lifecycle.preStop.sleep.seconds],
      [50, 5],
      "5 s, and gunicorn's 30 s, within the grace period",
    );
    assert.equal(of("prod", "ServersTransport")?.spec.forwardingTimeouts.responseHeaderTimeout, "60s");
  });

  it("reaches both APIs and Sentry, and is reached by the ingress and the monitoring, on paper", () => {
    const policies = Object.values(rendered).flatMap(policiesIn);
    const documents = { dev: "10.10.0.10", acc: "10.20.0.10", prod: "10.30.0.10" };
    const everywhere = Object.entries(documents);
    for (const stack of Object.keys(documents)) {
      const pages = place("document-download", `document-download-${stack}`, ROLE);
      const reached = everywhere.filter(([, address]) => reachesAddress(policies, pages, address, 443));
      // So no private address is reached but by a rule of its own.
      assert.deepEqual(
        reached.map(([name]) => name),
        [stack],
      );
      assert.ok(reachesAddress(policies, pages, "8.8.8.8", 443), "a public API");
      assert.ok(!reachesAddress(policies, pages, "8.8.8.8", 80));
      assert.ok(!reachesAddress(policies, pages, "10.10.0.10", 8080));
      const dns = { namespace: "kube-system", labels: { "k8s-app": "kube-dns" } };
      assert.ok(reaches(policies, pages, dns, 53));
      const callers = ["traefik", "monitoring", "default"].filter((namespace) =>
        reaches(policies, { namespace, labels: {} }, pages, 7001),
      );
      assert.deepEqual(callers, ["traefik", "monitoring"]);
    }
  });

  it("refuses in prod what would look healthy and show errors alone, or be for everybody", async () => {
    const undo = example.configure("prod", (settings) => {
      settings.ingress = { ...settings.ingress, tls: { enabled: false } };
      Object.assign(settings.frontend, {
        image: `${IMAGE.split(":")[0]}:latest`,
        command: ["gunicorn", "application"],
        args: [],
        ingress: { hiddenPaths: [] },
        resources: { limits: { memory: "900Mi" } },
      });
      Object.assign(settings.frontend.env, {
        NOTIFY_ENVIRONMENT: "development",
        SECRET_KEY: "dev-notify-secret-key",
        ADMIN_CLIENT_SECRET: "",
        API_HOST_NAME: "http://api.example.com",
        DOCUMENT_DOWNLOAD_API_HOST_NAME: "https://documents-api.example.com",
        DOCUMENT_DOWNLOAD_API_HOST_NAME_INTERNAL: null,
        HTTP_PROTOCOL: "http",
        HTTP_SERVE_TIMEOUT_SECONDS: "30s",
        SENTRY_ENABLED: "true",
      });
    });
    const { code, output } = await example.render("prod");
    undo();
    assert.notEqual(code, 0);
    const env = "frontend.env.";
    tellsOf(output, [
      "frontend.command",
      ...["frontend.image", "frontend.args", "frontend.resources.limits.memory", "ingress.tls.enabled"],
      ...["frontend.ingress.hiddenPaths", `${env}NOTIFY_ENVIRONMENT`, `${env}SECRET_KEY`],
      ...[`${env}ADMIN_CLIENT_SECRET`, `${env}API_HOST_NAME`, `${env}DOCUMENT_DOWNLOAD_API_HOST_NAME`],
      ...[`${env}DOCUMENT_DOWNLOAD_API_HOST_NAME_INTERNAL`, `${env}HTTP_PROTOCOL`, `${env}SENTRY_ENABLED`],
      `${env}HTTP_SERVE_TIMEOUT_SECONDS`,
    ]);
    // In the check's pattern alone.
    assert.doesNotMatch(output, /dev-notify-secret-key(?!\$)/);
    // Ten workers need it in dev too, and NOTIFY_ENVIRONMENT has no default.
    const undone = example.configure("dev", (settings) => {
      settings.frontend.resources.limits.memory = "700Mi";
      settings.frontend.env.NOTIFY_ENVIRONMENT = null;
    });
    const small = await example.render("dev");
    undone();
    tellsOf(small.output, ["frontend.resources.limits.memory", `${env}NOTIFY_ENVIRONMENT`]);
  });

  it("refuses a secret that everybody knows, encrypted though it is", async () => {
    const path = "document-download:stack.secrets.admin-client.value";
    const set = (value: string) =>
      example.pulumi("config", "set", "--secret", "--path", path, value, "-s", "prod");
    const { code, output } = await set("dev-notify-secret-key");
    assert.equal(code, 0, output);
    const refused = await example.withVariable("SERVICE_STACK_IMAGES", prodImages, () =>
      example.pulumi("preview", "-s", "prod"),
    );
    assert.notEqual(refused.code, 0);
    assert.match(refused.output, /1 mistake in[\s\S]*frontend\.env\.ADMIN_CLIENT_SECRET/);
    assert.doesNotMatch(refused.output, /dev-notify-secret-key(?!\$)/);
  });
});

describe("document-download in production", () => {
  const namespace = "document-download-prod";
  let example: Example;

  before(async () => {
    example = new Example("document-download");
    await example.up("prod");
  });

  after(async () => {
    await example.remove("prod");
  });

  it("has one session key for all pods: a form of one is taken by any", async () => {
    const found = await settled(namespace, ROLE, 3);
    const send = await formOf(
      `https://documents.example.com/d/${SERVICE}/${DOCUMENT}/confirm-email-address?key=protected`,
    );
    for (let again = 0; again < 8; again++) {
      assert.equal((await send("recipient@example.com")).status, 302);
    }
    const answered = await Promise.all(
      found.map(async (pod) => countedIn(await metrics(namespace, nameOf(pod)), CONFIRM) > 0),
    );
    assert.ok(answered.filter(Boolean).length > 1, "one pod answered everything");
  });

  it("has three pods, of which a drain takes one", async () => {
    const [first, second] = await settled(namespace, ROLE, 3);
    await evict(namespace, first);
    await assert.rejects(evict(namespace, second), /disruption budget/);
  });
});

describe("document-download", () => {
  let example: Example;
  let firstImages: string;
  /** Begun while the first release's pod is replaced, and looked at once it has ended. */
  const slow: Promise<Timed>[] = [];
  let hanging: Promise<Timed> | undefined;
  let held: Promise<Finished> | undefined;
  let letGo: (() => Promise<void>) | undefined;
  /** When the next release's pod was ready, and so asked, too, and when the first one's was told to end. */
  let inTurn: number;
  let told: number;
  /** The pod before goes on until the ingress asks it no more. */
  const shows = (text: string) =>
    eventually(`"${text}"`, async () => (await ask(page("open"))).body.includes(text));
  const source = (name: string) => join(example.folder, "image/app", name);

  before(async () => {
    example = new Example("document-download");
    await example.up("dev");
    // The stubs and the pages begin alike and were built at once, each for itself; what is built next takes the one that
    // came last. So that is done before a test holds connections to a stub, which would be replaced.
    appendFileSync(source("pages.py"), "\n");
    await example.up("dev");
    firstImages = JSON.stringify((await example.outputs("dev")).images);
  });

  after(async () => {
    await letGo?.();
  });

  it("shows what both APIs say of a document, and what they don't know", async () => {
    const found = await ask(page("open"));
    assert.equal(found.status, 200, found.body);
    assert.match(found.body, /Sample service sent you a file to download/);
    assert.match(
      (await ask(page("open", { below: "/download" }))).body,
      /https:\/\/download\.example\.com\//,
    );
    assert.equal((await ask(page("wrong"))).status, 404);
    assert.equal((await ask(page("expired"))).status, 410);
    assert.equal((await ask(page("open", { service: UNKNOWN }))).status, 404);
    const uuid = "11111111-1111-1111-1111-111111111111";
    for (const path of ["_status?y=z", `${uuid}/documents/${uuid}.pdf`, `${uuid}/documents/${uuid}/check`]) {
      const { status, headers } = await ask(`${URL_OF}/services/${path}`);
      assert.deepEqual(
        [status, headers.location],
        [301, `https://download.dev.example.com/services/${path}`],
      );
    }
    assert.equal((await ask(`${URL_OF}/services/x`)).status, 404);
    const security = await ask(`${URL_OF}/security.txt`);
    assert.equal(security.headers.location, "https://vdp.cabinetoffice.gov.uk/.well-known/security.txt");
  });

  it("lets in whoever knows the address that the file was sent to, and nobody who tries many", async () => {
    const send = await formOf(page("protected", { below: "/confirm-email-address", document: untried() }));
    const sent = await send("recipient@example.com");
    assert.equal(sent.status, 302, sent.body);
    const [access = ""] = (sent.headers["set-cookie"] ?? []).filter((text) =>
      text.startsWith("document_access_signed_data="),
    );
    for (const part of [/; *Domain=dev\.example\.com/, /; *Secure/, /; *HttpOnly/])
      assert.match(access, part);
    assert.equal((await send("recipient@example.com", "")).status, 400, "a form without its token");
    const statuses: number[] = [];
    for (let tries = 0; tries < 12; tries++) statuses.push((await send("another@example.com")).status);
    assert.deepEqual([statuses[0], statuses.at(-1)], [400, 429]);
  });

  it("is there over https alone, with its own headers once, and takes no more than a form", async () => {
    const plain = await ask(`http://${HOST}/_status`);
    assert.deepEqual([plain.status, plain.headers.location], [301, `${URL_OF}/_status`]);
    const headers = await headersOf(`${URL_OF}/_status`);
    assert.deepEqual(headers["strict-transport-security"], ["max-age=31536000; includeSubDomains; preload"]);
    assert.deepEqual(headers["cache-control"], ["no-store, no-cache, private, must-revalidate"]);
    assert.deepEqual(headers["x-frame-options"], ["DENY"]);
    assert.deepEqual(headers["x-content-type-options"], ["nosniff"]);
    assert.equal(headers["content-security-policy"]?.length, 1);
    assert.match(headers["content-security-policy"]?.[0] ?? "", /^default-src 'self';/);
    assert.deepEqual(headers.server, ["gunicorn"], "which drops the application's own");
    // Files are the server's, with a time to be kept that the proxy leaves as it is.
    const { "cache-control": kept, "content-type": type } = await headersOf(
      `${URL_OF}/static/stylesheets/main.css`,
    );
    assert.deepEqual([kept, type], [["max-age=60, public"], ['text/css; charset="utf-8"']]);
    const form = page("protected", { below: "/confirm-email-address" });
    const post = (bytes: number) => ask(form, { method: "POST", body: Buffer.alloc(bytes) });
    assert.equal((await post(65 * 1024)).status, 413);
    assert.equal((await post(63 * 1024)).status, 400, "the application's own answer: it holds no token");
  });

  it("counts its requests over all ten workers, for the monitoring and not for the public", async () => {
    const before = countedIn(await metrics(), LANDING);
    for (let asked = 0; asked < 30; asked++) await ask(page("open"));
    assert.equal(countedIn(await metrics(), LANDING) - before, 30);
    const script = "wc -w < /proc/1/task/1/children; ls /tmp/counter_*.db | wc -l";
    const [workers, counting] = (await inPod(NAMESPACE, ROLE, ["sh", "-c", script])).output.split("\n");
    assert.equal(Number(workers), 10);
    assert.ok(Number(counting) > 1, "a single worker answered everything");
    for (const path of ["/metrics", "/metrics/", "/%6detrics", "/_status/../metrics", "//metrics"]) {
      const { body } = await ask(`${URL_OF}${path}`);
      assert.doesNotMatch(body, /http_server_requests_total/, path);
    }
    const [pod] = await pods(NAMESPACE, ROLE);
    const { annotations = {} } = pod?.metadata ?? {};
    assert.equal(annotations["prometheus.io/scrape"], "true");
    assert.equal(annotations["prometheus.io/port"], "7001");
  });

  it("writes its log as JSON, and passes the trace of a request on to both APIs", async () => {
    const trace = "463ac35c9f6413ad48485a3953bb6124";
    const { headers } = await ask(page("open"), {
      headers: { "x-b3-traceid": trace, "x-b3-spanid": "a2fb4a1d1a96d312" },
    });
    assert.equal(headers["x-b3-traceid"], trace);
    for (const api of ["notify-api", "documents-api"]) {
      await eventually(`the trace at ${api}`, async () =>
        (await logsOf(NAMESPACE, api)).some((line) => JSON.parse(line).trace === trace),
      );
    }
    // Before its first own line stands a warning of a library's, about itself.
    const lines = await logsOf(NAMESPACE, ROLE);
    const own = lines.slice(lines.findIndex((line) => line.startsWith("{"))).map((line) => JSON.parse(line));
    assert.ok(own.some(({ message }) => message === "Starting webapp document-download-frontend"));
  });

  it("runs as a user without rights, and writes where the documents say and nowhere else", async () => {
    const probe = `
id -u
env | grep tcp:// | grep -c -v ^KUBERNETES_
for d in /tmp /home/vcap/logs /home/vcap/app /var/tmp; do touch $d/x && echo $d; done 2>/dev/null
stat -c %a /var/tmp`;
    const { output } = await inPod(NAMESPACE, ROLE, ["sh", "-c", probe]);
    // Everybody may write to /var/tmp, and nobody can.
    assert.deepEqual(output.trim().split("\n"), ["10001", "0", "/tmp", "/home/vcap/logs", "1777"]);
  });

  it("ends without its argument, and doesn't start with a variable missing or misspelt", async () => {
    // Another port, and one worker, which says as much as ten.
    const probe = `
cd /home/vcap/app
./entrypoint.sh > /dev/null; echo $?
export GUNICORN_CMD_ARGS="--workers 1" PORT=7999
begun() {
  env "$@" timeout 60 ./entrypoint.sh web > /tmp/begun 2>&1
  echo $? $(grep -o -E "KeyError: 'NOTIFY_ENVIRONMENT'|invalid literal for .*'|'tcp' is not a valid port" /tmp/begun | tail -n 1)
}
begun -u NOTIFY_ENVIRONMENT
begun HTTP_SERVE_TIMEOUT_SECONDS=30s
begun SENTRY_ENABLED=true
begun PORT=tcp://10.96.0.1:7001`;
    const { output } = await inPod(NAMESPACE, ROLE, ["bash", "-c", probe]);
    assert.deepEqual(output.trim().split("\n"), [
      "0",
      "3 KeyError: 'NOTIFY_ENVIRONMENT'",
      "1 invalid literal for int() with base 10: '30s'",
      "3 invalid literal for int() with base 10: 'true'",
      "1 'tcp' is not a valid port",
    ]);
  });

  it("is missed while its container is started again at once, and then counts anew", async () => {
    const [pod] = await pods(NAMESPACE, ROLE);
    assert.notEqual(countedIn(await metrics(), LANDING), 0);
    const stop = asking(`${URL_OF}/_status`, { everyMs: 50 });
    const lost = ask(page("slow")).then(
      ({ status }) => status,
      () => 0,
    );
    // Begun well before another one that was answered.
    await ask(page("open"));
    await inPod(NAMESPACE, ROLE, ["sh", "-c", "touch /tmp/kept; kill -QUIT 1"]);
    assert.notEqual(await lost, 200);
    await eventually("the next container", async () => {
      const [next] = await pods(NAMESPACE, ROLE);
      return next && isReady(next) && restartsOf(next) === restartsOf(pod) + 1;
    });
    // So a failed request would be seen in a rollout, too.
    assert.notDeepEqual(Object.keys(await stop()), ["200"]);
    assert.equal((await inPod(NAMESPACE, ROLE, ["ls", "/tmp/kept"])).code, 0, "the volume outlives it");
    assert.equal(countedIn(await metrics(), LANDING), 0);
    await eventually("the page", async () => (await ask(page("open"))).status === 200);
  });

  it("rolls a new release out without a failed request", async () => {
    const [old] = await settled(NAMESPACE, ROLE, 1);
    assert.ok(old);
    const send = await formOf(page("protected", { below: "/confirm-email-address", document: untried() }));
    hanging = timed(ask(page("hanging")));
    letGo = await keep(old);
    held = inPod(NAMESPACE, "notify-api", ["python", "-c", HOLD, old.status?.podIP ?? ""]);
    const text = readFileSync(source("pages.py"), "utf8");
    assert.match(text, /sent you a file to download/);
    writeFileSync(source("pages.py"), text.replace("sent you a file to download", "sent you a document"));
    const stop = asking(page("open"), { everyMs: 50 });
    const begin = setInterval(() => slow.push(timed(ask(page("slow")))), 1000);
    const ending = eventually(
      "the first release's pod's end",
      async () => {
        const found = (await pods(NAMESPACE, ROLE)).find((pod) => nameOf(pod) === nameOf(old));
        return found?.metadata?.deletionTimestamp && found.metadata;
      },
      300_000,
    );
    await example.up("dev");
    clearInterval(begin);
    // What the API says is when the grace period is over.
    const { deletionTimestamp, deletionGracePeriodSeconds } = await ending;
    told = Number(deletionTimestamp) - Number(deletionGracePeriodSeconds) * 1000;
    const answers = await stop();
    assert.deepEqual(Object.keys(answers), ["200"], JSON.stringify(answers));
    await shows("sent you a document");
    assert.equal((await send("recipient@example.com")).status, 302, "the form of a page of before");
    const [next] = (await pods(NAMESPACE, ROLE)).filter(isReady);
    const isReadySince = next?.status?.conditions?.find(({ type }) => type === "Ready");
    inTurn = Number(isReadySince?.lastTransitionTime);
  });

  it("leaves the old release serving when the new one fails after it was ready, and says so", async () => {
    const [before] = (await pods(NAMESPACE, ROLE)).filter(isReady);
    const text = readFileSync(source("pages.py"), "utf8");
    assert.ok(text.includes(STATUS));
    writeFileSync(source("pages.py"), `import pathlib\nimport time\n${text.replace(STATUS, BREAKS)}`);
    const undo = example.configure("dev", (settings) => {
      Object.assign(settings.frontend, { minReadySeconds: 25, progressDeadlineSeconds: 26 });
    });
    const stop = asking(page("open"), { everyMs: 50 });
    const { code, output } = await example.pulumi("up", "-s", "dev", "--yes", "--skip-preview");
    const answers = await stop();
    undo();
    writeFileSync(source("pages.py"), text);
    assert.notEqual(code, 0);
    assert.match(output, /timed out progressing/);
    assert.deepEqual(Object.keys(answers), ["200"], JSON.stringify(answers));
    const ready = (await pods(NAMESPACE, ROLE)).filter(isReady);
    assert.deepEqual(
      ready.map(({ metadata }) => metadata?.uid),
      [before?.metadata?.uid],
    );
  });

  it("goes back to the release before, by the images that it had", async () => {
    const stop = asking(page("open"), { everyMs: 50 });
    await example.withVariable("SERVICE_STACK_IMAGES", firstImages, () => example.up("dev"));
    const answers = await stop();
    assert.deepEqual(Object.keys(answers), ["200"], JSON.stringify(answers));
    const [ready, ...others] = (await pods(NAMESPACE, ROLE)).filter(isReady);
    assert.equal(others.length, 0);
    assert.equal(ready?.spec?.containers[0]?.image, JSON.parse(firstImages)[ROLE]);
    await shows("sent you a file to download");
  });

  it("has answered what was begun when its pod ended, and had 30 s for it", async () => {
    const ended = await eventually("the end of the first release's pod", async () => {
      const found = (await pods(NAMESPACE, ROLE)).find((pod) => pod.metadata?.finalizers?.length);
      return found?.status?.containerStatuses?.[0]?.state?.terminated && found;
    });
    const { exitCode, finishedAt } = ended.status?.containerStatuses?.[0]?.state?.terminated ?? {};
    assert.equal(exitCode, 0, "it was killed");
    const [afterSeconds, idleSeconds] = [
      (Number(finishedAt) - told) / 1000,
      Number((await held)?.stdout.trim()),
    ];
    assert.ok(idleSeconds >= 25 && idleSeconds < 45, (await held)?.output);
    assert.ok(afterSeconds >= 30 && afterSeconds < 50, `it ended after ${afterSeconds} s`);
    const answers = await Promise.all(slow);
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    // By the old pod, since there was no other one, and after SIGTERM.
    const drained = answers.filter(({ begun, done }) => begun < inTurn && done > told + 5_000);
    assert.notEqual(drained.length, 0);
    const { status, body, begun, done } = (await hanging) ?? {};
    assert.equal(status, 504);
    assert.match(body ?? "", /problem with the service/, "the application's own answer");
    assert.ok(Number(done) - Number(begun) < 40_000);
  });
});
