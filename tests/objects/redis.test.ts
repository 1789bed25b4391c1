// Redis' volume and the server over it: who may read what another has written. The script is run as it is, with programs
// that say of themselves what a version of Redis or Valkey says.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConfigMap } from "kubernetes-types/core/v1";
import { stackObjects } from "../../src/objects/objects";
import { planStack } from "../../src/plan/plan";

const configOf = (args: object, id: string) => {
  const { plan, problems } = planStack({ name: "notes", stack: "dev" }, args);
  assert.deepEqual(problems, []);
  const found = stackObjects(plan).find((object) => object.id === `${id}-config`);
  return (found?.object as ConfigMap | undefined)?.data ?? {};
};

describe("Redis' volume", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "redis-"));
    mkdirSync(join(folder, "data"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Starts an image of this server over the volume. */
  function start(server: string): { code: number | null; said: string } {
    const [family = "", version = ""] = server.split(" ");
    const bin = mkdtempSync(join(folder, "bin-"));
    // Valkey's image has Redis' names beside its own.
    for (const program of family === "valkey" ? ["valkey-server", "redis-server"] : ["redis-server"]) {
      const name = family === "valkey" ? "Valkey" : "Redis";
      writeFileSync(
        join(bin, program),
        `#!/bin/sh\necho "${name} server v=${version} sha=00000000:0 bits=64"\n`,
      );
      chmodSync(join(bin, program), 0o755);
    }
    const script = configOf({ redis: {} }, "redis")["prepare.sh"] ?? "";
    const { status, stderr } = spawnSync("sh", ["-c", script.replaceAll("/data/", `${folder}/data/`)], {
      env: { PATH: `${bin}:/usr/bin:/bin` },
      encoding: "utf8",
    });
    return { code: status, said: stderr };
  }

  for (const [before, after] of [
    ["redis 7.0.15", "redis 7.0.15"],
    ["redis 6.2.14", "redis 7.4.1"],
    ["redis 7.2.4", "valkey 8.0.2"],
    ["valkey 8.1.0", "redis 7.2.4"],
    ["valkey 8.0.2", "valkey 9.0.0"],
  ] as const) {
    it(`of ${before} is read by ${after}`, () => {
      assert.deepEqual(start(before), { code: 0, said: "" });
      assert.deepEqual(start(after), { code: 0, said: "" });
    });
  }

  for (const [before, after] of [
    ["redis 7.0.15", "redis 6.2.14"],
    ["redis 7.4.1", "redis 7.2.4"],
    ["redis 8.0.0", "valkey 8.0.2"],
    ["valkey 9.0.0", "redis 8.0.0"],
    ["valkey 8.0.2", "redis 7.0.15"],
    ["valkey 8.0.2", "valkey 7.2.8"],
  ] as const) {
    it(`of ${before} is refused by ${after}, and left as it is`, () => {
      start(before);
      const files = readdirSync(join(folder, "data"));
      const { code, said } = start(after);
      assert.equal(code, 1);
      assert.match(said, new RegExp(`data of ${before.split(".")[0]}`));
      assert.match(said, /Nothing was touched/);
      assert.deepEqual(readdirSync(join(folder, "data")), files);
      assert.equal(start(before).code, 0);
    });
  }

  it("that says nothing of its writer is not read by a server that would look past it", () => {
    mkdirSync(join(folder, "data", "appendonlydir"));
    assert.equal(start("redis 6.2.14").code, 1);
    assert.ok(!existsSync(join(folder, "data", "server-version")));
    assert.equal(start("redis 7.0.15").code, 0);
  });
});

describe("Redis' configuration", () => {
  it("keeps a queue, and evicts nothing of it", () => {
    const config = configOf({ redis: {} }, "redis")["redis.conf"] ?? "";
    assert.match(config, /^appendonly yes$/m);
    assert.match(config, /^maxmemory-policy noeviction$/m);
  });

  it("keeps nothing of a cache, and makes room in it", () => {
    const data = configOf({ caches: { pages: {} } }, "pages");
    assert.match(data["redis.conf"] ?? "", /^appendonly no$/m);
    assert.match(data["redis.conf"] ?? "", /^maxmemory-policy allkeys-lru$/m);
    assert.equal(data["prepare.sh"], undefined);
  });
});
