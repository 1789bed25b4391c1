// Locks and the cache between processes: nobody waits for the dead, and nothing half-made is ever found.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cached, hashOfFolder, lookUp } from "../../local/platform/cache";
import { withLock } from "../../local/platform/lock";

describe("The cache of the local platform", () => {
  let folder: string;
  const before_ = process.env.XDG_CACHE_HOME;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cache-"));
    process.env.XDG_CACHE_HOME = folder;
  });

  afterEach(() => {
    if (before_ === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before_;
    rmSync(folder, { recursive: true });
  });

  it("lets one of two processes that want the same make it", async () => {
    let made = 0;
    const make = async (target: string) => {
      made++;
      writeFileSync(join(target, "file"), "whole");
    };
    const [first, second] = await Promise.all([cached("kind", "key", make), cached("kind", "key", make)]);
    assert.equal(first, second);
    assert.equal(made, 1);
    await cached("kind", "other", make); // the negative control: another key is made
    assert.equal(made, 2);
  });

  it("shows nothing of an entry whose making failed, and makes it at the next try", async () => {
    const fail = async (target: string) => {
      writeFileSync(join(target, "half"), "");
      throw new Error("killed");
    };
    await assert.rejects(cached("kind", "key", fail), /killed/);
    assert.equal(lookUp("kind", "key"), undefined);
    const entry = await cached("kind", "key", async (target) => writeFileSync(join(target, "file"), ""));
    assert.ok(existsSync(join(entry, "file")));
    assert.ok(!existsSync(join(entry, "half")));
  });

  it("does not wait for the lock of a process that was killed", async function () {
    this.timeout(20_000);
    const file = join(folder, "lock");
    const program = `require(${JSON.stringify(require.resolve("../../local/platform/lock"))})
      .withLock(${JSON.stringify(file)}, () => { console.log("held"); return new Promise(() => setInterval(() => {}, 1000)); });`;
    const holder = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
    await once(holder.stdout, "data");
    let got = false;
    const mine = withLock(file, async () => {
      got = true;
    });
    // The negative control: while the other one lives, the lock is its.
    const other = await withLockTried(file);
    assert.equal(other, false);
    assert.equal(got, false);
    holder.kill("SIGKILL");
    await mine;
    assert.equal(got, true);
  });

  it("names a folder anew when a file's name or content changes, and not for a folder that is skipped", () => {
    const sources = join(folder, "sources");
    mkdirSync(join(sources, "nested"), { recursive: true });
    writeFileSync(join(sources, "a.go"), "one");
    writeFileSync(join(sources, "nested", "b.go"), "two");
    const skip = (path: string) => path.endsWith("nested");
    const all = hashOfFolder(sources);
    const outer = hashOfFolder(sources, skip);
    writeFileSync(join(sources, "nested", "b.go"), "three");
    assert.notEqual(hashOfFolder(sources), all);
    assert.equal(hashOfFolder(sources, skip), outer);
    writeFileSync(join(sources, "a.go"), "four");
    assert.notEqual(hashOfFolder(sources, skip), outer);
  });
});

/** Whether a lock is free at this moment, asked of the kernel by the same tool. */
async function withLockTried(file: string): Promise<boolean> {
  const [code] = await once(spawn("flock", ["--nonblock", file, "true"]), "exit");
  return code === 0;
}
