/**
 * `docker.Image` by its recorded runs, through the real engine and a real Docker: the one in DOCKER_HOST, else
 * the local platform's, with the registry that it sees at 127.0.0.1:5000.
 */
import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import Dockerode from "dockerode";
import { readPlatform } from "../../../local/platform/paths";
import { built, type Program, TestStack } from "../engine";
import changes from "./recordings/changes.json";

const IMAGE = "docker:index/image:Image";
const REPOSITORY = "127.0.0.1:5000/rec/app";

/** An image with a shell in it, made out of the host's own: nothing is downloaded for these tests. */
const SHELL = "service-stack-contract-shell";

const LINES = {
  base: `FROM ${SHELL}`,
  copy: "COPY . /app/",
  arg: "ARG VERSION=0\nLABEL version=$VERSION",
};

async function importShell(engine: Dockerode): Promise<void> {
  const libraries = execFileSync("ldd", ["/bin/sh"], { encoding: "utf8" }).match(/\/\S+/g) ?? [];
  const files = ["/bin/sh", ...libraries].map((path) => path.slice(1));
  const archive = execFileSync("tar", ["-C", "/", "-ch", ...files], { maxBuffer: 64 * 1024 * 1024 });
  const progress = await engine.importImage(Readable.from([archive]), { repo: SHELL, tag: "latest" });
  await new Promise((done, failed) => {
    engine.modem.followProgress(progress, (error) => (error ? failed(error) : done(undefined)));
  });
}

interface Change {
  /** What is different on disk. */
  disk?: () => void;
  /** What is different in the arguments, from here on. */
  args?: { tag?: string; version?: string; skipPush?: boolean };
}

describe("docker.Image", function () {
  this.timeout(180_000);
  let stack: TestStack;
  let folder: string;
  let host: string;
  let engine: Dockerode;
  const args = { tag: "a", version: "1", skipPush: false };

  const context = () => join(folder, "ctx");
  const write = (name: string, content: string) => writeFileSync(join(context(), name), content);
  // Relative, as in programs: an absolute path is no part of what is recorded.
  const relative = () => basename(context());

  const program: Program = async () => {
    const image = new docker.Image("app", {
      imageName: `${REPOSITORY}:${args.tag}`,
      build: { context: relative(), platform: "linux/amd64", args: { VERSION: args.version } },
      skipPush: args.skipPush,
    });
    const { baseImageName, imageName, repoDigest, dockerfile, context: built, registryServer } = image;
    return { baseImageName, imageName, repoDigest, dockerfile, context: built, registryServer };
  };

  const steps: Record<string, Change> = {
    first: {},
    "again, nothing changed": {},
    "a file's content changed": { disk: () => write("a.txt", "two") },
    "a file's mode changed": { disk: () => chmodSync(join(context(), "a.txt"), 0o755) },
    "a file's time changed": { disk: () => utimesSync(join(context(), "a.txt"), 1, 1) },
    "an unrelated file added, then ignored by .dockerignore": { disk: () => write("ignored", "x") },
    "build argument changed": { args: { version: "2" } },
    "tag changed": { args: { tag: "b" } },
    skipPush: { args: { skipPush: true } },
    "build fails": { disk: () => write("Dockerfile", `${LINES.base}\nRUN false\n`) },
  };

  before(async function () {
    await built.call(this);
    const platform = readPlatform();
    host = process.env.DOCKER_HOST || platform?.dockerHost || "unix:///var/run/docker.sock";
    process.env.DOCKER_HOST = host;
    engine = new Dockerode();
    await engine.ping().catch(() => {
      throw new Error(`these tests need a Docker engine at ${host}; start one: npm run local -- up`);
    });
    await importShell(engine);
    stack = await TestStack.create(IMAGE, { DOCKER_HOST: host });
    folder = stack.folder;
    mkdirSync(context());
    write("Dockerfile", `${LINES.base}\n${LINES.arg}\n${LINES.copy}\n`);
    write(".dockerignore", "ignored\n");
    write("a.txt", "one");
  });

  after(async () => {
    await stack?.remove();
    const images = await engine.listImages();
    const tags = images.flatMap((image) => image.RepoTags ?? []).filter((tag) => tag.startsWith(REPOSITORY));
    for (const tag of tags) await engine.getImage(tag).remove({ force: true });
    // A layer of the build that failed may still stand on it; the engine cleans those up itself.
    await engine
      .getImage(SHELL)
      .remove({ force: true })
      .catch(() => undefined);
  });

  const digests: Record<string, string> = {};
  let last = "";

  for (const [title, recorded] of Object.entries(changes)) {
    it(`does as recorded: ${title}`, async () => {
      const change = steps[title] as Change;
      change.disk?.();
      Object.assign(args, change.args);
      const preview = await stack.preview(program);
      deepEqual([preview.operations, preview.error], [recorded.preview, ""]);
      const up = await stack.up(program);
      deepEqual(up.operations, recorded.up);
      equal(up.error !== "", recorded.messages.length > 0, up.error);
      for (const message of recorded.messages)
        ok(up.shown.includes(message.replace(/^error: /, "")), up.shown);
      const { imageName, baseImageName, dockerfile, context: built } = up.outputs;
      deepEqual(
        [imageName?.value, baseImageName?.value, dockerfile?.value, built?.value],
        [recorded.imageName, recorded.baseImageName, recorded.dockerfile, recorded.context],
      );
      const digest = up.outputs.repoDigest?.value as string;
      equal(
        digest.split("@sha256:")[0],
        recorded.repoDigest.split("@sha256:")[0]?.replace(/^sha256:.*/, digest),
      );
      match(digest, /^(127\.0\.0\.1:5000\/rec\/app@)?sha256:[0-9a-f]{64}$/);
      // Equal where the recording's are equal, and only there.
      const before = digests[recorded.repoDigest];
      if (before) equal(digest, before);
      else notEqual(digest, last);
      digests[recorded.repoDigest] = digest;
      last = digest;
    });
  }
});

