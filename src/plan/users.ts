// As whom the pods of a role run: user, groups, and the group that what they write belongs to.

import { join } from "../schema/path";
import type { PodArgs } from "../schema/pod-args";
import type { Problem } from "../schema/problem";
import type { UserPlan } from "./stack-plan";

/** The same for all roles: those that share a volume would take its files from each other otherwise. */
const FS_GROUP = 10001;

/** The user of the role whose arguments stand at `path`, over the backend's where it runs that image; `needsGroup` says
 * whether it could not read or write what is mounted otherwise. */
export function planUser(
  path: string,
  own: PodArgs,
  backends: PodArgs | undefined,
  { needsGroup, openshift }: { needsGroup: boolean; openshift: boolean },
  problems: Problem[],
): UserPlan {
  check(path, own, problems);
  const { runAsUser, runAsGroup, fsGroup, supplementalGroups } = { ...backends, ...own };
  if (openshift) {
    for (const key of ["runAsUser", "runAsGroup", "fsGroup"] as const)
      checkAssigned(path, key, own[key], problems);
    return { supplementalGroups };
  }
  return {
    runAsUser,
    runAsGroup,
    fsGroup: fsGroup ?? (needsGroup ? FS_GROUP : undefined),
    supplementalGroups,
  };
}

/** OpenShift's restricted-v2 refuses a user or group that isn't of the namespace's own range, and nobody knows that before. */
export function checkAssigned(
  path: string,
  key: string,
  value: number | undefined,
  problems: Problem[],
): void {
  if (value === undefined) return;
  problems.push({
    path: join(path, key),
    value,
    reason: "is named, but OpenShift gives each namespace users and groups of its own, and refuses others",
    remedy: "drop it, or `openshift` if the cluster is none; the image must run as any user, in group 0",
  });
}

function check(path: string, args: PodArgs, problems: Problem[]): void {
  const { runAsUser } = args;
  if (runAsUser !== undefined && runAsUser <= 0) {
    problems.push({
      path: join(path, "runAsUser"),
      value: runAsUser,
      reason: runAsUser === 0 ? "is root, which the namespace refuses" : "is not a user",
      remedy: "write a number of 1 or above, better above 10000",
    });
  }
  const groups = new Map<string, number | undefined>([
    [join(path, "runAsGroup"), args.runAsGroup],
    [join(path, "fsGroup"), args.fsGroup],
    ...(args.supplementalGroups ?? []).map(
      (group, index) => [join(join(path, "supplementalGroups"), index), group] as const,
    ),
  ]);
  for (const [at, group] of groups) {
    if (group === undefined || (Number.isInteger(group) && group >= 0 && group < 2 ** 31)) continue;
    problems.push({
      path: at,
      value: group,
      reason: "is not a group",
      remedy: "write a whole number of 0 or above, below 2147483648",
    });
  }
}
