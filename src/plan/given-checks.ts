// What is wrong with values that only the deployment knows: malformed URLs and hosts, secrets that are easily guessed.
// Nothing of a value is ever repeated.

import type { Problem } from "../schema/problem";
import { broken } from "./checks";
import { databaseHostProblem } from "./connection";
import { imageProblem } from "./images";
import { incomplete, sslModeOf } from "./postgres-url";
import type { Text } from "./stack-plan";
import type { GivenCheck, GivenChecksPlan } from "./store-plan";
import { encodedFor, isGivenHole, plain } from "./text";
import { parseUrl } from "./url-parts";

export interface JudgedGiven {
  problems: Problem[];
  warnings: Problem[];
}

interface Secret {
  path: string;
  value: string;
}

/** The values that a check looks at. */
export function indexesOf(check: GivenCheck): number[] {
  if (check.check !== "setting") return [check.index];
  return check.texts.flatMap(({ parts }) => parts).flatMap((part) => (isGivenHole(part) ? part.index : []));
}

/** A text with its holes filled; nothing as long as one of the values isn't known. */
function filled({ parts }: Text, values: ReadonlyMap<number, string>): Text | undefined {
  const pieces = parts.map((part) => {
    if (typeof part === "string") return part;
    if (!isGivenHole(part)) return undefined;
    const value = values.get(part.index);
    return value === undefined ? undefined : encodedFor(part, value);
  });
  return pieces.every(isDefined) ? plain(pieces.join("")) : undefined;
}

const isDefined = <T>(value: T | undefined): value is T => value !== undefined;

/** Judges the values that are known, by their index; `name` is the component's. */
export function judgeGiven(
  name: string,
  { checks, weakSecrets }: GivenChecksPlan,
  values: ReadonlyMap<number, string>,
): JudgedGiven {
  const problems: Problem[] = [];
  const secrets: Secret[] = [];
  const variables: Secret[] = [];
  for (const check of checks) {
    const { path } = check;
    if (check.check === "setting") {
      const texts = check.texts.map((text) => filled(text, values));
      const wrong = texts.every(isDefined) ? broken(check.own, check.rule, texts) : undefined;
      if (wrong) problems.push({ path, ...wrong });
      continue;
    }
    const value = values.get(check.index);
    if (value === undefined) continue;
    if (check.check === "secret") secrets.push({ path, value });
    else if (check.check === "variable") variables.push({ path, value });
    else if (check.check === "image") {
      const wrong = imageProblem(path, value, check.tier);
      if (wrong) problems.push({ path, reason: wrong.reason, remedy: wrong.remedy });
    } else if (check.check === "host") {
      const wrong = databaseHostProblem(path, value);
      if (wrong) problems.push({ path, reason: wrong.reason.replace(/ \(.*\)$/, ""), remedy: HOST_REMEDY });
    } else {
      const { mistake, password } = judgeUrl(check, value);
      if (mistake) problems.push({ path, ...mistake });
      else if (password !== undefined) secrets.push({ path, value: password });
    }
  }
  if (weakSecrets === "allow") return { problems, warnings: [] };
  const weak = [
    ...[...secrets, ...variables].flatMap((secret) => weakness(name, secret)),
    ...reused(secrets),
  ];
  return weakSecrets === "refuse"
    ? { problems: [...problems, ...weak], warnings: [] }
    : { problems, warnings: weak };
}

const HOST_REMEDY = "give the host alone: `db.example.com`, without scheme, port and path";

function judgeUrl(
  { url: kind, passwordApart, sslMode }: Extract<GivenCheck, { check: "url" }>,
  value: string,
): { mistake?: Omit<Problem, "path">; password?: string } {
  const parsed = parseUrl(kind, value);
  if ("reason" in parsed) return { mistake: parsed };
  const { password } = parsed;
  if (kind === "redis") {
    if (!passwordApart || !password) return { password };
    return {
      mistake: {
        reason: "holds a password, and `password` stands beside it; which one wins is never guessed",
        remedy: "drop one of the two",
      },
    };
  }
  const own = sslModeOf(parsed.parameters);
  if (sslMode !== undefined && own !== undefined && own !== sslMode) {
    return {
      mistake: {
        reason: `has an \`sslmode\` of its own, at odds with postgres.sslMode (${sslMode})`,
        remedy: "drop one of the two",
      },
    };
  }
  return { mistake: incomplete(parsed, passwordApart), password };
}

/** What stands in samples and templates for a secret to come. */
const PLACEHOLDER =
  /change.?(me|this|it)|replace.?(me|this)|your.?(secret|password|key|token)|placeholder|insecure|default|example|dummy|sample/i;

const COMMON =
  /^(admin|root|user|guest|test|demo|dev|pass|passwd|password|postgres|redis|rabbit|secret|token|letmein|welcome|qwert[yz]\w*|abc123|iloveyou)[\d!@#$._-]*$/i;

const SHORTEST = 8;

function weakness(name: string, { path, value }: Secret): Problem[] {
  const reason = PLACEHOLDER.test(value)
    ? "reads like a placeholder that nobody has replaced"
    : COMMON.test(value) || value.toLowerCase() === name.toLowerCase()
      ? "is among the first that anybody tries"
      : value.length < SHORTEST
        ? `has fewer than ${SHORTEST} characters`
        : new Set(value).size < 4
          ? "repeats a few characters"
          : undefined;
  return reason ? [{ path, reason, remedy: remedyFor(path) }] : [];
}

/** The same value in two places: whoever learns one of them has the other. */
function reused(secrets: readonly Secret[]): Problem[] {
  return secrets.flatMap(({ path, value }, index) => {
    const twin = secrets.slice(0, index).find((other) => other.value === value && other.path !== path);
    return twin ? [{ path, reason: `is the same as ${twin.path}`, remedy: remedyFor(path) }] : [];
  });
}

function remedyFor(path: string): string {
  return path.startsWith("secrets")
    ? "drop the value to have one generated, or encrypt another: pulumi config set --secret --path …"
    : "set another where it is checked, and encrypt it here: pulumi config set --secret --path …";
}
