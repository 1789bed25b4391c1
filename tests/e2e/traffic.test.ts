// Traffic from outside, as the same words have it done by Traefik with Ingress objects, and through the Gateway API.

import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readPlatform } from "../../local/platform/paths";
import type { ServiceStackArgs } from "../../src/schema/stack-args";
import { type Answer, ask, asking, cluster, through } from "./cluster";
import { checkout, pulumi } from "./commands";
import { eventually } from "./eventually";

const NAMESPACE = "traffic-acc";
const WEB = "traffic.acc.localhost";
const API = "traffic-api.acc.localhost";
const OTHER = "www-traffic.acc.localhost";

const folder = mkdtempSync(join(tmpdir(), "traffic-"));

async function succeeds(...args: string[]): Promise<string> {
  const { code, output } = await pulumi(folder, ...args);
  assert.equal(code, 0, output);
  return output;
}

/** Deploys the product with this of it. */
async function up(args: ServiceStackArgs): Promise<void> {
  const config = { "traffic:stack": { tier: "acc", ...args } };
  writeFileSync(join(folder, "Pulumi.acc.yaml"), JSON.stringify({ config }));
  await succeeds("up", "-s", "acc", "--yes", "--skip-preview");
}

/** Asks until the controller has heard of what changed. */
const becomes = (url: string, expected: number): Promise<boolean> =>
  eventually(`${url} is answered with ${expected}`, async () => {
    const { status } = await ask(url).catch(() => ({ status: 0 }));
    return status === expected;
  });

const told = ({ body }: Answer) =>
  JSON.parse(body) as {
    name: string;
    pod: string;
    path: string;
    read: number;
    headers: Record<string, string>;
  };

/** The events of a stream, with how long after the request each arrived. */
function events(url: string): Promise<{ text: string; milliseconds: number }[]> {
  const begun = Date.now();
  return new Promise((done, failed) => {
    const request = httpsRequest(through(url), (response) => {
      const seen: { text: string; milliseconds: number }[] = [];
      response.on("data", (chunk: Buffer) =>
        seen.push({ text: String(chunk), milliseconds: Date.now() - begun }),
      );
      response.on("end", () => done(seen));
    });
    request.on("error", failed).end();
  });
}

/** What comes back through a web socket for a short text. */
function echo(url: string, text: string): Promise<string> {
  const headers = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  };
  return new Promise((done, failed) => {
    const request = httpsRequest(through(url, { headers }));
    request.on("upgrade", (_response, socket) => {
      socket.on("data", (frame: Buffer) => {
        done(String(frame.subarray(2)));
        socket.destroy();
      });
      // Masked with zeros, which changes nothing.
      socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]));
    });
    request.on("response", ({ statusCode }) => failed(new Error(`answered with ${statusCode}`)));
    request.on("error", failed).end();
  });
}

/** Certificates that clients of the node's ingress trust. */
async function createCertificate(name: string): Promise<void> {
  const pki = (file: string) =>
    readFileSync(join(readPlatform()?.state ?? "", "pki", file)).toString("base64");
  await cluster().core.createNamespacedSecret({
    namespace: NAMESPACE,
    body: {
      metadata: { name },
      type: "kubernetes.io/tls",
      data: { "tls.crt": pki("ingress.crt"), "tls.key": pki("ingress.key") },
    },
  });
}

const routes = [
  { host: API },
  { host: WEB, path: "/docs" },
  { host: WEB, path: "/v", pathType: "Exact" as const },
  { host: API, path: "/events", streaming: true },
];

