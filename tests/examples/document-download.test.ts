// document-download on the node: the documented outside of it (arguments, variables, probes, pages, server) between the
// ingress and stand-ins of the two APIs that it shows pages of.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Answer, ask, asking, cluster } from "../e2e/cluster";
import { eventually } from "../e2e/eventually";
import { Example, inPod, tellsOf } from "./example";
import { endPod, evict, isReady, logsOf, pods, settled } from "./observe";

const HOST = "documents.dev.example.com";
const NAMESPACE = "document-download-dev";
const URL_OF = `https://${HOST}`;
const ROLE = "frontend";

/** An id as it stands in addresses: 16 bytes. */
const id = (digit: string) => Buffer.from(digit.repeat(32), "hex").toString("base64url");
const [SERVICE, DOCUMENT] = [id("1"), id("2")];
/** The stand-in of the API knows no service with this id. */
const UNKNOWN = id("0");

const page = (key: string, { service = SERVICE, below = "" } = {}) =>
  `${URL_OF}/d/${service}/${DOCUMENT}${below}?key=${key}`;

/** The metrics, as Prometheus would read them. */
async function metrics(): Promise<string> {
  const reading =
    "import urllib.request as r; print(r.urlopen('http://localhost:7001/metrics').read().decode())";
  const { code, output } = await inPod(NAMESPACE, ROLE, ["python", "-c", reading]);
  assert.equal(code, 0, output);
  return output;
}

