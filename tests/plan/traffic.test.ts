// The plan of requests from outside: what follows from a sound input.

import assert from "node:assert/strict";
import { planStack } from "../../src/plan/plan";
import type { IngressArgs } from "../../src/schema/ingress-args";
import { mergeLayers } from "../../src/schema/layers";
import type { ServiceStackArgs } from "../../src/schema/stack-args";
import { sampleArgs } from "../sample";

function planOf(change: Partial<ServiceStackArgs>, stack = "dev") {
  const { plan, problems } = planStack({ name: "notes", stack }, { ...sampleArgs(), ...change });
  assert.deepEqual(problems, []);
  return plan;
}

const ingressOf = (ingress: IngressArgs, change: Partial<ServiceStackArgs> = {}, stack = "dev") => {
  const plan = planOf({ ...change, ingress }, stack).ingress;
  assert.ok(plan);
  return plan;
};

const backend = (more: Partial<ServiceStackArgs["backend"]>) => ({
  backend: { ...sampleArgs().backend, ...more },
});

describe("Routes", () => {
  it("are the short form's and the long one's together, the longest path first", () => {
    const { routes } = ingressOf(
      {},
      backend({
        routes: [
          { path: "/docs/" },
          { host: "api.example.com" },
          { path: "/openapi.json", pathType: "Exact" },
        ],
      }),
    );
    assert.deepEqual(
      routes.map(({ id, host, path, pathType }) => `${id} ${host}${path} ${pathType}`),
      [
        "backend-openapi-json notes.example.com/openapi.json Exact",
        "backend-docs notes.example.com/docs Prefix",
        "backend notes.example.com/api Prefix",
        "backend-api-example-com api.example.com/ Prefix",
        "frontend notes.example.com/ Prefix",
      ],
    );
  });

  it("of a process with a host of its own are all on that host", () => {
    const { routes } = ingressOf({}, backend({ path: undefined, host: "api.example.com" }));
    assert.deepEqual(
      routes.map(({ host, path }) => host + path),
      ["api.example.com/", "notes.example.com/"],
    );
  });

  it("open the network to the process, once however many there are", () => {
    const { edges } = planOf(backend({ routes: [{ path: "/docs" }, { path: "/ws" }] }));
    assert.deepEqual(
      edges.filter(({ from }) => from === "ingress").map(({ to }) => to),
      ["backend", "frontend"],
    );
  });

  it("that have the same name after what no name can have are told apart", () => {
    const { routes } = ingressOf(
      {},
      backend({ path: undefined, routes: [{ path: "/a.b" }, { path: "/a-b" }] }),
    );
    assert.deepEqual(routes.map(({ id }) => id).sort(), ["backend-a-b", "backend-a-b-2", "frontend"]);
  });
});

describe("A public address", () => {
  const envOf = (change: Partial<ServiceStackArgs>, value: string, stack = "dev") => {
    const plan = planOf(
      { ...change, services: { probe: { image: `x:1@sha256:${"a".repeat(64)}`, env: { A: value } } } },
      stack,
    );
    return {
      value: plan.processes.at(-1)?.env[0]?.value,
      edges: plan.edges.filter(({ from }) => from === "probe"),
    };
  };

  it("is that of the stack, or of a process with its path", () => {
    assert.deepEqual(envOf({}, "${ingress.url} ${ingress.host}", "acc").value, {
      parts: ["https://notes.example.com notes.example.com"],
      secret: false,
    });
    assert.deepEqual(envOf({}, "${backend.publicUrl} ${frontend.publicUrl}").value?.parts, [
      "http://notes.example.com/api http://notes.example.com",
    ]);
    const roles = backend({
      path: undefined,
      host: "api.example.com",
      routes: [{ path: "/v1" }, { path: "/" }],
    });
    assert.deepEqual(envOf(roles, "${backend.publicUrl} ${backend.publicHost}", "prod").value?.parts, [
      "https://api.example.com api.example.com",
    ]);
  });

  it("opens no way inside, for it goes by the outside; the inner address does (control)", () => {
    assert.deepEqual(envOf({}, "${backend.publicUrl}").edges, []);
    assert.deepEqual(envOf({}, "${backend.url}").edges, [{ from: "probe", to: "backend" }]);
  });

  it("has the port that the controller is reached at", () => {
    const ingress = { ports: { http: 8080, https: 8443 } };
    assert.equal(envOf({ ingress }, "${ingress.url}").value?.parts[0], "http://notes.example.com:8080");
    assert.equal(
      envOf({ ingress }, "${ingress.url}", "acc").value?.parts[0],
      "https://notes.example.com:8443",
    );
    assert.equal(
      envOf({ ingress: { ports: { https: 443 } } }, "${ingress.url}", "acc").value?.parts[0],
      "https://notes.example.com",
    );
  });

  it("is none of a pattern of hosts", () => {
    const { urls } = planOf(backend({ path: undefined, host: "*.example.com" }));
    assert.deepEqual(urls, {
      stack: "http://notes.example.com",
      processes: { frontend: "http://notes.example.com" },
    });
  });

  it("stays what it is where the ingress is switched off, and nothing is let in", () => {
    const plan = planOf({ ingress: { enabled: false } });
    assert.equal(plan.ingress, undefined);
    assert.equal(plan.urls.stack, "http://notes.example.com");
    assert.deepEqual(
      plan.edges.filter(({ from }) => from === "ingress"),
      [],
    );
  });
});