/** What holds whatever carries the traffic. */
function itServes(hstsSeconds: number): void {
  it("sends each host to its process", async () => {
    assert.equal(told(await ask(`https://${WEB}/`)).name, "frontend");
    assert.equal(told(await ask(`https://${API}/`)).name, "backend");
    assert.equal(told(await ask(`https://${API}/api/v1?x=y`)).path, "/api/v1?x=y");
  });

  it("sends a path that is claimed to its process, and what only begins alike to the other", async () => {
    assert.equal(told(await ask(`https://${WEB}/docs/intro`)).name, "backend");
    assert.equal(told(await ask(`https://${WEB}/docs`)).name, "backend");
    assert.equal(told(await ask(`https://${WEB}/docsearch`)).name, "frontend");
    assert.equal(told(await ask(`https://${WEB}/v`)).name, "backend");
    assert.equal(told(await ask(`https://${WEB}/v/x`)).name, "frontend");
  });

  it("sends http to https, and another host to the stack's", async () => {
    const moved = await ask(`http://${API}/api?x=y`);
    assert.deepEqual([moved.status, moved.headers.location], [301, `https://${API}/api?x=y`]);
    const other = await ask(`https://${OTHER}/page?x=y`);
    assert.deepEqual([other.status, other.headers.location], [301, `https://${WEB}/page?x=y`]);
  });

  it("tells the process the client's address, the scheme and the host", async () => {
    const { headers } = told(await ask(`https://${API}/`));
    assert.equal(headers["x-forwarded-proto"], "https");
    assert.equal(headers["x-forwarded-host"], API);
    assert.equal(headers.host, API);
    assert.match(headers["x-forwarded-for"] ?? "", /^\d+\.\d+\.\d+\.\d+$/);
  });

  it("tells browsers to come back by https", async () => {
    assert.equal(
      (await ask(`https://${WEB}/`)).headers["strict-transport-security"],
      `max-age=${hstsSeconds}`,
    );
  });

  it("lets server-sent events through piece by piece, and web sockets", async () => {
    const seen = await events(`https://${API}/events`);
    assert.deepEqual(
      seen.map(({ text }) => text.trim()),
      ["data: 0", "data: 1", "data: 2"],
    );
    const [first, , last] = seen;
    assert.ok((last?.milliseconds ?? 0) - (first?.milliseconds ?? 0) > 1500, JSON.stringify(seen));
    assert.equal(await echo(`https://${API}/ws`, "hello"), "HELLO");
  });
}

