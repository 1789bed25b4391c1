// How Prometheus finds a process' metrics: annotations of its pods, or an object of the prometheus-operator.

import type { ContainerPort, ServicePort } from "kubernetes-types/core/v1";
import type { MetricsPlan, ProcessPlan, StackPlan } from "../plan/stack-plan";
import { labels, selector } from "./labels";
import { type StackObject, stackObject } from "./stack-object";

/** The annotations of the process' pods. */
export function scrapeAnnotations(
  { monitoring }: StackPlan,
  { metrics }: ProcessPlan,
): Record<string, string> {
  if (!metrics || monitoring?.scrape !== "annotations") return {};
  return {
    "prometheus.io/scrape": "true",
    "prometheus.io/port": String(metrics.port),
    "prometheus.io/path": metrics.path,
  };
}

/** The port of the metrics, where it is one of their own. */
export function metricsContainerPort({ metrics, ports }: ProcessPlan): ContainerPort[] {
  if (!metrics || ports.some(({ name }) => name === metrics.portName)) return [];
  return [{ name: metrics.portName, containerPort: metrics.port }];
}

/** The same for the process' Service, where Prometheus looks at that. */
export function metricsServicePort({ monitoring }: StackPlan, process: ProcessPlan): ServicePort[] {
  if (monitoring?.scrape !== "ServiceMonitor") return [];
  return metricsContainerPort(process).map(({ containerPort }) => ({
    name: "metrics",
    port: containerPort,
    targetPort: "metrics",
  }));
}

/** The object that tells a Prometheus of the prometheus-operator about the process. */
export function monitorObjects(plan: StackPlan, process: ProcessPlan): StackObject[] {
  const { monitoring } = plan;
  const { metrics } = process;
  if (!monitoring || !metrics || monitoring.scrape === "annotations") return [];
  // Without a Service there is nothing that a ServiceMonitor could look at.
  const kind = process.service === undefined ? "PodMonitor" : monitoring.scrape;
  const endpoints = [endpoint(metrics)];
  const object = {
    apiVersion: "monitoring.coreos.com/v1",
    kind,
    metadata: {
      name: process.name,
      namespace: plan.namespace,
      labels: { ...labels(plan, process.id), ...monitoring.labels },
    },
    spec: {
      selector: { matchLabels: selector(plan, process.id) },
      ...(kind === "PodMonitor" ? { podMetricsEndpoints: endpoints } : { endpoints }),
    },
  };
  return [stackObject(`${process.id}-monitor`, object)];
}

function endpoint({ portName, path, interval, timeout }: MetricsPlan) {
  return {
    port: portName,
    path,
    ...(interval !== undefined && { interval }),
    ...(timeout !== undefined && { scrapeTimeout: timeout }),
  };
}
