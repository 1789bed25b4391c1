// What the user says of a database that is there already: values in clear text, with references in them, or known to
// the deployment alone. A URL with references is taken apart like any other: what stands for them goes to its place.

import { givenIndex } from "../schema/given";
import type { Problem } from "../schema/problem";
import type { ConnectionUrl } from "./connection-url";
import { hostProblem } from "./names";
import { resolve, type Targets } from "./references";
import type { Hole, Text } from "./stack-plan";
import type { GivenCheck } from "./store-plan";
import { concat, plain } from "./text";
import { parseUrl } from "./url-parts";

export interface ConnectionContext {
  /** What its values may refer to: secrets and configuration, and no role. */
  sources: Targets;
  /** What is to be seen once the deployment knows the values; what is missing is added. */
  checks: GivenCheck[];
  problems: Problem[];
}

/** A value that need not be a secret. */
export function connectionText(path: string, value: string, context: ConnectionContext): Text {
  const { text, problems } = resolve(path, value, context.sources);
  context.problems.push(...problems);
  return text;
}

/** A host without port. */
export function connectionHost(path: string, value: string, context: ConnectionContext): Text {
  const text = connectionText(path, value, context);
  const index = onlyHole(text, "given")?.index;
  if (index !== undefined) context.checks.push({ check: "host", path, index });
  const [only = ""] = text.parts;
  const wrong =
    text.parts.length === 1 && typeof only === "string" ? databaseHostProblem(path, only) : undefined;
  if (wrong) context.problems.push(wrong);
  return text;
}

/** What is wrong with a database's host, if anything. */
export function databaseHostProblem(path: string, host: string): Problem | undefined {
  return /^\[[0-9a-f:.]+\]$/i.test(host) ? undefined : hostProblem(path, host);
}

/** A password, which must not stand in clear text. */
export function connectionPassword(path: string, value: string, context: ConnectionContext): Text {
  const text = connectionText(path, value, context);
  const index = onlyHole(text, "given")?.index;
  if (index !== undefined) context.checks.push({ check: "secret", path, index });
  if (text.parts.some((part) => typeof part !== "string")) return text;
  // A reference that leads nowhere is told already.
  if (value.includes("${")) return { ...text, secret: true };
  context.problems.push(inClearText(path));
  return { ...text, secret: true };
}

function inClearText(path: string): Problem {
  return {
    path,
    reason: "holds a password in clear text, for everyone who can read the file",
    remedy: `encrypt it: pulumi config set --secret --path '<name>:stack.${path}'; or refer to one: \`\${secrets.database}\``,
  };
}

/** A URL whose parts are known, each perhaps with holes. */
export interface KnownUrl {
  scheme: string;
  user?: Text;
  password?: Text;
  host: Text;
  port?: number;
  path: Text;
  parameters: ConnectionUrl["parameters"];
}

/** The URL at `path`: one that is known here, or the index of one that only the deployment knows; `undefined` where it is
 * wrong. */
export function connectionUrl(
  kind: "postgres" | "redis",
  path: string,
  value: string,
  context: ConnectionContext,
): { known: KnownUrl } | { index: number } | undefined {
  const before = context.problems.length;
  const text = connectionText(path, value, context);
  if (context.problems.length > before) return undefined;
  const [only] = text.parts;
  if (text.parts.length === 1 && typeof only === "object") {
    if (only.hole === "given") return { index: only.index };
    context.problems.push({
      path,
      reason:
        only.hole === "secretKey"
          ? "stands in a Secret of Kubernetes: nobody here can take it apart"
          : "is generated, and a URL can't be",
      remedy: "give `host`, `user` and `database`, and the `password` alone by such a reference",
    });
    return undefined;
  }
  const parsed = parseUrl(kind, withTokens(text));
  if ("reason" in parsed) {
    context.problems.push({ path, ...parsed });
    return undefined;
  }
  if (parsed.password && !TOKEN.test(parsed.password)) context.problems.push(inClearText(path));
  if (parsed.parameters.flat().some((part) => TOKEN.test(part))) {
    context.problems.push({
      path,
      reason: "has a secret among its parameters",
      remedy: "encrypt the whole of it, or take the parameter out",
    });
  }
  const restored = (part: string) => restore(part, text);
  return {
    known: {
      scheme: parsed.scheme,
      ...(parsed.user !== undefined && { user: restored(parsed.user) }),
      ...(parsed.password !== undefined && { password: restored(parsed.password) }),
      host: restored(parsed.host),
      port: parsed.port,
      path: restored(parsed.path),
      parameters: parsed.parameters,
    },
  };
}

// Characters that nobody's URL has: they hold the places of holes while a URL is taken apart.
const TOKEN = /\uE000(\d+)\uE001/;

function withTokens({ parts }: Text): string {
  return parts.map((part, index) => (typeof part === "string" ? part : `\uE000${index}\uE001`)).join("");
}

/** A part of the URL of `whole`, decoded, with its holes; what was encoded in the URL is not any more. */
function restore(part: string, { parts }: Text): Text {
  const pieces = part.split(/\uE000(\d+)\uE001/).map((piece, index): Text => {
    const hole = index % 2 === 1 ? (parts[Number(piece)] as Hole) : undefined;
    return hole ? { parts: [decoded(hole)], secret: true } : plain(piece);
  });
  return concat(...pieces.filter(({ parts: [only] }) => only !== ""));
}

function decoded(hole: Hole): Hole {
  const { encodings = 0, ...rest } = hole;
  return encodings > 1 ? { ...rest, encodings: encodings - 1 } : rest;
}

function onlyHole<Kind extends Hole["hole"]>(
  { parts }: Text,
  kind: Kind,
): Extract<Hole, { hole: Kind }> | undefined {
  const [only] = parts;
  return parts.length === 1 && typeof only === "object" && only.hole === kind
    ? (only as Extract<Hole, { hole: Kind }>)
    : undefined;
}

/** Whether a value that decides what is deployed is known only to the deployment; tells so. */
export function checkKnown(path: string, value: unknown, problems: Problem[]): boolean {
  if (givenIndex(value) === undefined) return true;
  problems.push({
    path,
    reason: "is an Output or an encrypted value, but it decides what is deployed",
    remedy: "write a plain value here; that of an external database may be given so",
  });
  return false;
}
