// All five systems on one node of two cores, at the size of dev: as their own specs have left them, or deployed here.

import assert from "node:assert/strict";
import { cpus } from "node:os";
import type { V1Pod } from "@kubernetes/client-node";
import { exampleNames } from "../../local/examples/project";
import { readStatus } from "../../local/platform/node";
import { ask, cluster } from "../e2e/cluster";
import { state, succeed } from "../e2e/commands";
import { eventually } from "../e2e/eventually";
import { mostPods } from "../e2e/watching";
import { Example } from "./example";
import { isReady, isRunning, nameOf, pods } from "./observe";

/** Where each system's dev is, what says that it answered itself, and which role may never run twice. */
const SYSTEMS: Record<string, { namespace: string; url: string; says: RegExp; scheduler?: string }> = {
  "document-download": {
    namespace: "document-download-dev",
    url: "https://documents.dev.example.com/_status",
    says: /"build"|ok/,
  },
  handoffrail: {
    namespace: "handoffrail-dev",
    url: "https://api.dev.handoffrail.example.com/health",
    says: /handoffrail|ok|healthy/,
  },
  ibutsu: {
    namespace: "ibutsu-dev",
    url: "https://dev-ibutsu.example.com/",
    says: /ibutsu/i,
    scheduler: "scheduler",
  },
  "ra-hcp": { namespace: "hcp-dev", url: "https://hcp-dev.example.com/login", says: /<form/ },
  "simple-module": {
    namespace: "shop-dev",
    url: "http://shop.dev.example.com/users/login",
    says: /Users\/Login/,
    scheduler: "beat",
  },
};
const NAMESPACES = Object.values(SYSTEMS).map(({ namespace }) => namespace);

const isGone = ({ status }: V1Pod) => status?.phase === "Succeeded" || status?.phase === "Failed";

/** The pods of a stack, but for those of jobs that have ended. */
async function podsIn(namespace: string): Promise<V1Pod[]> {
  const { items } = await cluster().core.listNamespacedPod({ namespace });
  return items.filter((pod) => !isGone(pod) && !pod.metadata?.deletionTimestamp);
}

async function allReady(): Promise<V1Pod[]> {
  let waiting: V1Pod[] = [];
  const ready = async () => {
    const found = (await Promise.all(NAMESPACES.map(podsIn))).flat();
    waiting = found.filter((pod) => !isReady(pod));
    return waiting.length === 0 && found;
  };
  return eventually("all pods are ready", ready, 5 * 60_000).catch((error: Error) => {
    throw new Error(`${error.message}; these aren't: ${waiting.map(nameOf).join(", ")}`);
  });
}

async function allAnswer(): Promise<void> {
  for (const [system, { url, says }] of Object.entries(SYSTEMS)) {
    await eventually(`${system} answers`, async () => {
      const { status, body } = await ask(url);
      return status === 200 && says.test(body);
    });
  }
}

/** What is in the Secrets of a namespace that are the stack's. */
async function secretsIn(namespace: string): Promise<Set<string>> {
  const { items } = await cluster().core.listNamespacedSecret({ namespace });
  const own = items.filter(({ type }) => type === "Opaque");
  return new Set(own.flatMap(({ data }) => Object.values(data ?? {})));
}

describe("The five systems, side by side", () => {
  before(async () => {
    assert.deepEqual(Object.keys(SYSTEMS), exampleNames());
    const { items } = await cluster().core.listNamespace();
    const there = items.map(({ metadata }) => metadata?.name);
    for (const [system, { namespace }] of Object.entries(SYSTEMS)) {
      if (!there.includes(namespace)) await new Example(system).up("dev");
    }
  });

  it("are all ready, in namespaces of their own, and ask for less than the node has", async () => {
    const found = await allReady();
    for (const namespace of NAMESPACES) {
      assert.ok(found.filter(({ metadata }) => metadata?.namespace === namespace).length >= 3, namespace);
    }
    const requests = found.flatMap(({ spec }) =>
      spec?.containers.map(({ resources }) => resources?.requests),
    );
    const millicores = requests.map((request) => Number.parseInt(request?.cpu ?? "0", 10));
    assert.ok(
      requests.every((request) => /^\d+m$/.test(request?.cpu ?? "")),
      "each says what it needs",
    );
    const sum = millicores.reduce((all, one) => all + one, 0);
    assert.ok(sum < 2000 && sum < cpus().length * 1000, `${sum}m`);
  });

  it("answer, each at its own host", allAnswer);

  it("have no secret in common", async () => {
    const all = await Promise.all(NAMESPACES.map(secretsIn));
    for (const [index, secrets] of all.entries()) {
      assert.notEqual(secrets.size, 0, NAMESPACES[index]);
      for (const others of all.slice(index + 1)) {
        assert.deepEqual([...secrets].filter((value) => others.has(value)).length, 0, NAMESPACES[index]);
      }
    }
  });

  it("come back by themselves when their node was lost, with their data and one scheduler each", async () => {
    const claims = async () => {
      const { items } = await cluster().core.listPersistentVolumeClaimForAllNamespaces();
      return items
        .filter(({ metadata }) => NAMESPACES.includes(metadata?.namespace ?? ""))
        .map(({ metadata, spec }) => [metadata?.namespace, metadata?.name, metadata?.uid, spec?.volumeName]);
    };
    const before = await claims();
    const schedulers = () =>
      Promise.all(
        Object.values(SYSTEMS).map(async ({ namespace, scheduler }) => {
          if (!scheduler) return [];
          return (await pods(namespace, scheduler)).filter(isRunning).map(nameOf);
        }),
      );
    assert.deepEqual(
      (await schedulers()).map((names) => names.length),
      [0, 0, 1, 0, 1],
    );
    process.kill(readStatus(state)?.pid as number, "SIGKILL");
    await eventually("the node is gone", () => readStatus(state) === undefined || undefined, 20_000);
    await assert.rejects(ask(SYSTEMS.ibutsu?.url ?? ""));
    await succeed("npm", ["run", "local", "--", "up"]);
    const counted = await Promise.all(NAMESPACES.map(mostPods));
    await allReady();
    await allAnswer();
    const most = counted.map((count) => count());
    for (const [index, { scheduler }] of Object.values(SYSTEMS).entries()) {
      if (scheduler) assert.equal(most[index]?.[scheduler], 1, NAMESPACES[index]);
    }
    assert.deepEqual(await claims(), before);
  });
});
