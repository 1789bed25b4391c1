// What the platform reads from the machine: versions, processes, mounts, ports, locks of Pulumi's back end.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { upstreamVersion } from "../../local/platform/apt";
import { IMAGES, imageMode } from "../../local/platform/images";
import { goProblem, inotifyProblem } from "../../local/platform/machine";
import { isInit, mountsBelow, readStatus } from "../../local/platform/node";
import { cacheDir, stateDir, stateFiles } from "../../local/platform/paths";
import { claimPorts, releasePorts } from "../../local/platform/ports";
import { explain, Problem } from "../../local/platform/problem";
import { copyRepositories } from "../../local/platform/registry";
import { lockOwners, ownerLives, stacksElsewhere } from "../../local/platform/stacks";

describe("The machine below the local platform", () => {
  let folder: string;
  let environment: NodeJS.ProcessEnv;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "machine-"));
    environment = { ...process.env };
    process.env.XDG_CACHE_HOME = join(folder, "cache");
    process.env.XDG_STATE_HOME = join(folder, "state");
    delete process.env.SERVICE_STACK_STATE;
  });

  afterEach(() => {
    process.env = environment;
    rmSync(folder, { recursive: true });
  });

  it("is told before the kubelet fails for want of inotify instances, with the command that gives more", () => {
    const open = [...Array(100).fill("anon_inode:inotify"), ...Array(500).fill("socket:[1]")];
    assert.match(
      inotifyProblem(128, open) ?? "",
      /^100 of 128 inotify instances are in use.*sysctl fs\.inotify\.max_user_instances=1024$/,
    );
    assert.equal(inotifyProblem(1024, open), undefined);
    assert.equal(inotifyProblem(128, []), undefined);
  });

  it("gives each checkout a state folder of its own, unless one is named", () => {
    assert.match(stateDir(), /\/state\/service-stack\/[0-9a-f]{12}$/);
    assert.equal(cacheDir(), join(folder, "cache", "service-stack"));
    process.env.SERVICE_STACK_STATE = join(folder, "mine");
    assert.equal(stateDir(), join(folder, "mine"));
  });

  it("takes a Go that is new enough, and says what to do about any other", () => {
    assert.equal(goProblem("go1.24.0"), undefined);
    assert.equal(goProblem("go2.0"), undefined);
    assert.equal(goProblem("devel go1.28-abcdef"), undefined);
    assert.match(goProblem("go1.23.9") ?? "", /1\.24 or newer is needed/);
    assert.match(goProblem(undefined) ?? "", /not on PATH: install it/);
  });

  it("knows a node by its state folder, not by a number that another process may have by now", () => {
    const command = ["/somewhere/node", "init", "--state", "/a", "--root", "/r", ""];
    assert.equal(isInit(command, "/a"), true);
    assert.equal(isInit(command, "/b"), false);
    assert.equal(isInit(["vi", "--state", "/a"], "/a"), false);
    const files = stateFiles(folder);
    writeFileSync(files.status, JSON.stringify({ phase: "ready", pid: process.pid, ports: {}, parts: [] }));
    assert.equal(readStatus(folder), undefined);
  });

  it("finds what is mounted below a folder, the deepest first, and not beside it", () => {
    const table = [
      "a /s ext4 rw 0 0",
      "b /s/x/y tmpfs rw 0 0",
      "c /s/with\\040space tmpfs rw 0 0",
      "d /ss tmpfs rw 0 0",
    ];
    assert.deepEqual(mountsBelow("/s", table.join("\n")), ["/s/with space", "/s/x/y", "/s"]);
    assert.deepEqual(mountsBelow("/t", table.join("\n")), []);
  });

  it("keeps a node's ports, gives two nodes different ones, and moves only when one is taken", async () => {
    const [one, two] = [join(folder, "one"), join(folder, "two")];
    for (const state of [one, two]) mkdirSync(state);
    const first = await claimPorts(one);
    const second = await claimPorts(two);
    const numbers = [...Object.values(first.ports), ...Object.values(second.ports)];
    assert.equal(new Set(numbers).size, 6);
    assert.deepEqual(await claimPorts(one), { ports: first.ports, moved: false });
    const thief = createServer().listen(first.ports.http, "127.0.0.1");
    await once(thief, "listening");
    const moved = await claimPorts(one);
    thief.close();
    assert.equal(moved.moved, true);
    assert.notEqual(moved.ports.http, first.ports.http);
    await releasePorts(one);
    assert.deepEqual(Object.keys(JSON.parse(readFileSync(join(cacheDir(), "ports.json"), "utf8"))), [two]);
  });

  it("tags images with their true version, and never as latest", () => {
    const tags = Object.fromEntries(IMAGES.map((image) => [image.folder, image.tags("15.2.1")]));
    assert.deepEqual(tags.postgres, ["15", "15.2.1"]);
    assert.deepEqual(tags.python, ["15.2-slim", "15.2.1-slim"]);
    assert.deepEqual(tags.redis, ["15", "15.2", "15.2.1"]);
    assert.ok(!Object.values(tags).flat().includes("latest"));
  });

  it("reads a package's upstream version", () => {
    const status =
      "Package: redis\nVersion: 1:1.0-1\n\nPackage: redis-server\nStatus: ok\nVersion: 5:7.0.15-1~deb12u6\n";
    assert.equal(upstreamVersion(status, "redis-server"), "7.0.15");
    assert.equal(upstreamVersion(status, "postgresql-15"), undefined);
  });

  it("refuses a setting that it does not know", () => {
    process.env.SERVICE_STACK_BASE_IMAGES = "always";
    assert.throws(imageMode, /SERVICE_STACK_BASE_IMAGES is "always"; it can be auto, local or public/);
    process.env.SERVICE_STACK_BASE_IMAGES = "local";
    assert.equal(imageMode(), "local");
  });

  it("copies a repository between registries with all that it refers to, and nothing else", () => {
    const v2 = (registry: string, ...path: string[]) =>
      join(folder, registry, "docker", "registry", "v2", ...path);
    const write = (path: string, content: string) => {
      mkdirSync(join(path, ".."), { recursive: true });
      writeFileSync(path, content);
    };
    for (const digest of ["aa11", "bb22", "cc33"])
      write(v2("one", "blobs", "sha256", digest.slice(0, 2), digest, "data"), digest);
    write(
      v2("one", "repositories", "library", "x", "_manifests", "revisions", "sha256", "aa11", "link"),
      "sha256:aa11",
    );
    write(v2("one", "repositories", "library", "x", "_layers", "sha256", "bb22", "link"), "sha256:bb22");
    write(v2("one", "repositories", "library", "x", "_uploads", "half"), "");
    copyRepositories(join(folder, "one"), join(folder, "two"), ["library/x"]);
    assert.ok(existsSync(v2("two", "blobs", "sha256", "aa", "aa11", "data")));
    assert.ok(existsSync(v2("two", "blobs", "sha256", "bb", "bb22", "data")));
    assert.ok(!existsSync(v2("two", "blobs", "sha256", "cc")));
    assert.ok(!existsSync(v2("two", "repositories", "library", "x", "_uploads")));
  });

  it("takes the lock of a stack for dead only when its owner is dead on this machine", async () => {
    const locks = join(folder, ".pulumi", "locks", "organization", "notes", "dev");
    mkdirSync(locks, { recursive: true });
    const child = spawn("true");
    await once(child, "exit");
    const owner = { pid: child.pid as number, hostname: hostname(), timestamp: new Date().toISOString() };
    writeFileSync(join(locks, "1.json"), JSON.stringify(owner));
    assert.deepEqual(lockOwners(folder, "notes", "dev"), [owner]);
    assert.deepEqual(lockOwners(folder, "notes", "prod"), []);
    assert.equal(ownerLives(owner), false);
    assert.equal(ownerLives({ ...owner, hostname: "elsewhere" }), true);
    // Alive, but not Pulumi: the number has been given to another program.
    assert.equal(ownerLives({ ...owner, pid: process.pid }), false);
  });

  it("knows the stacks whose state must outlive the node", () => {
    const stacks = join(folder, ".pulumi", "stacks", "notes");
    mkdirSync(stacks, { recursive: true });
    const write = (name: string, inputs: object) => {
      const resources = [{ type: "pulumi:pulumi:Stack" }, { type: "pulumi:providers:kubernetes", inputs }];
      writeFileSync(
        join(stacks, name),
        JSON.stringify({ version: 3, checkpoint: { latest: { resources } } }),
      );
    };
    write("dev.json", { version: "4.34.2" });
    writeFileSync(join(stacks, "empty.json"), JSON.stringify({ version: 3, checkpoint: {} }));
    assert.deepEqual(stacksElsewhere(folder), []);
    write("prod.json", { context: "production" });
    assert.deepEqual(stacksElsewhere(folder), ["notes/prod"]);
  });

  it("ends a failure with the end of the log that matters, and its path", () => {
    const log = join(folder, "part.log");
    writeFileSync(log, Array.from({ length: 40 }, (_, line) => `line ${line}`).join("\n"));
    const text = explain(new Problem("It failed.", { log }));
    assert.match(text, /^It failed\.\n\n {2}│ line 15\n/);
    assert.match(text, new RegExp(`line 39\n\nThe whole log: ${log}$`));
    assert.equal(explain(new Problem("It failed.")), "It failed.");
  });
});
