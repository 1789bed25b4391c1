// What the pods of a role run, whatever the role: its image, its settings, and whom it talks to.

import type { ContainerArgs } from "../schema/container-args";
import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import { type ImageContext, planImage } from "./images";
import { labelProblem } from "./names";
import { resolve, type Targets } from "./references";
import { planResources } from "./resources";
import type { Taken } from "./roles";
import type { ImagePlan, PodPlan } from "./stack-plan";
import { TIERS } from "./tiers";

/** What the pods of every role have to know of the stack. */
export interface PodContext extends ImageContext {
  targets: Targets;
  /** Whether there is a migration to wait for. */
  migrates: boolean;
  /** The images that are built; those that are missing are added. */
  images: ImagePlan[];
  problems: Problem[];
}

/** Whose pods are planned. */
export interface PodRole {
  id: string;
  /** Where its arguments stand. */
  path: string;
  args: ContainerArgs;
  /** What of `args` was taken from the backend; mistakes in it are the backend's, and told there. */
  taken: Taken;
  /** The longest name that its objects may have. */
  nameLimit?: number;
}

export interface PlannedPod {
  pod: PodPlan;
  /** The roles that its references lead to. */
  roles: string[];
}

/** The pods of a role. */
export function planPod({ id, path, args, taken, nameLimit }: PodRole, context: PodContext): PlannedPod {
  const { problems, images, targets } = context;
  const name = `${context.name}-${id}`;
  const long = labelProblem(`(the name of ${id})`, name, nameLimit);
  if (long) problems.push(long);
  if (!taken.runAsUser) checkUser(`${path}.runAsUser`, args.runAsUser, problems);
  const { env, roles } = planEnv(id, path, args.env ?? {}, taken.env, targets, problems);
  const pod: PodPlan = {
    id,
    name,
    image: planImage(id, path, args, context, images, taken.image ? [] : problems),
    command: args.command,
    args: args.args,
    env,
    resources: planResources(
      `${path}.resources`,
      args.resources,
      TIERS[context.tier].processResources,
      problems,
    ),
    runAsUser: args.runAsUser,
    after: context.migrates ? ["migration", ...roles] : roles,
  };
  return { pod, roles };
}

/** The variables of the role `id`, and the other roles that their references lead to. */
function planEnv(
  id: string,
  path: string,
  env: NonNullable<ContainerArgs["env"]>,
  taken: ReadonlySet<string>,
  targets: Targets,
  problems: Problem[],
): { env: PodPlan["env"]; roles: string[] } {
  const roles = new Set<string>();
  const values = Object.entries(env).map(([name, value]) => {
    const at = join(`${path}.env`, name);
    if (!taken.has(name) && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      problems.push({
        path: at,
        reason: "is not the name of an environment variable: letters, digits and `_`, no digit first",
        remedy: `try \`${name.replace(/[^A-Za-z0-9_]/g, "_").replace(/^(?=\d)/, "_")}\``,
      });
    }
    const resolved = resolve(at, value as string, targets);
    if (!taken.has(name)) problems.push(...resolved.problems);
    for (const role of resolved.roles) if (role !== id) roles.add(role);
    return { name, value: resolved.text };
  });
  return { env: values, roles: [...roles] };
}

/** A command that must be there must have words. */
export function checkCommand(path: string, command: string[], problems: Problem[]): void {
  if (command.length > 0) return;
  problems.push({
    path,
    value: [],
    reason: "is empty",
    remedy: 'write its words, e.g. `["python", "-m", "app.cleanup"]`',
  });
}

function checkUser(path: string, user: number | undefined, problems: Problem[]): void {
  if (user === undefined || user > 0) return;
  problems.push({
    path,
    value: user,
    reason: user === 0 ? "is root, which the namespace refuses" : "is not a user",
    remedy: "write a number of 1 or above, better above 10000",
  });
}
