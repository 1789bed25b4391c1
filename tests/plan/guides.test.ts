// What the guides show is valid, each example beside the sample product.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { planStack } from "../../src/plan/plan";
import { sampleArgs } from "../sample";

const DOCS = join(__dirname, "../../../docs");
const GUIDES = ["scaling", "network", "monitoring"];

type Tree = { [key: string]: unknown };

const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `over` above `below`, as a stack's file is above the program. */
function merged(below: Tree, over: Tree): Tree {
  const tree = { ...below };
  for (const [key, value] of Object.entries(over)) {
    const old = tree[key];
    tree[key] = isTree(value) && isTree(old) ? merged(old, value) : value;
  }
  return tree;
}

function problemsOf(example: Tree) {
  // What the examples refer to, and a program would say.
  const { replicas: _, ...backend } = sampleArgs().backend ?? {};
  const egress = { ledger: { cidr: "10.20.0.0/16" } };
  const base = { ...sampleArgs(), secrets: { session: {}, telemetry: {} }, backend: { ...backend, egress } };
  return planStack({ name: "notes", stack: "dev" }, merged(base as Tree, example)).problems;
}

describe("The guides", () => {
  for (const guide of GUIDES) {
    const text = readFileSync(join(DOCS, `${guide}.md`), "utf8");
    const examples = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = ""]) => yaml);
    const inTables = [...text.matchAll(/^\|.*\| `([a-zA-Z]+: .*)`[^`]*\|$/gm)].map(([, yaml = ""]) => yaml);

    it(`show only what is valid in docs/${guide}.md`, () => {
      assert.ok(examples.length > 1);
      for (const example of examples) assert.deepEqual(problemsOf(parse(example)), [], example);
    });

    // In the others' tables stand parts of arguments.
    if (guide !== "network") continue;
    it(`show only what is valid in the tables of docs/${guide}.md`, () => {
      assert.ok(inTables.length > 3);
      for (const example of inTables) assert.deepEqual(problemsOf(parse(example)), [], example);
    });
  }

  it("would be seen to be wrong (control)", () => {
    assert.equal(problemsOf(parse("backend: { autoscaling: { maxReplica: 6 } }")).length > 0, true);
  });
});
