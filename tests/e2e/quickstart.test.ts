// The quickstart: killed at random points it ends well all the same, and a second run has nothing to do.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { ask, ports } from "./cluster";
import { checkout, run, succeed } from "./commands";

const KILLS = 3;

/** Starts the quickstart in a process group of its own, and kills all of that after `milliseconds`. */
async function cutShort(milliseconds: number): Promise<{ killed: boolean; code: number; lasted: number }> {
  const begun = Date.now();
  const child = spawn("npm", ["run", "quickstart"], { cwd: checkout, detached: true, stdio: "ignore" });
  const timer = setTimeout(() => process.kill(-(child.pid as number), "SIGKILL"), milliseconds);
  const [code, signal] = await once(child, "exit");
  clearTimeout(timer);
  return { killed: signal === "SIGKILL", code, lasted: Date.now() - begun };
}

describe("The quickstart", () => {
  it(`ends well after being killed at ${KILLS} random points`, async () => {
    // A run from nothing takes so long on a warm machine, one that finds everything done much less: whenever a
    // run ends before its point, the next points lie within what it took.
    let span = 45_000;
    const points: string[] = [];
    for (let kills = 0; kills < KILLS; ) {
      const point = 1_000 + Math.floor(Math.random() * (span - 1_000));
      const { killed, code, lasted } = await cutShort(point);
      points.push(killed ? `killed after ${point} ms` : `ended with ${code} after ${lasted} ms`);
      if (killed) kills++;
      else span = lasted;
      assert.ok(killed || code === 0, points.join(", "));
    }
    const { code, output } = await run("npm", ["run", "quickstart"]);
    const told = points.join(", ");
    assert.equal(code, 0, `${told}:\n${output}`);
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
