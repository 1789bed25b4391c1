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
import type { GivenCheck } from "./store-plan";
import { isGivenHole, plain } from "./text";

interface CheckContext {
  tier: Tier;
  args: ServiceStackArgs;
  targets: Targets;
  /** The variables of each role, by where its arguments stand: they may come from files, or from the backend. */
  environments: ReadonlyMap<string, Pick<PodPlan, "env" | "envFrom">>;
  /** Where parts of the stack are switched off: nothing needs to hold of them. */
  off: Iterable<string>;
  /** What is to be looked at once it is known. */
  given: GivenCheck[];
  problems: Problem[];
}

/** Applies the checks. */
export function applyChecks(
  checks: { [path: string]: CheckArgs } | undefined,
  { tier, off, given, problems, ...context }: CheckContext,
): void {
  const gone = [...off].map((path) => path.replace(/\.enabled$/, ""));
  for (const [path, rule] of overlay("checks", checks, [], problems, "remove the line").set) {
    const own = join("checks", path);
    const mistakes = ownMistakes(own, path, rule);
    problems.push(...mistakes);
    if (mistakes.length > 0 || !(rule.tiers ?? [tier]).includes(tier)) continue;
    if (gone.some((part) => related(part, path) && part.length <= path.length)) continue;
    const setting = settingAt(path, context);
    if (setting === "unknown") continue;
    if (isKnown(setting)) {
      const problem = broken(own, rule, setting);
      if (problem) problems.push({ path, value: shown(path, setting), ...problem });
    } else if (setting.every(isGiven)) given.push({ check: "setting", path, own, rule, texts: setting });
  }
}

/** What a setting says, of a list each entry; nothing where it is absent. Of some the cluster alone knows what they say. */
type Setting = Text[] | "unknown";

function settingAt(
  path: string,
  { args, targets, environments }: Pick<CheckContext, "args" | "targets" | "environments">,
): Setting {
  const [, role, variable] = /^(.+)\.env\.([^.[]+)$/.exec(path) ?? [];
  const environment = role === undefined ? undefined : environments.get(role);
  if (environment) {
    const found = environment.env.find(({ name }) => name === variable);
    if (found) return [found.value];
    return environment.envFrom.length > 0 ? "unknown" : [];
  }
  const value = keysIn(path).reduce<unknown>(
    (holder, key) =>
      holder !== null && typeof holder === "object" && Object.hasOwn(holder, key)
        ? (holder as Record<string, unknown>)[key]
        : undefined,
    args,
  );
  if (value === undefined || isUnset(value)) return [];
  const items = Array.isArray(value) ? value : [value];
  if (items.some((item) => item !== null && typeof item === "object")) return [plain("{}")];
  return items.map((item) => resolve(path, String(item), targets).text);
}

/** Whether it is said in plain words. */
function isKnown(texts: readonly Text[]): boolean {
  return texts.every(({ parts, secret }) => !secret && parts.every((part) => typeof part === "string"));
}

/** Whether it is known once the values are that the user has given. */
function isGiven({ parts }: Text): boolean {
  return parts.every((part) => typeof part === "string" || isGivenHole(part));
}

function shown(path: string, texts: readonly Text[]): string | undefined {
  return mayBeSecret(path) || texts.length !== 1 ? undefined : texts[0]?.parts.join("") || undefined;
}

/** What is wrong with what a setting says, if anything; `own` is the check's own path. */
export function broken(
  own: string,
  rule: CheckArgs,
  texts: readonly Text[],
): Omit<Problem, "path"> | undefined {
  const why = rule.reason === undefined ? "" : `: ${rule.reason}`;
  const remedy = (write: string) => `${write}; what asks for it is \`${own}\``;
  const values = texts.map(({ parts }) => parts.join(""));
  if (values.every((value) => value === "")) {
    if (rule.required === false) return undefined;
    return { reason: `is missing${why}`, remedy: remedy(`add it${wanted(rule)}`) };
  }
  const { pattern, minimum, maximum } = rule;
  if (pattern !== undefined && !values.some((value) => new RegExp(`^(?:${pattern})$`, "su").test(value))) {
    return { reason: `does not match \`${pattern}\`${why}`, remedy: remedy("write what does") };
  }
  const amounts = values.map((value) => quantity(value) ?? Number.NaN);
  if (minimum !== undefined && !amounts.every((amount) => amount >= (quantity(minimum) ?? 0))) {
    return { reason: `must be at least ${minimum}${why}`, remedy: remedy(`write \`${minimum}\`, or more`) };
  }
  if (maximum !== undefined && !amounts.every((amount) => amount <= (quantity(maximum) ?? 0))) {
    return { reason: `must be at most ${maximum}${why}`, remedy: remedy(`write \`${maximum}\`, or less`) };
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
