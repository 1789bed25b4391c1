// What a node could leave on a machine, looked up in the kernel's own files and not through our code.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readStatus } from "../../local/platform/node";

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // ended meanwhile, or not of this kernel
  }
}

const lines = (text: string) => text.split("\n").filter(Boolean);

/** Processes that were started with a path of the state folder, in whatever namespace they are. */
export function processes(state: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => `${pid} ${read(`/proc/${pid}/cmdline`).replaceAll("\0", " ")}`)
    .filter((command) => command.includes(`${state}/`) || command.includes(`--state ${state} `));
}

/** The one process among a node's that runs a program, by its command line. */
export function pidOf(state: string, program: string): number {
  const pids = cgroups(state).flatMap((folder) => processesIn(folder));
  const found = pids.find((pid) =>
    read(`/proc/${pid}/cmdline`).split("\0").slice(0, 2).join(" ").includes(program),
  );
  if (found === undefined) throw new Error(`${program} doesn't run in the node`);
  return found;
}

function processesIn(folder: string): number[] {
  const below = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const own = lines(read(join(folder, "cgroup.procs"))).map(Number);
  return [...own, ...below.flatMap((entry) => processesIn(join(folder, entry.name)))];
}

/** Mount points of this mount namespace below the state folder. */
export function mounts(state: string): string[] {
  return lines(read("/proc/self/mounts")).filter((line) => line.split(" ")[1]?.startsWith(`${state}/`));
}

/** Mounts that any process has and that come from the state folder. */
export function mountsAnywhere(state: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => lines(read(`/proc/${pid}/mountinfo`)))
    .filter((line) => line.includes(`${state}/`));
}

/** The node's folders in all hierarchies of cgroups. */
export function cgroups(state: string): string[] {
  const name = `service-stack-${createHash("sha256").update(state).digest("hex").slice(0, 12)}`;
  const roots = [
    "/sys/fs/cgroup",
    ...readdirSync("/sys/fs/cgroup").map((entry) => join("/sys/fs/cgroup", entry)),
  ];
  return roots.map((root) => join(root, name)).filter((path) => existsSync(path));
}

/** The network interfaces as a process sees them. */
export function interfaces(pid: number | "self"): string[] {
  return lines(read(`/proc/${pid}/net/dev`))
    .slice(2)
    .map((line) => line.split(":")[0]?.trim() ?? "")
    .sort();
}

/** The rules of the packet filter in a process' network, printed by the tool in the node's own root filesystem. */
export function rules(pid: number, state: string): string[] {
  const command = read(`/proc/${readStatus(state)?.pid}/cmdline`).split("\0");
  const root = command[command.indexOf("--root") + 1] ?? "";
  const network = ["--target", String(pid), "--net"];
  const output = execFileSync("nsenter", [...network, "chroot", root, "iptables-save"], { encoding: "utf8" });
  return lines(output).filter((line) => line.startsWith("-A"));
}

/** Listening TCP ports of this machine's own network. */
export function listening(): number[] {
  return lines(read("/proc/self/net/tcp"))
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === "0A")
    .map((fields) => Number.parseInt(fields[1]?.split(":")[1] ?? "", 16));
}