/** How many requests for a document's page were counted, whichever worker answered. */
async function counted(): Promise<number> {
  const lines = (await metrics())
    .split("\n")
    .filter((line) => line.startsWith("http_server_requests_total{"));
  const landings = lines.filter((line) => /path="\/d\/[^/]+\/[^/"]+"/.test(line));
  return landings.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

describe("document-download, as it is written", () => {
  let example: Example;

  before(() => {
    example = new Example("document-download", { standIns: false });
  });

  it("asks for the secret that it shares with the API, and then runs the real image", async () => {
    const { code, output } = await example.render("prod");
    assert.notEqual(code, 0);
    assert.match(output, /1 mistake in/);
    assert.match(output, /secrets\.admin-client\.value[\s\S]*pulumi config set --secret/);
    for (const stack of ["dev", "acc", "prod"]) {
      example.configure(stack, (settings) => {
        settings.secrets = { "admin-client": { value: { secure: "AAABAAA" } } };
      });
      const { code, stdout } = await example.render(stack);
      assert.equal(code, 0, stdout);
      assert.match(stdout, /image: registry\.example\.com\/document-download-frontend:ece8794/);
      assert.doesNotMatch(stdout, /upstreams/);
    }
  });

  it("refuses in prod what would look healthy and show errors alone, or be for everybody", async () => {
    const undo = example.configure("prod", (settings) => {
      settings.ingress = { ...settings.ingress, tls: { enabled: false } };
      Object.assign(settings.frontend, {
        image: "registry.example.com/document-download-frontend:latest",
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
      ...["frontend.image", "frontend.args", "frontend.resources.limits.memory", "ingress.tls.enabled"],
      ...["frontend.ingress.hiddenPaths", `${env}NOTIFY_ENVIRONMENT`, `${env}SECRET_KEY`],
      ...[`${env}ADMIN_CLIENT_SECRET`, `${env}API_HOST_NAME`, `${env}DOCUMENT_DOWNLOAD_API_HOST_NAME`],
      ...[`${env}DOCUMENT_DOWNLOAD_API_HOST_NAME_INTERNAL`, `${env}HTTP_PROTOCOL`, `${env}SENTRY_ENABLED`],
      `${env}HTTP_SERVE_TIMEOUT_SECONDS`,
    ]);
    assert.doesNotMatch(output, /dev-notify-secret-key/);
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

  it("has three to six pods, of which a drain takes one and a rollout none", async () => {
    const found = await settled(namespace, ROLE, 3);
    const { apps, scaling, policy } = cluster();
    const name = `document-download-${ROLE}`;
    const { spec } = await scaling.readNamespacedHorizontalPodAutoscaler({ name, namespace });
    assert.deepEqual([spec?.minReplicas, spec?.maxReplicas], [3, 6]);
    assert.equal(spec?.metrics?.[0]?.resource?.target.averageUtilization, 70);
    const deployment = (await apps.readNamespacedDeployment({ name, namespace })).spec;
    assert.deepEqual({ ...deployment?.strategy?.rollingUpdate }, { maxSurge: 1, maxUnavailable: 0 });
    assert.deepEqual([deployment?.minReadySeconds, deployment?.progressDeadlineSeconds], [10, 120]);
    const budget = await policy.readNamespacedPodDisruptionBudget({ name, namespace });
    assert.equal(String(budget.spec?.minAvailable), "2");
    await evict(namespace, found[0]);
    await assert.rejects(evict(namespace, found[1]), /disruption budget/);
  });

  it("has one session key for all pods: a form of one is taken by any", async () => {
    await settled(namespace, ROLE, 3);
    const host = "https://documents.example.com";
    const confirm = `${host}/d/${SERVICE}/${DOCUMENT}/confirm-email-address?key=protected`;
    const form = await ask(confirm);
    const token = /name="csrf_token"[^>]*value="([^"]+)"/.exec(form.body)?.[1] ?? "";
    const headers = {
      "content-type": "application/x-www-form-urlencoded",
      cookie: (form.headers["set-cookie"]?.[0] ?? "").split(";")[0] ?? "",
      referer: confirm,
    };
    const body = new URLSearchParams({
      email_address: "recipient@example.com",
      csrf_token: token,
    }).toString();
    for (let again = 0; again < 8; again++) {
      assert.equal((await ask(confirm, { method: "POST", headers, body })).status, 302);
    }
  });
});

describe("document-download", () => {
  let example: Example;
  let firstImages: string;
  const source = (name: string) => join(example.folder, "image/app", name);

  before(async () => {
    example = new Example("document-download");
    await example.up("dev");
    firstImages = JSON.stringify((await example.outputs("dev")).images);
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
    const moved = await ask(`${URL_OF}/services/x?y=z`);
    assert.deepEqual(
      [moved.status, moved.headers.location],
      [301, "https://download.dev.example.com/services/x?y=z"],
    );
  });

  it("lets in whoever knows the address that the file was sent to, and nobody who tries many", async () => {
    const confirm = page("protected", { below: "/confirm-email-address" });
    const form = await ask(confirm);
    const token = /name="csrf_token"[^>]*value="([^"]+)"/.exec(form.body)?.[1];
    assert.ok(token, form.body);
    const [cookie = ""] = form.headers["set-cookie"] ?? [];
    assert.match(cookie, /HttpOnly/);
    const send = (address: string, more: object = { csrf_token: token }): Promise<Answer> =>
      ask(confirm, {
        method: "POST",
        headers: {
          "content-type": "application/x-www-form-urlencoded",
          cookie: cookie.split(";")[0] ?? "",
          referer: confirm,
        },
        body: new URLSearchParams({ email_address: address, ...more }).toString(),
      });
    const sent = await send("recipient@example.com");
    assert.equal(sent.status, 302, sent.body);
    const [access = ""] = (sent.headers["set-cookie"] ?? []).filter((text) =>
      text.startsWith("document_access_signed_data="),
    );
    for (const part of [/; *Domain=dev\.example\.com/, /; *Secure/, /; *HttpOnly/])
      assert.match(access, part);
    assert.equal((await send("recipient@example.com", {})).status, 400, "a form without its token");
    const statuses: number[] = [];
    for (let tries = 0; tries < 12; tries++) statuses.push((await send("another@example.com")).status);
    assert.deepEqual([statuses[0], statuses.at(-1)], [400, 429]);
  });

  it("is there over https alone, with its own headers once, and takes no more than a form", async () => {
    const plain = await ask(`http://${HOST}/_status`);
    assert.deepEqual([plain.status, plain.headers.location], [301, `${URL_OF}/_status`]);
    const { headers } = await ask(`${URL_OF}/_status`);
    // A second set, from the proxy, would stand behind a comma.
    assert.equal(headers["strict-transport-security"], "max-age=31536000; includeSubDomains; preload");
    assert.equal(headers["cache-control"], "no-store, no-cache, private, must-revalidate");
    assert.equal(headers["x-frame-options"], "DENY");
    assert.equal(headers.server, "Cloudfront");
    const form = page("protected", { below: "/confirm-email-address" });
    const post = (bytes: number) => ask(form, { method: "POST", body: Buffer.alloc(bytes) });
    assert.equal((await post(65 * 1024)).status, 413);
    assert.equal((await post(63 * 1024)).status, 400, "the application's own answer: it holds no token");
  });

  it("counts its requests in all ten workers, for the monitoring and not for the public", async () => {
    const before = await counted();
    for (let asked = 0; asked < 30; asked++) await ask(page("open"));
    assert.equal((await counted()) - before, 30);
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
    const probe =
      "id -u; for d in /tmp /home/vcap/logs /home/vcap/app; do touch $d/x && echo $d; done 2>/dev/null";
    const { output } = await inPod(NAMESPACE, ROLE, ["sh", "-c", probe]);
    assert.deepEqual(output.trim().split("\n"), ["10001", "/tmp", "/home/vcap/logs"]);
  });

  it("answers what it has begun before its pod ends, and is asked by the documented probe", async () => {
    const [pod] = await settled(NAMESPACE, ROLE, 1);
    const probe = pod?.spec?.containers[0]?.livenessProbe;
    assert.deepEqual(
      [probe?.httpGet?.path, probe?.periodSeconds, probe?.timeoutSeconds, probe?.failureThreshold],
      ["/_status", 30, 10, 3],
    );
    const slow = ask(page("slow"));
    const stop = asking(`${URL_OF}/_status`, { everyMs: 50 });
    await new Promise((begun) => setTimeout(begun, 1000));
    await endPod(NAMESPACE, pod);
    assert.equal((await slow).status, 200);
    const [next] = await settled(NAMESPACE, ROLE, 1);
    // With one pod alone, that one must be missed: so a failed request would have been seen below, too.
    assert.notDeepEqual(Object.keys(await stop()), ["200"]);
    // And this is what becomes of a request whose pod ends at once.
    await eventually("the new pod in rotation", async () => (await ask(page("open"))).status === 200);
    const lost = ask(page("slow")).then(
      ({ status }) => status,
      () => 0,
    );
    await new Promise((begun) => setTimeout(begun, 1000));
    await endPod(NAMESPACE, next, "once");
    assert.notEqual(await lost, 200);
    await settled(NAMESPACE, ROLE, 1);
  });

  it("rolls a new release out without a failed request", async () => {
    const text = readFileSync(source("pages.py"), "utf8");
    assert.match(text, /sent you a file to download/);
    writeFileSync(source("pages.py"), text.replace("sent you a file to download", "sent you a document"));
    await eventually("the page", async () => (await ask(page("open"))).status === 200);
    const stop = asking(page("open"), { everyMs: 50 });
    await example.up("dev");
    await settled(NAMESPACE, ROLE, 1);
    const answers = await stop();
    assert.deepEqual(Object.keys(answers), ["200"], JSON.stringify(answers));
    assert.match((await ask(page("open"))).body, /sent you a document/);
  });

  it("leaves the old release serving when the new one doesn't get ready, and says why", async () => {
    const [before] = await pods(NAMESPACE, ROLE);
    const stop = asking(page("open"), { everyMs: 50 });
    const undo = example.configure("dev", (settings) => {
      settings.checks = { "frontend.env.HTTP_SERVE_TIMEOUT_SECONDS": null };
      settings.frontend.env.HTTP_SERVE_TIMEOUT_SECONDS = "30s";
      settings.frontend.progressDeadlineSeconds = 30;
    });
    const begun = Date.now();
    const { code, output } = await example.pulumi("up", "-s", "dev", "--yes", "--skip-preview");
    undo();
    assert.notEqual(code, 0);
    assert.ok(Date.now() - begun < 180_000, "it must not wait as long as it does by itself");
    assert.match(output, /invalid literal for int\(\)/);
    const answers = await stop();
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
    await settled(NAMESPACE, ROLE, 1);
    const answers = await stop();
    assert.deepEqual(Object.keys(answers), ["200"], JSON.stringify(answers));
    assert.match((await ask(page("open"))).body, /sent you a file to download/);
  });
});
