// Whether the empty folders of a pod fit into its limits: what lies in them counts into ephemeral storage, or into memory.

import type { ResourcesArgs } from "../schema/container-args";
import type { Problem } from "../schema/problem";
import { mebibytes, quantity } from "./quantity";
import type { PodVolumePlan, ResourcesPlan } from "./stack-plan";

/** The resources with room for the empty folders: a default limit gives way to them, one of the user's must hold them. */
export function withScratchSpace(
  path: string,
  resources: ResourcesPlan,
  args: ResourcesArgs | undefined,
  volumes: readonly PodVolumePlan[],
  problems: Problem[],
): ResourcesPlan {
  const limits = { ...resources.limits };
  for (const kind of ["ephemeralStorage", "memory"] as const) {
    const wanted = volumes.reduce((sum, { source }) => sum + sizeOn(kind, source), 0);
    const limit = quantity(limits[kind]) ?? 0;
    if (wanted === 0) continue;
    if (args?.limits?.[kind] === undefined) {
      limits[kind] = mebibytes(limit + wanted);
    } else if (kind === "memory" ? wanted >= limit : wanted > limit) {
      problems.push({
        path: `${path}.resources.limits.${kind}`,
        value: limits[kind],
        reason: `is less than the empty folders of ${path}.mounts may hold together (${mebibytes(wanted)}): the pod would be ${
          kind === "memory" ? "killed" : "evicted"
        } before they are full`,
        remedy: `raise it above \`${mebibytes(wanted)}\`, drop it, or lower a \`sizeLimit\``,
      });
    }
  }
  return { ...resources, limits };
}

function sizeOn(kind: "ephemeralStorage" | "memory", source: PodVolumePlan["source"]): number {
  if (!("emptyDir" in source) || source.emptyDir.sizeLimit === undefined) return 0;
  const inMemory = source.emptyDir.medium === "Memory";
  return inMemory === (kind === "memory") ? (quantity(source.emptyDir.sizeLimit) ?? 0) : 0;
}
