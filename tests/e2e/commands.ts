// The commands as a user types them, run on a node of the tests' own.

import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const checkout = resolve(__dirname, "../../..");

/** What a failed run leaves to look at. */
export const artifacts = join(checkout, "artifacts");

// The tests' node has a state folder of its own, so that one that is in use here stays as it is. Short, for the
// path of a socket may have no more than 107 characters.
process.env.SERVICE_STACK_STATE ??= mkdtempSync(join(tmpdir(), "stack-"));
export const state = process.env.SERVICE_STACK_STATE;

// What the contract tests run in their pods: an image with a shell, by the name that the recordings don't know.
process.env.SERVICE_STACK_TEST_IMAGE ??= "debian:12-slim";

export interface Finished {
  code: number;
  /** stdout and stderr as they came. */
  output: string;
  stdout: string;
}

/** Runs a command to its end; whatever its exit code, that is for the caller to judge. */
export function run(command: string, args: string[], cwd = checkout): Promise<Finished> {
  return new Promise((done, failed) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let stdout = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk;
      output += chunk;
    });
    child.stderr.on("data", (chunk: Buffer) => {
      output += chunk;
    });
    child.on("error", failed).on("close", (code) => done({ code: code ?? -1, output, stdout }));
  });
}

/** As `run`, but a failure of the command is one of the test, with its whole output. */
export async function succeed(command: string, args: string[], cwd = checkout): Promise<string> {
  const { code, output, stdout } = await run(command, args, cwd);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} exited with ${code}:\n${output}`);
  return stdout;
}

/** `npx pulumi …`, as typed in a project beside the checkout's packages; npx itself takes half a second of each. */
export const pulumi = (folder: string, ...args: string[]): Promise<Finished> =>
  run(join(checkout, "node_modules/.bin/pulumi"), [...args, "--non-interactive", "--color=never"], folder);
