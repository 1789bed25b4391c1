// Refuses a change that would lose data, in previews too: before the API server does in its own words, or a server stands before
// a volume that it can't read. Each object that holds data is judged by itself, once the engine comes to it.

import * as pulumi from "@pulumi/pulumi";
import { leftBehind, lossesOf } from "../objects/data-loss";
import type { StackObject } from "../objects/stack-object";
import type { StackPlan } from "../plan/stack-plan";
import { listed, type Origin } from "../schema/problem";
import { engineFeatures } from "./engine-features";
import { refusal } from "./refusal";

/** The hook to run before an object that holds data is updated. Undefined where the engine has no hooks: there the API server
 * refuses what it can't do, and Postgres' pod what it can't read. */
export function dataGuard(
  plan: StackPlan,
  objects: readonly StackObject[],
  origin: Origin,
  component: pulumi.ComponentResource,
): pulumi.ResourceHook | undefined {
  if (!engineFeatures().hooks) return undefined;
  const paths = new Map(objects.map(({ id, holds }) => [`${plan.name}-${id}`, holds]));
  return new pulumi.ResourceHook(
    `${plan.name}-data`,
    async ({ name, ...change }) => {
      const path = paths.get(name) ?? name;
      const losses = lossesOf(path, change);
      if (losses.length > 0) {
        throw refusal(listed(`This would lose data of "${plan.name}", and was not done.`, losses, origin));
      }
      const left = leftBehind(path, change);
      if (left.length > 0) {
        await pulumi.log.warn(listed(`Data of "${plan.name}" is left behind.`, left, origin), component);
      }
    },
    { onDryRun: true },
  );
}
