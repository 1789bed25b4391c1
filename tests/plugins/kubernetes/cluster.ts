// The cluster as somebody else changes it: kubectl, on PATH or named by SERVICE_STACK_KUBECTL (its words, as a
// shell would take them).
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const [command = "kubectl", ...first] = (process.env.SERVICE_STACK_KUBECTL ?? "kubectl").split(" ");

export async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(command, [...first, ...args]);
  return stdout;
}
