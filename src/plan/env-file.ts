// Files of `NAME=value` lines. Node reads them as it reads its own `--env-file`, and passes over whatever isn't such a
// line; here that is a mistake, for a variable that is silently missing costs an hour.

import { parseEnv } from "node:util";
import type { Problem } from "../schema/problem";
import { type ReadFile, readProjectFile, textOf } from "./project-files";

/** The variables of `file`, which is named at `path`. */
export function readEnvFile(
  path: string,
  file: string,
  read: ReadFile,
  problems: Problem[],
): [name: string, value: string][] {
  const bytes = readProjectFile(path, file, read, problems);
  if (!bytes) return [];
  const text = textOf(bytes)
    ?.replace(/^\uFEFF/, "")
    .replaceAll("\r\n", "\n");
  if (text === undefined) {
    problems.push({ path, value: file, reason: "is not text in UTF-8", remedy: "save it as UTF-8" });
    return [];
  }
  const variables = Object.entries(parseEnv(text)).map(([name, value = ""]): [string, string] => [
    name,
    value,
  ]);
  problems.push(...lineMistakes(text, variables).map((mistake) => ({ path, value: file, ...mistake })));
  return variables;
}

type Mistake = Omit<Problem, "path">;

function lineMistakes(text: string, variables: [string, string][]): Mistake[] {
  const mistakes: Mistake[] = [];
  const values = new Map(variables);
  const seen = new Map<string, number>();
  for (const [number, line] of outsideQuotes(text, variables)) {
    if (/^\s*(#|$)/.test(line)) continue;
    const [, name, quote] = /^\s*(?:export\s+)?([^\s=]+)\s*=\s*(["'`]?)/.exec(line) ?? [];
    if (name === undefined) {
      mistakes.push({
        // The line itself may hold a secret.
        reason: `has a line that sets nothing: line ${number}`,
        remedy: "write `NAME=value`, or `#` before a comment",
      });
      continue;
    }
    if (quote && values.get(name)?.startsWith(quote)) {
      mistakes.push({
        reason: `opens a quote that nothing closes: line ${number}`,
        remedy: `end the value of ${name} with ${quote}`,
      });
    }
    const first = seen.get(name);
    seen.set(name, first ?? number);
    if (first === undefined) continue;
    mistakes.push({
      reason: `sets ${name} twice: lines ${first} and ${number}`,
      remedy: "remove one of them",
    });
  }
  return mistakes;
}

/** The numbered lines of `text` but those that go on with a value in quotes. */
function outsideQuotes(text: string, variables: [string, string][]): [number, string][] {
  const continued = variables
    .map(([, value]) => value.split("\n"))
    .filter((lines) => lines.length > 1)
    // The first stands on the line with the name.
    .map(([, ...rest]) => rest);
  const lines: [number, string][] = [];
  const all = text.split("\n");
  for (let index = 0; index < all.length; index++) {
    const line = all[index] ?? "";
    lines.push([index + 1, line]);
    if (!/=\s*["'`]/.test(line)) continue;
    const after = all.slice(index + 1);
    const rest = continued.find((candidate) =>
      candidate.every((part, step) => after[step]?.startsWith(part)),
    );
    index += rest?.length ?? 0;
  }
  return lines;
}
