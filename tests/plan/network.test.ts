// The network beyond the graph of references: who is outside, and what is wrong with it.

import assert from "node:assert/strict";
import { planStack } from "../../src/plan/plan";
import { sampleArgs } from "../sample";
import { backend, type Change, inEveryTier, stack, tells } from "./mistake-table";

const planOf = (change: Change, name = "dev") =>
  planStack({ name: "notes", stack: name }, change(sampleArgs())).plan;

const egress = (peer: object): Change => backend({ egress: { mail: peer } });
const from = (peer: object): Change => backend({ ingressFrom: { reports: peer } });
const policies = (more: object): Change => stack({ networkPolicies: more });

describe("The network beyond the references", () => {
  it("takes an egress that names nobody for the internet, without what is private", () => {
    const { edges, network } = planOf(egress({ ports: [443] }));
    assert.ok(edges.some(({ from, to }) => from === "backend" && to === "backend.egress.mail"));
    const [peer] = network.peers.filter(({ id }) => id === "backend.egress.mail");
    assert.deepEqual(
      peer?.blocks?.map(({ cidr }) => cidr),
      ["0.0.0.0/0", "::/0"],
    );
    const left = peer?.blocks?.flatMap(({ except }) => except) ?? [];
    for (const cidr of ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7"])
      assert.ok(left.includes(cidr), cidr);
    assert.deepEqual(peer?.ports, [{ port: 443, protocol: "TCP" }]);
  });

  it("leaves the metadata address out of a wide block, and lets it be named by itself", () => {
    const except = (cidr: string) =>
      planOf(egress({ cidr })).network.peers.find(({ id }) => id === "backend.egress.mail")?.blocks?.[0]
        ?.except;
    assert.deepEqual(except("169.254.0.0/16"), ["169.254.169.254/32"]);
    assert.deepEqual(except("fd00::/8"), ["fd00:ec2::254/128"]);
    assert.deepEqual(except("169.254.169.254/32"), []);
    assert.deepEqual(except("203.0.113.0/24"), []);
  });

  it("means pods of the stack's own namespace where only labels are given", () => {
    const { network } = planOf(egress({ podLabels: { app: "relay" } }));
    assert.deepEqual(network.peers.find(({ id }) => id === "backend.egress.mail")?.pods, {
      namespace: "notes-dev",
      labels: { app: "relay" },
    });
  });

  it("gives workers, cron jobs and the migration of the backend's image its egress below their own", () => {
    const command = ["work"];
    const { edges } = planOf((args) => ({
      ...args,
      backend: { ...args.backend, egress: { mail: { ports: [587] } } },
      workers: { celery: { command }, lonely: { image: "x:1", egress: { own: {} } } },
      migration: { command },
      cronJobs: { cleanup: { schedule: "@daily", command, egress: { mail: { ports: [25] } } } },
    }));
    assert.deepEqual(
      edges.filter(({ to }) => to.includes("egress")).map(({ from, to }) => `${from} ${to}`),
      [
        "cleanup cronJobs.cleanup.egress.mail",
        "backend backend.egress.mail",
        "celery backend.egress.mail",
        "lonely workers.lonely.egress.own",
        "migration backend.egress.mail",
      ],
    );
  });

  it("lets a worker go without an egress of the backend's", () => {
    const workers = { celery: { command: ["work"], egress: { mail: null } } };
    const { edges } = planOf((args) => ({ ...(egress({ ports: [587] })(args) as object), workers }));
    assert.deepEqual(
      edges.filter(({ to }) => to.includes("egress")).map(({ from }) => from),
      ["backend"],
    );
  });

  it("tells a mistake in the backend's egress once, whoever takes it over", () => {
    const { problems } = planStack(
      { name: "notes", stack: "dev" },
      { ...(egress({ cidr: "nope" })(sampleArgs()) as object), workers: { celery: { command: ["work"] } } },
    );
    assert.deepEqual(
      problems.map(({ path }) => path),
      ["backend.egress.mail.cidr"],
    );
  });

  it("knows no peer that no edge leads to (control)", () => {
    assert.deepEqual(
      planOf((args) => args).network.peers.map(({ id }) => id),
      ["ingress"],
    );
  });

  describe("A mistake", () => {
    tells(
      [
        [
          "an address without a prefix",
          egress({ cidr: "203.0.113.7" }),
          "backend.egress.mail.cidr",
          /`203\.0\.113\.7\/32`/,
        ],
        [
          "an IPv6 address without a prefix",
          egress({ cidr: "2001:db8::1" }),
          "backend.egress.mail.cidr",
          /\/128/,
        ],
        [
          "an address within a block",
          egress({ cidr: "203.0.113.7/24" }),
          "backend.egress.mail.cidr",
          /`203\.0\.113\.0\/24`.*`203\.0\.113\.7\/32`/s,
        ],
        [
          "a host name for an address",
          egress({ cidr: "smtp.example.com" }),
          "backend.egress.mail.cidr",
          /addresses only/,
        ],
        [
          "a prefix of 33 bits",
          egress({ cidr: "203.0.113.0/33" }),
          "backend.egress.mail.cidr",
          /not a block/,
        ],
        ["an empty address", egress({ cidr: "" }), "backend.egress.mail.cidr", /not a block/],
        [
          "an exception outside of its block",
          egress({ cidr: "203.0.113.0/24", except: ["198.51.100.0/25"] }),
          "backend.egress.mail.except[0]",
          /no part of/,
        ],
        [
          "an exception of the whole block",
          egress({ cidr: "203.0.113.0/24", except: ["203.0.113.0/24"] }),
          "backend.egress.mail.except[0]",
          /no part of/,
        ],
        [
          "an exception of nothing",
          egress({ except: ["10.0.0.0/8"] }),
          "backend.egress.mail.except[0]",
          /no `cidr`/,
        ],
        [
          "addresses and pods at once",
          egress({ cidr: "203.0.113.0/24", namespace: "mail" }),
          "backend.egress.mail.cidr",
          /drop one/,
        ],
        ["port 0", egress({ ports: [0] }), "backend.egress.mail.ports[0]", /1 to 65535/],
        ["half a port", egress({ ports: [25, 58.7] }), "backend.egress.mail.ports[1]", /whole number/],
        ["no ports", egress({ ports: [] }), "backend.egress.mail.ports", /no port at all/],
        ["a namespace in capitals", egress({ namespace: "Mail" }), "backend.egress.mail.namespace", /`mail`/],
        [
          "a label's key with a blank",
          egress({ podLabels: { "my app": "x" } }),
          'backend.egress.mail.podLabels["my app"]',
          /example\.com\/name/,
        ],
        [
          "a label's value with a blank",
          egress({ podLabels: { app: "a b" } }),
          "backend.egress.mail.podLabels.app",
          /63/,
        ],
        [
          "an unknown protocol",
          egress({ ports: [53], protocol: "udp" }),
          "backend.egress.mail.protocol",
          /`UDP`/,
        ],
        [
          "an egress that takes nothing away",
          backend({ egress: { mail: null } }),
          "backend.egress.mail",
          /takes away.*remove the line/s,
        ],
        [
          "a caller that takes nobody away",
          backend({ ingressFrom: { ops: null } }),
          "backend.ingressFrom.ops",
          /takes away.*remove the line/s,
        ],
        ["a caller who is nobody", from({}), "backend.ingressFrom.reports", /names nobody/],
        [
          "a caller of a process without a port",
          stack({ workers: { celery: { command: ["work"], ingressFrom: { ops: { namespace: "ops" } } } } }),
          "workers.celery.ingressFrom.ops",
          /no `port`/,
        ],
        [
          "a name server's address that is none",
          policies({ dns: { cidrs: ["dns"] } }),
          "networkPolicies.dns.cidrs[0]",
          /addresses only/,
        ],
        [
          "a name server's port 70000",
          policies({ dns: { port: 70000 } }),
          "networkPolicies.dns.port",
          /65535/,
        ],
        [
          "an API server by name",
          policies({ apiServer: { cidrs: ["api.example.com"] } }),
          "networkPolicies.apiServer.cidrs[0]",
          /addresses only/,
        ],
        [
          "an API server's port 0",
          policies({ apiServer: { ports: [0] } }),
          "networkPolicies.apiServer.ports[0]",
          /65535/,
        ],
        [
          "a role named as the default policy",
          stack({ services: { "default-deny": { image: "x:1" } } }),
          "services.default-deny",
          /has already/,
        ],
      ],
      inEveryTier({
        "every kind of peer": (args) => ({
          ...args,
          backend: {
            ...args.backend,
            egress: {
              mail: { cidr: "203.0.113.0/24", except: ["203.0.113.128/25"], ports: [587] },
              six: { cidr: "2001:db8::/32" },
              web: { ports: [443] },
              time: { cidr: "203.0.113.9/32", ports: [123], protocol: "UDP" },
              other: {
                namespace: "other",
                podLabels: { "app.kubernetes.io/name": "api", empty: "" },
                ports: [80],
              },
            },
            ingressFrom: {
              reports: { namespace: "reports" },
              office: { cidr: "198.51.100.0/24", ports: [9000] },
            },
          },
        }),
        "OpenShift's name servers": policies({
          dns: {
            namespace: "openshift-dns",
            podLabels: { "dns.operator.openshift.io/daemonset-dns": "default" },
            port: 5353,
            cidrs: [],
          },
        }),
        "an API server at a known address": policies({
          apiServer: { cidrs: ["10.0.0.2/32"], ports: [6443] },
        }),
      }),
    );
  });
});
