/**
 * The processes that the language host starts: the program, plugins written in Node, npm. How to speak of
 * them to the engine is left to `main.ts`.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { RunPluginRequest, RunRequest } from "@pulumi/pulumi/proto/language_pb";
import { environmentOf, type Options, parseOptions } from "./options";
import { installArguments, packageRoot } from "./packages";

/** The SDK's way to say "the user has been told": the runner's exit code after an error it has shown. */
const ALREADY_TOLD = 32;

/** The SDK's runner as the program itself would find it. */
function runner(module: string, programDirectory: string, install: string): string {
  try {
    return createRequire(join(programDirectory, "noop.js")).resolve(`@pulumi/pulumi/cmd/${module}`);
  } catch {
    throw new Error(`It looks like the Pulumi SDK has not been installed. Have you run ${install}?`);
  }
}

/** What Node itself is given: `guard.ts` first, then what Pulumi.yaml asks for. */
function nodeArguments(options: Options): string[] {
  return ["--require", join(__dirname, "guard.js"), ...options.nodeargs];
}

/** `project:key` as the SDK reads it from the environment: in the older form, with `:config:` between. */
function olderForm(key: string): string {
  const parts = key.split(":");
  return parts.length === 2 ? `${parts[0]}:config:${parts[1]}` : key;
}

function programArguments(request: RunRequest, engine: string): string[] {
  const info = request.getInfo();
  const flags: [string, string][] = [
    ["monitor", request.getMonitorAddress()],
    ["engine", engine],
    ["organization", request.getOrganization()],
    ["project", request.getProject()],
    ["root-directory", info?.getRootDirectory() ?? ""],
    ["stack", request.getStack()],
    ["pwd", info?.getProgramDirectory() ?? request.getPwd()],
    ["parallel", String(request.getParallel())],
  ];
  return [
    ...flags.filter(([, value]) => value !== "").flatMap(([flag, value]) => [`--${flag}`, value]),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    info?.getEntryPoint() || ".",
    ...request.getArgsList(),
  ];
}

function ended(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.on("error", reject).on("close", (code, signal) => resolve({ code, signal }));
  });
}

function stopWith(signal: AbortSignal, child: ChildProcess): void {
  const stop = () => child.kill("SIGINT");
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  child.once("exit", () => signal.removeEventListener("abort", stop));
}

/** Runs the program to its end; an error means it failed, `bail` that the user already knows why. */
export async function runProgram(
  request: RunRequest,
  engine: string,
  cancelled: AbortSignal,
): Promise<{ error: string; bail: boolean }> {
  if (request.getAttachDebugger()) return { error: "the local platform attaches no debugger", bail: false };
  const info = request.getInfo();
  const options = parseOptions(info?.getOptions()?.toJavaScript() ?? {});
  const directory = info?.getProgramDirectory() ?? request.getPwd();
  const config = request.getConfigMap().toObject() as [string, string][];
  const env = {
    ...environmentOf(options, process.env),
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(config.map(([key, value]) => [olderForm(key), value]))),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
  };
  const args = [
    ...nodeArguments(options),
    runner("run", directory, "pulumi install"),
    ...programArguments(request, engine),
  ];
  // Its output is ours: the engine shows what a language host prints. It ends when the channel to us does.
  const child = spawn(process.execPath, args, { stdio: ["ignore", "inherit", "inherit", "ipc"], env });
  stopWith(cancelled, child);
  const { code, signal } = await ended(child);
  if (code === 0) return { error: "", bail: false };
  if (code === ALREADY_TOLD) return { error: "", bail: true };
  const how = signal ? `was ended by ${signal}` : `exited with non-zero exit code: ${code}`;
  return { error: `Program ${how}`, bail: false };
}

export interface Sink {
  stdout(chunk: Buffer): void;
  stderr(chunk: Buffer): void;
}

function drain(child: ChildProcess, sink: Sink): void {
  child.stdout?.on("data", sink.stdout);
  child.stderr?.on("data", sink.stderr);
}

/** Runs a plugin that is written in Node: a component provider, or a policy pack. */
export async function runPlugin(
  request: RunPluginRequest,
  sink: Sink,
  cancelled: AbortSignal,
): Promise<number> {
  const info = request.getInfo();
  const directory = info?.getProgramDirectory() ?? request.getProgram();
  const options = parseOptions(info?.getOptions()?.toJavaScript() ?? {});
  const policies = request.getKind() === "analyzer";
  const start = runner(policies ? "run-policy-pack" : "run-plugin", directory, `npm install in ${directory}`);
  const args = policies ? [...request.getArgsList(), directory] : [directory, ...request.getArgsList()];
  const given = Object.fromEntries(
    request.getEnvList().map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
  const child = spawn(process.execPath, [...nodeArguments(options), start, ...args], {
    cwd: policies ? directory : request.getPwd(),
    env: environmentOf(options, { ...process.env, ...given }),
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  stopWith(cancelled, child);
  drain(child, sink);
  const { code } = await ended(child);
  return code ?? 1;
}

/** Installs what the program's package.json lists. */
export async function installDependencies(
  programDirectory: string,
  options: Record<string, unknown>,
  sink: Sink,
): Promise<void> {
  const root = packageRoot(programDirectory);
  if (!root) throw new Error(`no package.json in ${programDirectory} or above it`);
  const args = installArguments(root, parseOptions(options).production);
  const child = spawn("npm", args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  drain(child, sink);
  const { code } = await ended(child);
  if (code !== 0) throw new Error(`npm ${args[0]} exited with code ${code}`);
}
