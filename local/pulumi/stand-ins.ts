/**
 * The Pulumi home of the local platform: the CLI that was built here and the stand-ins, laid out as the CLI
 * lays out what it downloads, so that it finds them at their versions and has nothing to warn about. Never
 * used where the official ones can be had, and never the same folder as theirs.
 */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { checkoutDir } from "../platform/paths";
import { builtCliVersion, PROVIDERS } from "./versions";

/** Runs one of the SDK's own entry points, as the scripts do that come with the official CLI. */
function sdkScript(module: string): string {
  return `exec "${process.execPath}" "$("${process.execPath}" -p "require.resolve('@pulumi/pulumi/cmd/${module}')")" "$@"`;
}

function standIn(name: string): string {
  const main = join(checkoutDir, "dist", "local", "plugins", name, "main.js");
  return `exec "${process.execPath}" "${main}" "$@"`;
}

/** The scripts by their paths in the home: bundled ones beside the CLI, providers in its plugin cache. */
function scripts(): Record<string, string> {
  const bin = join("versions", builtCliVersion(), "bin");
  const providers = Object.entries(PROVIDERS).map(([name, version]) => [
    join("plugins", `resource-${name}-v${version}`, `pulumi-resource-${name}`),
    standIn(name),
  ]);
  return {
    [join(bin, "pulumi-language-nodejs")]: standIn("nodejs"),
    [join(bin, "pulumi-resource-pulumi-nodejs")]: sdkScript("dynamic-provider"),
    [join(bin, "pulumi-analyzer-policy")]: sdkScript("run-policy-pack"),
    ...Object.fromEntries(providers),
  };
}

/** Everything that the home is made from; another answer means that it must be made anew. */
function recipe(): string {
  const sources = ["BUILD.json", "pulumi/go.mod", "pulumi/go.sum"].map((name) => {
    const path = join(checkoutDir, "local", "node", name);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  });
  return JSON.stringify([scripts(), sources]);
}

function place(source: string, target: string): void {
  const fresh = `${target}.${process.pid}`;
  try {
    linkSync(source, fresh);
  } catch {
    copyFileSync(source, fresh); // another file system
  }
  renameSync(fresh, target); // a CLI that runs keeps its old file
}

export function standInCli(home: string): string {
  return join(home, "versions", builtCliVersion(), "bin", "pulumi");
}

/** Makes the home where it isn't what it should be; gives the CLI's path. */
export async function ensureStandIns(home: string): Promise<string> {
  const cli = standInCli(home);
  const note = join(home, "recipe.json");
  const wanted = recipe();
  if (existsSync(cli) && existsSync(note) && readFileSync(note, "utf8") === wanted) return cli;
  // Loaded only here, as building needs much that a started command does not.
  const { builtBinary, ensureBinary } = await import("../platform/binaries.js");
  if (!(await builtBinary("pulumi"))) {
    process.stderr.write("Building the Pulumi CLI; this takes a few minutes, once.\n");
  }
  const built = await ensureBinary("pulumi");
  rmSync(note, { force: true });
  rmSync(join(home, "plugins"), { recursive: true, force: true });
  mkdirSync(dirname(cli), { recursive: true, mode: 0o700 });
  place(built, cli);
  for (const [path, command] of Object.entries(scripts())) {
    const file = join(home, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.${process.pid}`, `#!/bin/sh\n${command}\n`);
    chmodSync(`${file}.${process.pid}`, 0o755);
    renameSync(`${file}.${process.pid}`, file);
  }
  writeFileSync(note, wanted);
  return cli;
}
