/**
 * An example as a project of its own below the state folder: a copy of its files beside the installed package, as a user has
 * it. Where the real images can't be had, its `stand-ins.yaml` says what is built in their place.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { binOf, checkoutDir, REGISTRY, readPlatform, stateDir } from "../platform/paths";

const EXAMPLES = join(checkoutDir, "examples");

/** The examples there are. */
export function exampleNames(): string[] {
  if (!existsSync(EXAMPLES)) return [];
  return readdirSync(EXAMPLES).filter((name) => existsSync(join(EXAMPLES, name, "stand-ins.yaml")));
}

/** Makes the project of an example anew, and returns its folder. */
export function prepareExample(system: string, { standIns }: { standIns: boolean }): string {
  const source = join(EXAMPLES, system);
  const folder = join(stateDir(), "examples", system);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(source, folder, { recursive: true });
  symlinkSync(join(checkoutDir, "node_modules"), join(folder, "node_modules"));
  if (standIns) {
    const instead = parse(readFileSync(join(source, "stand-ins.yaml"), "utf8")) as Tree;
    for (const file of readdirSync(source).filter((name) => /^Pulumi\..+\.yaml$/.test(name))) {
      const content = parse(readFileSync(join(source, file), "utf8")) as { config: Tree };
      for (const key of Object.keys(content.config).filter((name) => name.endsWith(":stack"))) {
        content.config[key] = merged(content.config[key], { registry: REGISTRY, ...instead });
      }
      writeFileSync(join(folder, file), stringify(content));
    }
  }
  return folder;
}

/** Takes a stack of an example away with all its data, protected or not, and without asking. */
export async function removeExample(folder: string, stack: string): Promise<void> {
  const pulumi = (...args: string[]) =>
    execa(binOf("pulumi"), [...args, "-s", stack], { cwd: folder, all: true });
  const { namespace } = JSON.parse((await pulumi("stack", "output", "--json")).stdout);
  await pulumi("state", "unprotect", "--all", "--yes");
  await pulumi("destroy", "--yes", "--skip-preview", "--non-interactive");
  // It is kept with the volumes in it, as that of any stack.
  const { state, kubeconfig } = readPlatform(stateDir()) ?? {};
  if (!state || !namespace) return;
  await execa(join(state, "bin", "node"), ["kubectl", "delete", "namespace", namespace, "--wait=false"], {
    env: { KUBECONFIG: kubeconfig },
    all: true,
  });
}

interface Tree {
  [key: string]: unknown;
}

/** A stand-in is built where the real image was named; `null` takes away what the stack's file says. */
function merged(below: unknown, above: unknown): unknown {
  if (!isTree(below) || !isTree(above)) return above;
  const result: Tree = { ...below };
  for (const [key, value] of Object.entries(above)) {
    if (value === null && key in below) delete result[key];
    else result[key] = merged(below[key], value);
    if (key === "build") delete result.image;
  }
  return result;
}

function isTree(value: unknown): value is Tree {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
