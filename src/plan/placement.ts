// Where pods may run: what the stack says for all of them, and what a role says beside it.

import { join } from "../schema/path";
import type { PlacementArgs, TolerationArgs } from "../schema/pod-args";
import type { Problem } from "../schema/problem";
import { keyMistake, subdomainProblem, valueMistake } from "./names";
import { overlay } from "./overlay";
import type { PlacementPlan, TolerationPlan } from "./stack-plan";

/** The placement that stands at `path` (`""` for the stack's own), over the stack's. */
export function planPlacement(
  path: string,
  { nodeSelector, tolerations = [], priorityClassName }: PlacementArgs,
  stack: PlacementPlan | undefined,
  problems: Problem[],
): PlacementPlan {
  const at = join(path, "priorityClassName");
  const wrong = priorityClassName === undefined ? undefined : subdomainProblem(at, priorityClassName);
  if (wrong) problems.push(wrong);
  return {
    nodeSelector: planSelector(join(path, "nodeSelector"), nodeSelector, stack?.nodeSelector ?? {}, problems),
    tolerations: [
      ...(stack?.tolerations ?? []),
      ...tolerations.map((one, index) =>
        planToleration(join(join(path, "tolerations"), index), one, problems),
      ),
    ],
    priorityClassName: priorityClassName ?? stack?.priorityClassName,
  };
}

function planSelector(
  path: string,
  own: PlacementArgs["nodeSelector"],
  stack: Record<string, string>,
  problems: Problem[],
): Record<string, string> {
  const { set, removed } = overlay(path, own, Object.keys(stack), problems);
  for (const [key, value] of set) {
    const at = join(path, key);
    const mistake = keyMistake(key);
    if (mistake) problems.push({ path: at, ...mistake });
    const wrong = valueMistake(value);
    if (wrong) problems.push({ path: at, value, ...wrong });
  }
  const kept = Object.entries(stack).filter(([key]) => !removed.has(key));
  return Object.fromEntries([...kept, ...set]);
}

function planToleration(path: string, args: TolerationArgs, problems: Problem[]): TolerationPlan {
  const { key, value, effect, tolerationSeconds } = args;
  const operator = args.operator ?? (value === undefined ? "Exists" : "Equal");
  const tell = (name: string, read: unknown, reason: string, remedy: string) => {
    problems.push({ path: join(path, name), value: read, reason, remedy });
  };
  const mistake = key === undefined ? undefined : keyMistake(key);
  if (mistake) problems.push({ path: join(path, "key"), value: key, ...mistake });
  const odd = value === undefined ? undefined : valueMistake(value);
  if (odd) problems.push({ path: join(path, "value"), value, ...odd });
  if (operator === "Exists" && value !== undefined) {
    tell("value", value, "is compared with nothing: `Exists` takes any value", "drop it, or the operator");
  }
  if (operator === "Equal" && key === undefined) {
    tell("key", undefined, "is missing: a value belongs to one taint", "name the taint's key");
  }
  if (operator === "Equal" && value === undefined) {
    tell("value", undefined, "is missing, and `Equal` compares it", "add it, or drop the operator");
  }
  if (tolerationSeconds !== undefined && effect !== "NoExecute") {
    tell(
      "tolerationSeconds",
      tolerationSeconds,
      "counts only for `NoExecute`",
      "add `effect: NoExecute`, or drop it",
    );
  }
  return { key, operator, value, effect, tolerationSeconds };
}
