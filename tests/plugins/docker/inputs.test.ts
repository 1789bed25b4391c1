/** Defaults, mistakes and differences of an image's arguments, without an engine. */
import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { translate } from "../../../local/plugins/docker/engine";
import { normalize, secretsOf } from "../../../local/plugins/docker/inputs";
import { credentialServer, parseImageName } from "../../../local/plugins/docker/names";
import { changes } from "../../../local/plugins/docker/provider";
import { isSecret, type Properties, reveal, secret, UNKNOWN } from "../../../local/plugins/values";

const NAME = "127.0.0.1:5000/rec/app:a";

describe("an image's arguments", () => {
  let context: string;
  before(() => {
    context = mkdtempSync(join(tmpdir(), "service-stack-inputs-"));
    writeFileSync(join(context, "Dockerfile"), "FROM scratch\n");
  });
  after(() => rmSync(context, { recursive: true, force: true }));

  const build = (inputs: Properties) => reveal(normalize(inputs).build) as Properties;

  it("get the official defaults", () => {
    const { dockerfile, platform, contextDigest } = build({ imageName: NAME, build: { context } });
    equal(dockerfile, join(context, "Dockerfile"));
    match(String(platform), /^linux\/(amd64|arm64)$/);
    match(String(contextDigest), /^[0-9a-f]{64}$/);
    equal(normalize({ imageName: NAME, build: { context } }).buildOnPreview, false);
  });

  it("stay unknown in a preview where they are", () => {
    equal(build({ imageName: NAME, build: { context: UNKNOWN } }).contextDigest, undefined);
    equal(normalize({ imageName: NAME, build: UNKNOWN }).build, UNKNOWN);
    ok(build({ imageName: UNKNOWN, build: { context } }).contextDigest);
  });

  it("stay secret where they are", () => {
    const inputs = normalize({ imageName: NAME, build: { context, args: { TOKEN: secret("t0ken") } } });
    const { args } = inputs.build as { args: Properties };
    ok(isSecret(args.TOKEN));
    ok(isSecret(normalize({ imageName: NAME, build: secret({ context }) }).build));
    const registry = { server: "ghcr.io", username: "me", password: "plain" };
    deepEqual(secretsOf({ ...inputs, registry }), ["t0ken", "plain"]);
  });

  it("must name a Dockerfile that exists, with a hint where it is meant below the context", () => {
    throws(
      () => normalize({ imageName: NAME, build: { context, dockerfile: "Dockerfile.x" } }),
      /could not open dockerfile at relative path "Dockerfile.x"/,
    );
    throws(
      () => normalize({ imageName: NAME, build: { context, dockerfile: "Dockerfile" } }),
      /Try setting `dockerfile` to ".*\/Dockerfile"/,
    );
  });

  it("must name builders and caches that there can be", () => {
    const made = (more: Properties) => () => normalize({ imageName: NAME, build: { context, ...more } });
    throws(made({ builderVersion: "kaniko" }), /invalid Docker Builder version/);
    throws(made({ cacheFrom: {} }), /requires an `images` field/);
    throws(made({ cacheFrom: { images: NAME } }), /must be a list/);
    throws(made({ cacheFrom: { images: ["app"] } }), /fully qualified/);
    ok(made({ builderVersion: "BuilderBuildKit", cacheFrom: { images: [NAME] } })());
    ok(made({ cacheFrom: UNKNOWN })());
  });

  it("must name a registry, unless nothing is pushed", () => {
    throws(() => normalize({ imageName: "app", build: { context } }), /fully qualified/);
    ok(normalize({ imageName: "app", build: { context }, skipPush: true }));
  });
});

describe("a change of an image's arguments", () => {
  const registry = { server: "ghcr.io", username: "me", password: "old" };

  it("is seen in any of them", () => {
    deepEqual(changes({ build: { args: { A: "1" } } }, { build: { args: { A: "2" } } }), { build: "update" });
    deepEqual(changes({ imageName: "a" }, { imageName: "a", skipPush: true }), { skipPush: "add" });
    deepEqual(changes({ imageName: UNKNOWN }, { imageName: "a" }), { imageName: "update" });
  });

  it("is no new password for the same registry, but another registry is one", () => {
    deepEqual(changes({ registry }, { registry: { ...registry, password: "new" } }), {});
    deepEqual(changes({ registry }, { registry: { ...registry, server: "quay.io" } }), {
      registry: "update",
    });
  });
});

describe("image names", () => {
  it("are taken apart into registry, repository and tag", () => {
    deepEqual(parseImageName(NAME), {
      repository: "127.0.0.1:5000/rec/app",
      tag: "a",
      registry: "127.0.0.1:5000",
    });
    equal(parseImageName("docker.io/me/app").tag, undefined);
    equal(parseImageName("localhost/app:1").registry, "localhost");
  });

  it("lead to the credentials that Docker keeps for them", () => {
    equal(credentialServer("https://ghcr.io/v2"), "ghcr.io");
    equal(credentialServer("docker.io"), "https://index.docker.io/v1/");
  });
});

describe("a failed build", () => {
  it("is told in the official provider's words", () => {
    const classic = "The command '/bin/sh -c false' returned a non-zero code: 1";
    equal(translate(classic), "executor failed running [/bin/sh -c false]: exit code: 1");
    equal(translate("pull access denied"), "pull access denied");
  });
});
