/** Which versions of the CLI and the plugins belong together here: those that node_modules asks for. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { version as docker } from "@pulumi/docker/package.json";
import { version as kubernetes } from "@pulumi/kubernetes/package.json";
import { version as random } from "@pulumi/random/package.json";
import { version as cli } from "pulumi/package.json";
import { checkoutDir } from "../platform/paths";

/** The official CLI, which brings its language host. */
export const OFFICIAL_CLI = cli;

/** The provider plugins, at exactly the versions of their SDKs. */
export const PROVIDERS: Record<string, string> = { kubernetes, docker, random };

/** The CLI that `local/node/pulumi` builds. */
export function builtCliVersion(): string {
  const module = readFileSync(join(checkoutDir, "local", "node", "pulumi", "go.mod"), "utf8");
  const version = module.match(/github\.com\/pulumi\/pulumi\/pkg\/v3 v(\S+)/)?.[1];
  if (!version) throw new Error("local/node/pulumi/go.mod names no version of the Pulumi CLI");
  return version;
}
