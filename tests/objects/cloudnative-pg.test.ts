// The custom resources of a database that CloudNativePG's operator runs. That its definitions allow them, the real API server
// says in tests/e2e/strict.test.ts.

import assert from "node:assert/strict";
import type { NetworkPolicy } from "kubernetes-types/networking/v1";
import { stackObjects } from "../../src/objects/objects";
import { planStack } from "../../src/plan/plan";
import { resourceClass } from "../../src/pulumi/kinds";
import { sampleArgs } from "../sample";

const objectsOf = (postgres: object = {}) => {
  const { plan, problems } = planStack(
    { name: "notes", stack: "acc" },
    { ...sampleArgs(), postgres: { mode: "cloudnative-pg", ...postgres } },
  );
  assert.deepEqual(problems, []);
  return stackObjects(plan);
};

const find = (id: string, postgres?: object) => objectsOf(postgres).find((object) => object.id === id);
const specOf = (id: string, postgres?: object) =>
  (find(id, postgres)?.object as { spec?: Record<string, never> } | undefined)?.spec;

const STORE = {
  destinationPath: "s3://acme-backups/notes",
  endpointURL: "https://s3.example.com",
  accessKeyId: { name: "store", key: "ID" },
  secretAccessKey: { name: "store", key: "SECRET" },
};

describe("The objects of a database that CloudNativePG runs", () => {
  it("are a Cluster and its owner's Secret; no StatefulSet, and no claim of the stack's own", () => {
    const kinds = objectsOf()
      .filter(({ id }) => id.startsWith("postgres"))
      .map(({ id, object }) => `${object.kind} ${id}`);
    assert.deepEqual(kinds.sort(), [
      "Cluster postgres",
      "NetworkPolicy postgres-network",
      "Secret postgres-password",
    ]);
  });

  it("are kept like a volume: taken over where they are, never replaced or deleted", () => {
    const cluster = find("postgres");
    assert.deepEqual([cluster?.keep, cluster?.waitFor], [true, "condition=Ready"]);
    assert.equal(resourceClass("postgresql.cnpg.io/v1", "Cluster", true).name, "CustomResourcePatch");
    assert.equal(
      resourceClass("postgresql.cnpg.io/v1", "ScheduledBackup", false).name,
      "CustomResource",
      "the control",
    );
  });

  it("let the backend in to the pods that the operator labels", () => {
    const cnpg = { podSelector: { matchLabels: { "cnpg.io/cluster": "notes-postgres" } } };
    const policy = specOf("postgres-network") as unknown as NetworkPolicy["spec"];
    assert.deepEqual(policy?.podSelector, cnpg.podSelector);
    const backend = specOf("backend-network") as unknown as NetworkPolicy["spec"];
    assert.ok(backend?.egress?.some(({ to }) => JSON.stringify(to) === JSON.stringify([cnpg])));
    assert.ok(policy?.ingress?.some(({ from }) => JSON.stringify(from) === JSON.stringify([cnpg])));
  });

  it("name the object store and its keys, and the first backup is made at once", () => {
    const { backup } = specOf("postgres", { backup: { objectStore: STORE } }) as { backup?: object };
    assert.deepEqual(backup, {
      barmanObjectStore: {
        destinationPath: STORE.destinationPath,
        endpointURL: STORE.endpointURL,
        s3Credentials: { accessKeyId: STORE.accessKeyId, secretAccessKey: STORE.secretAccessKey },
        wal: { compression: "gzip" },
        data: { compression: "gzip" },
      },
      retentionPolicy: "30d",
    });
    const schedule = specOf("postgres-scheduled-backup", { backup: { objectStore: STORE } });
    assert.deepEqual(schedule?.immediate, true);
    assert.deepEqual(schedule?.schedule, "0 30 1 * * *");
  });

  it("leave the work to the plugin where it is installed", () => {
    const postgres = { backup: { objectStore: { ...STORE, plugin: true } } };
    const spec = specOf("postgres", postgres) as { backup?: object; plugins?: { name: string }[] };
    assert.equal(spec.backup, undefined);
    assert.equal(spec.plugins?.[0]?.name, "barman-cloud.cloudnative-pg.io");
    assert.equal(find("postgres-object-store", postgres)?.keep, true);
    assert.equal(find("postgres-object-store", { backup: { objectStore: STORE } }), undefined, "the control");
  });
});
