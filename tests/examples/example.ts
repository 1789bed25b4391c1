// An example on the tests' node: deployed by the commands that a user types, looked at from outside and from inside.

import { PassThrough } from "node:stream";
import { Exec, KubeConfig } from "@kubernetes/client-node";
import { prepareExample } from "../../local/examples/project";
import { readPlatform } from "../../local/platform/paths";
import { cluster, podsOf } from "../e2e/cluster";
import { type Finished, pulumiArgs, run } from "../e2e/commands";

export class Example {
  readonly folder: string;

  constructor(readonly system: string) {
    this.folder = prepareExample(system, { standIns: true });
  }

  /** `npx pulumi …` in the example's project. */
  pulumi(...args: string[]): Promise<Finished> {
    return run("npx", pulumiArgs(...args), this.folder);
  }

  /** `npx pulumi up`, which must succeed. */
  async up(stack: string, ...flags: string[]): Promise<string> {
    const { code, output } = await this.pulumi("up", "-s", stack, "--yes", "--skip-preview", ...flags);
    if (code !== 0) throw new Error(`up of ${this.system} ${stack} exited with ${code}:\n${output}`);
    return output;
  }

  /** Takes a stack away with all its data. */
  async remove(stack: string, namespace: string): Promise<void> {
    await this.pulumi("state", "unprotect", "--all", "--yes", "-s", stack);
    const { code, output } = await this.pulumi("destroy", "-s", stack, "--yes", "--skip-preview");
    if (code !== 0) throw new Error(`destroy of ${this.system} ${stack} exited with ${code}:\n${output}`);
    await cluster().core.deleteNamespace({ name: namespace });
  }
}

/** Runs a command in the first pod of a role, and returns what it printed and its exit code. */
export async function inPod(namespace: string, role: string, command: string[]): Promise<Finished> {
  const [pod] = await podsOf(namespace, role);
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
