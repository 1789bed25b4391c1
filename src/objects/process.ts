// A process: its ServiceAccount, the Secret with its variables, its Deployment, Service, disruption budget, autoscaler
// and monitor.

import type { Deployment } from "kubernetes-types/apps/v1";
import type { Service } from "kubernetes-types/core/v1";
import type { PodDisruptionBudget } from "kubernetes-types/policy/v1";
import type { ProcessPlan, StackPlan } from "../plan/stack-plan";
import { autoscalingObjects } from "./autoscaling";
import { serviceTraffic } from "./ingress";
import { labels, selector } from "./labels";
import { metricsContainerPort, metricsServicePort, monitorObjects, scrapeAnnotations } from "./monitoring";
import { probe } from "./pod";
import { podObjects, podTemplate, startsAfter } from "./pod-template";
import { type StackObject, stackObject } from "./stack-object";

/** All objects of a process. */
export function processObjects(plan: StackPlan, process: ProcessPlan): StackObject[] {
  return [
    ...podObjects(plan, process),
    deployment(plan, process),
    ...service(plan, process),
    ...disruptionBudget(plan, process),
    ...autoscalingObjects(plan, process),
    ...monitorObjects(plan, process),
  ];
}

function metadata(plan: StackPlan, process: ProcessPlan) {
  return { name: process.name, namespace: plan.namespace, labels: labels(plan, process.id) };
}

function deployment(plan: StackPlan, process: ProcessPlan): StackObject {
  const own = process.port === undefined ? [] : [{ name: "http", containerPort: process.port }];
  const ports = [...own, ...metricsContainerPort(process)];
  const object: Deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: metadata(plan, process),
    spec: {
      replicas: process.replicas,
      revisionHistoryLimit: 5,
      progressDeadlineSeconds: plan.rolloutSeconds,
      minReadySeconds: process.minReadySeconds,
      selector: { matchLabels: selector(plan, process.id) },
      strategy: process.single
        ? { type: "Recreate" }
        : // A new pod is ready before an old one goes.
          { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: podTemplate(
        plan,
        process,
        {
          terminationGracePeriodSeconds: process.gracePeriodSeconds,
          ...(process.maxReplicas > 1 && { topologySpreadConstraints: spread(plan, process) }),
        },
        {
          ...(ports.length > 0 && { ports }),
          startupProbe: probe(process.probes.startup),
          livenessProbe: probe(process.probes.liveness),
          readinessProbe: probe(process.probes.readiness),
          ...(process.preStopSeconds > 0 && {
            lifecycle: { preStop: { sleep: { seconds: process.preStopSeconds } } },
          }),
        },
        scrapeAnnotations(plan, process),
      ),
    },
  };
  return stackObject(process.id, object as StackObject["object"], {
    after: startsAfter(process),
    wait: true,
    // Kubernetes' own deadline comes first, and says more.
    timeoutSeconds: plan.rolloutSeconds + 60,
    // Once it is there, the number is the autoscaler's: also the number that a process had before it got one.
    ...(process.autoscaling && { ignore: ["spec.replicas"] }),
  });
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

function service(plan: StackPlan, process: ProcessPlan): StackObject[] {
  if (process.port === undefined) return [];
  const { annotations, after } = serviceTraffic(plan, process.id);
  const object: Service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { ...metadata(plan, process), ...(Object.keys(annotations).length > 0 && { annotations }) },
    spec: {
      selector: selector(plan, process.id),
      ports: [{ name: "http", port: process.port, targetPort: "http" }, ...metricsServicePort(plan, process)],
    },
  };
  // Its Deployment is waited for, and has the same pods.
  return [stackObject(`${process.id}-service`, object as StackObject["object"], { after })];
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
