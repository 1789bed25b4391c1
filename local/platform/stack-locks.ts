/**
 * Locks that Pulumi's file back end keeps for a stack that is being changed. A killed run leaves its lock;
 * here is told whether its owner is still alive. Removing it is left to `pulumi cancel`.
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
  return readdirSync(folder).flatMap((name) => {
    try {
      return JSON.parse(readFileSync(join(folder, name), "utf8")) as Owner;
    } catch {
      return []; // released meanwhile
    }
  });
}
