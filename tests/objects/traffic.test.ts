// Requests from outside as Kubernetes objects: what each controller is told for the same words.

import assert from "node:assert/strict";
import type { Ingress } from "kubernetes-types/networking/v1";
import { stackObjects } from "../../src/objects/objects";
import type { StackObject } from "../../src/objects/stack-object";
import { planStack } from "../../src/plan/plan";
import type { IngressArgs } from "../../src/schema/ingress-args";
import type { ProcessArgs } from "../../src/schema/process-args";
import type { ServiceStackArgs } from "../../src/schema/stack-args";
import { sampleArgs } from "../sample";

function objectsOf(ingress: IngressArgs, backend: Partial<ProcessArgs> = {}, stack = "acc"): StackObject[] {
  const args: ServiceStackArgs = {
    ...sampleArgs(),
    ingress,
    backend: { ...sampleArgs().backend, ...backend },
  };
  const { plan, problems } = planStack({ name: "notes", stack }, args);
  assert.deepEqual(problems, []);
  return stackObjects(plan);
}

const ofKind = (objects: StackObject[], kind: string) =>
  objects.flatMap(({ object }) =>
    object.kind === kind ? [object as typeof object & { spec: Record<string, unknown> }] : [],
  );

const named = (objects: StackObject[], kind: string, name: string) => {
  const found = ofKind(objects, kind).find(({ metadata }) => metadata.name === name);
  assert.ok(
    found,
    `${kind} ${name} isn't among ${ofKind(objects, kind).map(({ metadata }) => metadata.name)}`,
  );
  return found;
};

/** The paths of an Ingress as `host path type service:port`. */
const pathsOf = (object: unknown) =>
  ((object as Ingress).spec?.rules ?? []).flatMap(({ host, http }) =>
    (http?.paths ?? []).map(
      ({ path, pathType, backend }) =>
        `${host} ${path} ${pathType} ${backend.service?.name}:${backend.service?.port?.number}`,
    ),
  );

/** The annotations of an Ingress, without what all of a controller's begin with. */
const words = (objects: StackObject[], name: string, prefix: string) =>
  Object.fromEntries(
    Object.entries(named(objects, "Ingress", name).metadata.annotations ?? {}).map(([key, value]) => [
      key.replace(prefix, ""),
      value,
    ]),
  );

const whole: IngressArgs = {
  maxBodySize: "100Mi",
  timeouts: { connectSeconds: 5, readSeconds: 120 },
  rateLimit: { requests: 100, periodSeconds: 60, burst: 200 },
  sourceRanges: ["203.0.113.0/24", "2001:db8::/32"],
  hiddenPaths: ["/api/metrics"],
  redirectHosts: ["www.notes.example.com"],
};

const everyController: [string, IngressArgs][] = [
  ["a plain Ingress", {}],
  ["Traefik", { controller: "traefik", ...whole, tls: { hsts: {} }, trustedProxies: ["10.0.0.0/8"] }],
  ["ingress-nginx", { controller: "ingress-nginx", ...whole }],
  [
    "a Gateway",
    {
      gateway: { gatewayClassName: "x" },
      hiddenPaths: ["/api/metrics"],
      redirectHosts: ["www.notes.example.com"],
      tls: { issuer: { name: "x" } },
    },
  ],
];

for (const [controller, ingress] of everyController) {
  describe(`What is made for ${controller}`, () => {
    const objects = objectsOf(ingress, {
      routes: [{ path: "/docs" }, { host: "*.example.com", path: "/x" }],
    });

    it("has names of its own, and stands behind what it names", () => {
      const names = objects.map(({ object }) => `${object.kind} ${object.metadata.name}`);
      assert.deepEqual(
        names.filter((name, index) => names.indexOf(name) !== index && !name.endsWith("undefined")),
        [],
      );
      const seen = new Set<string>();
      for (const { id, after } of objects) {
        for (const other of after) assert.ok(seen.has(other), `${id} stands before ${other}`);
        seen.add(id);
      }
    });

    it("names only objects that are there", () => {
      const text = JSON.stringify(objects);
      for (const [, name] of text.matchAll(/notes-acc-([a-z0-9-]+)@kubernetescrd/g)) {
        assert.ok(
          objects.some(
            ({ object }) => object.apiVersion.startsWith("traefik.io/") && object.metadata.name === name,
          ),
          `${name} isn't there`,
        );
      }
    });

    it("leads nowhere but to ports of Services that are there", () => {
      const services = ofKind(objects, "Service").map(
        ({ metadata, spec }) => `${metadata.name}:${(spec as { ports: { port: number }[] }).ports[0]?.port}`,
      );
      const led = [
        ...ofKind(objects, "Ingress").flatMap((object) =>
          pathsOf(object).map((path) => path.split(" ").at(-1)),
        ),
        ...ofKind(objects, "HTTPRoute").flatMap(({ spec }) =>
          (spec as { rules: { backendRefs?: { name: string; port: number }[] }[] }).rules.flatMap(
            ({ backendRefs = [] }) => backendRefs.map(({ name, port }) => `${name}:${port}`),
          ),
        ),
      ];
      assert.ok(led.length >= 4);
      for (const target of led) assert.ok(services.includes(target ?? ""), target);
    });
  });
}

