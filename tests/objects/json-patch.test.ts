// JSON Patches, by the examples of the standard. https://www.rfc-editor.org/rfc/rfc6902#appendix-A

import assert from "node:assert/strict";
import { jsonPatch } from "../../src/objects/json-patch";
import type { PatchOperationPlan } from "../../src/plan/stack-plan";
import type { Problem } from "../../src/schema/problem";

const patched = (target: object, ...operations: PatchOperationPlan[]) => {
  const problems: Problem[] = [];
  return { result: jsonPatch("p", target, operations, problems), problems };
};

describe("A JSON Patch", () => {
  const table: [title: string, target: object, operations: PatchOperationPlan[], expected: object][] = [
    [
      "adds to a map",
      { foo: "bar" },
      [{ op: "add", path: "/baz", value: "qux" }],
      { foo: "bar", baz: "qux" },
    ],
    [
      "adds to a list",
      { foo: ["bar", "baz"] },
      [{ op: "add", path: "/foo/1", value: "qux" }],
      { foo: ["bar", "qux", "baz"] },
    ],
    ["removes from a map", { baz: "qux", foo: "bar" }, [{ op: "remove", path: "/baz" }], { foo: "bar" }],
    [
      "removes from a list",
      { foo: ["bar", "qux", "baz"] },
      [{ op: "remove", path: "/foo/1" }],
      { foo: ["bar", "baz"] },
    ],
    ["replaces", { baz: "qux" }, [{ op: "replace", path: "/baz", value: "boo" }], { baz: "boo" }],
    [
      "moves in maps",
      { foo: { bar: "baz", waldo: "fred" }, qux: { corge: "grault" } },
      [{ op: "move", from: "/foo/waldo", path: "/qux/thud" }],
      { foo: { bar: "baz" }, qux: { corge: "grault", thud: "fred" } },
    ],
    [
      "moves in a list",
      { foo: ["all", "grass", "cows", "eat"] },
      [{ op: "move", from: "/foo/1", path: "/foo/3" }],
      { foo: ["all", "cows", "eat", "grass"] },
    ],
    ["copies", { a: { b: 1 } }, [{ op: "copy", from: "/a", path: "/c" }], { a: { b: 1 }, c: { b: 1 } }],
    [
      "tests",
      { baz: "qux", foo: ["a", 2, "c"] },
      [
        { op: "test", path: "/baz", value: "qux" },
        { op: "test", path: "/foo/1", value: 2 },
      ],
      { baz: "qux", foo: ["a", 2, "c"] },
    ],
    [
      "adds at a list's end",
      { foo: ["bar"] },
      [{ op: "add", path: "/foo/-", value: ["abc", "def"] }],
      { foo: ["bar", ["abc", "def"]] },
    ],
    [
      "knows escapes",
      { "/": 9, "~1": 10 },
      [
        { op: "test", path: "/~01", value: 10 },
        { op: "remove", path: "/~1" },
      ],
      { "~1": 10 },
    ],
    ["adds an empty value", {}, [{ op: "add", path: "/a", value: null }], { a: null }],
  ];
  for (const [title, target, operations, expected] of table) {
    it(title, () => {
      const before = JSON.stringify(target);
      const { result, problems } = patched(target, ...operations);
      assert.deepEqual(problems, []);
      assert.deepEqual(result, expected);
      assert.equal(JSON.stringify(target), before, "what is patched stays as it was");
    });
  }

  const refused: [title: string, operation: PatchOperationPlan, path: string, said: RegExp][] = [
    ["a parent that isn't there", { op: "add", path: "/bzz/bat", value: 1 }, "p[0].path", /`bzz`.*`baz`/s],
    ["what isn't there", { op: "remove", path: "/bzz" }, "p[0].path", /`bzz`.*`baz`/s],
    [
      "a place beyond a list",
      { op: "add", path: "/list/3", value: 1 },
      "p[0].path",
      /list with 1 items.*0 to 1/s,
    ],
    [
      "the end of a list, where there must be something",
      { op: "remove", path: "/list/-" },
      "p[0].path",
      /`-`/,
    ],
    ["a number with a zero before it", { op: "remove", path: "/list/00" }, "p[0].path", /`00`/],
    ["a way through a single value", { op: "add", path: "/baz/x", value: 1 }, "p[0].path", /single value/],
    ["a source that isn't there", { op: "copy", from: "/bzz", path: "/x" }, "p[0].from", /`bzz`/],
    ["a move into itself", { op: "move", from: "/map", path: "/map/x" }, "p[0].path", /moved/],
    ["a test of another value", { op: "test", path: "/baz", value: "10" }, "p[0].value", /not what is there/],
  ];
  for (const [title, operation, path, said] of refused) {
    it(`refuses ${title}`, () => {
      const [problem] = patched({ baz: "qux", list: [1], map: {} }, operation).problems;
      assert.equal(problem?.path, path);
      assert.match(`${problem?.reason} ${problem?.remedy}`, said);
    });
  }

  it("never looks into a text with holes", () => {
    const target = { value: { parts: [{ hole: "given", index: 0 }], secret: true } };
    const { problems } = patched(target, { op: "copy", from: "/value/parts", path: "/shown" });
    assert.match(problems[0]?.reason ?? "", /single value/);
  });
});
