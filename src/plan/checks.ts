// What a product says itself of how it may be set up: checks of single settings, by their path, once all that a stack's
// file says is merged into what the program says.

import type { CheckArgs } from "../schema/check-args";
import { join, keysIn, mayBeSecret, related } from "../schema/path";
import type { Problem } from "../schema/problem";
import type { ServiceStackArgs } from "../schema/stack-args";
import type { Tier } from "../schema/tier";
import { isUnset } from "../schema/unset";
import { unknownKey } from "../schema/validate";
import { overlay } from "./overlay";
import { quantity } from "./quantity";
import { resolve, type Targets } from "./references";
import type { PodPlan, Text } from "./stack-plan";

interface CheckContext {
  tier: Tier;
  args: ServiceStackArgs;
  targets: Targets;
  /** The variables of each role, by where its arguments stand: they may come from files, or from the backend. */
  environments: ReadonlyMap<string, Pick<PodPlan, "env" | "envFrom">>;
  /** Where parts of the stack are switched off: nothing needs to hold of them. */
  off: Iterable<string>;
  problems: Problem[];
}

/** Applies the checks. */
export function applyChecks(
  checks: { [path: string]: CheckArgs } | undefined,
  { tier, off, problems, ...context }: CheckContext,
): void {
  const gone = [...off].map((path) => path.replace(/\.enabled$/, ""));
  for (const [path, check] of overlay("checks", checks, [], problems, "remove the line").set) {
    const own = join("checks", path);
    const mistakes = ownMistakes(own, path, check);
    problems.push(...mistakes);
    if (mistakes.length > 0 || !(check.tiers ?? [tier]).includes(tier)) continue;
    if (gone.some((part) => related(part, path) && part.length <= path.length)) continue;
    const problem = broken(path, own, check, valueAt(path, context));
    if (problem) problems.push({ path, ...problem });
  }
}

/** A setting: absent, known, or known only later. */
type Setting = { absent: true } | { texts: string[] } | { later: true };

function valueAt(
  path: string,
  { args, targets, environments }: Omit<CheckContext, "tier" | "off" | "problems">,
): Setting {
  const [, role, variable] = /^(.+)\.env\.([^.[]+)$/.exec(path) ?? [];
  const environment = role === undefined ? undefined : environments.get(role);
  if (environment) {
    const found = environment.env.find(({ name }) => name === variable);
    if (found) return known([found.value]);
    // It may stand in an object that only the cluster knows.
    return environment.envFrom.length > 0 ? { later: true } : { absent: true };
  }
  const value = keysIn(path).reduce<unknown>(
    (holder, key) =>
      holder !== null && typeof holder === "object" && Object.hasOwn(holder, key)
        ? (holder as Record<string, unknown>)[key]
        : undefined,
    args,
  );
  if (value === undefined || isUnset(value)) return { absent: true };
  const items = Array.isArray(value) ? value : [value];
  if (items.some((item) => item !== null && typeof item === "object")) return { texts: ["{}"] };
  return known(items.map((item) => resolve(path, String(item), targets).text));
}

function known(texts: readonly Text[]): Setting {
  const plain = texts.flatMap(({ parts, secret }) =>
    !secret && parts.every((part) => typeof part === "string") ? [parts.join("")] : [],
  );
  if (plain.length < texts.length) return { later: true };
  return plain.every((text) => text === "") ? { absent: true } : { texts: plain };
}

function broken(
  path: string,
  own: string,
  check: CheckArgs,
  setting: Setting,
): Omit<Problem, "path"> | undefined {
  const why = check.reason === undefined ? "" : `: ${check.reason}`;
  const remedy = (write: string) => `${write}; what asks for it is \`${own}\``;
  if ("later" in setting) return undefined;
  if ("absent" in setting) {
    if (check.required === false) return undefined;
    return { reason: `is missing${why}`, remedy: remedy(`add it${wanted(check)}`) };
  }
  const { texts } = setting;
  const value = mayBeSecret(path) || texts.length > 1 ? undefined : texts[0];
  const { pattern, minimum, maximum } = check;
  if (pattern !== undefined && !texts.some((text) => new RegExp(`^(?:${pattern})$`, "su").test(text))) {
    return {
      value,
      reason: `does not match \`${pattern}\`${why}`,
      remedy: remedy("write what does"),
    };
  }
  const amounts = texts.map((text) => quantity(text) ?? Number.NaN);
  if (minimum !== undefined && !amounts.every((amount) => amount >= (quantity(minimum) ?? 0))) {
    return {
      value,
      reason: `must be at least ${minimum}${why}`,
      remedy: remedy(`write \`${minimum}\`, or more`),
    };
  }
  if (maximum !== undefined && !amounts.every((amount) => amount <= (quantity(maximum) ?? 0))) {
    return {
      value,
      reason: `must be at most ${maximum}${why}`,
      remedy: remedy(`write \`${maximum}\`, or less`),
    };
  }
  return undefined;
}

function wanted({ pattern, minimum, maximum }: CheckArgs): string {
  if (pattern !== undefined) return `, to match \`${pattern}\``;
  if (minimum !== undefined) return `, at least \`${minimum}\``;
  return maximum === undefined ? "" : `, at most \`${maximum}\``;
}

/** What is wrong with a check itself. */
function ownMistakes(own: string, path: string, { pattern, minimum, maximum, tiers }: CheckArgs): Problem[] {
  const problems: Problem[] = [];
  const nowhere =
    path === "" ? { reason: "names no setting", remedy: "write a path" } : unknownKey(keysIn(path));
  if (nowhere) problems.push({ ...nowhere, path: own });
  if (pattern !== undefined) {
    try {
      new RegExp(pattern, "su");
    } catch (error) {
      problems.push({
        path: join(own, "pattern"),
        value: pattern,
        reason: `is no regular expression: ${error instanceof Error ? error.message : error}`,
        remedy: "correct it; a `.` or `(` that is meant literally stands behind a `\\`",
      });
    }
  }
  for (const [key, amount] of Object.entries({ minimum, maximum })) {
    if (amount === undefined || quantity(amount) !== undefined) continue;
    problems.push({
      path: join(own, key),
      value: amount,
      reason: "is neither a number nor a quantity",
      remedy: "write e.g. `3`, `500m` or `1Gi`",
    });
  }
  if (tiers?.length === 0) {
    problems.push({
      path: join(own, "tiers"),
      reason: "is empty: it would never hold",
      remedy: "drop it for all tiers",
    });
  }
  return problems;
}
