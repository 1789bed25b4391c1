/**
 * `npx pulumi` as typed in a checkout: the environment that it makes for the CLI, stacks that need no `init`,
 * and what is left in the user's files afterwards: nothing.
 */
import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkoutDir } from "../../local/platform/paths";
import { built } from "../plugins/engine";

const COMMAND = join(checkoutDir, "dist", "local", "pulumi", "main.js");

/** Shows what a program finds around it, and makes a secret that a second machine can't know. */
const PROGRAM = `
const pulumi = require("@pulumi/pulumi");
const random = require("@pulumi/random");
const { KUBECONFIG, DOCKER_HOST, PULUMI_BACKEND_URL, PULUMI_HOME } = process.env;
exports.around = { KUBECONFIG, DOCKER_HOST, PULUMI_BACKEND_URL, PULUMI_HOME };
exports.context = new pulumi.Config("kubernetes").get("context");
exports.size = new pulumi.Config().get("size");
exports.password = new random.RandomPassword("password", { length: 20 }).result;
`;

interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

describe("the pulumi command of a checkout", function () {
  this.timeout(120_000);
  before(built);
  let folder: string;
  let project: string;
  let state: string;

  /** A clean environment, in which nobody is logged in anywhere. */
  function pulumi(args: string[], env: NodeJS.ProcessEnv = {}): Result {
    const { PATH, NODE_OPTIONS, XDG_CACHE_HOME } = process.env;
    const plain = {
      PATH,
      NODE_OPTIONS,
      XDG_CACHE_HOME,
      HOME: process.env.HOME,
      GOFLAGS: process.env.GOFLAGS,
    };
    const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], {
      cwd: project,
      env: { ...plain, SERVICE_STACK_STATE: state, SERVICE_STACK_PLUGINS: "local", ...env },
      encoding: "utf8",
    });
    return { code: status, stdout, stderr };
  }

  function outputs(...args: string[]): Record<string, unknown> & { around: Record<string, string> } {
    return JSON.parse(pulumi(["stack", "output", "--json", ...args]).stdout);
  }

  const dirty = () => execFileSync("git", ["status", "--porcelain"], { cwd: project, encoding: "utf8" });

  // A cluster of the user's own, so that no local platform is needed.
  const ELSEWHERE = { SERVICE_STACK_CONTEXT: "elsewhere" };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "service-stack-command-"));
    project = join(folder, "product");
    state = join(folder, "state");
    mkdirSync(project);
    const files: Record<string, string> = {
      "Pulumi.yaml": "name: product\nruntime: { name: nodejs, options: { typescript: false } }\n",
      "Pulumi.dev.yaml": "# what differs in dev\nconfig:\n  product:size: small\n",
      "package.json": '{ "main": "index.js" }',
      "index.js": PROGRAM,
      ".gitignore": "node_modules\n",
    };
    for (const [name, content] of Object.entries(files)) writeFileSync(join(project, name), content);
    symlinkSync(join(checkoutDir, "node_modules"), join(project, "node_modules"));
    const git = (...args: string[]) =>
      execFileSync("git", ["-C", project, "-c", "user.name=t", "-c", "user.email=t@t", ...args]);
    git("init", "-q");
    git("add", ".");
    git("commit", "-qm", "product");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("deploys a stack that nobody has created, and leaves the checkout clean", () => {
    const up = pulumi(["up", "-s", "dev", "--yes", "--non-interactive"], ELSEWHERE);
    equal(up.code, 0, up.stdout + up.stderr);
    equal(dirty(), "");
    const seen = outputs("-s", "dev");
    equal(seen.size, "small");
    equal(seen.password, "[secret]");
    equal(seen.around.PULUMI_BACKEND_URL, `file://${state}/backend`);
    ok(seen.around.PULUMI_HOME?.startsWith(state));
    // No second run asks for anything or changes anything, whatever command it is.
    equal(pulumi(["preview", "-s", "dev", "--expect-no-changes", "--non-interactive"], ELSEWHERE).code, 0);
    equal(pulumi(["refresh", "-s", "dev", "--yes", "--non-interactive"], ELSEWHERE).code, 0);
    equal(pulumi(["config", "-s", "dev"]).code, 0);
    equal(dirty(), "");
    const destroy = pulumi(["destroy", "-s", "dev", "--yes", "--non-interactive"], ELSEWHERE);
    equal(destroy.code, 0, destroy.stdout + destroy.stderr);
    equal(dirty(), "");
  });

  it("works on a second machine from the same files, with secrets of its own", () => {
    pulumi(["up", "-s", "dev", "--yes", "--skip-preview", "--non-interactive"], ELSEWHERE);
    const first = outputs("-s", "dev", "--show-secrets").password;
    const passphrase = readFileSync(join(state, "passphrase"), "utf8");
    state = join(folder, "other-state");
    const up = pulumi(["up", "-s", "dev", "--yes", "--skip-preview", "--non-interactive"], ELSEWHERE);
    equal(up.code, 0, up.stdout + up.stderr);
    notEqual(outputs("-s", "dev", "--show-secrets").password, first);
    notEqual(readFileSync(join(state, "passphrase"), "utf8"), passphrase);
    equal(statSync(join(state, "passphrase")).mode & 0o777, 0o600);
    equal(dirty(), "");
  });

  it("takes the configuration that the user changes in the checkout, each time", () => {
    pulumi(["up", "-s", "dev", "--yes", "--skip-preview", "--non-interactive"], ELSEWHERE);
    equal(pulumi(["config", "set", "size", "large", "-s", "dev"]).code, 0);
    match(readFileSync(join(project, "Pulumi.dev.yaml"), "utf8"), /size: large/);
    equal(pulumi(["config", "set", "--secret", "token", "t0ken", "-s", "dev"]).code, 0);
    pulumi(["up", "-s", "dev", "--yes", "--skip-preview", "--non-interactive"], ELSEWHERE);
    equal(outputs("-s", "dev").size, "large");
  });

  it("knows the stack that was selected", () => {
    equal(pulumi(["stack", "select", "dev"]).code, 0);
    equal(pulumi(["up", "--yes", "--skip-preview", "--non-interactive"], ELSEWHERE).code, 0);
    equal(outputs().size, "small");
    equal(dirty(), "");
  });

  it("never takes the user's current cluster for its own", () => {
    const env = { KUBECONFIG: "/theirs", DOCKER_HOST: "unix:///theirs" };
    const down = pulumi(["up", "-s", "dev", "--yes"], env);
    equal(down.code, 1);
    equal(down.stderr.trim().split("\n").length, 1, down.stderr);
    match(down.stderr, /start it: npm run local -- up/);
    const preview = pulumi(["preview", "-s", "dev", "--non-interactive"], env);
    equal(preview.code, 0, preview.stderr);
    match(preview.stderr, /start it: npm run local -- up/);
    ok(preview.stdout.includes(`"${join(state, "kubeconfig")}"`), preview.stdout);
    ok(preview.stdout.includes(`"unix://${state}/docker.sock"`), preview.stdout);
    ok(!preview.stdout.includes("theirs"), preview.stdout);
  });

  it("leaves cluster and Docker to a user who names a cluster, in the environment or in the stack", () => {
    const theirs = { KUBECONFIG: "/theirs", DOCKER_HOST: "unix:///theirs" };
    pulumi(["up", "-s", "dev", "--yes", "--skip-preview", "--non-interactive"], { ...theirs, ...ELSEWHERE });
    const named = outputs("-s", "dev");
    deepEqual(
      [named.around.KUBECONFIG, named.around.DOCKER_HOST, named.context],
      ["/theirs", "unix:///theirs", "elsewhere"],
    );
    equal(dirty(), "");
    writeFileSync(join(project, "Pulumi.acc.yaml"), "config:\n  kubernetes:context: acc-cluster\n");
    const up = pulumi(["up", "-s", "acc", "--yes", "--skip-preview", "--non-interactive"], theirs);
    equal(up.code, 0, up.stdout + up.stderr);
    const acc = outputs("-s", "acc");
    deepEqual([acc.around.KUBECONFIG, acc.context], ["/theirs", "acc-cluster"]);
  });

  it("respects a back end of the user's own, and writes nothing of ours then", () => {
    const theirs = join(folder, "theirs");
    mkdirSync(theirs);
    const env = { PULUMI_BACKEND_URL: `file://${theirs}`, PULUMI_CONFIG_PASSPHRASE: "theirs", ...ELSEWHERE };
    equal(pulumi(["stack", "init", "mine"], env).code, 0);
    copyFileSync(join(theirs, ".pulumi", "stacks", "product", "mine.json"), join(folder, "there"));
    const up = pulumi(["up", "-s", "mine", "--yes", "--skip-preview", "--non-interactive"], env);
    equal(up.code, 0, up.stdout + up.stderr);
    const { stdout } = pulumi(["stack", "output", "--json", "-s", "mine"], env);
    equal(JSON.parse(stdout).around.PULUMI_BACKEND_URL, `file://${theirs}`);
  });

  it("stays logged in where the user has logged in with it", () => {
    const theirs = join(folder, "theirs");
    mkdirSync(theirs);
    equal(pulumi(["login", `file://${theirs}`]).code, 0);
    match(pulumi(["whoami", "--verbose"]).stdout, new RegExp(`file://${theirs}`));
    equal(pulumi(["logout"]).code, 0);
    match(pulumi(["whoami", "--verbose"]).stdout, new RegExp(`file://${state}/backend`));
  });

  it("says what SERVICE_STACK_PLUGINS may be", () => {
    const { code, stderr } = pulumi(["version"], { SERVICE_STACK_PLUGINS: "offical" });
    equal(code, 2);
    match(stderr, /must be official, local or auto, not "offical"/);
  });

  it("warns of nothing: the stand-ins are where the CLI looks for plugins", () => {
    const up = pulumi(["up", "-s", "dev", "--yes", "--non-interactive"], ELSEWHERE);
    ok(!/warning/i.test(up.stdout + up.stderr), up.stdout + up.stderr);
  });
});
