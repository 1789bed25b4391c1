/** The language host through the CLI itself, as a user's project has it: compiled program, config, errors. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkoutDir } from "../../../local/platform/paths";
import { eventually } from "../../e2e/eventually";
import { built, type Tools, tools } from "../engine";

const PROGRAM = `
const pulumi = require("@pulumi/pulumi");
const config = new pulumi.Config();
console.log("said on stdout"); console.error("said on stderr");
if (config.get("fail") === "throw") throw new Error("thrown by the program");
if (config.get("fail") === "exit") process.exit(7);
if (config.get("fail") === "hang") { console.log("hanging as", process.pid, "of", process.ppid); setInterval(() => {}, 1000); }
exports.plain = config.get("plain");
exports.hidden = config.getSecret("hidden");
exports.where = { cwd: process.cwd(), stack: pulumi.getStack(), project: pulumi.getProject(),
  organization: pulumi.getOrganization(), root: pulumi.runtime.getRootDirectory?.(),
  preview: pulumi.runtime.isDryRun(), arguments: process.execArgv };
`;

/** A component as a package offers it; its types are its schema. */
const COMPONENT = {
  "PulumiPlugin.yaml": "runtime: nodejs\n",
  "package.json": '{ "name": "greeting", "version": "1.2.3", "main": "index.ts" }',
  "tsconfig.json": JSON.stringify({
    compilerOptions: {
      module: "commonjs",
      moduleResolution: "node10",
      ignoreDeprecations: "6.0",
      skipLibCheck: true,
    },
    files: ["index.ts"],
  }),
  "index.ts": `
import * as pulumi from "@pulumi/pulumi";
export interface GreetingArgs { name: pulumi.Input<string>; }
export class Greeting extends pulumi.ComponentResource {
  public readonly text: pulumi.Output<string>;
  constructor(name: string, args: GreetingArgs, opts?: pulumi.ComponentResourceOptions) {
    super("greeting:index:Greeting", name, {}, opts);
    this.text = pulumi.output(args.name).apply((who) => "hello " + who);
    this.registerOutputs({ text: this.text });
  }
}
`,
};

