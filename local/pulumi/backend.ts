/**
 * Where stacks live: the user's own back end where there is one, else files in the state folder.
 *
 * With the latter, secrets are encrypted by a generated passphrase. Pulumi then wants to write an
 * `encryptionsalt` into Pulumi.<stack>.yaml, which would dirty every checkout, and fail on every machine but
 * the one whose passphrase it belongs to. A salt in the repository would need its passphrase there too, and
 * would ask everybody with a back end of their own for it. So the CLI works on a copy of the file
 * (`--config-file`), kept beside the state; it may write its salt there. A stack's salt is in its state
 * (`PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER`), so the copy is made anew each time from the checkout's file.
 * Commands that change the configuration (`pulumi config set`, `up --config`) get the checkout's file itself.
 */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Invocation } from "./arguments";
import type { Project } from "./project";

/** Commands that read the stack's configuration and would save a salt in it. */
const READERS = ["up", "preview", "refresh", "destroy", "import", "watch", "logs"];

/** Commands that mean an existing stack. */
const STACK_COMMANDS = [...READERS, "config", "cancel", "state"];
const STACK_WORDS = ["select", "output", "export", "import", "history", "graph"];

export function ownBackendUrl(state: string): string {
  return pathToFileURL(join(state, "backend")).href;
}

function loggedIn(credentials: string | undefined, own: string): boolean {
  const file = credentials && join(credentials, "credentials.json");
  if (!file || !existsSync(file)) return false;
  const { current } = JSON.parse(readFileSync(file, "utf8")) as { current?: string };
  return !!current && current !== own;
}

/** Whether the user has a back end, by any of the ways in which one is named. */
export function usersBackend(
  project: Project | undefined,
  credentialFolders: (string | undefined)[],
  state: string,
  env: NodeJS.ProcessEnv,
): boolean {
  if (env.PULUMI_BACKEND_URL || env.PULUMI_ACCESS_TOKEN || project?.backend) return true;
  return credentialFolders.some((folder) => loggedIn(folder, ownBackendUrl(state)));
}

function ensurePassphrase(state: string): string {
  const file = join(state, "passphrase");
  try {
    writeFileSync(file, `${randomBytes(32).toString("hex")}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return file;
}

/** What the CLI needs to know of our own back end. */
export function ownBackend(state: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  mkdirSync(join(state, "backend"), { recursive: true, mode: 0o700 });
  const hasPassphrase =
    env.PULUMI_CONFIG_PASSPHRASE !== undefined || env.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined;
  return {
    PULUMI_BACKEND_URL: ownBackendUrl(state),
    PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true",
    ...(hasPassphrase ? {} : { PULUMI_CONFIG_PASSPHRASE_FILE: ensurePassphrase(state) }),
  };
}

function scratch(state: string, project: Project): string {
  const folder = join(state, "stacks", project.name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

function stackExists(state: string, project: Project, stack: string): boolean {
  return existsSync(join(state, "backend", ".pulumi", "stacks", project.name, `${stack}.json`));
}

/** Creates a stack that has a configuration file but no state yet, so that `up` is all there is to type. */
export function ensureStack(
  cli: string,
  state: string,
  invocation: Invocation,
  project: Project,
  stack: string,
  env: NodeJS.ProcessEnv,
): void {
  const { command, words } = invocation;
  const meant =
    STACK_COMMANDS.includes(command) || (command === "stack" && STACK_WORDS.includes(words[0] ?? ""));
  if (!meant || stackExists(state, project, stack)) return;
  // In a folder of its own, where the CLI may write its salt.
  const folder = scratch(state, project);
  writeFileSync(join(folder, "Pulumi.yaml"), `name: ${project.name}\nruntime: nodejs\n`);
  try {
    execFileSync(cli, ["stack", "init", stack, "--no-select", "--non-interactive"], {
      cwd: folder,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    // Somebody else may have been faster.
    if (!stackExists(state, project, stack))
      throw new Error(String((error as { stderr?: Buffer }).stderr ?? error));
  }
}

function withValues(source: string, values: Record<string, string>): string {
  if (Object.keys(values).length === 0) return source;
  const { parseDocument } = require("yaml") as typeof import("yaml"); // see `project.ts` for why only here
  const document = parseDocument(source);
  for (const [key, value] of Object.entries(values)) document.setIn(["config", key], value);
  return document.toString();
}

/** The arguments with the copy of the stack's configuration; unchanged where the command needs none. */
export function withConfigCopy(
  invocation: Invocation,
  state: string,
  project: Project,
  file: string,
  extra: Record<string, string>,
): string[] {
  const { args, command, commandAt, ownConfiguration } = invocation;
  if (!READERS.includes(command) || ownConfiguration) return args;
  const folder = scratch(state, project);
  const copy = join(folder, basename(file));
  writeFileSync(`${copy}.${process.pid}`, withValues(readFileSync(file, "utf8"), extra), { mode: 0o600 });
  renameSync(`${copy}.${process.pid}`, copy);
  return [...args.slice(0, commandAt + 1), "--config-file", copy, ...args.slice(commandAt + 1)];
}
