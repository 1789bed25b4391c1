/**
 * Starting, watching and stopping the one process that is the node (`node init`). It supervises its parts
 * by itself; here is only what is seen from outside: its pid, its status file, and what is left of it.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { execa } from "execa";
import { type Ports, stateFiles } from "./paths";
import { Problem } from "./problem";
import type { Report } from "./progress";

export interface Part {
  name: string;
  pid: number;
  state: string;
  restarts: number;
  since: string;
  message?: string;
}

export interface NodeStatus {
  phase: "starting" | "ready" | "degraded" | "stopping";
  pid: number;
  ports: Ports;
  parts: Part[];
  messages?: string[];
}

const POLL_MS = 200;

/** Asks again and again until there is an answer; undefined when the time is over. */
export async function poll<T>(ask: () => T | undefined | Promise<T | undefined>, timeoutMs: number) {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined || Date.now() > end) return answer;
    await pause(POLL_MS);
  }
}

function commandLine(pid: number | string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}

/** Whether a command line is that of the node of this state folder. */
export function isInit(command: string[], state: string): boolean {
  const at = command.indexOf("--state");
  return command.includes("init") && at > 0 && command[at + 1] === state;
}

/** The processes of a node as the host sees them: those started with its state folder. */
export function initPids(state: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && isInit(commandLine(name), state))
    .map(Number);
}

/** What the node says of itself, or undefined where it isn't running, whatever a stale file may say. */
export function readStatus(state: string): NodeStatus | undefined {
  const file = stateFiles(state).status;
  if (!existsSync(file)) return undefined;
  try {
    const status = JSON.parse(readFileSync(file, "utf8")) as NodeStatus;
    // A pid alone proves nothing after a reboot; a process with this very state folder does.
    return isInit(commandLine(status.pid), state) ? status : undefined;
  } catch {
    return undefined;
  }
}

/** Folders below a path that are mount points in this mount namespace, deepest first. */
export function mountsBelow(path: string, table = readFileSync("/proc/self/mounts", "utf8")): string[] {
  return table
    .split("\n")
    .map((line) => (line.split(" ")[1] ?? "").replace(/\\040/g, " "))
    .filter((point) => point === path || point.startsWith(`${path}/`))
    .sort((a, b) => b.length - a.length);
}

/** Processes that work in a state folder: by their executable, working folder or arguments. */
export function processesOf(state: string): number[] {
  const inside = (text: string) => text === state || text.startsWith(`${state}/`);
  const link = (path: string) => {
    try {
      return readlinkSync(path);
    } catch {
      return "";
    }
  };
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => inside(link(`/proc/${pid}/exe`)) || isInit(commandLine(pid), state))
    .map(Number);
}

/** Starts the node in the background; it lives on when this process ends. */
export function launch(state: string, root: string, ports: Ports): void {
  const files = stateFiles(state);
  mkdirSync(files.logs, { recursive: true });
  const log = openSync(join(files.logs, "init.log"), "a");
  const flags = [
    ...["--state", state, "--root", root, "--bin", files.bin],
    ...[
      "--http-port",
      String(ports.http),
      "--https-port",
      String(ports.https),
      "--api-port",
      String(ports.api),
    ],
  ];
  const child = spawn(join(files.bin, "node"), ["init", ...flags], {
    cwd: "/",
    detached: true,
    stdio: ["ignore", log, log],
  });
  child.on("error", (error) => writeSync(log, `${error}\n`)); // waitReady sees that it is not there
  child.unref();
}

/** What the parts of a node are doing, in a few words. */
export function inWords(status: NodeStatus | undefined): string {
  if (!status) return "starting";
  const waiting = status.parts.filter((part) => part.state !== "ready" && part.state !== "running");
  if (waiting.length === 0) return status.phase;
  return `waiting for ${waiting.map((part) => part.name).join(", ")}`;
}

/** Waits until the node is ready; fails with the log of the part that keeps it. */
export async function waitReady(state: string, timeoutMs: number, report: Report): Promise<void> {
  const files = stateFiles(state);
  const result = await poll(() => {
    if (initPids(state).length === 0) return "ended";
    const status = readStatus(state);
    report(inWords(status));
    return status?.phase === "ready" ? "ready" : undefined;
  }, timeoutMs);
  if (result === "ready") return;
  const status = readStatus(state);
  const culprit = status?.parts.find((part) => part.state !== "ready" && part.state !== "running");
  const log = join(files.logs, `${culprit?.name ?? "init"}.log`);
  if (result === "ended")
    throw new Problem("The node ended while it was starting.", { log: join(files.logs, "init.log") });
  const reason = culprit
    ? `${culprit.name} is ${culprit.state}: ${culprit.message ?? "no reason given"}`
    : inWords(status);
  throw new Problem(`The node was not ready after ${timeoutMs / 1000} s: ${reason}`, { log });
}

function signal(pids: number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // ended meanwhile
    }
  }
}

/** Ends the node, gently if it lets us, and removes what it leaves in the kernel. Data stays. */
export async function stop(state: string, report: Report = () => {}): Promise<void> {
  const gone = () => (initPids(state).length === 0 ? true : undefined);
  signal(initPids(state), "SIGTERM");
  report("waiting for the parts to end");
  if (!(await poll(gone, 60_000))) {
    report("ending it by force");
    signal(initPids(state), "SIGKILL");
    await poll(gone, 10_000);
  }
  await clean(state);
}

/** Removes what a node that was killed left behind: processes, mounts, cgroups. */
export async function clean(state: string): Promise<void> {
  const program = join(stateFiles(state).bin, "node");
  if (!existsSync(program)) return;
  const result = await execa(program, ["clean", "--state", state], { cwd: "/", reject: false, all: true });
  if (result.exitCode !== 0)
    throw new Problem(`What a killed node left could not be removed:\n${result.all}`);
}
