/** The Pulumi project that a command works on, read from its files. Changing them is left to the CLI. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { parse } from "yaml";
import type { Invocation } from "./arguments";

export interface Project {
  /** The path of its Pulumi.yaml. */
  file: string;
  name: string;
  /** The back end that the project itself names. */
  backend?: string;
  stackConfigDir?: string;
}

export interface StackFile {
  path: string;
  config: Record<string, unknown>;
}

function readYaml(path: string): Record<string, unknown> {
  // A file that nobody can read is the CLI's to complain about, in its own words.
  try {
    const content = parse(readFileSync(path, "utf8"));
    return typeof content === "object" && content !== null ? (content as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function findProject(cwd: string): Project | undefined {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const file = ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"]
      .map((name) => join(folder, name))
      .find((path) => existsSync(path));
    if (file) {
      const content = readYaml(file);
      const backend = content.backend as { url?: unknown } | undefined;
      return {
        file,
        name: text(content.name) ?? "",
        backend: text(backend?.url),
        stackConfigDir: text(content.stackConfigDir),
      };
    }
    if (dirname(folder) === folder) return undefined;
  }
}

/** The stack that `pulumi stack select` has chosen for this project, from the CLI's own notes. */
function selectedStack(project: Project, home: string): string | undefined {
  const key = createHash("sha1").update(project.file).digest("hex");
  const notes = join(home, "workspaces", `${project.name}-${key}-workspace.json`);
  return existsSync(notes) ? text(readYaml(notes).stack) : undefined;
}

/** The stack that a command means, by its plain name; undefined where the CLI is going to ask. */
export function stackOf(
  invocation: Invocation,
  project: Project | undefined,
  home: string,
  env: NodeJS.ProcessEnv,
): string | undefined {
  const selecting = invocation.command === "stack" && invocation.words[0] === "select";
  const named = invocation.stack ?? (selecting ? invocation.words[1] : undefined) ?? env.PULUMI_STACK;
  const full = named ?? (project && selectedStack(project, home));
  return full?.slice(full.lastIndexOf("/") + 1) || undefined;
}

/** A stack's configuration file, where it exists. */
export function stackFile(project: Project, stack: string): StackFile | undefined {
  const folder = join(dirname(project.file), project.stackConfigDir ?? "");
  const path = join(folder, `Pulumi.${stack}${extname(project.file)}`);
  if (!existsSync(path)) return undefined;
  const config = readYaml(path).config;
  return {
    path,
    config: typeof config === "object" && config !== null ? (config as StackFile["config"]) : {},
  };
}

/** Whether the stack's own configuration says which cluster it belongs to. */
export function namesCluster(file: StackFile | undefined): boolean {
  return ["kubernetes:context", "kubernetes:kubeconfig"].some((key) => file?.config[key] !== undefined);
}
