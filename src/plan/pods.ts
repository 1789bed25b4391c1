// What the pods of a role run, whatever the role: its image, its settings, and whom it talks to.

import type { ContainerArgs } from "../schema/container-args";
import type { Problem } from "../schema/problem";
import { containerPathProblem } from "./container-path";
import { planEgress } from "./egress";
import { type EnvironmentContext, planEnvironment } from "./environment";
import { type ImageContext, planImage } from "./images";
import { labelProblem } from "./names";
import { planResources } from "./resources";
import type { Taken } from "./roles";
import type { Edge, ImagePlan, PeerPlan, PodPlan } from "./stack-plan";
import { TIERS } from "./tiers";

/** What the pods of every role have to know of the stack. */
export interface PodContext extends ImageContext, EnvironmentContext {
  /** Whether there is a migration to wait for. */
  migrates: boolean;
  /** The images that are built; those that are missing are added. */
  images: ImagePlan[];
  namespace: string;
  /** Who is outside of the stack; whoever a role talks to there is added. */
  peers: PeerPlan[];
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
  /** Those of them that it doesn't merely take over from the backend. */
  ownRoles: string[];
  /** Whom it talks to: those roles, and what its `egress` says. */
  edges: Edge[];
}

/** The pods of a role. */
export function planPod({ id, path, args, taken, nameLimit }: PodRole, context: PodContext): PlannedPod {
  const { problems, images } = context;
  const name = `${context.name}-${id}`;
  const long = labelProblem(`(the name of ${id})`, name, nameLimit);
  if (long) problems.push(long);
  if (!taken.runAsUser) checkUser(`${path}.runAsUser`, args.runAsUser, problems);
  const { env, envFrom, ...found } = planEnvironment(path, args, taken, context);
  // A process may know its own address.
  const roles = found.roles.filter((role) => role !== id);
  const ownRoles = found.ownRoles.filter((role) => role !== id);
  const elsewhere = args.workingDir && containerPathProblem(`${path}.workingDir`, args.workingDir);
  if (elsewhere) problems.push(elsewhere);
  const pod: PodPlan = {
    id,
    name,
    image: planImage(id, path, args, context, images, taken.image ? [] : problems),
    command: args.command,
    args: args.args,
    workingDir: args.workingDir,
    env,
    envFrom,
    resources: planResources(
      `${path}.resources`,
      args.resources,
      TIERS[context.tier].processResources,
      problems,
    ),
    runAsUser: args.runAsUser,
    after: context.migrates ? ["migration", ...roles] : roles,
  };
  const edges = [...roles, ...planEgress(path, args, taken, context)].map((to) => ({ from: id, to }));
  return { pod, roles, ownRoles, edges };
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
