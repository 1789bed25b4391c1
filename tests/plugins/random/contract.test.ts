/** The random provider by its recorded runs, through the real engine. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { RandomIdArgs, RandomPasswordArgs, RandomStringArgs } from "@pulumi/random";
import * as random from "@pulumi/random";
import { built, type Program, TestStack } from "../engine";
import changes from "./recordings/changes.json";
import state from "./recordings/state.json";

const PASSWORD = "random:index/randomPassword:RandomPassword";

const BEFORE: RandomPasswordArgs = { length: 32, special: false, keepers: { r: "1" } };

const AFTER: Record<string, RandomPasswordArgs> = {
  "random.RandomPassword, length": { ...BEFORE, length: 40 },
  "random.RandomPassword, special": { ...BEFORE, special: true },
  "random.RandomPassword, keepers": { ...BEFORE, keepers: { r: "2" } },
  "random.RandomPassword, same": BEFORE,
};

function password(args: RandomPasswordArgs): Program {
  return async () => {
    const made = new random.RandomPassword("password", args);
    return { result: made.result, hash: made.bcryptHash, upper: made.upper };
  };
}

describe("the random provider", function () {
  this.timeout(120_000);
  let stack: TestStack;
  before(async function () {
    await built.call(this);
    stack = await TestStack.create(PASSWORD);
  });
  after(() => stack?.remove());

  it("previews a password without making one", async () => {
    const preview = await stack.preview(password(BEFORE));
    deepEqual(preview.operations, ["create"]);
    equal(preview.error, "");
  });

  it("makes a password that the state keeps encrypted, in the recorded shape", async () => {
    const up = await stack.up(password(BEFORE));
    equal(up.error, "");
    match(up.outputs.result?.value, /^[A-Za-z0-9]{32}$/);
    deepEqual(
      [up.outputs.result?.secret, up.outputs.hash?.secret, up.outputs.upper?.secret],
      [true, true, false],
    );
    const { id, inputs, outputs, additionalSecretOutputs } = stack.resource();
    deepEqual(
      { id, inputs, additionalSecretOutputs: [...(additionalSecretOutputs as string[])].sort() },
      {
        id: state.id,
        inputs: state.inputs,
        additionalSecretOutputs: state.additionalSecretOutputs,
      },
    );
    const plain = (all: object) =>
      Object.entries(all).filter(
        ([key]) => !["result", "bcryptHash", "__pulumi_raw_state_delta"].includes(key),
      );
    deepEqual(plain(outputs as object).sort(), plain(state.outputs).sort());
    ok(!JSON.stringify(outputs).includes(up.outputs.result?.value));
  });

  it("keeps the password while nothing changes, through a refresh too", async () => {
    const before = await stack.up(password(BEFORE));
    await stack.refresh();
    const after = await stack.up(password(BEFORE));
    deepEqual(after.operations, ["same"]);
    equal(after.outputs.result?.value, before.outputs.result?.value);
  });

  for (const { case: title, operations } of changes) {
    it(`does the recorded operations: ${title}`, async () => {
      const before = await stack.up(password(BEFORE));
      const after = await stack.up(password(AFTER[title] as RandomPasswordArgs));
      deepEqual(after.operations, operations);
      const kept = after.outputs.result?.value === before.outputs.result?.value;
      equal(kept, operations.includes("same"));
    });
  }

  it("takes a default that is written out for no change", async () => {
    await stack.up(password(BEFORE));
    const after = await stack.up(password({ ...BEFORE, upper: true, minLower: 0 }));
    ok(!after.operations.includes("replace"), after.operations.join());
  });

  it("refuses lengths that the minimums don't fit in", async () => {
    const run = await stack.preview(password({ length: 2, minLower: 2, minUpper: 2 }));
    ok(run.error !== "", JSON.stringify(run));
    match(run.shown, /length/);
  });
});

describe("random strings and ids", function () {
  this.timeout(120_000);
  before(built);

  it("follow the same rules, in the open", async () => {
    const stack = await TestStack.create("random:index/randomId:RandomId");
    const string: RandomStringArgs = { length: 8, upper: false, special: false };
    const id: RandomIdArgs = { byteLength: 4, prefix: "p-" };
    const { outputs, error } = await stack.up(async () => ({
      string: new random.RandomString("string", string).result,
      hex: new random.RandomId("id", id).hex,
    }));
    equal(error, "");
    match(outputs.string?.value, /^[a-z0-9]{8}$/);
    match(outputs.hex?.value, /^p-[0-9a-f]{8}$/);
    deepEqual([outputs.string?.secret, outputs.hex?.secret], [false, false]);
    await stack.remove();
  });
});
