// The processes: what each runs, with what, and whom it talks to.

import type { Problem } from "../schema/problem";
import { planAutoscaling } from "./autoscaling";
import { planDisruptionBudget } from "./disruption";
import { planMetrics } from "./monitoring";
import { planCallers } from "./network";
import { type PodContext, planPod } from "./pods";
import { planService, planServicePorts } from "./ports";
import { planProbes } from "./probes";
import type { Role } from "./roles";
import { planProgress, planStrategy } from "./rollout";
import type { Edge, PeerPlan, ProcessPlan } from "./stack-plan";
import { planStopping } from "./stopping";
import { TIERS } from "./tiers";

export interface PlannedProcess {
  process: ProcessPlan;
  edges: Edge[];
}

/** The plan of a role. */
export function planProcess(role: Role, context: PodContext): PlannedProcess {
  const { id, path, kind, args } = role;
  const { problems } = context;
  const { pod, edges } = planPod(role, context);
  checkReplicas(`${path}.replicas`, args.replicas, kind, problems);

  const autoscaling = planAutoscaling(role, context);
  const fixed = kind === "scheduler" ? 1 : (args.replicas ?? TIERS[context.tier].replicas);
  // A process that may have no pods starts with one: so the first deployment tells whether it can run.
  const replicas = autoscaling ? Math.max(autoscaling.min, 1) : fixed;
  const maxReplicas = autoscaling?.max ?? fixed;
  const probes = planProbes(path, args, context.tier, problems);
  const ports = planServicePorts(path, args, problems);
  const service = planService(path, args.service, ports, problems);
  const claim = pod.volumes.find(({ source }) => "claim" in source && source.claim.exclusive);
  const alone =
    kind === "scheduler"
      ? "each job would run twice meanwhile"
      : claim && `it could not mount the volume ${claim.name}, which the old one has still`;
  const process: ProcessPlan = {
    ...pod,
    port: args.port,
    ports,
    service,
    replicas,
    maxReplicas,
    probes,
    ...planStopping(path, args, problems),
    ...planProgress(
      path,
      args,
      { probed: Boolean(probes.readiness), maxReplicas, tier: TIERS[context.tier].rolloutSeconds },
      problems,
    ),
    strategy: planStrategy(path, args, alone, problems),
    spread: args.topologySpread ?? true,
    disruptionBudget: planDisruptionBudget(
      `${path}.podDisruptionBudget`,
      args.podDisruptionBudget,
      { least: replicas, most: maxReplicas },
      problems,
    ),
    autoscaling,
    metrics: planMetrics(`${path}.metrics`, args.metrics, ports, context.monitoring, problems),
  };
  const callers = planCallers({ id, path, port: args.port }, args.ingressFrom, context);
  const { queue } = autoscaling ?? {};
  const scaler = queue ? [{ from: queue.controller, to: "redis" }] : [];
  return { process, edges: [...edges, ...callers, ...scaler, ...exposure(path, process, context.peers)] };
}

/** Whoever reaches a node or a load balancer comes in; policies see the address of a node, or of anybody. */
function exposure(path: string, { id, service, ports }: ProcessPlan, peers: PeerPlan[]): Edge[] {
  if (!service || service.type === "ClusterIP") return [];
  const outside: PeerPlan = { id: `${path}.service`, name: "outside" };
  peers.push(outside);
  return [{ from: outside.id, to: id, ports: ports.map(({ port, protocol }) => ({ port, protocol })) }];
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
