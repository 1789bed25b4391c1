// Which fields Kubernetes' kinds have, and of which types: whether what a user writes of an object can be.
//
// A type is written so: `s` text, `n` a number, `b` true or false, `i` a number or text, `*` anything, `[]T` a list of T,
// `{}T` a map of T, or the name of a type with fields of its own, such as `core.v1.Container`.

import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import { suggest } from "../schema/suggest";
import { isText } from "./stack-object";

interface Table {
  /** The types of kinds, by `<apiVersion>/<Kind>`. */
  kinds: Record<string, string>;
  /** `<field>:<type>` of each type, with blanks between. */
  types: Record<string, string>;
}

let table: Table | undefined;
const parsed = new Map<string, ReadonlyMap<string, string>>();

// Read where it is needed only: most stacks have neither patches nor objects of their own.
function known(): Table {
  table ??= require("./fields.json") as Table;
  return table;
}

/** What anything may be. */
export const ANYTHING = "*";

/** The type of a kind; of one that isn't Kubernetes' own nothing is known. */
export function typeOf(apiVersion: string, kind: string): string {
  const { kinds } = known();
  return Object.hasOwn(kinds, `${apiVersion}/${kind}`)
    ? (kinds[`${apiVersion}/${kind}`] ?? ANYTHING)
    : ANYTHING;
}

/** The fields of a type, where it has some of its own. */
export function fieldsOf(type: string): ReadonlyMap<string, string> | undefined {
  const { types } = known();
  const folded = Object.hasOwn(types, type) ? types[type] : undefined;
  if (folded === undefined || folded === "") return undefined;
  const fields =
    parsed.get(type) ??
    new Map(
      folded.split(" ").map((field) => {
        const colon = field.indexOf(":");
        return [field.slice(0, colon), field.slice(colon + 1)];
      }),
    );
  parsed.set(type, fields);
  return fields;
}

/** The type of what stands under `key` in a value of `type`; `undefined` where nothing can. */
export function typeUnder(type: string, key: string): string | undefined {
  if (type.startsWith("[]") || type.startsWith("{}")) return type.slice(2);
  if (/^[snbi]$/.test(type)) return undefined;
  const fields = fieldsOf(type);
  return fields ? fields.get(key) : ANYTHING;
}

/** What in `tree`, which stands at `path`, can't be in a value of `type`. */
export function misfits(path: string, tree: unknown, type: string): Problem[] {
  if (type === ANYTHING || tree === null || isGiven(tree)) return [];
  const wanted = wantedShape(type);
  const read = shapeOf(tree);
  if (!wanted.includes(read)) return [wrongType(path, wanted, read)];
  if (Array.isArray(tree)) {
    return tree.flatMap((item, index) => misfits(join(path, index), item, type.slice(2)));
  }
  if (read !== "a map") return [];
  const fields = fieldsOf(type);
  return Object.entries(tree as object).flatMap(([key, value]) => {
    if (key === DIRECTIVE) return [];
    const under = typeUnder(type, key);
    return under === undefined
      ? [unknownField(join(path, key), key, [...(fields?.keys() ?? [])])]
      : misfits(join(path, key), value, under);
  });
}

/** What a map of a merge patch says of itself. */
export const DIRECTIVE = "$patch";

export function unknownField(path: string, key: string, fields: readonly string[]): Problem {
  return { path, reason: "is no field that can be there", remedy: suggest(key, fields, "remove it") };
}

function wantedShape(type: string): string[] {
  if (type.startsWith("[]")) return ["a list"];
  const shapes: Record<string, string[]> = {
    s: ["text"],
    n: ["a number"],
    b: ["true or false"],
    i: ["a number", "text"],
  };
  return shapes[type] ?? ["a map"];
}

function shapeOf(value: unknown): string {
  if (isText(value) || typeof value === "string") return "text";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number") return "a number";
  return typeof value === "boolean" ? "true or false" : "a map";
}

function wrongType(path: string, wanted: string[], read: string): Problem {
  const remedy =
    wanted[0] === "text" && read !== "a map" && read !== "a list"
      ? `put it in quotes: YAML reads it as ${read} otherwise`
      : read === "text" && wanted.length === 1 && /^(a number|true or false)$/.test(wanted[0] ?? "")
        ? "write it without quotes"
        : `write ${wanted.join(" or ")}`;
  return { path, reason: `must be ${wanted.join(" or ")}, but ${read} was read`, remedy };
}

/** A value that only the deployment knows, as a whole: it may be of any type. */
function isGiven(value: unknown): boolean {
  if (!isText(value) || value.parts.length !== 1) return false;
  const [only] = value.parts;
  return typeof only !== "string" && only?.hole === "given";
}
