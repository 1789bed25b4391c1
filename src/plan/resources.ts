// CPU, memory and disk of a role: the tier's defaults, what the user gave on top, and whether both fit together.

import type { ResourceListArgs, ResourcesArgs } from "../schema/container-args";
import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import { bytesMistake, cpuMistake, quantity } from "./quantity";
import type { AmountsPlan, ResourcesPlan } from "./stack-plan";

const KINDS = ["cpu", "memory", "ephemeralStorage"] as const;
type Kind = (typeof KINDS)[number];

/** The resources of a role, whose arguments stand at `path`. */
export function planResources(
  path: string,
  args: ResourcesArgs = {},
  defaults: ResourcesPlan,
  problems: Problem[],
): ResourcesPlan {
  const before = problems.length;
  for (const side of ["requests", "limits"] as const) {
    for (const kind of KINDS) check(join(join(path, side), kind), kind, args[side], problems);
  }
  if (problems.length > before) return defaults;
  const plan = {
    requests: { ...defaults.requests, ...args.requests },
    limits: { ...defaults.limits, ...args.limits },
  };
  for (const kind of KINDS) reconcile(path, kind, args, plan, problems);
  return plan;
}

function check(path: string, kind: Kind, list: ResourceListArgs | undefined, problems: Problem[]): void {
  const text = list?.[kind];
  if (text === undefined) return;
  const mistake = kind === "cpu" ? cpuMistake(text) : bytesMistake(text);
  if (mistake) problems.push({ path, value: text, ...mistake });
}

/** A default gives way to what the user wrote on the other side; two amounts of the user's must fit. */
function reconcile(
  path: string,
  kind: Kind,
  args: ResourcesArgs,
  plan: ResourcesPlan,
  problems: Problem[],
): void {
  const request = plan.requests[kind];
  const limit = plan.limits[kind];
  if (request === undefined || limit === undefined || worth(limit) >= worth(request)) return;
  if (args.limits?.[kind] === undefined) plan.limits[kind] = request;
  else if (args.requests?.[kind] === undefined) (plan.requests as AmountsPlan)[kind] = limit;
  else {
    problems.push({
      path: `${path}.limits.${kind}`,
      value: limit,
      reason: `is below what ${path}.requests.${kind} reserves (${JSON.stringify(request)})`,
      remedy: `raise the limit to at least \`${request}\`, or lower the request`,
    });
  }
}

function worth(text: string): number {
  return quantity(text) ?? Number.NaN;
}
