// How a pod stops: what happens before SIGTERM, how long the process has then, and whether the two fit.

import type { Problem } from "../schema/problem";
import type { ProcessArgs } from "../schema/process-args";
import type { ProcessPlan } from "./stack-plan";

/** New connections keep arriving until every node has heard that the pod is going: so long it still serves. */
const PRE_STOP_SECONDS = 5;

/** What a process has that doesn't say how long it needs. */
const GRACE_SECONDS = 30;

/** What is left beyond the time that a process says it needs. */
const SPARE_SECONDS = 5;

/** How the pods of the process at `path` stop. */
export function planStopping(
  path: string,
  args: ProcessArgs,
  problems: Problem[],
): Pick<ProcessPlan, "preStop" | "gracePeriodSeconds"> {
  const { preStop, drainSeconds } = args;
  const command = preStop?.exec?.command;
  if (command?.length === 0) {
    problems.push({
      path: `${path}.preStop.exec.command`,
      value: [],
      reason: "is empty",
      remedy: 'write its words, e.g. `["/bin/drain"]`',
    });
  }
  const serves = args.port !== undefined || args.ports !== undefined;
  const before = preStop?.seconds ?? (command || serves ? PRE_STOP_SECONDS : 0);
  const needed = before + (drainSeconds ?? 0);
  const grace = args.terminationGracePeriodSeconds ?? Math.max(GRACE_SECONDS, needed + SPARE_SECONDS);
  if (grace <= needed) {
    const parts = [
      `${before} s before SIGTERM (preStop)`,
      drainSeconds && `${drainSeconds} s after it (drainSeconds)`,
    ];
    problems.push({
      path: `${path}.terminationGracePeriodSeconds`,
      value: grace,
      reason: `is not above what stopping takes: ${parts.filter(Boolean).join(" + ")}${
        drainSeconds ? ` = ${needed} s` : ""
      }; whatever still runs then is killed`,
      remedy: drainSeconds
        ? `write at least ${needed + 1}, or drop it: it follows from the two`
        : `write at least ${needed + 1}: so much more than ${before} s as the longest request takes`,
    });
  }
  return {
    ...(command ? { preStop: { command } } : before > 0 && { preStop: { seconds: before } }),
    gracePeriodSeconds: grace,
  };
}
