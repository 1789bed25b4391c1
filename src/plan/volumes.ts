// The stack's volumes: what is claimed for them, and who may share one.

import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import { suggest } from "../schema/suggest";
import { AccessMode, type VolumeArgs } from "../schema/volume-args";
import { classProblem, labelProblem, subdomainProblem } from "./names";
import { bytesMistake } from "./quantity";
import type { StackPlan, VolumePlan } from "./stack-plan";
import { TIERS } from "./tiers";

/** The volumes of the stack by name; the claims of the stores have the names in `taken`. */
export function planVolumes(
  volumes: { [name: string]: VolumeArgs },
  taken: ReadonlySet<string>,
  { name, tier }: Pick<StackPlan, "name" | "tier">,
  problems: Problem[],
): VolumePlan[] {
  return Object.entries(volumes).map(([id, args]) => {
    const path = join("volumes", id);
    const wrong = labelProblem(path, id) ?? labelProblem(path, `${name}-${id}`);
    if (wrong) problems.push(wrong);
    if (taken.has(id)) {
      problems.push({
        path,
        value: id,
        reason: `is a name that ${id}'s own volume has already`,
        remedy: "give it another",
      });
    }
    const accessModes = args.accessModes ?? [AccessMode.ReadWriteOnce];
    if (accessModes.length === 0) {
      problems.push({
        path: join(path, "accessModes"),
        value: [],
        reason: "is empty",
        remedy: "drop it for `[ReadWriteOnce]`",
      });
    }
    if (accessModes.includes(AccessMode.ReadWriteOncePod) && accessModes.length > 1) {
      problems.push({
        path: join(path, "accessModes"),
        reason: "has ReadWriteOncePod beside others, and Kubernetes takes that one alone",
        remedy: "write `[ReadWriteOncePod]`, or drop it",
      });
    }
    const exclusive = !accessModes.some((mode) => mode.endsWith("Many"));
    if (args.claimName !== undefined)
      return existing(id, path, { ...args, claimName: args.claimName }, exclusive, problems);
    const storage = args.storage ?? TIERS[tier].volumeStorage;
    const mistake = bytesMistake(storage);
    if (mistake) problems.push({ path: join(path, "storage"), value: storage, ...mistake });
    const unknown = classProblem(join(path, "storageClassName"), args.storageClassName, "storageclass");
    if (unknown) problems.push(unknown);
    return {
      id,
      claimName: `${name}-${id}`,
      exclusive,
      readOnly: isReadOnly(accessModes),
      claim: { path, storage, storageClassName: args.storageClassName, accessModes },
    };
  });
}

function existing(
  id: string,
  path: string,
  args: VolumeArgs & { claimName: string },
  exclusive: boolean,
  problems: Problem[],
): VolumePlan {
  const wrong = subdomainProblem(join(path, "claimName"), args.claimName);
  if (wrong) problems.push(wrong);
  for (const key of ["storage", "storageClassName"] as const) {
    if (args[key] === undefined) continue;
    problems.push({
      path: join(path, key),
      value: args[key],
      reason: `is the matter of whoever made the claim ${args.claimName}`,
      remedy: "drop it, or drop `claimName` to have a volume made",
    });
  }
  return { id, claimName: args.claimName, exclusive, readOnly: isReadOnly(args.accessModes ?? []) };
}

function isReadOnly(accessModes: readonly AccessMode[]): boolean {
  return accessModes.length > 0 && accessModes.every((mode) => mode === AccessMode.ReadOnlyMany);
}

/** The volume that a mount names; `undefined` where there is none, which is told. */
export function findVolume(
  path: string,
  id: string,
  volumes: readonly VolumePlan[],
  problems: Problem[],
): VolumePlan | undefined {
  const found = volumes.find((volume) => volume.id === id);
  if (found) return found;
  problems.push({
    path,
    value: id,
    reason: "is not among the stack's volumes",
    remedy: suggest(
      id,
      volumes.map((volume) => volume.id),
      `add it to the stack: \`volumes: { ${id || "uploads"}: {} }\``,
    ),
  });
  return undefined;
}

/** A role that mounts a volume. */
export interface VolumeUse {
  volume: VolumePlan;
  role: string;
  /** Where the mount stands. */
  path: string;
  fsGroup?: number;
}

/** Tells of volumes that are mounted by more pods than can; `pods` is how many a role has. */
export function checkSharing(
  uses: readonly VolumeUse[],
  pods: (role: string) => { count: number; path: string },
  problems: Problem[],
): void {
  const first = new Map<string, VolumeUse>();
  for (const use of uses) {
    const { volume, role, path } = use;
    const earlier = first.get(volume.id);
    if (!earlier) first.set(volume.id, use);
    const { count, path: at } = pods(role);
    if (volume.exclusive && earlier && earlier.role !== role) {
      problems.push({
        path,
        value: volume.id,
        reason: `is mounted by ${earlier.role} too, and only one pod can mount a ReadWriteOnce volume wherever it runs`,
        remedy: shareRemedy(volume),
      });
    } else if (volume.exclusive && !earlier && count > 1) {
      problems.push({
        path,
        value: volume.id,
        reason: `would be mounted by the ${count} pods of ${role}, and only one pod can mount a ReadWriteOnce volume wherever it runs`,
        remedy: `${shareRemedy(volume)}; or \`replicas: 1\` in ${at}`,
      });
    } else if (earlier && earlier.role !== role && earlier.fsGroup !== use.fsGroup) {
      problems.push({
        path: path.replace(/\.mounts.*$/, ".fsGroup"),
        value: use.fsGroup,
        reason: `is not the group that ${earlier.role} has (${earlier.fsGroup}), and the two share the volume ${volume.id}: each would take its files from the other`,
        remedy: "give both the same `fsGroup`, or neither",
      });
    }
  }
}

function shareRemedy({ id, claim }: VolumePlan): string {
  const where = join(join("volumes", id), "accessModes");
  return claim
    ? `keep shared files in an object store, or set ${where} to \`[ReadWriteMany]\` with a storage class of shared file systems`
    : `if the claim is of a shared file system, say so: \`[ReadWriteMany]\` in ${where}`;
}