describe("A plain Ingress", () => {
  it("is one, with everything that any controller understands", () => {
    const objects = objectsOf({ tls: { secretName: "notes-tls" }, annotations: { "example.com/a": "b" } });
    const [object, ...others] = ofKind(objects, "Ingress");
    assert.equal(others.length, 0);
    assert.deepEqual(object?.metadata.annotations, { "example.com/a": "b" });
    assert.deepEqual(pathsOf(object), [
      "notes.example.com /api Prefix notes-backend:8000",
      "notes.example.com / Prefix notes-frontend:8080",
    ]);
    assert.deepEqual(object?.spec.tls, [{ hosts: ["notes.example.com"], secretName: "notes-tls" }]);
  });

  it("is another one for a route with annotations of its own", () => {
    const objects = objectsOf(
      { annotations: { "alb.ingress.kubernetes.io/group.name": "notes" } },
      { ingress: { annotations: { "alb.ingress.kubernetes.io/healthcheck-path": "/readyz" } } },
    );
    assert.deepEqual(pathsOf(named(objects, "Ingress", "notes")), [
      "notes.example.com / Prefix notes-frontend:8080",
    ]);
    assert.deepEqual(named(objects, "Ingress", "notes-backend").metadata.annotations, {
      "alb.ingress.kubernetes.io/group.name": "notes",
      "alb.ingress.kubernetes.io/healthcheck-path": "/readyz",
    });
  });
});

