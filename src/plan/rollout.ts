// How new pods take the place of old ones.

import type { Problem } from "../schema/problem";
import type { ProcessArgs } from "../schema/process-args";
import { podAmount } from "./disruption";
import type { ProcessPlan, StrategyPlan } from "./stack-plan";

/** A process without a readiness probe counts as running when it has stayed up for so long. */
const UNPROBED_READY_SECONDS = 10;

/** How the process at `path` is rolled out; `alone` says why two of its pods may never run at once. */
export function planStrategy(
  path: string,
  { strategy: args }: ProcessArgs,
  alone: string | undefined,
  problems: Problem[],
): StrategyPlan {
  const at = `${path}.strategy`;
  const rolling = args?.type === "RollingUpdate" || args?.rollingUpdate !== undefined;
  if (alone && rolling) {
    problems.push({
      path: args?.type === "RollingUpdate" ? `${at}.type` : `${at}.rollingUpdate`,
      value: args?.type,
      reason: `would start a new pod beside the old one, and ${alone}`,
      remedy: "drop it: the old one ends first",
    });
  } else if (args?.type === "Recreate" && args.rollingUpdate !== undefined) {
    problems.push({
      path: `${at}.rollingUpdate`,
      reason: "says how fast a rolling update goes, but `Recreate` is none",
      remedy: "drop one of the two",
    });
  }
  if (alone || args?.type === "Recreate") return { type: "Recreate" };
  const { maxSurge = "1", maxUnavailable = "0" } = args?.rollingUpdate ?? {};
  const surge = podAmount(`${at}.rollingUpdate.maxSurge`, maxSurge, problems);
  const unavailable = podAmount(`${at}.rollingUpdate.maxUnavailable`, maxUnavailable, problems);
  if (isNone(surge) && isNone(unavailable)) {
    problems.push({
      path: `${at}.rollingUpdate.maxSurge`,
      value: maxSurge,
      reason: "allows no pod more, and `maxUnavailable` none less: nothing could ever change",
      remedy: 'write "1" for one of the two',
    });
  }
  return { type: "RollingUpdate", maxSurge: surge ?? 1, maxUnavailable: unavailable ?? 0 };
}

/** When a new pod of the process at `path` counts, and how long there may be none before its rollout has failed. */
export function planProgress(
  path: string,
  args: ProcessArgs,
  { probed, maxReplicas, tier }: { probed: boolean; maxReplicas: number; tier: number },
  problems: Problem[],
): Pick<ProcessPlan, "minReadySeconds" | "progressDeadlineSeconds" | "rolloutSeconds"> {
  const progressDeadlineSeconds = args.progressDeadlineSeconds ?? tier;
  // Pulumi's wait doesn't end with a rollout that has failed: so it may be no longer than all pods, one by one, may take.
  const rolloutSeconds =
    args.progressDeadlineSeconds === undefined ? tier : progressDeadlineSeconds * Math.max(maxReplicas, 1);
  const minReadySeconds = args.minReadySeconds ?? (probed ? 0 : UNPROBED_READY_SECONDS);
  if (minReadySeconds >= progressDeadlineSeconds) {
    const given = args.minReadySeconds !== undefined ? "minReadySeconds" : "progressDeadlineSeconds";
    problems.push({
      path: `${path}.${given}`,
      value: args[given],
      ...(given === "minReadySeconds"
        ? {
            reason: `is not below ${progressDeadlineSeconds} s, after which a rollout counts as failed`,
            remedy: "write less: mostly some seconds will do",
          }
        : {
            reason: `is not above the ${minReadySeconds} s that a pod without a readiness probe must stay up`,
            remedy: "write more: at least the time that a pod takes to start beside",
          }),
    });
  }
  return { minReadySeconds, progressDeadlineSeconds, rolloutSeconds };
}

function isNone(amount: number | string | undefined): boolean {
  return amount === 0 || amount === "0%";
}
