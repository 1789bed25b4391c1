// From a plausible input to a valid one, by following the plan's own remedies: what it complains about is taken out,
// or added where it is missing. So no rule of the plan has to be known here, nor any rule that is still to come.

import fc from "fast-check";
import { planStack, type StackIdentity } from "../../src/plan/plan";
import type { StackPlan } from "../../src/plan/stack-plan";
import { isMap } from "../../src/schema/given";
import { keysIn, related } from "../../src/schema/path";
import type { Problem } from "../../src/schema/problem";
import { arbitraryOf, identity, shaped } from "./inputs";
import { schemaAt } from "./schema";
import { OUTPUT, REFERENCE } from "./values";

export interface Case {
  identity: StackIdentity;
  input: Record<string, unknown>;
}

/** One without mistakes, and what is planned for it. */
export interface Sound extends Case {
  plan: StackPlan;
}

/** Plausible inputs, which `repaired` makes valid; `focus` is a path whose value all of them have. */
export function plausibleWith(focus: string): fc.Arbitrary<Case> {
  return fc
    .record({ identity, input: shaped(focus) })
    .map(({ identity, input }) => ({ identity, input: withReferences(identity, input) }));
}

/** Plausible inputs. */
export const plausible = plausibleWith("");

/** The case with all its mistakes taken out. */
export function repaired({ identity, input }: Case): Sound | undefined {
  const repaired = structuredClone(input);
  const added = new Set<string>();
  for (let round = 0; round < 50; round++) {
    const { plan, problems } = planStack(identity, repaired);
    if (problems.length === 0) return { identity, input: repaired, plan };
    const done: string[] = [];
    for (const problem of problems) {
      if (done.some((path) => related(path, problem.path))) continue;
      // A mistake in the identity can't be repaired in the input.
      if (problem.path.startsWith("(")) return undefined;
      // What it is about may be gone by now, with something around it.
      if (repair(repaired, problem, added)) done.push(problem.path);
    }
    if (done.length === 0) return undefined;
  }
  return undefined;
}

function repair(
  input: Record<string, unknown>,
  { path, reason, remedy }: Problem,
  added: Set<string>,
): boolean {
  const keys = keysIn(path);
  const holder = holderOf(input, keys);
  if (/config set --secret/.test(remedy) && holder && !added.has(path)) {
    added.add(path);
    holder[keys.at(-1) as string] = OUTPUT;
    return true;
  }
  const lacking = /^has neither `(\w+)`/.exec(reason)?.[1];
  if (lacking) return add(input, [...keys, lacking], added) || remove(input, keys);
  if (holder) return remove(input, keys);
  return (/missing/.test(reason) && add(input, keys, added)) || remove(input, keys);
}

/** What holds the value at `keys`; `undefined` where there is no such value. */
function holderOf(input: unknown, keys: string[]): Record<string, unknown> | undefined {
  let holder = input;
  for (const [depth, key] of keys.entries()) {
    if (holder === null || typeof holder !== "object" || !Object.hasOwn(holder, key)) return undefined;
    if (depth === keys.length - 1) return holder as Record<string, unknown>;
    holder = (holder as Record<string, unknown>)[key];
  }
  return undefined;
}

/** Puts something plausible at `keys`, once. */
function add(input: Record<string, unknown>, keys: string[], added: Set<string>): boolean {
  const last = keys.at(-1) as string;
  const path = keys.join(".");
  const schema = schemaAt(keys);
  const above = keys.slice(0, -1);
  const holder = above.length === 0 ? input : holderOf(input, above)?.[above.at(-1) as string];
  if (!schema || added.has(path) || holder === null || typeof holder !== "object") return false;
  added.add(path);
  const [value] = fc.sample(arbitraryOf(schema, pattern(keys)), { numRuns: 1, seed: path.length });
  Object.assign(holder, { [last]: value });
  return true;
}

/** Takes out what stands at `keys`, or the nearest thing above it that is there. */
function remove(input: Record<string, unknown>, keys: string[]): boolean {
  if (keys.length === 0) return false;
  const holder = holderOf(input, keys);
  const last = keys.at(-1) as string;
  if (holder === undefined) return remove(input, keys.slice(0, -1));
  if (Array.isArray(holder)) holder.splice(Number(last), 1);
  else delete holder[last];
  return true;
}

/** The path in the table of values: with `*` for keys of maps. */
function pattern(keys: string[]): string {
  return keys
    .map((key, index) => (schemaAt(keys.slice(0, index))?.additionalProperties ? "*" : key))
    .join(".");
}

/** Who asks, and for what nobody has: names like no other. */
const ASKER = "qqqqqqqqqqqqqqqq";
const NOTHING = "zzzzzzzzzzzzzzzz";

/** The input with references to what there is in it. */
function withReferences(identity: StackIdentity, input: Record<string, unknown>): Record<string, unknown> {
  let known: string[] | undefined;
  const visit = (value: unknown): unknown => {
    if (typeof value === "string") {
      return value.replace(REFERENCE, (_, index) => {
        known ??= references(identity, input);
        return known[Number(index) % known.length] ?? "";
      });
    }
    if (Array.isArray(value)) return value.map(visit);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, visit(member)]));
  };
  return visit(input) as Record<string, unknown>;
}

/** Every reference that resolves in the input, as the plan tells: it lists what it knows when asked for what it doesn't. */
export function references(identity: StackIdentity, input: Record<string, unknown>): string[] {
  // What can be named is a part of the input, or has its name from one; what else there is, is told by the first question.
  const parts = Object.entries(input).flatMap(([group, part]) =>
    isMap(part) ? Object.keys(part).flatMap((key) => [key, `${group}.${key}`]) : [],
  );
  const names = [...new Set(["stack", "config", "ingress", ...Object.keys(input), ...parts])];
  const asked = [NOTHING, ...names.map((name) => `${name}.${NOTHING}`)];
  const env = Object.fromEntries(asked.map((name, index) => [`Q${index}`, `\${${name}}`]));
  const workers = { ...(input.workers as object | undefined), [ASKER]: { image: "x:1", env } };
  const { problems } = planStack(identity, { ...input, workers });
  const remedies = new Map(problems.map(({ path, remedy }) => [path, remedy]));
  const [targets = [], ...members] = asked.map((_, index) => {
    const list = /^known here: (.*)$/.exec(remedies.get(`workers.${ASKER}.env.Q${index}`) ?? "")?.[1] ?? "";
    return [...list.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? "");
  });
  const known = new Set(targets);
  return names.flatMap((name, index) =>
    known.has(name) ? (members[index] ?? []).map((member) => `\${${name}.${member}}`) : [],
  );
}