describe("Traefik", () => {
  const traefik = "traefik.ingress.kubernetes.io/";
  const specs = (objects: StackObject[]) =>
    Object.fromEntries(
      ofKind(objects, "Middleware").flatMap(({ metadata, spec }) =>
        "chain" in spec ? [] : [[metadata.name, spec]],
      ),
    );
  const chain = (objects: StackObject[], name: string) =>
    (named(objects, "Middleware", name).spec.chain as { middlewares: { name: string }[] }).middlewares.map(
      ({ name }) => name,
    );

  it("has an Ingress for each route, that names a chain with a Middleware for each word", () => {
    const objects = objectsOf({
      controller: "traefik",
      ingressClassName: "traefik",
      ...whole,
      tls: { hsts: {} },
    });
    assert.deepEqual(words(objects, "notes-backend", traefik), {
      "router.middlewares": "notes-acc-notes-backend-chain@kubernetescrd",
    });
    assert.deepEqual(chain(objects, "notes-backend-chain"), [
      "notes-https",
      "notes-hsts",
      "notes-sources",
      "notes-rate",
      "notes-body",
    ]);
    assert.deepEqual(specs(objects), {
      "notes-https": { redirectScheme: { scheme: "https", permanent: true } },
      "notes-hsts": { headers: { stsSeconds: 31_536_000 } },
      "notes-sources": { ipAllowList: { sourceRange: ["203.0.113.0/24", "2001:db8::/32"] } },
      "notes-rate": { rateLimit: { average: 100, period: "60s", burst: 200 } },
      "notes-body": { buffering: { maxRequestBodyBytes: 100 * 2 ** 20 } },
      "notes-hidden": { ipAllowList: { sourceRange: ["255.255.255.255/32"], rejectStatusCode: 404 } },
      "notes-redirect": {
        redirectRegex: {
          regex: "^https?://[^/]+(.*)",
          replacement: "https://notes.example.com$1",
          permanent: true,
        },
      },
    });
    assert.deepEqual(pathsOf(named(objects, "Ingress", "notes-backend")), [
      "notes.example.com /api Prefix notes-backend:8000",
    ]);
  });

  it("keeps a Middleware of one process to itself, and one of the stack for all the others", () => {
    const objects = objectsOf(
      { controller: "traefik", maxBodySize: "1Mi" },
      { ingress: { maxBodySize: "256Mi" } },
      "dev",
    );
    assert.deepEqual(chain(objects, "notes-backend-chain"), ["notes-backend-body"]);
    assert.deepEqual(chain(objects, "notes-frontend-chain"), ["notes-body"]);
  });

  it("is told by an Ingress that stays the same when its chain gets a Middleware", () => {
    const ingress = (more: IngressArgs) =>
      named(objectsOf({ controller: "traefik", ...more }), "Ingress", "notes-backend");
    assert.deepEqual(ingress({ maxBodySize: "1Mi", rateLimit: { requests: 5 } }), ingress({}));
    // The control: what an Ingress itself says differs.
    assert.notDeepEqual(ingress({ annotations: { a: "b" } }), ingress({}));
  });

  it("counts the client before the proxies that are trusted", () => {
    const objects = objectsOf({
      controller: "traefik",
      rateLimit: { requests: 5 },
      sourceRanges: ["203.0.113.0/24"],
      trustedProxies: ["10.0.0.0/8"],
    });
    const ipStrategy = { excludedIPs: ["10.0.0.0/8"] };
    assert.deepEqual(specs(objects)["notes-rate"], {
      rateLimit: { average: 5, period: "1s", burst: 5, sourceCriterion: { ipStrategy } },
    });
    assert.deepEqual(specs(objects)["notes-sources"], {
      ipAllowList: { sourceRange: ["203.0.113.0/24"], ipStrategy },
    });
  });

  it("gives a process its timeouts and its cookie by its Service", () => {
    const objects = objectsOf(
      { controller: "traefik" },
      {
        ingress: {
          timeouts: { connectSeconds: 5, readSeconds: 120 },
          sessionAffinity: { maxAgeSeconds: 3600 },
        },
      },
    );
    assert.deepEqual(named(objects, "Service", "notes-backend").metadata.annotations, {
      [`${traefik}service.serverstransport`]: "notes-acc-notes-backend@kubernetescrd",
      [`${traefik}service.sticky.cookie`]: "true",
      [`${traefik}service.sticky.cookie.name`]: "notes-backend",
      [`${traefik}service.sticky.cookie.httponly`]: "true",
      [`${traefik}service.sticky.cookie.samesite`]: "lax",
      [`${traefik}service.sticky.cookie.secure`]: "true",
      [`${traefik}service.sticky.cookie.maxage`]: "3600",
    });
    assert.deepEqual(named(objects, "ServersTransport", "notes-backend").spec, {
      forwardingTimeouts: { dialTimeout: "5s", responseHeaderTimeout: "120s" },
    });
    assert.equal(named(objects, "Service", "notes-frontend").metadata.annotations, undefined);
  });

  it("closes a hidden path before any route, however short it is", () => {
    const objects = objectsOf({ controller: "traefik", hiddenPaths: ["/api/m"] });
    assert.deepEqual(pathsOf(named(objects, "Ingress", "notes-hidden")), [
      "notes.example.com /api/m Prefix notes-backend:8000",
    ]);
    assert.deepEqual(words(objects, "notes-hidden", traefik), {
      "router.priority": "20000",
      "router.middlewares": "notes-acc-notes-hidden@kubernetescrd",
    });
    const route = objects.find(({ id }) => id === "backend-ingress");
    assert.ok(route?.after.includes("hidden-ingress"));
  });

  it("puts exact paths before prefixes, and patterns of hosts behind hosts", () => {
    const objects = objectsOf(
      { controller: "traefik" },
      {
        path: undefined,
        routes: [
          { path: "/a", pathType: "Exact" },
          { host: "*.example.com", path: "/b" },
          { host: "*.example.com" },
        ],
      },
      "dev",
    );
    const priority = (name: string) => words(objects, name, traefik)["router.priority"];
    assert.equal(priority("notes-backend-a"), "10000");
    assert.equal(priority("notes-backend-example-com-b"), "2");
    assert.equal(priority("notes-backend-example-com"), "1");
    assert.equal(priority("notes-frontend"), undefined);
  });

  it("puts Middlewares that the user names behind ours, and takes any other annotation as it is", () => {
    const objects = objectsOf({
      controller: "traefik",
      annotations: {
        [`${traefik}router.middlewares`]: "notes-acc-auth@kubernetescrd",
        [`${traefik}router.priority`]: "7",
      },
    });
    assert.deepEqual(words(objects, "notes-backend", traefik), {
      "router.priority": "7",
      "router.middlewares": "notes-acc-notes-backend-chain@kubernetescrd,notes-acc-auth@kubernetescrd",
    });
  });

  it("redirects to the port that https is reached at", () => {
    const objects = objectsOf({
      controller: "traefik",
      ports: { https: 8443 },
      redirectHosts: ["www.example.com"],
    });
    assert.deepEqual(specs(objects)["notes-https"], {
      redirectScheme: { scheme: "https", permanent: true, port: "8443" },
    });
    assert.match(JSON.stringify(specs(objects)["notes-redirect"]), /https:\/\/notes\.example\.com:8443\$1/);
  });
});

