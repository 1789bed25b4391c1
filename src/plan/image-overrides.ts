// Images that were built before, by another stack or by CI: whoever deploys names them in the environment, by role, and
// they take the place of whatever the arguments say. So acc builds, and prod runs the same digests.

import type { ContainerArgs } from "../schema/container-args";
import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import type { ServiceStackArgs } from "../schema/stack-args";
import { suggest } from "../schema/suggest";
import type { Tier } from "../schema/tier";
import { imageProblem } from "./images";

/** The environment variable: what `pulumi stack output images --json` has printed. */
export const VARIABLE = "SERVICE_STACK_IMAGES";

/** Where the arguments of roles stand: these alone, and groups of them by name. */
const ROLES = ["backend", "frontend", "migration"] as const;
const GROUPS = ["services", "workers", "schedulers", "cronJobs", "tasks"] as const;

/** Roles of these run the backend's image where they have none of their own. */
const SHARING = new Set<string>(["migration", "workers", "schedulers", "cronJobs", "tasks"]);

/** `args` with the images that `text`, the variable's value, names. */
export function overrideImages(
  component: string,
  args: ServiceStackArgs,
  text: string | undefined,
  tier: Tier,
  problems: Problem[],
): ServiceStackArgs {
  const given = text === undefined ? {} : referencesIn(text, component, problems);
  const roles = rolesOf(args);
  let result = args;
  for (const [id, image] of Object.entries(given)) {
    const path = join(VARIABLE, id);
    const role = roles.get(id);
    const wrong = role ? referenceProblem(path, image, tier) : unknownRole(path, id, [...roles.keys()]);
    if (wrong) problems.push(wrong);
    else if (role && !(role.shares && image === given.backend)) {
      if (role.shares) problems.push(sharedImage(path, image));
      else result = role.withImage(result, image as string);
    }
  }
  return result;
}

interface Role {
  /** Whether it runs the backend's image. */
  shares: boolean;
  withImage: (args: ServiceStackArgs, image: string) => ServiceStackArgs;
}

function rolesOf(args: ServiceStackArgs): Map<string, Role> {
  const roles = new Map<string, Role>();
  const shares = (place: string, { image, build }: Partial<ContainerArgs>) =>
    SHARING.has(place) && image === undefined && build === undefined && args.backend !== undefined;
  for (const id of ROLES) {
    const own = args[id];
    if (!own) continue;
    const withImage: Role["withImage"] = (all, image) => ({ ...all, [id]: replaced(own, image) });
    roles.set(id, { shares: shares(id, own), withImage });
  }
  for (const group of GROUPS) {
    for (const [id, own] of Object.entries(args[group] ?? {})) {
      const withImage: Role["withImage"] = (all, image) => ({
        ...all,
        [group]: { ...all[group], [id]: replaced(own, image) },
      });
      roles.set(id, { shares: shares(group, own), withImage });
    }
  }
  return roles;
}

function replaced<T extends Partial<ContainerArgs>>({ build: _, ...own }: T, image: string) {
  return { ...own, image };
}

/** By role. For programs with several components, by component first. */
function referencesIn(text: string, component: string, problems: Problem[]): Record<string, unknown> {
  if (text.trim() === "") return {};
  const remedy = "give it what `pulumi stack output images --json` prints of the stack that has built them";
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    problems.push({ path: VARIABLE, value: text, reason: `is not JSON: ${said}`, remedy });
    return {};
  }
  if (!isMap(parsed)) {
    problems.push({ path: VARIABLE, value: parsed, reason: "is not a map of roles to images", remedy });
    return {};
  }
  const entries = Object.values(parsed);
  if (entries.length === 0 || !entries.every(isMap)) return parsed;
  const own = parsed[component];
  return isMap(own) ? own : {};
}

function isMap(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function referenceProblem(path: string, image: unknown, tier: Tier): Problem | undefined {
  if (typeof image === "string") return imageProblem(path, image, tier);
  return { path, value: image, reason: "is not text", remedy: "write `registry/repository@sha256:…`" };
}

function unknownRole(path: string, id: string, known: string[]): Problem {
  return {
    path,
    reason: "is not a role of this stack",
    remedy: suggest(id, known, "drop it: nothing runs an image"),
  };
}

function sharedImage(path: string, image: unknown): Problem {
  return {
    path,
    value: image,
    reason: "has no image of its own: it runs the backend's",
    remedy: "name the backend's in its place, or give the role a `build` of its own",
  };
}
