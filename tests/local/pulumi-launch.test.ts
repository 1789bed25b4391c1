/** Signals and exit codes between a user, the launcher and the CLI, with small scripts in the CLI's place. */
import { deepEqual, equal } from "node:assert/strict";
import { type ChildProcessWithoutNullStreams as Child, spawn } from "node:child_process";
import { join } from "node:path";
import { checkoutDir } from "../../local/platform/paths";

const LAUNCH = join(checkoutDir, "dist", "local", "pulumi", "launch.js");

/** Counts its interrupts until it is asked to end, by a terminate or by a line that is typed. */
const COUNTING = `
let count = 0;
const end = () => { console.log("end after " + count); process.exit(9); };
process.on("SIGINT", () => console.log("interrupt " + ++count)).on("SIGTERM", end);
process.stdin.on("data", (typed) => String(typed).includes("q") && end());
console.log("ready");`;

function launcher(...cli: string[]): string[] {
  const [command, ...args] = cli;
  const code = `require(${JSON.stringify(LAUNCH)}).launch(${JSON.stringify(command)}, ${JSON.stringify(args)}, process.env)`;
  return [process.execPath, "-e", code];
}

function quoted(words: string[]): string {
  return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
}

async function until(child: Child, words: string): Promise<void> {
  let seen = "";
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    seen += chunk;
    if (seen.includes(words)) return;
  }
  throw new Error(`ended without "${words}": ${seen}`);
}

function end(child: Child): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((done) => child.on("close", (code, signal) => done({ code, signal })));
}

describe("the launcher", function () {
  this.timeout(20_000);
  const started: Child[] = [];

  function start([command = "", ...args]: string[]): Child {
    const child = spawn(command, args, { detached: true });
    started.push(child);
    return child;
  }

  afterEach(() => {
    for (const child of started.splice(0)) {
      try {
        process.kill(-(child.pid as number), "SIGKILL");
      } catch {
        // all of its group have ended, as they should
      }
    }
  });

  it("ends with the CLI's exit code", async () => {
    equal((await end(start(launcher("/bin/sh", "-c", "exit 37")))).code, 37);
  });

  it("ends by the signal that ended the CLI", async () => {
    equal((await end(start(launcher("/bin/sh", "-c", "kill -KILL $$")))).signal, "SIGKILL");
  });

  it("passes a signal on that only it was sent", async () => {
    const child = start(launcher(process.execPath, "-e", COUNTING));
    const ended = end(child);
    await until(child, "ready");
    child.kill("SIGINT");
    await until(child, "interrupt 1");
    child.kill("SIGTERM");
    await until(child, "end after 1");
    deepEqual(await ended, { code: 9, signal: null });
  });

  it("leaves Ctrl-C to the terminal, which tells the CLI itself: once, not twice", async () => {
    // `script` gives it a terminal, where a 0x03 is what a keyboard sends for Ctrl-C. Without `exec` its
    // shell may stay in between, and end by the interrupt.
    const command = `exec ${quoted(launcher(process.execPath, "-e", COUNTING))}`;
    const child = start(["script", "-qec", command, "/dev/null"]);
    const ended = end(child);
    await until(child, "ready");
    child.stdin.write("\x03");
    await until(child, "interrupt 1");
    child.stdin.write("q\n");
    await until(child, "end after 1");
    equal((await ended).code, 9);
  });
});