describe("ingress-nginx", () => {
  const nginx = "nginx.ingress.kubernetes.io/";

  it("is told all words by annotations", () => {
    const objects = objectsOf({ ingressClassName: "nginx", ...whole }, { ingress: { sessionAffinity: {} } });
    const common = {
      "force-ssl-redirect": "true",
      "from-to-www-redirect": "true",
      "proxy-body-size": "100m",
      "whitelist-source-range": "203.0.113.0/24,2001:db8::/32",
      "limit-rpm": "100",
      "limit-burst-multiplier": "2",
      "proxy-connect-timeout": "5",
      "proxy-read-timeout": "120",
    };
    assert.deepEqual(words(objects, "notes-frontend", nginx), common);
    assert.deepEqual(words(objects, "notes-backend", nginx), {
      ...common,
      affinity: "cookie",
      "session-cookie-name": "notes-backend",
      "session-cookie-samesite": "Lax",
      "session-cookie-change-on-failure": "true",
      "session-cookie-secure": "true",
    });
    assert.deepEqual(words(objects, "notes-hidden", nginx), {
      "whitelist-source-range": "255.255.255.255/32",
    });
    assert.deepEqual((named(objects, "Ingress", "notes-backend").spec as Ingress["spec"])?.tls, [
      { hosts: ["notes.example.com", "www.notes.example.com"] },
    ]);
    assert.equal(ofKind(objects, "Middleware").length, 0);
  });

  it("lets streams pause, and holds nothing of them back", () => {
    const objects = objectsOf(
      { ingressClassName: "nginx" },
      { routes: [{ path: "/events", streaming: true }] },
      "dev",
    );
    assert.deepEqual(words(objects, "notes-backend-events", nginx), {
      "proxy-read-timeout": "3600",
      "proxy-send-timeout": "3600",
      "proxy-buffering": "off",
    });
    assert.deepEqual(words(objects, "notes-backend", nginx), {});
  });

  it("is kept from redirecting by itself where that isn't wanted", () => {
    const objects = objectsOf({ ingressClassName: "nginx", tls: { redirect: false } });
    assert.deepEqual(words(objects, "notes-backend", nginx), { "ssl-redirect": "false" });
  });

  it("takes sizes in whole numbers", () => {
    const sizeOf = (maxBodySize: string) =>
      words(objectsOf({ ingressClassName: "nginx", maxBodySize }, {}, "dev"), "notes-backend", nginx)[
        "proxy-body-size"
      ];
    assert.deepEqual(["1.5Gi", "64Ki", "1.5Ki", "10M"].map(sizeOf), ["1536m", "64k", "1536", "10000000"]);
  });
});

