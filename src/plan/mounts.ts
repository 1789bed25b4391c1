// What is mounted into a container beside its files: the stack's volumes, empty folders, existing objects.

import type { EmptyDirArgs, MountArgs } from "../schema/mount-args";
import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import { liesIn, mountPathProblem } from "./container-path";
import { asLabel, subdomainProblem, unique } from "./names";
import { overlay } from "./overlay";
import { bytesMistake } from "./quantity";
import type { FilePlan, MountPlan, PodVolumePlan, VolumePlan } from "./stack-plan";
import { findVolume } from "./volumes";

export interface PlannedMounts {
  mounts: MountPlan[];
  volumes: PodVolumePlan[];
  /** The stack's volumes among them, with where each is mounted. */
  used: { volume: VolumePlan; path: string }[];
}

/** The names of the volumes that files lie in. */
const OWN_NAMES = ["files", "secret-files"];

const KINDS = ["volume", "emptyDir", "secret", "configMap"] as const;

/** The mounts of the role whose arguments stand at `path`, beside its `files`. */
export function planMounts(
  path: string,
  args: { [path: string]: MountArgs } | undefined,
  files: readonly FilePlan[],
  stackVolumes: readonly VolumePlan[],
  problems: Problem[],
): PlannedMounts {
  const planned: PlannedMounts = { mounts: [], volumes: [], used: [] };
  const names = new Set(OWN_NAMES);
  const at = join(path, "mounts");
  const { set } = overlay(at, args, [], problems, "write what to mount, e.g. `emptyDir: {}`");
  for (const [place, mount] of set) {
    const here = join(at, place);
    const wrong = mountPathProblem(here, place);
    if (wrong) problems.push(wrong);
    const source = planSource(here, mount, stackVolumes, problems);
    if (!source) continue;
    if ("claim" in source) planned.used.push({ volume: source.claim, path: here });
    planned.mounts.push({
      path: place,
      volume: volumeOf(source, place, planned.volumes, names),
      ...planSubPath(join(here, "subPath"), mount.subPath, problems),
      readOnly: mount.readOnly ?? !("claim" in source || "emptyDir" in source),
    });
  }
  if (!planned.mounts.some((mount) => mount.path === "/tmp")) {
    const name = unique("tmp", names);
    planned.mounts.push({ path: "/tmp", volume: name, readOnly: false });
    planned.volumes.push({ name, source: { emptyDir: {} } });
  }
  checkPlaces(path, planned.mounts, files, problems);
  return planned;
}

function planSource(
  at: string,
  args: MountArgs,
  stackVolumes: readonly VolumePlan[],
  problems: Problem[],
): PodVolumePlan["source"] | undefined {
  const kinds = KINDS.filter((kind) => args[kind] !== undefined);
  if (kinds.length !== 1) {
    problems.push({
      path: at,
      reason:
        kinds.length === 0 ? "mounts nothing" : `mounts ${kinds.join(" and ")}, and only one can lie there`,
      remedy:
        "write one of `volume: uploads`, `emptyDir: {}`, `secret: { name: … }`, `configMap: { name: … }`",
    });
    return undefined;
  }
  if (args.volume !== undefined) {
    const volume = findVolume(join(at, "volume"), args.volume, stackVolumes, problems);
    if (volume?.readOnly && args.readOnly !== true) {
      problems.push({
        path: join(at, "volume"),
        value: args.volume,
        reason: "can only be read (ReadOnlyMany), but is mounted to be written",
        remedy: "add `readOnly: true` to the mount",
      });
    }
    return volume && { claim: volume };
  }
  if (args.emptyDir) return { emptyDir: planEmptyDir(join(at, "emptyDir"), args.emptyDir, problems) };
  const [kind, key] = args.secret ? (["Secret", "secret"] as const) : (["ConfigMap", "configMap"] as const);
  const { name = "", optional = false } = args[key] ?? {};
  const wrong = subdomainProblem(join(join(at, key), "name"), name);
  if (wrong) problems.push(wrong);
  if (args.readOnly === false) {
    problems.push({
      path: join(at, "readOnly"),
      value: false,
      reason: `can't be: what lies in a ${kind} can't be written from a container`,
      remedy: "drop it",
    });
  }
  return { kind, object: name, optional };
}

function planEmptyDir(
  path: string,
  { sizeLimit, medium }: EmptyDirArgs,
  problems: Problem[],
): { sizeLimit?: string; medium?: "Memory" } {
  const mistake = sizeLimit === undefined ? undefined : bytesMistake(sizeLimit);
  if (mistake) problems.push({ path: join(path, "sizeLimit"), value: sizeLimit, ...mistake });
  return { ...(sizeLimit !== undefined && !mistake && { sizeLimit }), ...(medium && { medium }) };
}

function planSubPath(path: string, subPath: string | undefined, problems: Problem[]): { subPath?: string } {
  if (subPath === undefined) return {};
  if (subPath === "" || subPath.startsWith("/") || subPath.split("/").includes("..")) {
    problems.push({
      path,
      value: subPath,
      reason: "is not a path within the volume",
      remedy: `try \`${
        subPath
          .split("/")
          .filter((part) => part && part !== "..")
          .join("/") || "uploads"
      }\``,
    });
  }
  return { subPath };
}

/** The pod's volume with `source`: a claim is one, however often it is mounted. */
function volumeOf(
  source: PodVolumePlan["source"],
  place: string,
  volumes: PodVolumePlan[],
  names: Set<string>,
): string {
  const twin = volumes.find(
    (volume) => "claim" in source && "claim" in volume.source && volume.source.claim === source.claim,
  );
  if (twin) return twin.name;
  const name = unique(asLabel("claim" in source ? source.claim.id : place.slice(-50)), names);
  volumes.push({ name, source });
  return name;
}

/** Nothing lies in a file, and nothing new in what can't be written. */
function checkPlaces(
  path: string,
  mounts: readonly MountPlan[],
  files: readonly FilePlan[],
  problems: Problem[],
): void {
  for (const place of [...mounts, ...files]) {
    const at = join(join(path, mounts.includes(place as MountPlan) ? "mounts" : "files"), place.path);
    const around = files.find(
      (file) => file !== place && (file.path === place.path || liesIn(place.path, file.path)),
    );
    const closed = mounts.find((mount) => mount.readOnly && liesIn(place.path, mount.path));
    if (around) {
      problems.push({
        path: at,
        reason:
          around.path === place.path
            ? `is a place that ${path}.files has already`
            : `lies in ${around.path}, which is a file`,
        remedy: "give each a path of its own",
      });
    } else if (closed) {
      problems.push({
        path: at,
        reason: `lies in ${closed.path}, which is mounted read-only: there is no place for it`,
        remedy: "give it a path outside, or let the other be written",
      });
    }
  }
}