describe("Traffic from outside", () => {
  before(() => {
    mkdirSync(folder, { recursive: true });
    cpSync(join(checkout, "tests/e2e/traffic/server.py"), join(folder, "server.py"));
    cpSync(join(checkout, "tests/e2e/traffic/program.js"), join(folder, "index.js"));
    symlinkSync(join(checkout, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "package.json"), "{}");
    writeFileSync(join(folder, "Pulumi.yaml"), "name: traffic\nruntime: nodejs\nmain: index.js\n");
  });

  after(async () => {
    await succeeds("destroy", "-s", "acc", "--yes", "--skip-preview");
    await cluster().core.deleteNamespace({ name: NAMESPACE });
  });

  describe("by Traefik and Ingress objects", () => {
    let changing: Record<number, number>;

    before(async () => {
      await up({ ingress: { ingressClassName: "traefik" }, backend: { replicas: 2, routes } });
      await becomes(`https://${WEB}/`, 200);
      const stop = asking(`https://${WEB}/`);
      await up({
        ingress: {
          ingressClassName: "traefik",
          maxBodySize: "1Mi",
          hiddenPaths: ["/metrics"],
          redirectHosts: [OTHER],
          tls: { hsts: { maxAgeSeconds: 600 } },
        },
        backend: {
          replicas: 2,
          routes: [
            ...routes,
            { host: API, path: "/login", rateLimit: { requests: 3, periodSeconds: 60 } },
            { host: API, path: "/office", sourceRanges: ["203.0.113.0/24"] },
          ],
          ingress: {
            maxBodySize: "3Mi",
            timeouts: { readSeconds: 2 },
            sessionAffinity: { cookieName: "pod" },
          },
        },
      });
      await becomes(`https://${API}/office`, 403);
      await becomes(`https://${OTHER}/`, 301);
      changing = await stop();
    });

    it("loses no request while limits are put on what is live", () => {
      assert.deepEqual(Object.keys(changing), ["200"], JSON.stringify(changing));
    });

    itServes(600);

    it("refuses a body above the limit with 413, each process with its own", async () => {
      const post = (host: string, bytes: number) =>
        ask(`https://${host}/`, { method: "POST", body: Buffer.alloc(bytes, "x") });
      assert.equal(told(await post(WEB, 2 ** 20)).read, 2 ** 20);
      assert.equal((await post(WEB, 2 ** 20 + 1)).status, 413);
      assert.equal(told(await post(API, 3 * 2 ** 20)).read, 3 * 2 ** 20);
      assert.equal((await post(API, 3 * 2 ** 20 + 1)).status, 413);
    });

    it("answers a hidden path with 404 on every host, and its neighbours as before", async () => {
      for (const host of [WEB, API]) {
        assert.equal((await ask(`https://${host}/metrics`)).status, 404);
        assert.equal((await ask(`https://${host}/metrics/x`)).status, 404);
        assert.equal((await ask(`https://${host}//metrics`)).status, 404);
        assert.equal((await ask(`https://${host}/metric`)).status, 200);
      }
    });

    it("refuses more than a client may send with 429, and only where that is said", async () => {
      const statuses = async (path: string) => {
        const answers = await Promise.all(Array.from({ length: 6 }, () => ask(`https://${API}${path}`)));
        return answers.map(({ status }) => status).sort();
      };
      assert.deepEqual(await statuses("/login"), [200, 200, 200, 429, 429, 429]);
      assert.deepEqual(await statuses("/"), [200, 200, 200, 200, 200, 200]);
    });

    it("lets in only the addresses that are named", async () => {
      assert.equal((await ask(`https://${API}/office`)).status, 403);
    });

    it("keeps a client at its pod by a cookie", async () => {
      const first = await ask(`https://${API}/`);
      const [cookie = ""] = first.headers["set-cookie"] ?? [];
      assert.match(cookie, /^pod=.*HttpOnly.*Secure.*SameSite=Lax/);
      const headers = { cookie: cookie.split(";")[0] ?? "" };
      const pods = new Set<string>();
      for (let count = 0; count < 6; count++) pods.add(told(await ask(`https://${API}/`, { headers })).pod);
      assert.deepEqual([...pods], [told(first).pod]);
      // The control: without it there are two.
      for (let count = 0; count < 6; count++) pods.add(told(await ask(`https://${API}/`)).pod);
      assert.equal(pods.size, 2);
    });

    it("gives up on a process that doesn't answer in time", async () => {
      assert.equal((await ask(`https://${API}/slow?1`)).status, 200);
      assert.equal((await ask(`https://${API}/slow?3`)).status, 504);
    });

    it("tells the program where each process is reached", async () => {
      const { stdout } = await pulumi(folder, "stack", "output", "urls", "--json", "-s", "acc");
      assert.deepEqual(JSON.parse(stdout), { backend: `https://${API}`, frontend: `https://${WEB}` });
    });
  });

  describe("by the Gateway API, after a change from the other", () => {
    before(async () => {
      await createCertificate("ingress-tls");
      await up({
        ingress: {
          gateway: { gatewayClassName: "traefik" },
          hiddenPaths: ["/metrics"],
          redirectHosts: [OTHER],
          tls: { secretName: "ingress-tls", hsts: { maxAgeSeconds: 700 } },
        },
        backend: { replicas: 2, routes },
      });
      // Another answers now, and for a moment nobody: the routes aren't waited for, and the Ingress objects go after them.
      for (const url of [`https://${WEB}/`, `https://${API}/events`, `https://${WEB}/docs`]) {
        await eventually(`${url} is answered by the Gateway`, async () => {
          const { headers } = await ask(url).catch(() => ({ headers: {} as Answer["headers"] }));
          return headers["strict-transport-security"] === "max-age=700";
        });
      }
    });

    itServes(700);

    it("leaves no Ingress behind", async () => {
      const { items } = await cluster().networking.listNamespacedIngress({ namespace: NAMESPACE });
      assert.deepEqual(
        items.map(({ metadata }) => metadata?.name),
        [],
      );
    });

    it("answers a hidden path with an error of its own, and its neighbours as before", async () => {
      for (const host of [WEB, API]) {
        const { status, body } = await ask(`https://${host}/metrics`);
        assert.ok([404, 500, 503].includes(status), `${status}`);
        assert.doesNotMatch(body, /"name"/);
        assert.equal((await ask(`https://${host}/metric`)).status, 200);
      }
    });
  });
});
