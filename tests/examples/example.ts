// An example on the tests' node: deployed by the commands that a user types, looked at from outside and from inside.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { Exec, KubeConfig } from "@kubernetes/client-node";
import { parse, stringify } from "yaml";
import { prepareExample, removeExample } from "../../local/examples/project";
import { readPlatform } from "../../local/platform/paths";
import { podsOf } from "../e2e/cluster";
import { checkout, type Finished, pulumi, run } from "../e2e/commands";

/** What a stack's file says of the stack, as far as it is of any shape. */
// biome-ignore lint/suspicious/noExplicitAny: what stands where is the test's matter
export type Settings = { [key: string]: any };

export class Example {
  readonly folder: string;

  constructor(
    readonly system: string,
    { standIns = true } = {},
  ) {
    this.folder = prepareExample(system, { standIns });
  }

  /** `npx pulumi …` in the example's project. */
  pulumi(...args: string[]): Promise<Finished> {
    return pulumi(this.folder, ...args);
  }

  /** `npx pulumi up`, which must succeed. */
  async up(stack: string, ...flags: string[]): Promise<string> {
    const { code, output } = await this.pulumi("up", "-s", stack, "--yes", "--skip-preview", ...flags);
    if (code !== 0) throw new Error(`up of ${this.system} ${stack} exited with ${code}:\n${output}`);
    return output;
  }

  /** The outputs of a stack, with those that are secret. */
  async outputs(stack: string): Promise<Settings> {
    const { code, stdout, output } = await this.pulumi(
      ...["stack", "output", "-s", stack, "--json", "--show-secrets"],
    );
    if (code !== 0) throw new Error(output);
    return JSON.parse(stdout);
  }

  /** Runs with an environment variable that the commands of this process then have. */
  async withVariable<T>(name: string, value: string, run: () => Promise<T>): Promise<T> {
    process.env[name] = value;
    try {
      return await run();
    } finally {
      delete process.env[name];
    }
  }

  /** Changes what Pulumi.<stack>.yaml says of the stack; what is returned undoes it. */
  configure(stack: string, change: (args: Settings) => void): () => void {
    const file = join(this.folder, `Pulumi.${stack}.yaml`);
    const before = readFileSync(file, "utf8");
    const content = parse(before) as { config: { [key: string]: Settings } };
    for (const key of Object.keys(content.config).filter((name) => name.endsWith(":stack"))) {
      change(content.config[key] ?? {});
    }
    writeFileSync(file, stringify(content));
    return () => writeFileSync(file, before);
  }

  /** `npx service-stack render`: all that would be refused, without a deployment. */
  render(stack: string): Promise<Finished> {
    const cli = join(checkout, "dist/src/cli/main.js");
    return run("node", [cli, "render", "-s", stack], this.folder);
  }

  /** Takes a stack away with all its data. */
  remove(stack: string): Promise<void> {
    return removeExample(this.folder, stack);
  }
}

/** Runs a command in a pod of a role, by itself the first, and returns what it printed and its exit code. */
export async function inPod(
  namespace: string,
  role: string,
  command: string[],
  name?: string,
): Promise<Finished> {
  const pod = name ?? (await podsOf(namespace, role))[0];
  if (!pod) throw new Error(`${role} has no pod in ${namespace}`);
  const config = new KubeConfig();
  config.loadFromFile(readPlatform()?.kubeconfig ?? "");
  const stdout = new PassThrough();
  let output = "";
  let printed = "";
  stdout.on("data", (chunk: Buffer) => {
    printed += chunk;
    output += chunk;
  });
  const stderr = new PassThrough();
  stderr.on("data", (chunk: Buffer) => {
    output += chunk;
  });
  const code = await new Promise<number>((done, failed) => {
    new Exec(config)
      .exec(namespace, pod, role, command, stdout, stderr, null, false, ({ status, details }) => {
        const exit = details?.causes?.find(({ reason }) => reason === "ExitCode")?.message;
        done(status === "Success" ? 0 : Number(exit ?? 1));
      })
      .catch(failed);
  });
  return { code, output, stdout: printed };
}

/** What the superuser of a stack's embedded Postgres is answered. */
export async function query(namespace: string, database: string, statement: string): Promise<string> {
  const command = [
    "psql",
    "-v",
    "ON_ERROR_STOP=1",
    "-qAt",
    "-U",
    "postgres",
    "-d",
    database,
    "-c",
    statement,
  ];
  const { code, output } = await inPod(namespace, "postgres", command);
  if (code !== 0) throw new Error(output);
  return output.trim();
}

/** A refusal must name each of these paths. */
export function tellsOf(output: string, paths: string[]): void {
  for (const path of paths) {
    assert.match(output, new RegExp(`^  ${path.replaceAll(".", "\\.")}\\b(?!_)`, "m"), output);
  }
}
