// Mistakes in what is said of requests from outside.

import assert from "node:assert/strict";
import { planStack } from "../../src/plan/plan";
import type { IngressArgs } from "../../src/schema/ingress-args";
import type { RouteArgs } from "../../src/schema/route-args";
import { sampleArgs } from "../sample";
import { backend, type Change, type Row, stack, tells } from "./mistake-table";

const ingress = (args: object) => stack({ ingress: args });
const traefik = (args: object) => ingress({ controller: "traefik", ...args });
const nginx = (args: object) => ingress({ ingressClassName: "nginx", ...args });
const gateway = (args: object) => ingress({ gateway: { name: "public", namespace: "infra" }, ...args });
const own = (args: object) => ingress({ gateway: { gatewayClassName: "traefik" }, ...args });
const routes = (...all: RouteArgs[]) => backend({ path: undefined, routes: all });
const both =
  (...changes: Change[]): Change =>
  (args) =>
    changes.reduce<unknown>((changed, change) => change(changed as typeof args), args);

const table: Row[] = [
  [
    "a host and a path that two routes of one process claim",
    routes({ path: "/api" }, { path: "/api/" }),
    "backend.routes[1].path",
    /claimed by backend, for notes\.example\.com \(backend\.routes\[0\]\.path\)/,
  ],
  [
    "a host and a path that another process claims",
    routes({ path: "/api" }, { path: "/" }),
    "frontend.path",
    /claimed by backend/,
  ],
  [
    "a route's host with a scheme",
    routes({ host: "https://a.example", path: "/" }),
    "backend.routes[0].host",
    /scheme/,
  ],
  [
    "a process' host in capitals",
    backend({ host: "API.example.com" }),
    "backend.host",
    /`api\.example\.com`/,
  ],
  ["a route without a slash", routes({ path: "api" }), "backend.routes[0].path", /`\/api`/],
  ["a pattern for a path", routes({ path: "/api/*" }), "backend.routes[0].path", /no pattern.*`\/api`/s],
  ["a path that climbs", routes({ path: "/api/../admin" }), "backend.routes[0].path", /controllers read/],
  ["a path with a quote", routes({ path: "/a`b" }), "backend.routes[0].path", /percent-encode/],
  [
    "a kind of path that isn't one",
    backend({ routes: [{ path: "/x", pathType: "exact" }] }),
    "backend.routes[0].pathType",
    /did you mean `Exact`/,
  ],
  [
    "routes without a port",
    backend({ path: undefined, port: undefined, routes: [{ path: "/api" }] }),
    "backend.port",
    /missing/,
  ],
  [
    "a body size that is no quantity",
    traefik({ maxBodySize: "10 MB" }),
    "ingress.maxBodySize",
    /not a quantity.*`10Mi`/s,
  ],
  [
    "a body size in plain numbers",
    traefik({ maxBodySize: 100 }),
    "ingress.maxBodySize",
    /100 bytes.*`100Mi`/s,
  ],
  [
    "a body size in thousandths",
    traefik({ maxBodySize: "100m" }),
    "ingress.maxBodySize",
    /thousandth.*`100Mi`/s,
  ],
  [
    "a body size for one process that is no quantity",
    both(traefik({}), backend({ ingress: { maxBodySize: "1Gb" } })),
    "backend.ingress.maxBodySize",
    /`1Gi`/,
  ],
  [
    "an address without its block",
    traefik({ sourceRanges: ["203.0.113.7"] }),
    "ingress.sourceRanges[0]",
    /`203\.0\.113\.7\/32`/,
  ],
  [
    "a name for an address",
    traefik({ sourceRanges: ["office.example.com"] }),
    "ingress.sourceRanges[0]",
    /is a name/,
  ],
  [
    "a proxy that is no block",
    traefik({ trustedProxies: ["10.0.0.0/33"] }),
    "ingress.trustedProxies[0]",
    /not a block/,
  ],
  [
    "a load balancer that is no block",
    ingress({ controllerCidrs: ["10.0.0.1/8"] }),
    "ingress.controllerCidrs[0]",
    /`10\.0\.0\.0\/8`/,
  ],
  [
    "a namespace with a dot",
    ingress({ controllerNamespace: "kube.system" }),
    "ingress.controllerNamespace",
    /DNS label/,
  ],
  [
    "a class with a blank",
    ingress({ ingressClassName: "my class" }),
    "ingress.ingressClassName",
    /kubectl get/,
  ],
  [
    "an annotation with a blank",
    ingress({ annotations: { "a b": "c" } }),
    'ingress.annotations["a b"]',
    /key of an annotation/,
  ],
  [
    "an annotation that is nothing",
    ingress({ annotations: { a: null } }),
    "ingress.annotations.a",
    /takes away/,
  ],
  [
    "a cookie's name with a blank",
    both(traefik({}), backend({ ingress: { sessionAffinity: { cookieName: "my cookie" } } })),
    "backend.ingress.sessionAffinity.cookieName",
    /`my-cookie`/,
  ],
  ["a limit of nothing", traefik({ rateLimit: { requests: 0 } }), "ingress.rateLimit.requests", /at least 1/],
  ["a limit without a number", traefik({ rateLimit: {} }), "ingress.rateLimit.requests", /missing/],
  [
    "a controller that isn't known",
    ingress({ controller: "nginx" }),
    "ingress.controller",
    /`ingress-nginx`/,
  ],

  // What needs a controller, where none is known.
  [
    "a body size for nobody in particular",
    ingress({ maxBodySize: "10Mi" }),
    "ingress.maxBodySize",
    /controller: traefik/,
  ],
  [
    "a limit for nobody in particular",
    backend({ ingress: { rateLimit: { requests: 5 } } }),
    "backend.ingress.rateLimit",
    /controller: traefik/,
  ],
  [
    "a redirect by nobody in particular",
    ingress({ tls: { redirect: true } }),
    "ingress.tls.redirect",
    /controller/,
  ],
  [
    "streams through nobody in particular",
    routes({ path: "/ws", streaming: true }),
    "backend.routes[0].streaming",
    /controller/,
  ],
  [
    "hidden paths of nobody in particular",
    ingress({ hiddenPaths: ["/api/metrics"] }),
    "ingress.hiddenPaths",
    /controller/,
  ],
  [
    "a class that tells no controller",
    ingress({ ingressClassName: "internal", maxBodySize: "1Mi" }),
    "ingress.maxBodySize",
    /controller: traefik/,
  ],

  // What a controller can't do.
  [
    "timeouts for one route of Traefik's",
    both(traefik({}), routes({ path: "/slow", timeouts: { readSeconds: 600 } })),
    "backend.routes[0].timeouts",
    /process as a whole/,
  ],
  [
    "streams with a body size in Traefik",
    both(traefik({}), routes({ path: "/events", streaming: true, maxBodySize: "1Mi" })),
    "backend.routes[0].maxBodySize",
    /buffering/,
  ],
  ["HSTS by ingress-nginx", nginx({ tls: { hsts: {} } }), "ingress.tls.hsts", /ConfigMap/],
  [
    "trusted proxies of ingress-nginx",
    nginx({ trustedProxies: ["10.0.0.0/8"] }),
    "ingress.trustedProxies",
    /proxy-real-ip-cidr/,
  ],
  [
    "a rate in ten seconds by ingress-nginx",
    nginx({ rateLimit: { requests: 10, periodSeconds: 10 } }),
    "ingress.rateLimit.periodSeconds",
    /`requests: 60` and `periodSeconds: 60`/,
  ],
  [
    "a burst that is no multiple by ingress-nginx",
    nginx({ rateLimit: { requests: 10, burst: 25 } }),
    "ingress.rateLimit.burst",
    /write 30/,
  ],
  [
    "a patience that nginx hasn't",
    nginx({ timeouts: { connectSeconds: 90 } }),
    "ingress.timeouts.connectSeconds",
    /75/,
  ],
  [
    "a redirect of a host that isn't www by ingress-nginx",
    nginx({ redirectHosts: ["old.example.com"] }),
    "ingress.redirectHosts[0]",
    /`www\.notes\.example\.com`/,
  ],
  [
    "a body size by the Gateway API",
    gateway({ maxBodySize: "10Mi" }),
    "ingress.maxBodySize",
    /implementation's own/,
  ],
  [
    "a rate by the Gateway API",
    gateway({ rateLimit: { requests: 1 } }),
    "ingress.rateLimit",
    /implementation's own/,
  ],
  [
    "addresses for the Gateway API",
    gateway({ sourceRanges: ["10.0.0.0/8"] }),
    "ingress.sourceRanges",
    /addresses/,
  ],
  [
    "affinity by the Gateway API",
    both(gateway({}), backend({ ingress: { sessionAffinity: {} } })),
    "backend.ingress.sessionAffinity",
    /standard channel/,
  ],
  [
    "a time to connect for the Gateway API",
    gateway({ timeouts: { connectSeconds: 3 } }),
    "ingress.timeouts.connectSeconds",
    /readSeconds/,
  ],
  [
    "trusted proxies of a Gateway",
    gateway({ trustedProxies: ["10.0.0.0/8"] }),
    "ingress.trustedProxies",
    /implementation/,
  ],

  // Which controller, and which Gateway.
  [
    "the Gateway API without a Gateway",
    ingress({ controller: "gateway-api" }),
    "ingress.gateway",
    /gatewayClassName/,
  ],
  [
    "a Gateway beside Traefik",
    traefik({ gateway: { name: "public" } }),
    "ingress.gateway",
    /controller: gateway-api/,
  ],
  [
    "an ingress class for the Gateway API",
    gateway({ ingressClassName: "traefik" }),
    "ingress.ingressClassName",
    /gatewayClassName/,
  ],
  [
    "a Gateway that is there and is made",
    ingress({ gateway: { name: "public", gatewayClassName: "traefik" } }),
    "ingress.gateway.gatewayClassName",
    /drop one/,
  ],
  [
    "ports of somebody else's Gateway",
    ingress({ gateway: { name: "public", httpPort: 8000 } }),
    "ingress.gateway.httpPort",
    /drop it/,
  ],
  [
    "a namespace for an own Gateway",
    ingress({ gateway: { gatewayClassName: "traefik", namespace: "infra" } }),
    "ingress.gateway.namespace",
    /stack's namespace/,
  ],
  [
    "a certificate for somebody else's Gateway",
    gateway({ tls: { secretName: "notes-tls" } }),
    "ingress.tls",
    /owner's matter/,
    "prod",
  ],
  ["an own Gateway without a certificate", own({}), "ingress.tls", /secretName.*issuer/s, "prod"],

  // Encryption.
  [
    "a certificate and an issuer",
    ingress({ tls: { secretName: "notes-tls", issuer: { name: "letsencrypt" } } }),
    "ingress.tls.issuer",
    /drop `secretName`/,
  ],
  ["an issuer without a name", ingress({ tls: { issuer: {} } }), "ingress.tls.issuer.name", /missing/],
  [
    "a Secret's name in capitals",
    ingress({ tls: { secretName: "Notes" } }),
    "ingress.tls.secretName",
    /kubectl get/,
  ],
  [
    "a certificate for a host that isn't served",
    ingress({ tls: { secretNames: { "note.example.com": "notes-tls" } } }),
    'ingress.tls.secretNames["note.example.com"]',
    /did you mean `notes\.example\.com`/,
  ],
  [
    "a redirect to https where TLS is off",
    traefik({ tls: { enabled: false, redirect: true } }),
    "ingress.tls.redirect",
    /TLS is off/,
  ],
  [
    "HSTS for the list without what the list wants",
    traefik({ tls: { hsts: { preload: true } } }),
    "ingress.tls.hsts.preload",
    /includeSubDomains/,
  ],

  // Hosts that lead elsewhere.
  [
    "a redirect of the host itself",
    traefik({ redirectHosts: ["notes.example.com"] }),
    "ingress.redirectHosts[0]",
    /answers to/,
  ],
  [
    "a redirect of many hosts",
    traefik({ redirectHosts: ["*.example.com"] }),
    "ingress.redirectHosts[0]",
    /many hosts/,
  ],
  [
    "a redirect of a host twice",
    traefik({ redirectHosts: ["a.com", "a.com"] }),
    "ingress.redirectHosts[1]",
    /twice/,
  ],
  [
    "a redirect to no host",
    both(
      traefik({ redirectHosts: ["www.example.com"] }),
      stack({ host: undefined, frontend: undefined }),
      backend({ host: "api.example.com" }),
    ),
    "ingress.redirectHosts[0]",
    /nowhere to lead/,
  ],

  // What is hidden.
  [
    "a hidden path where nothing leads",
    both(traefik({}), backend({ ingress: { hiddenPaths: ["/metrics"] } })),
    "backend.ingress.hiddenPaths[0]",
    /hides nothing.*\/api/s,
  ],
  [
    "a hidden path that is a route",
    traefik({ hiddenPaths: ["/api"] }),
    "ingress.hiddenPaths[0]",
    /leads to backend/,
  ],
  [
    "a hidden path above a route",
    traefik({ hiddenPaths: ["/"] }),
    "ingress.hiddenPaths[0]",
    /leads to backend/,
  ],
  [
    "a hidden path without a slash",
    traefik({ hiddenPaths: ["metrics"] }),
    "ingress.hiddenPaths[0]",
    /`\/metrics`/,
  ],

  // References.
  [
    "the public address of a process that has none",
    both(stack({ workers: { mail: { command: ["mail"] } } }), backend({ env: { A: "${mail.publicUrl}" } })),
    "backend.env.A",
    /isn't reachable from outside/,
  ],
  [
    "the stack's address where it has no host",
    both(
      stack({ host: undefined, frontend: undefined }),
      backend({ host: "api.example.com", env: { A: "${ingress.url}" } }),
    ),
    "backend.env.A",
    /host/,
  ],
];

