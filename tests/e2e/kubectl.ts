// kubectl as a user has it, on the tests' node: the one that is part of the node's own program.

import { join } from "node:path";
import { readPlatform } from "../../local/platform/paths";
import { succeed } from "./commands";

function platform() {
  const found = readPlatform();
  if (!found) throw new Error("the node isn't up");
  return { program: join(found.state, "bin/node"), kubeconfig: found.kubeconfig };
}

/** `kubectl …`, which must succeed; returns what it printed. */
export function kubectl(...args: string[]): Promise<string> {
  const { program, kubeconfig } = platform();
  return succeed(program, ["kubectl", "--kubeconfig", kubeconfig, ...args]);
}

/** Commands of a guide, in a shell in which `kubectl` is there; returns what they printed. */
export function shell(commands: string): Promise<string> {
  const { program, kubeconfig } = platform();
  const setup = `export KUBECONFIG='${kubeconfig}'\nkubectl() { '${program}' kubectl "$@"; }\n`;
  return succeed("bash", ["-euo", "pipefail", "-c", setup + commands]);
}
