// How many pods of a process may be away while nodes are emptied.

import type { Problem } from "../schema/problem";
import type { PodDisruptionBudgetArgs } from "../schema/scaling-args";
import type { DisruptionBudgetPlan } from "./stack-plan";

/**
 * The budget of a process with at least `least` and at most `most` pods; none where it isn't needed. By default one
 * pod may be away: `minAvailable` could make the drain of a node wait for ever.
 */
export function planDisruptionBudget(
  path: string,
  args: PodDisruptionBudgetArgs = {},
  { least, most }: { least: number; most: number },
  problems: Problem[],
): DisruptionBudgetPlan | undefined {
  const { minAvailable, maxUnavailable } = args;
  const chosen = minAvailable !== undefined || maxUnavailable !== undefined;
  if (!(args.enabled ?? (chosen || most > 1)) || most === 0) return undefined;
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    problems.push({
      path: `${path}.minAvailable`,
      value: minAvailable,
      reason: `stands beside ${path}.maxUnavailable, and Kubernetes takes one of them`,
      remedy: "drop one of the two",
    });
  }
  if (minAvailable !== undefined) {
    const amount = podAmount(`${path}.minAvailable`, minAvailable, problems);
    if (amount === undefined) return undefined;
    const kept = podsOf(amount, least);
    if (kept >= least) {
      problems.push({
        path: `${path}.minAvailable`,
        value: minAvailable,
        reason: `keeps ${count(kept)} of ${count(least)}: none could ever be moved, and no node be emptied`,
        remedy:
          least > 1
            ? `keep at most ${least - 1}, or write \`maxUnavailable: "1"\` instead`
            : 'run 2 or more pods, or write `maxUnavailable: "1"` instead',
      });
    }
    return { minAvailable: amount };
  }
  const amount = podAmount(`${path}.maxUnavailable`, maxUnavailable ?? "1", problems);
  if (amount !== undefined && podsOf(amount, least) === 0) {
    problems.push({
      path: `${path}.maxUnavailable`,
      value: maxUnavailable,
      reason: "lets no pod go: none could ever be moved, and no node be emptied",
      remedy: 'write "1" or more',
    });
  }
  return amount === undefined ? undefined : { maxUnavailable: amount };
}

/** A number of pods, or percent of them as Kubernetes writes that. */
export function podAmount(path: string, text: string, problems: Problem[]): number | string | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  if (/^(\d|[1-9]\d|100)%$/.test(text)) return text;
  problems.push({
    path,
    value: text,
    reason: "is neither a number of pods nor a percentage of them",
    remedy: 'write e.g. "1", or "50%"',
  });
  return undefined;
}

/** How many of `pods` an amount is. Percentages are rounded up. */
export function podsOf(amount: number | string, pods: number): number {
  return typeof amount === "number" ? amount : Math.ceil((Number.parseInt(amount, 10) / 100) * pods);
}

function count(pods: number): string {
  return pods === 1 ? "1 pod" : `${pods} pods`;
}
