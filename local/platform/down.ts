/**
 * Ending a node, and removing all that it was: processes, mounts, cgroups, ports and its state folder.
 */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { withLock } from "./lock";
import { initPids, mountsBelow, processesOf, stop } from "./node";
import { MARKER, stateDir } from "./paths";
import { releasePorts } from "./ports";
import { Problem } from "./problem";
import { runSteps } from "./progress";
import { stacksElsewhere } from "./stacks";
import { stateLock } from "./up";

/** What stacks in other clusters need: without it nobody could change or destroy them any more. */
const OF_STACKS = [MARKER, "backend", "passphrase", "stacks"];

export interface DownOptions {
  state?: string;
  /** Only stops: volumes, images and stacks are there when it starts again. */
  keepData?: boolean;
}

/** Fails when something of a node is still alive in the kernel; its data must not be deleted below it. */
function assertGone(state: string): void {
  const processes = processesOf(state);
  if (processes.length > 0)
    throw new Problem(`Processes of the node are still there: ${processes.join(", ")}`);
  const mounts = mountsBelow(state);
  if (mounts.length > 0) throw new Problem(`Still mounted, so nothing was deleted:\n${mounts.join("\n")}`);
}

export async function down(options: DownOptions = {}): Promise<void> {
  const state = options.state ?? stateDir();
  if (!existsSync(state)) {
    process.stdout.write(`Nothing to do: there is no ${state}\n`);
    return;
  }
  if (!existsSync(join(state, MARKER))) {
    throw new Problem(`${state} was not made by the embedded platform; it is left alone.`);
  }
  const wait = () => process.stdout.write("Another command works on this node; waiting for it.\n");
  const stopStep = {
    title: initPids(state).length > 0 ? "Stop the node" : "Remove what a stopped node left",
    run: async (report: (text: string) => void) => {
      await stop(state, report);
      assertGone(state);
      return undefined;
    },
  };
  const elsewhere = stacksElsewhere(join(state, "backend"));
  const deleteStep = {
    title: `Delete its data, volumes included: ${state}`,
    run: async () => {
      for (const name of readdirSync(state)) {
        if (elsewhere.length > 0 && OF_STACKS.includes(name)) continue;
        // Faster than Node's own, with the many small files of images; and it never leaves the file system.
        await execa("rm", ["-rf", "--one-file-system", "--", join(state, name)]);
      }
      await releasePorts(state);
      if (elsewhere.length > 0)
        return `kept Pulumi's state of ${elsewhere.join(", ")}, in clusters of your own`;
      rmSync(state, { recursive: true, force: true });
      return undefined;
    },
  };
  await withLock(
    stateLock(state),
    () => runSteps(options.keepData ? [stopStep] : [stopStep, deleteStep]),
    wait,
  );
}
