// References: `${postgres.url}` in a value. Here a value is taken apart and each reference is looked up; what
// it says beside its value (who talks to whom) comes back as the roles it leads to.
//
// `${name.value}` is a value as it is, `${name.value:form}` the same in another form: with the driver that a
// framework wants in its URL, or percent-encoded.

import { givenIndex } from "../schema/given";
import type { Problem } from "../schema/problem";
import { suggest } from "../schema/suggest";
import type { Text } from "./stack-plan";
import { concat, mayBreakUrl, plain, secretHole, urlencoded } from "./text";

export { plain };

/** What a reference can lead to: a role or a table of values, each with the names that it offers. */
export interface Target {
  /** The values by name. */
  values: Record<string, Text>;
  /** Public addresses by name: whoever uses one goes by the outside, and talks to the ingress, not to the role. */
  outside?: Record<string, Text>;
  /** The role that whoever uses it will talk to; none for plain values such as the stack's name. */
  role?: string;
  /** The forms that single values have beside `urlencoded`. */
  forms?: Record<string, Forms>;
  /** Where it was switched off. */
  off?: string;
}

/** The further forms of a value. */
export interface Forms {
  names: readonly string[];
  /** The value in one of them. */
  in(form: string): Text | Mistake;
}

export type Mistake = Omit<Problem, "path">;

/** Everything that a reference can name. */
export type Targets = Record<string, Target>;

/** What to say about a well-known name that this stack doesn't have. */
const ABSENT: Record<string, string> = {
  postgres:
    "add `postgres: {}` to get a database, or `postgres: { mode: external }` with the URL of one that is there",
  redis: "add `redis: {}` to get a Redis, or `redis: { mode: external }` with the URL of one that is there",
  caches: "add it below `caches`, e.g. `caches: { sessions: {} }`",
  ingress: "give a `host`, and a process a `path`",
  backend: "add a `backend`",
  frontend: "add a `frontend`",
};

/** What to say where a table of the user's own lacks a name. */
const EMPTY: Record<string, string> = {
  secrets: "add it below `secrets`, e.g. `secrets: { session: {} }`",
  config: "set it: `pulumi config set <key> <value>`, with `--secret` where it is one",
};

/** What processes offer that are reachable from outside. */
const PUBLIC = new Set(["publicUrl", "publicHost"]);

export interface Resolved {
  text: Text;
  /** The roles that the value leads to. */
  roles: string[];
  problems: Problem[];
}