describe("The controller", () => {
  it("is taken from what is said, else from the class, else none is assumed", () => {
    assert.equal(ingressOf({}).controller, "any");
    assert.equal(ingressOf({ ingressClassName: "internal" }).controller, "any");
    assert.equal(ingressOf({ ingressClassName: "traefik" }).controller, "traefik");
    assert.equal(ingressOf({ ingressClassName: "nginx" }).controller, "ingress-nginx");
    assert.equal(ingressOf({ ingressClassName: "internal", controller: "traefik" }).controller, "traefik");
    assert.equal(ingressOf({ gateway: { name: "public" } }).controller, "gateway-api");
  });

  it("redirects to https by default where it is known and TLS is on", () => {
    const redirects = (ingress: IngressArgs, stack: string) => ingressOf(ingress, {}, stack).tls?.redirect;
    assert.equal(redirects({ controller: "traefik" }, "acc"), true);
    assert.equal(redirects({ controller: "traefik", tls: { redirect: false } }, "acc"), false);
    assert.equal(redirects({}, "acc"), false);
    assert.equal(redirects({ controller: "traefik" }, "dev"), undefined);
  });

  it("is let in from its usual namespace, or from where it is said to be", () => {
    const from = (ingress: IngressArgs) =>
      planOf({ ingress }).network.peers.find(({ id }) => id === "ingress");
    assert.deepEqual(from({ controller: "traefik" })?.pods, { namespace: "traefik", labels: {} });
    assert.deepEqual(from({ ingressClassName: "nginx" })?.pods?.namespace, "ingress-nginx");
    assert.deepEqual(from({ gateway: { name: "public" } })?.pods, { namespace: undefined, labels: {} });
    assert.deepEqual(
      from({ gateway: { name: "public" }, controllerNamespace: "envoy-gateway-system" })?.pods,
      {
        namespace: "envoy-gateway-system",
        labels: {},
      },
    );
    const cloud = from({ ingressClassName: "gce", controllerCidrs: ["35.191.0.0/16"] });
    assert.deepEqual([cloud?.pods, cloud?.blocks], [undefined, [{ cidr: "35.191.0.0/16", except: [] }]]);
  });
});

describe("Certificates", () => {
  const roles = backend({ path: undefined, host: "api.example.com" });
  const certificates = (tls: IngressArgs["tls"], more: IngressArgs = {}) =>
    ingressOf({ controller: "traefik", tls, ...more }, roles, "acc").tls?.certificates;

  it("are the controller's own by default", () => {
    assert.deepEqual(certificates({}), [{ hosts: ["notes.example.com", "api.example.com"] }]);
  });

  it("are one for each host where an issuer makes them, with the hosts that lead there", () => {
    const issuer = { name: "letsencrypt", kind: "ClusterIssuer", group: "cert-manager.io" };
    assert.deepEqual(
      certificates({ issuer: { name: "letsencrypt" } }, { redirectHosts: ["www.example.com"] }),
      [
        { hosts: ["notes.example.com", "www.example.com"], secretName: "notes-tls", issuer },
        { hosts: ["api.example.com"], secretName: "notes-api-example-com-tls", issuer },
      ],
    );
  });

  it("can be named for one host beside the issuer, or beside the one for the others", () => {
    const secretNames = { "api.example.com": "api" };
    assert.deepEqual(
      certificates({ secretNames, issuer: { name: "x", kind: "Issuer" } })?.map(({ secretName, issuer }) => [
        secretName,
        issuer?.kind,
      ]),
      [
        ["notes-tls", "Issuer"],
        ["api", undefined],
      ],
    );
    assert.deepEqual(
      certificates({ secretNames, secretName: "all" })?.map(({ hosts, secretName }) => [secretName, hosts]),
      [
        ["api", ["api.example.com"]],
        ["all", ["notes.example.com"]],
      ],
    );
  });
});

