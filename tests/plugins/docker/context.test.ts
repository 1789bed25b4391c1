/** Which files a build sees, and what counts as a change of them, without an engine. */
import { deepEqual, equal, notEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { extract } from "tar-fs";
import { archive, contextDigest, filesOf } from "../../../local/plugins/docker/context";

describe("a build's context", () => {
  let folder: string;
  let context: string;
  let dockerfile: string;

  function write(path: string, content: string, mode = 0o644): void {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, mode);
  }

  const digest = () => contextDigest(context, dockerfile);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "service-stack-context-"));
    context = join(folder, "ctx");
    dockerfile = join(context, "Dockerfile");
    write("ctx/Dockerfile", "FROM scratch\nCOPY . /\n");
    write("ctx/a.txt", "a");
    write("ctx/a/b.txt", "b");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("changes with a file's content, name and mode", () => {
    const before = digest();
    write("ctx/a.txt", "other");
    const content = digest();
    notEqual(content, before);
    write("ctx/a.txt", "a");
    equal(digest(), before);
    write("ctx/a.txt", "a", 0o755);
    notEqual(digest(), before);
    write("ctx/a.txt", "a");
    write("ctx/c.txt", "a");
    notEqual(digest(), before);
  });

  it("stays the same when only a file's time changes", () => {
    const before = digest();
    utimesSync(join(context, "a.txt"), 1, 1);
    equal(digest(), before);
  });

  it("changes with a Dockerfile that lies outside, whatever its name", () => {
    write("build/app.Dockerfile", "FROM scratch\n");
    write("build/same.Dockerfile", "FROM scratch\n");
    const before = contextDigest(context, join(folder, "build/app.Dockerfile"));
    equal(contextDigest(context, join(folder, "build/same.Dockerfile")), before);
    write("build/app.Dockerfile", "FROM other\n");
    notEqual(contextDigest(context, join(folder, "build/app.Dockerfile")), before);
  });

  it("has the digest that the official provider's rule gives", () => {
    // Name, Go's mode and sha256 of the content: of the Dockerfile under a fixed name, then of each file.
    const sha256 = (text: string) => createHash("sha256").update(text).digest();
    const part = (name: string, mode: string, content: string) =>
      Buffer.concat([Buffer.from(name + mode), sha256(content), Buffer.of(0)]);
    const text = "FROM scratch\nCOPY . /\n";
    const whole = Buffer.concat([
      part("Dockerfile", "----------", text),
      part("Dockerfile", "-rw-r--r--", text),
      part("a/b.txt", "-rw-r--r--", "b"),
      part("a.txt", "-rw-r--r--", "a"),
    ]);
    equal(digest(), createHash("sha256").update(whole).digest("hex"));
  });

  it("follows the order of names in folders, as a walk does", () => {
    write("ctx/a-b/c.txt", "c");
    deepEqual(filesOf(context, dockerfile), ["Dockerfile", "a/b.txt", "a-b/c.txt", "a.txt"]);
  });

  it("leaves out what .dockerignore names, and takes back exceptions", () => {
    write("ctx/.dockerignore", "# comment\nnode_modules\n**/*.log\n/a\n!a/b.txt\n");
    write("ctx/node_modules/x/index.js", "x");
    write("ctx/deep/er/trace.log", "x");
    write("ctx/a/c.txt", "c");
    deepEqual(filesOf(context, dockerfile), [".dockerignore", "Dockerfile", "a/b.txt", "a.txt"]);
  });

  it("prefers the ignore file that belongs to the Dockerfile", () => {
    write("ctx/.dockerignore", "a.txt\n");
    write("ctx/Dockerfile.dockerignore", "a\nDockerfile*\n.dockerignore\n");
    deepEqual(filesOf(context, dockerfile), ["a.txt"]);
  });

  it("is sent whole: modes, links and an ignored Dockerfile too, but nothing that is ignored", async () => {
    write("ctx/.dockerignore", "Dockerfile\nsecret\n");
    write("ctx/secret", "s");
    write("ctx/run.sh", "#!/bin/sh\n", 0o777);
    mkdirSync(join(context, "empty"));
    symlinkSync("a.txt", join(context, "link"));
    const sent = archive(context, dockerfile);
    equal(sent.dockerfile, "Dockerfile");
    const entries: Record<string, string> = {};
    const unpacked = extract(join(folder, "out"), {
      map: (header) => {
        entries[header.name] = `${header.type} ${header.mode.toString(8)} ${header.uid}`;
        return header;
      },
    });
    await pipeline(sent.stream, unpacked);
    equal(entries["run.sh"], "file 777 0");
    equal(entries.link, "symlink 777 0");
    equal(entries.Dockerfile, "file 644 0");
    equal(entries.empty, "directory 755 0");
    equal(entries.secret, undefined);
  });

  it("brings a Dockerfile from outside under a name that nothing else has", async () => {
    write("build/Dockerfile", "FROM other\n");
    const sent = archive(context, join(folder, "build/Dockerfile"));
    const names: string[] = [];
    const unpacked = extract(join(folder, "out"), {
      ignore: (_, header) => names.push(header?.name ?? "") > 99,
    });
    await pipeline(sent.stream, unpacked);
    equal(names.includes(sent.dockerfile), true);
    equal(names.includes("Dockerfile"), true);
    notEqual(sent.dockerfile, "Dockerfile");
  });
});
