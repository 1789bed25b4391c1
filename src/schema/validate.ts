// Applies the JSON Schema: whether the input has the right shape. What the values mean is the plan's matter.

import type { ErrorObject, ValidateFunction } from "ajv";
import { extractGiven, givenIndex, givenPaths } from "./given";
import { fromPointer, join, keysOf, mayBeSecret } from "./path";
import type { Problem } from "./problem";
import type { ServiceStackArgs } from "./stack-args";
import { suggest } from "./suggest";
import { withoutUnset, withUnset } from "./unset";

// Compiled from the schema by generate.ts at build time: compiling it anew would cost each start 50 ms.
const validator = require("./validator.js") as ValidateFunction;

/** Where an Output or an encrypted value may stand. */
const MAY_BE_GIVEN = [
  /(^|\.)env(\.|\[)/,
  /(^|\.)files\[.*\]\.content$/,
  /^secrets(\.|\[).*\.value$/,
  /^telemetry\.headers$/,
  /^registryCredentials\.(username|password)$/,
  /^(backend|frontend|migration|(services|workers|schedulers|tasks|cronJobs)[.[][^.]+)\.image$/,
  /^(postgres|redis|caches\.[^.]+)\.(url|host|user|password|database)$/,
  /^patches[.[].*\.(merge|jsonPatch\[\d+\]\.value)([.[]|$)/,
  /^extraObjects[.[].*\.object[.[]/,
];

/** Keys whose values are quantities: YAML reads `cpu: 1` as a number, and everybody means the quantity. So it is with a
 * database's `parameters`. */
const QUANTITIES = new Set([
  "cpu",
  "memory",
  "ephemeralStorage",
  "storage",
  "sizeLimit",
  "averageValue",
  "minimum",
  "maximum",
  "minAvailable",
  "maxUnavailable",
  "maxBodySize",
  "maxSurge",
]);

export interface Validated {
  /** What of the input has the right shape; markers stand for what only the deployment knows. */
  args: ServiceStackArgs;
  /** What the markers stand for. */
  given: unknown[];
  /** What is wrong with the shape. Those parts are left out of `args`. */
  problems: Problem[];
}

/** Checks that `input` has the shape of `ServiceStackArgs`. */
export function validate(input: unknown): Validated {
  const { plain, given } = extractGiven(input ?? {});
  const { tree, taken } = withoutUnset(plain);
  const shaped = withoutMisshapen(quantitiesAsText(tree));
  const problems = [...shaped.problems];
  for (const path of givenPaths(shaped.args)) {
    if (MAY_BE_GIVEN.some((place) => place.test(path))) continue;
    problems.push({
      path,
      reason: "is an Output or an encrypted value, but it decides what is deployed",
      remedy:
        "write a plain value here; Outputs and secrets may stand in `env`, in `image`, in a file's `content`, in `secrets.<name>.value`, in `registryCredentials`, in patches and extra objects, and in what says where a database is",
    });
  }
  return { args: withUnset(shaped.args, taken) as ServiceStackArgs, given, problems };
}

/** What is wrong with a path that leads to no setting: a key on the way is unknown. */
export function unknownKey(keys: readonly string[]): Omit<Problem, "path"> | undefined {
  const tree = keys.reduceRight<unknown>((below, key) => ({ [key]: below }), Symbol("a value"));
  if (validator(tree)) return undefined;
  const error = validator.errors?.find(({ keyword }) => keyword === "additionalProperties");
  if (!error) return undefined;
  const { path, reason, remedy } = shapeProblem(error);
  return { reason: `names no setting: \`${path}\` is an ${reason}`, remedy };
}

/**
 * Takes the parts with a wrong shape out, so that the rest can be planned and its mistakes be told in the same
 * message. Taking one out can bring another to light (a map without its required key goes whole), hence the loop.
 */
function withoutMisshapen(input: unknown): { args: unknown; problems: Problem[] } {
  const problems = new Map<string, Problem>();
  let args = input;
  while (!validator(args)) {
    const errors = validator.errors ?? [];
    for (const error of errors) {
      const problem = shapeProblem(error);
      if (!problems.has(problem.path)) problems.set(problem.path, problem);
      args = withoutPart(args, error);
    }
  }
  return { args, problems: [...problems.values()] };
}

function withoutPart(input: unknown, { instancePath, keyword, params }: ErrorObject): unknown {
  const keys = keysOf(instancePath);
  if (keyword === "additionalProperties") keys.push(String(params.additionalProperty));
  // `redis:` with nothing after it was meant as `redis: {}`; without it, references to it would be wrong too.
  const instead = keyword === "type" && params.type === "object" ? {} : undefined;
  return replaced(input, keys, instead);
}

function replaced(value: unknown, [key, ...rest]: string[], instead: unknown): unknown {
  if (key === undefined) return instead ?? {};
  if (value === null || typeof value !== "object" || !Object.hasOwn(value, key)) return value;
  const member = (value as Record<string, unknown>)[key];
  const inner = rest.length === 0 ? instead : replaced(member, rest, instead);
  if (Array.isArray(value))
    return value.flatMap((item, index) => (String(index) === key ? (inner ?? []) : [item]));
  const copy: Record<string, unknown> = { ...value, [key]: inner };
  if (inner === undefined) delete copy[key];
  return copy;
}

function quantitiesAsText(value: unknown, ...path: string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => quantitiesAsText(item, ...path, "*"));
  if (value === null || typeof value !== "object") return value;
  const settings = path.join(".") === "postgres.parameters";
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      (QUANTITIES.has(key) && typeof member === "number") || (settings && isScalar(member))
        ? String(member)
        : quantitiesAsText(member, ...path, key),
    ]),
  );
}

function isScalar(value: unknown): boolean {
  return typeof value === "number" || typeof value === "boolean";
}

function shapeProblem(error: ErrorObject): Problem {
  const path = fromPointer(error.instancePath);
  // Kubernetes' own way to write a variable, pasted into a wrong place, brings its secret along.
  const hidden = mayBeSecret(path) || /\.value$/.test(path) || givenIndex(error.data) !== undefined;
  const value = hidden ? undefined : error.data;
  switch (error.keyword) {
    case "additionalProperties": {
      const key = String(error.params.additionalProperty);
      const known = Object.keys((error.parentSchema as { properties?: object })?.properties ?? {});
      return { path: join(path, key), reason: "unknown key", remedy: suggest(key, known, "remove it") };
    }
    case "required":
      return {
        path: join(path, String(error.params.missingProperty)),
        reason: "is missing",
        remedy: "add it",
      };
    case "enum": {
      const allowed = error.params.allowedValues as string[];
      return {
        path,
        value,
        reason: `is not one of ${allowed.map((name) => `\`${name}\``).join(", ")}`,
        remedy: suggest(typeof error.data === "string" ? error.data : "", allowed, "remove it"),
      };
    }
    case "minimum":
    case "maximum":
      return {
        path,
        value,
        reason: `must be ${error.keyword === "minimum" ? "at least" : "at most"} ${error.params.limit}`,
        remedy: `write ${error.params.limit}, or leave it out for the default`,
      };
    default:
      return wrongType(path, value, error);
  }
}

const WANTED: Record<string, string> = {
  string: "text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a map of keys and values",
};

const WRITE: Record<string, string> = {
  integer: "write digits alone, without quotes",
  number: "write digits alone, without quotes",
  boolean: "write `true` or `false`, without quotes",
  array: "write each item on a line of its own that begins with `- `",
  object: "write `key: value` lines below it, or `{}` for all defaults",
};

function wrongType(path: string, value: unknown, error: ErrorObject): Problem {
  const wanted = String(error.params.type ?? error.keyword);
  const read = typeName(error.data);
  const remedy =
    typeof error.data === "symbol"
      ? "write plain values: text, numbers, true or false, lists and maps of them"
      : error.data === null && wanted !== "object"
        ? "give it a value, or remove the key"
        : wanted === "string" && (typeof error.data === "number" || typeof error.data === "boolean")
          ? `put it in quotes: YAML reads it as ${read} otherwise`
          : (WRITE[wanted] ?? `write ${WANTED[wanted] ?? wanted}`);
  return {
    path: path || "(the whole configuration)",
    value,
    reason: `must be ${WANTED[wanted] ?? wanted}, but ${read} was read`,
    remedy,
  };
}

function typeName(value: unknown): string {
  if (typeof value === "symbol") return value.description ?? "something else";
  if (value === null) return "nothing (null)";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number") return Number.isInteger(value) ? "a whole number" : "a number";
  if (typeof value === "boolean") return "true or false";
  return typeof value === "string" ? "text" : "a map of keys and values";
}