describe("a build's log", function () {
  this.timeout(180_000);
  before(built);

  it("is shown while it lasts, without the secrets that go into it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "service-stack-log-"));
    writeFileSync(
      join(folder, "Dockerfile"),
      `${LINES.base}\nARG TOKEN\nRUN echo "token is $TOKEN"; exit 3\n`,
    );
    await importShell(new Dockerode());
    const stack = await TestStack.create(IMAGE, { DOCKER_HOST: process.env.DOCKER_HOST ?? "" });
    const run = await stack.up(async () => {
      new docker.Image("app", {
        imageName: `${REPOSITORY}:log`,
        build: { context: folder, platform: "linux/amd64", args: { TOKEN: pulumi.secret("t0p-s3cret") } },
        skipPush: true,
      });
      return {};
    });
    match(run.shown, /Step 1\/3/);
    match(run.shown, /token is \[secret\]/);
    match(run.shown, /exit code: 3/);
    ok(!(run.shown + run.error).includes("t0p-s3cret"));
    await stack.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it("is one clear line where no Docker answers", async () => {
    const folder = mkdtempSync(join(tmpdir(), "service-stack-none-"));
    writeFileSync(join(folder, "Dockerfile"), "FROM scratch\n");
    const nowhere = `unix://${folder}/docker.sock`;
    const stack = await TestStack.create(IMAGE, { DOCKER_HOST: nowhere });
    const program: Program = async () => {
      new docker.Image("app", {
        imageName: `${REPOSITORY}:none`,
        build: { context: folder, platform: "linux/amd64" },
      });
      return {};
    };
    equal((await stack.preview(program)).error, "");
    const run = await stack.up(program);
    match(run.messages.join("\n"), /can't reach a Docker engine at unix:.*docker\.sock/);
    await stack.remove();
    rmSync(folder, { recursive: true, force: true });
  });
});