/** Whether a process is there, and not only its name until somebody asks what became of it. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

const USER = {
  "Pulumi.yaml":
    "name: user\nruntime: { name: nodejs, options: { typescript: false } }\n" +
    "plugins: { providers: [{ name: greeting, path: ../component }] }\n",
  "package.json": '{ "main": "index.js" }',
  "index.js": `
const pulumi = require("@pulumi/pulumi");
const greeting = new pulumi.ComponentResource("greeting:index:Greeting", "it", { name: "world", text: undefined }, {}, true);
exports.text = greeting.text;
`,
};

interface Result {
  code: number | null;
  output: string;
}

describe("the language host for Node", function () {
  this.timeout(120_000);
  let tool: Tools;
  let folder: string;

  function start(args: string[]): { child: ChildProcess; result: Promise<Result> } {
    const env = { ...process.env, ...tool.environment, PULUMI_BACKEND_URL: `file://${folder}/backend` };
    // A process group of its own, as a terminal gives each command one.
    const child = spawn(tool.cli, [...args, "--non-interactive"], { cwd: folder, env, detached: true });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    const result = new Promise<Result>((done) => child.on("close", (code) => done({ code, output })));
    return { child, result };
  }
  const pulumi = (...args: string[]) => start(args).result;

  async function until(child: ChildProcess, words: RegExp): Promise<RegExpExecArray> {
    let seen = "";
    for await (const chunk of child.stdout ?? []) {
      seen += chunk;
      const found = words.exec(seen);
      if (found) return found;
    }
    throw new Error(`ended without ${words}: ${seen}`);
  }

  before(async function () {
    await built.call(this);
    tool = await tools();
    folder = mkdtempSync(join(tmpdir(), "service-stack-language-"));
    mkdirSync(join(folder, "dist"));
    mkdirSync(join(folder, "backend"));
    symlinkSync(join(checkoutDir, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "package.json"), JSON.stringify({ dependencies: { "@pulumi/random": "*" } }));
    writeFileSync(join(folder, "dist", "program.js"), PROGRAM);
    writeFileSync(
      join(folder, "Pulumi.yaml"),
      'name: spoken\nmain: dist/program.js\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n    nodeargs: "--no-deprecation"\n',
    );
    equal((await pulumi("stack", "init", "test")).code, 0);
    await pulumi("config", "set", "plain", "in the open", "-s", "test");
    await pulumi("config", "set", "--secret", "hidden", "in the dark", "-s", "test");
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("runs a compiled program where it lies, with project, stack, configuration and arguments", async () => {
    const { code, output } = await pulumi("up", "-s", "test", "--yes");
    equal(code, 0, output);
    const { output: json } = await pulumi("stack", "output", "-s", "test", "--json");
    const outputs = JSON.parse(json);
    equal(outputs.plain, "in the open");
    equal(outputs.hidden, "[secret]");
    const { cwd, stack, project, organization, root, preview, arguments: given } = outputs.where;
    deepEqual(
      { cwd, stack, project, organization, preview },
      {
        cwd: join(folder, "dist"),
        stack: "test",
        project: "spoken",
        organization: "organization",
        preview: false,
      },
    );
    ok(root === undefined || root === folder, root);
    ok(given.includes("--no-deprecation"), given);
  });

  it("shows what the program prints", async () => {
    const { output } = await pulumi("preview", "-s", "test");
    match(output, /said on stdout/);
    match(output, /said on stderr/);
  });

  it("shows an error of the program once, with its stack, and fails", async () => {
    const { code, output } = await pulumi("preview", "-s", "test", "-c", "spoken:fail=throw");
    ok(code !== 0);
    match(output, /thrown by the program\n[\s\S]*program\.js/);
    ok(!output.includes("non-zero exit code"), output);
  });

  it("shows it at once", async () => {
    // Without `guard.ts`: 50 seconds.
    const before = Date.now();
    await pulumi("preview", "-s", "test", "-c", "spoken:fail=throw");
    ok(Date.now() - before < 20_000, `${Date.now() - before} ms`);
  });

  it("tells the exit code of a program that just ends", async () => {
    const { code, output } = await pulumi("preview", "-s", "test", "-c", "spoken:fail=exit");
    ok(code !== 0);
    match(output, /Program exited with non-zero exit code: 7/);
  });

  it("stops a program that hangs when the user interrupts", async () => {
    const { child, result } = start(["preview", "-s", "test", "-c", "spoken:fail=hang"]);
    await until(child, /hanging/);
    process.kill(-(child.pid as number), "SIGINT");
    const { code } = await result;
    ok(code !== 0);
  });

  it("leaves no program behind when it is killed", async () => {
    const { child, result } = start(["preview", "-s", "test", "-c", "spoken:fail=hang"]);
    const said = await until(child, /hanging as (\d+) of (\d+)/);
    const [program, host] = said.slice(1).map(Number) as [number, number];
    process.kill(host, "SIGKILL");
    const { code } = await result;
    ok(code !== 0);
    await eventually("the program's end", async () => !isAlive(program));
  });

  it("knows the program's packages and plugins", async () => {
    const { output } = await pulumi("about", "-s", "test");
    match(output, /This project is written in nodejs/);
    match(output, /@pulumi\/random\s+4\./);
    match(output, /random\s+4\./);
  });

  it("hosts a component that is written in Node, for programs of any language", async function () {
    this.timeout(300_000); // its schema is read by the TypeScript compiler

    const component = join(folder, "component");
    mkdirSync(component);
    symlinkSync(join(checkoutDir, "node_modules"), join(component, "node_modules"));
    for (const [name, content] of Object.entries(COMPONENT)) writeFileSync(join(component, name), content);
    const project = join(folder, "user");
    mkdirSync(project);
    symlinkSync(join(checkoutDir, "node_modules"), join(project, "node_modules"));
    for (const [name, content] of Object.entries(USER)) writeFileSync(join(project, name), content);
    await pulumi("-C", project, "stack", "init", "test");
    const { code, output } = await pulumi("-C", project, "up", "-s", "test", "--yes");
    equal(code, 0, output);
    const { output: json } = await pulumi("-C", project, "stack", "output", "-s", "test", "--json");
    deepEqual(JSON.parse(json), { text: "hello world" });
  });
});
