/** The Pulumi project that a command works on, read from its files. Changing them is left to the CLI. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import type { Invocation } from "./arguments";

export interface Project {
  /** The path of its Pulumi.yaml. */
  file: string;
  name: string;
  /** The back end that the project itself names. */
  backend?: string;
  stackConfigDir?: string;
}

/** Loading a YAML parser takes as long as all else that the launcher does, so only where it must. */
function parseYaml(content: string): Record<string, unknown> {
  // A file that nobody can read is the CLI's to complain about, in its own words.
  try {
    const { parse } = require("yaml") as typeof import("yaml");
    const parsed = parse(content);
    return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** A project file's plain name, where the rest of the file can't matter. */
function plainName(content: string): string | undefined {
  if (/backend|stackConfigDir/.test(content)) return undefined;
  return content.match(/^name: *([A-Za-z][\w.-]*) *$/m)?.[1];
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
      const source = readFileSync(file, "utf8");
      const name = plainName(source);
      if (name) return { file, name };
      const content = parseYaml(source);
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
  return existsSync(notes) ? text(JSON.parse(readFileSync(notes, "utf8")).stack) : undefined;
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

/** The path of a stack's configuration file, where it exists. */
export function stackFile(project: Project, stack: string): string | undefined {
  const folder = join(dirname(project.file), project.stackConfigDir ?? "");
  const path = join(folder, `Pulumi.${stack}${extname(project.file)}`);
  return existsSync(path) ? path : undefined;
}

const CLUSTER_KEYS = ["kubernetes:context", "kubernetes:kubeconfig"];

/** Whether a stack's own configuration says which cluster it belongs to. */
export function namesCluster(file: string): boolean {
  const source = readFileSync(file, "utf8");
  if (!CLUSTER_KEYS.some((key) => source.includes(key))) return false;
  const config = parseYaml(source).config as Record<string, unknown> | undefined;
  return CLUSTER_KEYS.some((key) => config?.[key] !== undefined);
}
