/** A failure that a user can act on: what is wrong, what to do, and the log that tells more. */
import { existsSync, readFileSync } from "node:fs";

export class Problem extends Error {
  /** The log file whose end belongs into the message. */
  readonly log: string | undefined;

  constructor(message: string, options: { log?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = "Problem";
    this.log = options.log;
  }
}

/** The last lines of a file, or nothing where there is none. */
export function tail(file: string, lines: number): string[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-lines);
}

/** What a command prints when it fails: the sentence, the end of the log that matters, and its path. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof Problem)) return error.stack ?? error.message;
  if (!error.log) return error.message;
  const end = tail(error.log, 25).map((line) => `  │ ${line}`);
  return [error.message, ...(end.length > 0 ? ["", ...end] : []), "", `The whole log: ${error.log}`].join(
    "\n",
  );
}
