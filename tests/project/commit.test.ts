// Which commit an image is tagged with: seen in repositories on disk.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commitOf } from "../../src/project/commit";

const OTHER = "0123456789abcdef0123456789abcdef01234567";

describe("The commit of an image's sources", () => {
  let folder: string;
  let context: string;
  let dockerfile: string;

  const git = (...args: string[]) =>
    execFileSync("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  const commit = (message: string) => {
    git("add", ".");
    git("commit", "-q", "--no-gpg-sign", "-m", message);
    return git("rev-parse", "HEAD");
  };
  const asked = (environment: NodeJS.ProcessEnv = {}) => commitOf(context, dockerfile, environment);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "commit-"));
    context = join(folder, "api");
    dockerfile = join(folder, "docker", "api.Dockerfile");
    mkdirSync(context);
    mkdirSync(join(folder, "docker"));
    writeFileSync(join(context, "main.py"), "one");
    writeFileSync(dockerfile, "FROM scratch");
    writeFileSync(join(folder, "Pulumi.dev.yaml"), "config: {}");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is what git says, whatever the CI system says", () => {
    git("init", "-q");
    const head = commit("first");
    assert.equal(asked({ GITHUB_SHA: OTHER }), head);
  });

  it("is marked where the sources or the Dockerfile hold changes that aren't committed", () => {
    git("init", "-q");
    const head = commit("first");
    writeFileSync(join(context, "main.py"), "two");
    assert.equal(asked(), `${head}-dirty`);
    git("checkout", "-q", ".");
    writeFileSync(join(context, "new.py"), "");
    assert.equal(asked(), `${head}-dirty`);
    rmSync(join(context, "new.py"));
    writeFileSync(dockerfile, "FROM other");
    assert.equal(asked(), `${head}-dirty`);
  });

  it("is not marked for changes elsewhere, such as in a stack's configuration", () => {
    git("init", "-q");
    const head = commit("first");
    writeFileSync(join(folder, "Pulumi.dev.yaml"), "config: { a: 1 }");
    assert.equal(asked(), head);
  });

  it("is what the CI system says where there is no repository, or an empty one", () => {
    assert.equal(asked({ CI_COMMIT_SHA: OTHER }), OTHER);
    git("init", "-q");
    assert.equal(asked({ GIT_COMMIT: OTHER }), OTHER);
  });

  it("is unknown where nobody says it, or what is said is no commit", () => {
    assert.equal(asked(), undefined);
    assert.equal(asked({ GITHUB_SHA: "main", GIT_COMMIT: "" }), undefined);
    assert.equal(commitOf(join(folder, "gone"), dockerfile, {}), undefined);
  });
});