describe("The Gateway API", () => {
  const parents = (object: { spec: Record<string, unknown> }) =>
    (object.spec.parentRefs as { name: string; namespace?: string; sectionName: string }[]).map(
      ({ name, namespace = "", sectionName }) => `${namespace}/${name}/${sectionName}`,
    );

  it("has an HTTPRoute for each route on the https listener of a Gateway that is there, and one from http to it", () => {
    const objects = objectsOf(
      {
        gateway: { name: "public", namespace: "infra" },
        timeouts: { readSeconds: 120 },
        tls: { hsts: { preload: false } },
      },
      {
        routes: [
          { path: "/ws", streaming: true },
          { path: "/openapi.json", pathType: "Exact" },
        ],
      },
    );
    const backend = named(objects, "HTTPRoute", "notes-backend");
    assert.deepEqual(parents(backend), ["infra/public/https"]);
    assert.deepEqual(backend.spec.hostnames, ["notes.example.com"]);
    const filters = [
      {
        type: "ResponseHeaderModifier",
        responseHeaderModifier: { set: [{ name: "Strict-Transport-Security", value: "max-age=31536000" }] },
      },
    ];
    assert.deepEqual(backend.spec.rules, [
      {
        matches: [{ path: { type: "PathPrefix", value: "/api" } }],
        filters,
        timeouts: { request: "120s" },
        backendRefs: [{ name: "notes-backend", port: 8000 }],
      },
    ]);
    const rule = (name: string) =>
      (named(objects, "HTTPRoute", name).spec.rules as { matches: unknown; timeouts: unknown }[])[0];
    assert.deepEqual(rule("notes-backend-ws")?.timeouts, { request: "0s" });
    assert.deepEqual(rule("notes-backend-openapi-json")?.matches, [
      { path: { type: "Exact", value: "/openapi.json" } },
    ]);

    const redirect = named(objects, "HTTPRoute", "notes-https");
    assert.deepEqual(parents(redirect), ["infra/public/http"]);
    assert.deepEqual(redirect.spec.rules, [
      { filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } }] },
    ]);
    assert.equal(ofKind(objects, "Gateway").length, 0);
  });

  it("serves http alone where TLS is off, and both where http isn't sent to https", () => {
    const gateway = { name: "public" };
    const backend = (ingress: IngressArgs, stack: string) =>
      parents(named(objectsOf(ingress, {}, stack), "HTTPRoute", "notes-backend"));
    assert.deepEqual(backend({ gateway }, "dev"), ["/public/http"]);
    assert.deepEqual(backend({ gateway, tls: { redirect: false } }, "acc"), [
      "/public/http",
      "/public/https",
    ]);
    const other = { name: "public", httpListener: "web", httpsListener: "websecure" };
    assert.deepEqual(backend({ gateway: other }, "acc"), ["/public/websecure"]);
  });

  it("makes a Gateway with a listener and a certificate for each host, where one is asked for", () => {
    const objects = objectsOf(
      {
        gateway: { gatewayClassName: "traefik", httpPort: 8000, httpsPort: 8443, annotations: { a: "b" } },
        tls: { issuer: { name: "letsencrypt", kind: "Issuer" } },
        redirectHosts: ["www.example.com"],
      },
      { path: undefined, host: "api.example.com" },
    );
    const gateway = named(objects, "Gateway", "notes");
    assert.deepEqual(gateway.metadata.annotations, { a: "b" });
    assert.equal(gateway.spec.gatewayClassName, "traefik");
    const listeners = gateway.spec.listeners as {
      name: string;
      hostname?: string;
      port: number;
      tls?: unknown;
    }[];
    assert.deepEqual(
      listeners.map(({ name, hostname, port }) => `${name} ${hostname ?? "*"}:${port}`),
      [
        "http *:8000",
        "https-notes-example-com notes.example.com:8443",
        "https-www-example-com www.example.com:8443",
        "https-api-example-com api.example.com:8443",
      ],
    );
    assert.deepEqual(listeners.at(-1)?.tls, {
      mode: "Terminate",
      certificateRefs: [{ name: "notes-api-example-com-tls" }],
    });
    assert.deepEqual(parents(named(objects, "HTTPRoute", "notes-backend")), ["/notes/https-api-example-com"]);
    assert.deepEqual(parents(named(objects, "HTTPRoute", "notes-redirect-www-example-com")), [
      "/notes/http",
      "/notes/https-www-example-com",
    ]);
    assert.deepEqual(named(objects, "HTTPRoute", "notes-https").spec.hostnames, [
      "api.example.com",
      "notes.example.com",
    ]);
    assert.deepEqual(named(objects, "Certificate", "notes-tls").spec, {
      secretName: "notes-tls",
      dnsNames: ["notes.example.com", "www.example.com"],
      issuerRef: { name: "letsencrypt", kind: "Issuer", group: "cert-manager.io" },
      privateKey: { rotationPolicy: "Always" },
    });
  });

  it("answers hidden paths itself, by rules that lead nowhere", () => {
    const objects = objectsOf({ gateway: { name: "public" }, hiddenPaths: ["/api/metrics", "/internal"] });
    assert.deepEqual(named(objects, "HTTPRoute", "notes-hidden-notes-example-com").spec.rules, [
      { matches: [{ path: { type: "PathPrefix", value: "/api/metrics" } }] },
      { matches: [{ path: { type: "PathPrefix", value: "/internal" } }] },
    ]);
  });
});
