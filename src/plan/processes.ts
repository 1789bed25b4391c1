// The processes: what each runs, with what, and whom it talks to.

import type { Problem } from "../schema/problem";
import { planAutoscaling } from "./autoscaling";
import { planDisruptionBudget } from "./disruption";
import { planMetrics } from "./monitoring";
import { planCallers } from "./network";
import { type PodContext, planPod } from "./pods";
import { planProbes } from "./probes";
import type { Role } from "./roles";
import type { Edge, ProcessPlan } from "./stack-plan";
import { TIERS } from "./tiers";

/** New connections keep arriving until every node has heard that the pod is going: so long it still serves. */
const PRE_STOP_SECONDS = 5;

/** A process without a probe counts as running when it has stayed up for so long. */
const UNPROBED_READY_SECONDS = 10;

export interface PlannedProcess {
  process: ProcessPlan;
  edges: Edge[];
}

/** The plan of a role. */
export function planProcess(role: Role, context: PodContext): PlannedProcess {
  const { id, path, kind, args } = role;
  const { problems } = context;
  const { pod, edges } = planPod(role, context);
  checkPort(`${path}.port`, args.port, problems);
  checkReplicas(`${path}.replicas`, args.replicas, kind, problems);

  const autoscaling = planAutoscaling(role, context);
  const fixed = kind === "scheduler" ? 1 : (args.replicas ?? TIERS[context.tier].replicas);
  // A process that may have no pods starts with one: so the first deployment tells whether it can run.
  const replicas = autoscaling ? Math.max(autoscaling.min, 1) : fixed;
  const maxReplicas = autoscaling?.max ?? fixed;
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
    ...pod,
    port: args.port,
    replicas,
    maxReplicas,
    // The new pod could not mount what the old one has still.
    single:
      kind === "scheduler" || pod.volumes.some(({ source }) => "claim" in source && source.claim.exclusive),
    probes,
    gracePeriodSeconds,
    preStopSeconds,
    minReadySeconds: probes.readiness ? 0 : UNPROBED_READY_SECONDS,
    disruptionBudget: planDisruptionBudget(
      `${path}.podDisruptionBudget`,
      args.podDisruptionBudget,
      { least: replicas, most: maxReplicas },
      problems,
    ),
    autoscaling,
    metrics: planMetrics(`${path}.metrics`, args.metrics, args.port, context.monitoring, problems),
  };
  const callers = planCallers({ id, path, port: args.port }, args.ingressFrom, context);
  const { queue } = autoscaling ?? {};
  return {
    process,
    edges: [...edges, ...callers, ...(queue ? [{ from: queue.controller, to: "redis" }] : [])],
  };
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