/** `value` with every reference looked up in `targets`. */
export function resolve(path: string, value: string, targets: Targets): Resolved {
  const index = givenIndex(value);
  if (index !== undefined) {
    // Whether an Output is secret is known only later; a Secret is right for both.
    return { text: secretHole({ hole: "given", index }), roles: [], problems: [] };
  }
  const texts: (string | Text)[] = [];
  const roles = new Set<string>();
  const problems: Problem[] = [];
  const pieces = split(value);
  for (const [position, piece] of pieces.entries()) {
    if (typeof piece === "string") {
      texts.push(piece);
      continue;
    }
    const found = lookUp(piece, targets);
    if ("remedy" in found) {
      problems.push({ path, ...found });
      continue;
    }
    if (found.text.parts.some((part) => typeof part !== "string" && mayBreakUrl(part))) {
      const problem = unencoded(piece, pieces.slice(0, position), pieces.slice(position + 1));
      if (problem) problems.push({ path, ...problem });
    }
    texts.push(found.text);
    if (found.role) roles.add(found.role);
  }
  return { text: concat(...texts), roles: [...roles], problems };
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

function lookUp({ inner }: Reference, targets: Targets): { text: Text; role?: string } | Mistake {
  // The rest of the value is not shown: it may hold a secret.
  if (inner === undefined) {
    return {
      reason: "has a reference without its closing brace",
      remedy: "write `${name.value}`; `$${` is a literal `${`",
    };
  }
  const written = `\${${inner}}`;
  if (!/^\s*[A-Za-z][\w-]*([.:][\w.:+()-]*)?\s*$/.test(inner)) {
    return {
      reason: "has a `${…}` in it that is no reference",
      remedy: "write `${name.value}`; for a literal `${` write `$${`",
    };
  }
  const [whole = "", form] = divided(inner.trim());
  const [name, member] = nameIn(whole, targets);
  const target = Object.hasOwn(targets, name) ? targets[name] : undefined;
  if (!target) return unknownName(name, written, targets);
  if (target.off) {
    return {
      value: written,
      reason: `${name} is switched off here (\`${target.off}: false\`)`,
      remedy: "switch it on, or say something else in this stack: another value, or null for none",
    };
  }
  const inside = Object.hasOwn(target.values, member) ? target.values[member] : undefined;
  const outside =
    target.outside && Object.hasOwn(target.outside, member) ? target.outside[member] : undefined;
  const text = inside ?? outside;
  if (!text) return unknownMember(name, member, written, target);
  const role = inside ? target.role : undefined;
  if (form === undefined) return { text, role };
  const formed = inForm(text, form, target.forms?.[member]);
  return "remedy" in formed ? { value: written, ...formed } : { text: formed, role };
}

function divided(inner: string): [whole: string, form?: string] {
  const colon = inner.indexOf(":");
  return colon < 0 ? [inner] : [inner.slice(0, colon).trim(), inner.slice(colon + 1).trim()];
}

/** The target's name may have dots of its own (`caches.sessions`); the longest that is known counts. */
function nameIn(whole: string, targets: Targets): [name: string, member: string] {
  const words = whole.split(".");
  for (let count = words.length - 1; count > 1; count--) {
    const name = words.slice(0, count).join(".");
    if (Object.hasOwn(targets, name)) return [name, words.slice(count).join(".")];
  }
  return [words[0] ?? "", words.slice(1).join(".")];
}

function unknownName(name: string, written: string, targets: Targets): Mistake {
  const absent = Object.hasOwn(ABSENT, name) ? ABSENT[name] : undefined;
  const inGroup = Object.keys(targets).filter((known) => known.startsWith(`${name}.`));
  if (inGroup.length > 0) {
    const [first] = inGroup;
    const known = inGroup.map((group) => `\`${group.slice(name.length + 1)}\``).join(", ");
    return {
      value: written,
      reason: `is none of this stack's ${name}`,
      remedy: `known here: ${known}; write e.g. \`\${${first}.url}\``,
    };
  }
  return {
    value: written,
    reason: absent ? `this stack has no ${name}` : `there is nothing named \`${name}\``,
    remedy:
      absent ??
      // As a shell or the program itself would have it.
      (/^[A-Z_0-9]+$/.test(name)
        ? `for a literal \`${written}\` write \`$${written}\``
        : suggest(name, [...Object.keys(targets), ...Object.keys(ABSENT)], "remove it")),
  };
}

function unknownMember(name: string, member: string, written: string, target: Target): Mistake {
  const offered = [...Object.keys(target.values), ...Object.keys(target.outside ?? {})];
  return {
    value: written,
    reason: member === "" ? `\`${name}\` alone is not a value` : `\`${name}\` offers no \`${member}\``,
    remedy: PUBLIC.has(member)
      ? `${name} isn't reachable from outside: give it a \`path\` or a \`host\``
      : (meantForm(name, member, target) ?? suggest(member, offered, EMPTY[name] ?? "it offers nothing")),
  };
}

/** `${postgres.url+asyncpg}`, `${postgres.url(asyncpg)}` and `${postgres.asyncpg}` are near misses. */
function meantForm(name: string, member: string, target: Target): string | undefined {
  for (const [value, { names }] of Object.entries(target.forms ?? {})) {
    const form = names.find((known) =>
      [known, `${value}+${known}`, `${value}(${known})`, `${value}.${known}`, `${value}-${known}`].includes(
        member,
      ),
    );
    if (form) return `write \`\${${name}.${value}:${form}}\``;
  }
  return undefined;
}

/** The form that every value has. */
const URLENCODED = "urlencoded";

function inForm(text: Text, form: string, forms: Forms | undefined): Text | Mistake {
  if (form === URLENCODED) {
    const external = text.parts.find((part) => typeof part !== "string" && part.hole === "secretKey");
    if (!external || (typeof external !== "string" && external.hole === "secretKey" && external.urlSafe)) {
      return urlencoded(text);
    }
    return {
      reason: "stands in a Secret of Kubernetes, and Kubernetes can't encode it",
      remedy: "if it holds letters and digits alone, add `urlSafe: true` to its `secretKeyRef`",
    };
  }
  if (forms?.names.includes(form)) return forms.in(form);
  const names = [...(forms?.names ?? []), URLENCODED];
  return {
    reason: `there is no form \`${form}\` of it`,
    remedy: suggest(form.replace(/^postgres(ql)?\+/, ""), names, "remove it"),
  };
}

/** Whether the reference stands where a URL has its user and password, so that an `@` in it would end them. */
function unencoded(
  { inner = "" }: Reference,
  before: (string | Reference)[],
  after: (string | Reference)[],
): Mistake | undefined {
  const text = (pieces: (string | Reference)[]) =>
    pieces.map((piece) => (typeof piece === "string" ? piece : "x")).join("");
  if (!/:\/\/[^\s/?#@]*$/.test(text(before)) || !/^[^\s/?#@]*@/.test(text(after))) return undefined;
  return {
    value: `\${${inner}}`,
    reason: "stands in a URL as it is: an `@`, `:` or `/` in it would be read as part of the address",
    remedy: `write \`\${${inner.trim()}:${URLENCODED}}\``,
  };
}
