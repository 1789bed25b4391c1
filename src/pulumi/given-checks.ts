// Judges the values that only the deployment knows, before anything is created: all of those that are known, in previews
// too, at once. Nothing of a value is ever shown.

import * as pulumi from "@pulumi/pulumi";
import { indexesOf, judgeGiven } from "../plan/given-checks";
import type { StackPlan } from "../plan/stack-plan";
import { InvalidArgumentsError, type Origin } from "../schema/problem";
import { refusal } from "./refusal";

/** Ends once the given values were judged, and fails if something is wrong with one of them. */
export async function judgedGiven(
  plan: StackPlan,
  given: readonly unknown[],
  origin: Origin,
  component: pulumi.ComponentResource,
): Promise<void> {
  const known = new Map<number, string>();
  const indexes = new Set(plan.given.checks.flatMap(indexesOf));
  const look = async (index: number): Promise<void> => {
    const value = await knownValue(given[index]);
    if (value !== undefined) known.set(index, value);
  };
  await Promise.all([...indexes].map(look));
  const { problems, warnings } = judgeGiven(plan.name, plan.given, known);
  for (const { path, reason, remedy } of warnings)
    void pulumi.log.warn(`${path} ${reason}\n→ ${remedy}`, component);
  if (problems.length > 0) throw refusal(new InvalidArgumentsError(plan.name, problems, origin).message);
}

/** The value of an Output, or `undefined` in a preview that doesn't know it. One that is unknown must not hide what is
 * wrong with another, so they can't be looked at by `pulumi.all`. */
async function knownValue(given: unknown): Promise<string | undefined> {
  const output = pulumi.output(given as pulumi.Input<string>) as unknown as {
    isKnown: Promise<boolean>;
    promise(): Promise<string>;
  };
  return (await output.isKnown) ? String(await output.promise()) : undefined;
}