describe("What is said of traffic", () => {
  it("counts for the stack, is overridden for a process and again for a route, each word by itself", () => {
    const { routes } = ingressOf(
      {
        controller: "traefik",
        maxBodySize: "1Mi",
        rateLimit: { requests: 10 },
        timeouts: { connectSeconds: 3 },
        annotations: { a: "stack", b: "stack" },
      },
      backend({
        ingress: { maxBodySize: "256Mi", timeouts: { readSeconds: 120 }, annotations: { b: "process" } },
        routes: [{ path: "/small", maxBodySize: "64Ki", annotations: { c: "route" } }],
      }),
    );
    const traffic = Object.fromEntries(routes.map((route) => [route.id, route.traffic]));
    const rateLimit = { value: { requests: 10, periodSeconds: 1, burst: 10 } };
    assert.deepEqual(traffic.frontend, {
      streaming: false,
      maxBodyBytes: { value: 2 ** 20 },
      rateLimit,
      connectSeconds: 3,
      annotations: { a: "stack", b: "stack" },
    });
    assert.deepEqual(traffic.backend, {
      streaming: false,
      maxBodyBytes: { value: 2 ** 28, scope: "backend" },
      rateLimit,
      connectSeconds: 3,
      readSeconds: 120,
      annotations: { a: "stack", b: "process" },
    });
    assert.deepEqual(traffic["backend-small"]?.maxBodyBytes, { value: 2 ** 16, scope: "backend-small" });
    assert.deepEqual(traffic["backend-small"]?.annotations, { a: "stack", b: "process", c: "route" });
  });

  it("of requests that end doesn't count for streams", () => {
    const { routes } = ingressOf(
      { controller: "traefik", maxBodySize: "1Mi" },
      backend({ ingress: { timeouts: { readSeconds: 30 } }, routes: [{ path: "/events", streaming: true }] }),
    );
    const stream = routes.find(({ id }) => id === "backend-events")?.traffic;
    assert.deepEqual(
      [stream?.streaming, stream?.maxBodyBytes, stream?.readSeconds],
      [true, undefined, undefined],
    );
    const other = routes.find(({ id }) => id === "backend")?.traffic;
    assert.deepEqual(
      [other?.streaming, other?.maxBodyBytes?.value, other?.readSeconds],
      [false, 2 ** 20, 30],
    );
  });

  it("takes an annotation of the program's away where the stack's configuration says null", () => {
    const program = { ...sampleArgs(), ingress: { annotations: { a: "1", b: "2" } } };
    const input = mergeLayers([
      { source: "the program", value: program },
      { source: "Pulumi.dev.yaml", value: { ingress: { annotations: { a: null } } } },
    ]);
    const { plan, problems } = planStack({ name: "notes", stack: "dev" }, input);
    assert.deepEqual([plan.ingress?.annotations, problems], [{ b: "2" }, []]);
  });
});

describe("A hidden path", () => {
  it("is closed on every host where it would lead somewhere, before the Service that would answer", () => {
    const roles = backend({ path: undefined, host: "api.example.com" });
    const { hidden } = ingressOf({ controller: "traefik", hiddenPaths: ["/metrics/"] }, roles);
    assert.deepEqual(hidden, [
      { host: "api.example.com", path: "/metrics", service: "notes-backend", port: 8000 },
      { host: "notes.example.com", path: "/metrics", service: "notes-frontend", port: 8080 },
    ]);
  });

  it("of a process is closed on that process' hosts alone", () => {
    const roles = backend({
      path: undefined,
      host: "api.example.com",
      ingress: { hiddenPaths: ["/metrics"] },
    });
    const { hidden } = ingressOf({ controller: "traefik" }, roles);
    assert.deepEqual(
      hidden.map(({ host }) => host),
      ["api.example.com"],
    );
  });
});
