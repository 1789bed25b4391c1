// The processes: what each runs, with what, and whom it talks to.

import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import type { ProcessArgs } from "../schema/process-args";
import { type ImageContext, planImage } from "./images";
import { labelProblem } from "./names";
import { planProbes } from "./probes";
import { resolve, type Targets } from "./references";
import { planResources } from "./resources";
import type { Role } from "./roles";
import type { Edge, ImagePlan, ProcessPlan } from "./stack-plan";
import { TIERS } from "./tiers";

/** New connections keep arriving until every node has heard that the pod is going: so long it still serves. */
const PRE_STOP_SECONDS = 5;

/** A process without a probe counts as running when it has stayed up for so long. */
const UNPROBED_READY_SECONDS = 10;

export interface ProcessContext extends ImageContext {
  targets: Targets;
  /** Whether the processes have a migration to wait for. */
  migrates: boolean;
}

export interface PlannedProcess {
  process: ProcessPlan;
  edges: Edge[];
}

/** The plan of a role. */
export function planProcess(
  { id, path, kind, args, taken }: Role,
  context: ProcessContext,
  images: ImagePlan[],
  problems: Problem[],
): PlannedProcess {
  const name = `${context.name}-${id}`;
  const tier = TIERS[context.tier];
  const long = labelProblem(`(the name of ${id})`, name);
  if (long) problems.push(long);
  checkPort(`${path}.port`, args.port, problems);
  checkReplicas(`${path}.replicas`, args.replicas, kind, problems);
  checkUser(`${path}.runAsUser`, args.runAsUser, problems);

  const { env, roles } = planEnv(id, path, args.env ?? {}, taken.env, context.targets, problems);
  const replicas = kind === "scheduler" ? 1 : (args.replicas ?? tier.replicas);
  const probes = planProbes(path, args, problems);
  const preStopSeconds = args.port === undefined ? 0 : PRE_STOP_SECONDS;
  const gracePeriodSeconds = args.terminationGracePeriodSeconds ?? 30;
  if (gracePeriodSeconds <= preStopSeconds) {
    problems.push({
      path: `${path}.terminationGracePeriodSeconds`,
      value: gracePeriodSeconds,
      reason: `leaves no time to end: the first ${preStopSeconds} s pass before SIGTERM`,
      remedy: `write ${preStopSeconds} s more than the longest request takes`,
    });
  }
  const process: ProcessPlan = {
    id,
    name,
    image: planImage(id, path, args, context, images, taken.image ? [] : problems),
    command: args.command,
    args: args.args,
    port: args.port,
    replicas,
    single: kind === "scheduler",
    env,
    resources: planResources(`${path}.resources`, args.resources, tier.processResources, problems),
    probes,
    gracePeriodSeconds,
    preStopSeconds,
    minReadySeconds: probes.readiness ? 0 : UNPROBED_READY_SECONDS,
    runAsUser: args.runAsUser,
    disruptionBudget: replicas > 1,
    after: context.migrates ? ["migration", ...roles] : roles,
  };
  return { process, edges: roles.map((to) => ({ from: id, to })) };
}

/** The variables of the role `id`, and the other roles that their references lead to. */
export function planEnv(
  id: string,
  path: string,
  env: NonNullable<ProcessArgs["env"]>,
  taken: ReadonlySet<string>,
  targets: Targets,
  problems: Problem[],
): { env: ProcessPlan["env"]; roles: string[] } {
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

function checkPort(path: string, port: number | undefined, problems: Problem[]): void {
  if (port === undefined || (port >= 1024 && port <= 65535)) return;
  const unprivileged = port >= 1 && port < 1024;
  problems.push({
    path,
    value: port,
    reason: unprivileged
      ? "is below 1024, where only a privileged process can listen, and ours have no privileges"
      : "is not a port: those go from 1 to 65535",
    remedy: unprivileged
      ? "let the process listen on 1024 or above, e.g. 8080; the ingress still answers on 80 and 443"
      : "write 1024 to 65535",
  });
}

function checkReplicas(
  path: string,
  replicas: number | undefined,
  kind: Role["kind"],
  problems: Problem[],
): void {
  if (replicas === undefined) return;
  if (kind === "scheduler" && replicas !== 1) {
    problems.push({
      path,
      value: replicas,
      reason: "must be exactly 1: with more, each job would run several times; with none, never",
      remedy: "drop it; what should scale is a worker",
    });
  } else if (replicas < 0) {
    problems.push({ path, value: replicas, reason: "is below 0", remedy: "write a whole number, 0 or more" });
  }
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

export function checkUser(path: string, user: number | undefined, problems: Problem[]): void {
  if (user === undefined || user > 0) return;
  problems.push({
    path,
    value: user,
    reason: user === 0 ? "is root, which the namespace refuses" : "is not a user",
    remedy: "write a number of 1 or above, better above 10000",
  });
}
