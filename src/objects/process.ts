// A process: its ServiceAccount, the Secret with its variables, its Deployment, Service, disruption budget, autoscaler
// and monitor.

import type { Deployment } from "kubernetes-types/apps/v1";
import type { Lifecycle } from "kubernetes-types/core/v1";
import type { PodDisruptionBudget } from "kubernetes-types/policy/v1";
import type { ProcessPlan, ServicePortPlan, StackPlan, StrategyPlan } from "../plan/stack-plan";
import { autoscalingObjects } from "./autoscaling";
import { labels, selector } from "./labels";
import { metricsContainerPort, monitorObjects, scrapeAnnotations } from "./monitoring";
import { probe } from "./pod";
import { podObjects, podTemplate, startsAfter } from "./pod-template";
import { serviceObjects } from "./service";
import { type StackObject, stackObject } from "./stack-object";

/** All objects of a process. */
export function processObjects(plan: StackPlan, process: ProcessPlan): StackObject[] {
  return [
    ...podObjects(plan, process),
    deployment(plan, process),
    ...serviceObjects(plan, process),
    ...disruptionBudget(plan, process),
    ...autoscalingObjects(plan, process),
    ...monitorObjects(plan, process),
  ];
}

function metadata(plan: StackPlan, process: ProcessPlan) {
  return { name: process.name, namespace: plan.namespace, labels: labels(plan, process.id) };
}

function deployment(plan: StackPlan, process: ProcessPlan): StackObject {
  const ports = [...process.ports.map(containerPort), ...metricsContainerPort(process)];
  const object: Deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: metadata(plan, process),
    spec: {
      replicas: process.replicas,
      revisionHistoryLimit: 5,
      progressDeadlineSeconds: process.progressDeadlineSeconds,
      minReadySeconds: process.minReadySeconds,
      selector: { matchLabels: selector(plan, process.id) },
      strategy: strategy(process.strategy),
      template: podTemplate(
        plan,
        process,
        {
          terminationGracePeriodSeconds: process.gracePeriodSeconds,
          ...(process.spread &&
            process.maxReplicas > 1 && { topologySpreadConstraints: spread(plan, process) }),
        },
        {
          ...(ports.length > 0 && { ports }),
          startupProbe: probe(process.probes.startup),
          livenessProbe: probe(process.probes.liveness),
          readinessProbe: probe(process.probes.readiness),
          ...lifecycle(process),
        },
        scrapeAnnotations(plan, process),
      ),
    },
  };
  return stackObject(process.id, object as StackObject["object"], {
    after: startsAfter(process),
    wait: true,
    // Kubernetes' own deadline comes first, and says more.
    timeoutSeconds: process.rolloutSeconds + 30,
    // Once it is there, the number is the autoscaler's: also the number that a process had before it got one.
    ...(process.autoscaling && { ignore: ["spec.replicas"] }),
  });
}

function strategy(plan: StrategyPlan) {
  if (plan.type === "Recreate") return { type: plan.type };
  const { type, ...rollingUpdate } = plan;
  return { type, rollingUpdate };
}

function containerPort({ name, port, protocol }: ServicePortPlan) {
  return { name, containerPort: port, ...(protocol !== "TCP" && { protocol }) };
}

function lifecycle({ preStop }: ProcessPlan): { lifecycle?: Lifecycle } {
  if (!preStop) return {};
  const handler = "command" in preStop ? { exec: { command: preStop.command } } : { sleep: preStop };
  return { lifecycle: { preStop: handler } };
}

/** Pods of one process on different nodes and zones, as far as there are some. */
function spread(plan: StackPlan, process: ProcessPlan) {
  return ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: selector(plan, process.id) },
  }));
}

function disruptionBudget(plan: StackPlan, process: ProcessPlan): StackObject[] {
  const { disruptionBudget: budget } = process;
  if (!budget) return [];
  const object: PodDisruptionBudget = {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: metadata(plan, process),
    spec: {
      ...budget,
      selector: { matchLabels: selector(plan, process.id) },
      // A pod that is up and never ready must not keep a node from being emptied.
      unhealthyPodEvictionPolicy: "AlwaysAllow",
    },
  };
  return [stackObject(`${process.id}-disruption-budget`, object as StackObject["object"])];
}
