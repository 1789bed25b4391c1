// The quickstart: killed at random points it ends well all the same, and a second run has nothing to do.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { ask, ports } from "./cluster";
import { checkout, run, succeed } from "./commands";

const KILLS = 3;

/** Starts the quickstart in a process group of its own, and kills all of that after `milliseconds`. */
async function killedAfter(milliseconds: number): Promise<boolean> {
  const child = spawn("npm", ["run", "quickstart"], { cwd: checkout, detached: true, stdio: "ignore" });
  const timer = setTimeout(() => process.kill(-(child.pid as number), "SIGKILL"), milliseconds);
  const [, signal] = await once(child, "exit");
  clearTimeout(timer);
  return signal === "SIGKILL";
}

describe("The quickstart", () => {
  it(`ends well after being killed at ${KILLS} random points`, async () => {
    // As long as a run of it takes on a warm machine, so that the points fall into every part of it.
    const span = 45_000;
    const points = Array.from({ length: KILLS }, () => 1_000 + Math.floor(Math.random() * span));
    const killed: boolean[] = [];
    for (const point of points) killed.push(await killedAfter(point));
    const { code, output } = await run("npm", ["run", "quickstart"]);
    const told = `killed after ${points.join(", ")} ms (${killed.join(", ")})`;
    assert.equal(code, 0, `${told}:\n${output}`);
    assert.ok(killed.includes(true), `${told}: no run was cut short, so nothing was tested`);
    const { status, body } = await ask("http://notes.dev.localhost/");
    assert.equal(status, 200, told);
    assert.match(body, /Notes/, told);
  });

  it("says where to look, and how to remove it", async () => {
    const output = await succeed("npm", ["run", "quickstart"]);
    assert.match(output, new RegExp(`http://notes\\.dev\\.localhost:${ports().http}`));
    assert.match(output, /npm run local -- down/);
  });

  it("leaves the checkout clean", async () => {
    const before = await succeed("git", ["status", "--porcelain"]);
    await succeed("npm", ["run", "quickstart"]);
    assert.equal(await succeed("git", ["status", "--porcelain"]), before);
  });
});
