/**
 * What the `pulumi` command line asks for, as far as the launcher must know: the command, the stack, the
 * folder. Everything is passed on as typed; the CLI itself says what is wrong with it.
 */

export interface Invocation {
  args: string[];
  /** The command's plain name: `up` for `update` too; empty where there is none. */
  command: string;
  /** Where the command stands in `args`. */
  commandAt: number;
  /** What follows the command and is no flag: `["select", "dev"]`. */
  words: string[];
  stack?: string;
  cwd?: string;
  /** Whether a configuration file is named, or values to be saved in it. */
  ownConfiguration: boolean;
  help: boolean;
}

const ALIASES: Record<string, string> = { update: "up", pre: "preview", down: "destroy", dn: "destroy" };

/** One-letter flags that take a value; all others are switches, which may stand together (`-ys dev`). */
const LETTERS_WITH_VALUE = "sCcmptv";

const LONG_WITH_VALUE = new Set([
  ...["--stack", "--cwd", "--config", "--config-file", "--color", "--verbose", "--tracing", "--profiling"],
  ...["--message", "--parallel", "--target", "--exclude", "--replace", "--target-replace", "--policy-pack"],
  ...["--policy-pack-config", "--plan", "--save-plan", "--secrets-provider", "--import-file", "--file"],
]);

interface Flag {
  name: string;
  value?: string;
}

/** Splits flags from words. A value that stands apart from its flag is taken with it. */
function read(args: string[]): { flags: Flag[]; words: { text: string; at: number }[] } {
  const flags: Flag[] = [];
  const words: { text: string; at: number }[] = [];
  for (let at = 0; at < args.length; at++) {
    const text = args[at] as string;
    if (text === "--") break;
    if (text.startsWith("--")) {
      const [name = "", ...value] = text.split("=");
      if (value.length > 0) flags.push({ name, value: value.join("=") });
      else flags.push(LONG_WITH_VALUE.has(name) ? { name, value: args[++at] } : { name });
    } else if (text.startsWith("-") && text.length > 1) {
      const valued = [...text].findIndex((letter) => LETTERS_WITH_VALUE.includes(letter));
      const switches = valued === -1 ? text.slice(1) : text.slice(1, valued);
      for (const letter of switches) flags.push({ name: `-${letter}` });
      if (valued !== -1) {
        const rest = text.slice(valued + 1).replace(/^=/, "");
        flags.push({ name: `-${text[valued]}`, value: rest === "" ? args[++at] : rest });
      }
    } else {
      words.push({ text, at });
    }
  }
  return { flags, words };
}

export function parseArguments(args: string[]): Invocation {
  const { flags, words } = read(args);
  const [command, ...rest] = words;
  const last = (...names: string[]) => flags.findLast((flag) => names.includes(flag.name))?.value;
  const has = (...names: string[]) => flags.some((flag) => names.includes(flag.name));
  return {
    args,
    command: command ? (ALIASES[command.text] ?? command.text) : "",
    commandAt: command?.at ?? -1,
    words: rest.map((word) => word.text),
    stack: last("-s", "--stack"),
    cwd: last("-C", "--cwd"),
    ownConfiguration: has("--config-file", "-c", "--config"),
    help: has("-h", "--help") || command?.text === "help",
  };
}
