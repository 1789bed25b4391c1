/**
 * What Pulumi's file back end in the state folder says of its stacks: who has locked one (a killed run leaves
 * its lock), and which live in another cluster than the node. Changing any of it is left to Pulumi.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";

interface Owner {
  pid: number;
  hostname: string;
  timestamp: string;
}

/** When a process started, or undefined where there is none. Its folder in /proc is as old as itself. */
function startOf(pid: number): number | undefined {
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.ctimeMs;
}

function isPulumi(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("pulumi");
  } catch {
    return false;
  }
}

/** Whether the process that took a lock may still be at work. Other machines' processes always may. */
export function ownerLives(owner: Owner): boolean {
  if (owner.hostname !== hostname()) return true;
  const start = startOf(owner.pid);
  if (start === undefined || !isPulumi(owner.pid)) return false;
  // A process that is younger than the lock has only inherited the number.
  return start <= Date.parse(owner.timestamp) + 1000;
}

/** The owners of a stack's locks in a folder of Pulumi's file back end. */
export function lockOwners(backend: string, project: string, stack: string): Owner[] {
  const folder = join(backend, ".pulumi", "locks", "organization", project, stack);
  if (!existsSync(folder)) return [];
  // The back end keeps attributes of each file beside it, as <file>.attrs.
  const locks = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return locks.flatMap((name) => {
    try {
      return JSON.parse(readFileSync(join(folder, name), "utf8")) as Owner;
    } catch {
      return []; // released meanwhile
    }
  });
}

interface Checkpoint {
  checkpoint?: { latest?: { resources?: { type: string; inputs?: Record<string, unknown> }[] } };
}

function isElsewhere(file: string): boolean {
  const { checkpoint } = JSON.parse(readFileSync(file, "utf8")) as Checkpoint;
  return (checkpoint?.latest?.resources ?? []).some(
    ({ type, inputs }) =>
      type === "pulumi:providers:kubernetes" && (inputs?.context ?? inputs?.kubeconfig) !== undefined,
  );
}

/**
 * Stacks of a file back end that have resources in a cluster which was named: their state is needed after
 * the embedded node is gone. The node's own stacks name none, as the environment leads to it.
 */
export function stacksElsewhere(backend: string): string[] {
  const folder = join(backend, ".pulumi", "stacks");
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".json") && isElsewhere(join(folder, name)))
    .map((name) => name.replace(/\.json$/, ""));
}
