// References: `${postgres.url}` in a value. Here a value is taken apart and each reference is looked up; what
// it says beside its value (who talks to whom) comes back as the roles it leads to.

import { givenIndex } from "../schema/given";
import type { Problem } from "../schema/problem";
import { suggest } from "../schema/suggest";
import type { Text } from "./stack-plan";

/** What a reference can lead to: a role or a table of values, each with the names that it offers. */
export interface Target {
  /** The values by name. */
  values: Record<string, Text>;
  /** The role that whoever uses it will talk to; none for plain values such as the stack's name. */
  role?: string;
}

/** Everything that a reference can name. */
export type Targets = Record<string, Target>;

/** What to say about a well-known name that this stack doesn't have. */
const ABSENT: Record<string, string> = {
  postgres: "add `postgres: {}` to get a database",
  redis: "add `redis: {}` to get a Redis",
  ingress: "give a `host`, and a process a `path`",
  backend: "add a `backend`",
  frontend: "add a `frontend`",
};

export interface Resolved {
  text: Text;
  /** The roles that the value leads to. */
  roles: string[];
  problems: Problem[];
}

/** Plain text without holes. */
export function plain(text: string): Text {
  return { parts: [text], secret: false };
}

/** `value` with every reference looked up in `targets`. */
export function resolve(path: string, value: string, targets: Targets): Resolved {
  const index = givenIndex(value);
  if (index !== undefined) {
    // Whether an Output is secret is known only later; a Secret is right for both.
    return { text: { parts: [{ hole: "given", index }], secret: true }, roles: [], problems: [] };
  }
  const parts: Text["parts"] = [];
  const roles = new Set<string>();
  const problems: Problem[] = [];
  let secret = false;
  for (const piece of split(value)) {
    if (typeof piece === "string") {
      parts.push(piece);
      continue;
    }
    const found = lookUp(piece, targets);
    if ("remedy" in found) {
      problems.push({ path, ...found });
      continue;
    }
    parts.push(...found.text.parts);
    secret ||= found.text.secret;
    if (found.role) roles.add(found.role);
  }
  return { text: { parts: joined(parts), secret }, roles: [...roles], problems };
}

interface Reference {
  /** What stands between the braces; `undefined` where the closing one is missing. */
  inner: string | undefined;
}

/** Literal text and references, in their order. `$${` is a literal `${`. */
function split(value: string): (string | Reference)[] {
  const pieces: (string | Reference)[] = [];
  const token = /\$\$\{|\$\{([^}]*)(\})?/g;
  let end = 0;
  for (const match of value.matchAll(token)) {
    if (match.index > end) pieces.push(value.slice(end, match.index));
    end = match.index + match[0].length;
    if (match[0] === "$${") pieces.push("${");
    else pieces.push({ inner: match[2] ? match[1] : undefined });
  }
  if (end < value.length) pieces.push(value.slice(end));
  return pieces;
}

type Mistake = Omit<Problem, "path">;

function lookUp({ inner }: Reference, targets: Targets): { text: Text; role?: string } | Mistake {
  // The rest of the value is not shown: it may hold a secret.
  if (inner === undefined) {
    return {
      reason: "has a reference without its closing brace",
      remedy: "write `${name.value}`; `$${` is a literal `${`",
    };
  }
  const written = `\${${inner}}`;
  if (!/^\s*[A-Za-z][\w-]*(\.[\w.-]*)?\s*$/.test(inner)) {
    return {
      reason: "has a `${…}` in it that is no reference",
      remedy: "write `${name.value}`; for a literal `${` write `$${`",
    };
  }
  const [name = "", ...rest] = inner.trim().split(".");
  const member = rest.join(".");
  const target = Object.hasOwn(targets, name) ? targets[name] : undefined;
  if (!target) {
    const absent = Object.hasOwn(ABSENT, name) ? ABSENT[name] : undefined;
    return {
      value: written,
      reason: absent ? `this stack has no ${name}` : `there is nothing named \`${name}\``,
      remedy:
        absent ??
        // As a shell or the program itself would have it.
        (/^[A-Z_0-9]+$/.test(inner.trim())
          ? `for a literal \`${written}\` write \`$${written}\``
          : suggest(name, [...Object.keys(targets), ...Object.keys(ABSENT)], "remove it")),
    };
  }
  const text = Object.hasOwn(target.values, member) ? target.values[member] : undefined;
  if (!text) {
    const none =
      name === "secrets" ? "add it below `secrets`, e.g. `secrets: { session: {} }`" : "it offers nothing";
    return {
      value: written,
      reason: member === "" ? `\`${name}\` alone is not a value` : `\`${name}\` offers no \`${member}\``,
      remedy: suggest(member, Object.keys(target.values), none),
    };
  }
  return { text, role: target.role };
}

/** Neighbouring literals as one. */
function joined(parts: Text["parts"]): Text["parts"] {
  const result: Text["parts"] = [];
  for (const part of parts) {
    const last = result.length - 1;
    if (typeof part === "string" && typeof result[last] === "string") result[last] += part;
    else result.push(part);
  }
  return result.length === 0 ? [""] : result;
}
