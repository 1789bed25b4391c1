// The example of a whole product: how little a user writes for three environments, and all that comes of it.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseAllDocuments } from "yaml";
import { render } from "../../src/cli/render";

const folder = resolve(__dirname, "../../../examples/product");

/** How many objects of each kind. */
function kindsIn(stack: string): Record<string, number> {
  const kinds: Record<string, number> = {};
  for (const document of parseAllDocuments(render(folder, stack))) {
    const { kind } = document.toJS() as { kind: string };
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  return kinds;
}

const DEV = {
  ConfigMap: 2,
  Deployment: 4,
  Ingress: 2,
  Job: 1,
  Middleware: 3,
  Namespace: 1,
  NetworkPolicy: 8,
  PersistentVolumeClaim: 2,
  Secret: 6,
  Service: 4,
  ServiceAccount: 7,
  StatefulSet: 2,
};

/** With backups and a dump before each migration, TLS, an autoscaler, and pods that survive a node. */
const FULL = {
  ...DEV,
  Certificate: 1,
  ConfigMap: 5,
  CronJob: 2,
  HorizontalPodAutoscaler: 1,
  Job: 2,
  Middleware: 4,
  NetworkPolicy: 12,
  PersistentVolumeClaim: 3,
  PodDisruptionBudget: 3,
  Secret: 9,
  ServiceAccount: 10,
};

describe("A whole product", () => {
  it("takes 80 lines at most for three environments, and its README says how many", () => {
    const written = readdirSync(folder).filter((name) => /^(index\.js|Pulumi(\..+)?\.yaml)$/.test(name));
    assert.deepEqual(written.sort(), [
      "Pulumi.acc.yaml",
      "Pulumi.dev.yaml",
      "Pulumi.prod.yaml",
      "Pulumi.yaml",
      "index.js",
    ]);
    const lines = written
      .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"))
      .filter((line) => line.trim() !== "");
    assert.ok(lines.length <= 80, `${lines.length} lines`);
    assert.match(
      readFileSync(join(folder, "README.md"), "utf8"),
      new RegExp(`^\\| this package \\| ${lines.length} \\|$`, "m"),
    );
  });

  for (const [stack, expected] of [
    ["dev", DEV],
    ["acc", FULL],
    ["prod", FULL],
  ] as const) {
    it(`has all its parts in ${stack}`, () => assert.deepEqual(kindsIn(stack), expected));
  }
});
