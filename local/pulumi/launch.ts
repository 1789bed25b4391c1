/** Runs the CLI as if it had been typed itself: its terminal, its signals, its exit code. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";

/**
 * Whether Ctrl-C reaches the CLI without us: the terminal sends it to every process of its foreground
 * group, and the CLI is one of ours. Sent on by us as well it would count twice, which for Pulumi means
 * "stop at once, whatever is under way".
 */
function inForeground(): boolean {
  try {
    // After the name, which may hold anything: state, ppid, pgrp, session, tty_nr, tpgid.
    const fields = readFileSync("/proc/self/stat", "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return fields[2] === fields[5];
  } catch {
    return process.stdin.isTTY === true; // no /proc on this system
  }
}

export async function launch(cli: string, args: string[], env: NodeJS.ProcessEnv): Promise<never> {
  const child = spawn(cli, args, { stdio: "inherit", env });
  const interrupt = () => {
    if (!inForeground()) child.kill("SIGINT");
  };
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", pass);
  process.on("SIGHUP", pass);
  const { code, signal } = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(
    (resolve, reject) => {
      child.on("error", reject).on("exit", (exitCode, by) => resolve({ code: exitCode, signal: by }));
    },
  );
  if (signal) {
    // Whoever waits for us must see that it was a signal.
    process.off("SIGINT", interrupt).off("SIGTERM", pass).off("SIGHUP", pass);
    process.kill(process.pid, signal);
  }
  process.exit(code ?? 128 + (signal ? constants.signals[signal] : 0));
}
