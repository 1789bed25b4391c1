// A Pulumi project as its files say: what can be read without the engine, its state or any key.

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseDocument } from "yaml";
import { VARIABLE } from "../plan/image-overrides";
import type { StackIdentity } from "../plan/plan";
import { Encrypted } from "../schema/given";
import type { Layer } from "../schema/layers";

/** A mistake in a project's files that has nothing to do with the arguments of a stack. */
export class ProjectError extends Error {
  override readonly name = "ProjectError";
}

export interface Project {
  /** The folder with Pulumi.yaml. */
  root: string;
  name: string;
  /** The program: a file or a folder, relative to the root. */
  main: string;
}

/** The project in `root`. */
export function readProject(root: string): Project {
  const file = join(root, "Pulumi.yaml");
  if (!existsSync(file)) {
    throw new ProjectError(
      `there is no Pulumi.yaml in ${root}; go to the project's folder, or name it with --cwd`,
    );
  }
  const project = parse(file) as { name?: unknown; main?: unknown } | null;
  if (typeof project?.name !== "string") throw new ProjectError(`${file} has no \`name\``);
  return { root, name: project.name, main: typeof project.main === "string" ? project.main : "." };
}

/** What `planStack` has to know of a component of the project in `root` beside its arguments. */
export function identityOf(root: string, name: string, stack: string): StackIdentity {
  return { name, stack, readFile: fileReader(root), images: process.env[VARIABLE] };
}

/** The name of a stack's configuration file. */
export function stackFile(stack: string): string {
  return `Pulumi.${stack}.yaml`;
}

/** The whole configuration in Pulumi.<stack>.yaml, by key; encrypted values as `Encrypted`. */
export function readStackConfig(root: string, stack: string): Record<string, unknown> | undefined {
  const file = join(root, stackFile(stack));
  if (!existsSync(file)) return undefined;
  const content = parse(file) as { config?: Record<string, unknown> } | null;
  return withoutCiphertext(content?.config ?? {}) as Record<string, unknown>;
}

/** What Pulumi.yaml says for all stacks about the component `name`, and Pulumi.<stack>.yaml on top of it. */
export function fileLayers(root: string, stack: string, name: string): Layer[] {
  const key = `${name}:stack`;
  const file = join(root, "Pulumi.yaml");
  // There is none under Pulumi's mocks.
  const shared = existsSync(file)
    ? (parse(file) as { config?: Record<string, { value?: unknown }> } | null)
    : null;
  return [
    { source: "Pulumi.yaml", value: shared?.config?.[key]?.value },
    { source: stackFile(stack), value: readStackConfig(root, stack)?.[key] },
  ];
}

/** Reads the files of the project in `root` by their path relative to it. */
export function fileReader(root: string): (path: string) => Uint8Array {
  return (path) => readFileSync(resolve(root, path));
}

/** The project's own configuration: what Pulumi.yaml says for all stacks, and Pulumi.<stack>.yaml on top of it. */
export function fileConfig({ root, name }: Project, stack: string): Record<string, unknown> {
  const shared = parse(join(root, "Pulumi.yaml")) as { config?: Record<string, unknown> } | null;
  const own = Object.entries(shared?.config ?? {})
    .filter(([key]) => !key.includes(":") || key.startsWith(`${name}:`))
    .map(([key, declared]) => [ownKey(key), declaredValue(declared)]);
  const stacks = Object.entries(readStackConfig(root, stack) ?? {})
    .filter(([key]) => key.startsWith(`${name}:`))
    .map(([key, value]) => [ownKey(key), value]);
  return Object.fromEntries([...own, ...stacks]);
}

function ownKey(key: string): string {
  return key.slice(key.indexOf(":") + 1);
}

/**
 * Pulumi.yaml holds a value, or a map that declares one.
 * https://www.pulumi.com/docs/iac/concepts/projects/project-file/#config-options
 */
function declaredValue(declared: unknown): unknown {
  if (declared === null || typeof declared !== "object" || Array.isArray(declared)) return declared;
  const { value, default: fallback, secret } = declared as Record<string, unknown>;
  const given = value ?? fallback;
  return secret === true && given !== undefined ? new Encrypted() : given;
}

function parse(file: string): unknown {
  const document = parseDocument(readFileSync(file, "utf8"), { version: "1.2" });
  const [error] = document.errors;
  if (error) throw new ProjectError(`${file} is not YAML: ${error.message}`);
  return document.toJS();
}

/** Pulumi writes an encrypted value as a map with the one key `secure`. */
function withoutCiphertext(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutCiphertext);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0]?.[0] === "secure") return new Encrypted();
  return Object.fromEntries(entries.map(([key, member]) => [key, withoutCiphertext(member)]));
}