const sound: [string, Change, stackName?: string][] = [
  ["of everything that Traefik can do", traefik(everything()), "prod"],
  [
    "of what ingress-nginx can do",
    nginx({ ...everything(), trustedProxies: undefined, tls: { issuer: { name: "x" } } }),
    "prod",
  ],
  ["of a Gateway that is there", gateway({ hiddenPaths: ["/api/metrics"], tls: { hsts: {} } }), "prod"],
  ["of an own Gateway with an issuer", own({ tls: { issuer: { name: "letsencrypt" } } }), "prod"],
  ["of an exact path beside the same prefix", routes({ path: "/", pathType: "Exact" })],
  ["of the same path on two hosts", backend({ host: "api.example.com", path: "/" })],
  [
    "of a wish for TLS in a tier without it",
    traefik({ tls: { redirect: true, hsts: {}, issuer: { name: "x" } } }),
  ],
  ["of a stack without an ingress", ingress({ enabled: false })],
];

function everything(): IngressArgs {
  return {
    maxBodySize: "100Mi",
    timeouts: { connectSeconds: 5, readSeconds: 120 },
    rateLimit: { requests: 100, periodSeconds: 60, burst: 200 },
    sourceRanges: ["203.0.113.0/24", "2001:db8::/32"],
    hiddenPaths: ["/api/metrics", "/internal"],
    redirectHosts: ["www.notes.example.com"],
    trustedProxies: ["10.0.0.0/8"],
    annotations: { "example.com/owner": "notes" },
    ports: { https: 8443 },
    tls: { hsts: { maxAgeSeconds: 31_536_000, includeSubDomains: true, preload: true } },
  };
}

describe("A mistake in what is said of requests from outside", () => {
  tells(table, sound);

  it("is told once for each word that a controller can't do, wherever it stands", () => {
    const { problems } = planStack(
      { name: "notes", stack: "dev" },
      both(
        gateway({ maxBodySize: "1Mi", rateLimit: { requests: 1 } }),
        backend({ ingress: { maxBodySize: "2Mi" }, routes: [{ path: "/x", maxBodySize: "3Mi" }] }),
      )(sampleArgs()),
    );
    assert.deepEqual(problems.map(({ path }) => path).sort(), [
      "backend.ingress.maxBodySize",
      "backend.routes[0].maxBodySize",
      "ingress.maxBodySize",
      "ingress.rateLimit",
    ]);
  });
});
