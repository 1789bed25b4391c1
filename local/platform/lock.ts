/**
 * Locks between processes. The kernel holds them (`flock`), through a child whose input is our pipe: a
 * holder that dies, however it dies, closes the pipe and thereby gives the lock back. Lock files stay.
 */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { execa } from "execa";

/** Runs `work` while no other process holds the lock of that file; `onWait` is told when another one does. */
export async function withLock<T>(file: string, work: () => Promise<T>, onWait?: () => void): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  const holder = execa("flock", [file, "sh", "-c", "echo held; exec cat"], { reject: false, buffer: false });
  try {
    const waiting = onWait && setTimeout(onWait, 500);
    await new Promise<void>((held, failed) => {
      holder.stdout.once("data", () => held());
      holder.then((result) =>
        failed(new Error(`Cannot lock ${file}: ${result.shortMessage ?? result.message}`)),
      );
    });
    clearTimeout(waiting);
    return await work();
  } finally {
    holder.stdin.end();
    await holder;
  }
}
