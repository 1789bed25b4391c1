// What a log shows of the platform's steps: one line when a step starts, one when it ends, and who failed.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { seconds } from "../../local/platform/progress";

const module_ = JSON.stringify(require.resolve("../../local/platform/progress"));

/** Runs steps in a process of its own, whose output is no terminal. */
async function shown(steps: string): Promise<string[]> {
  const program = `require(${module_}).runSteps(${steps}).catch((error) => console.log("error:", error.message))`;
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", program], { timeout: 30_000 });
  return stdout
    .trim()
    .split("\n")
    .map((line) => line.replace(/^\d\d:\d\d:\d\d /, "").replace(/ \(\d+\.\d s\)$/, " (…)"));
}

describe("The steps of the local platform, in a log", () => {
  it("have a line each when they start and when they end, with what came of them", async () => {
    assert.deepEqual(await shown(`[{ title: "Build", run: async () => "three programs" }]`), [
      "→ Build",
      "✓ Build: three programs (…)",
    ]);
  });

  it("run side by side where they are a group", async () => {
    const quick = `{ title: "quick", run: async () => {} }`;
    const slow = `{ title: "slow", run: () => new Promise((done) => setTimeout(done, 200)) }`;
    assert.deepEqual(await shown(`[{ title: "All", together: [${slow}, ${quick}] }]`), [
      "→ All",
      "→ slow",
      "→ quick",
      "✓ quick (…)",
      "✓ slow (…)",
      "✓ All (…)",
    ]);
  });

  it("name the one that failed, and start none after it", async () => {
    const fails = `{ title: "one", run: async () => { throw new Error("no disk"); } }`;
    assert.deepEqual(await shown(`[${fails}, { title: "two", run: async () => {} }]`), [
      "→ one",
      "✗ one (…)",
      "error: no disk",
    ]);
  });

  it("say how long they took in words that fit", () => {
    assert.equal(seconds(900), "0.9 s");
    assert.equal(seconds(125_000), "2 min 5 s");
    assert.equal(seconds(119_900), "2 min 0 s");
  });
});
