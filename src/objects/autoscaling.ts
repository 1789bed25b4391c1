// What changes the number of a process' pods: a HorizontalPodAutoscaler, or KEDA's ScaledObject, which makes one of its
// own.

import type { HorizontalPodAutoscaler, MetricSpec } from "kubernetes-types/autoscaling/v2";
import type { Secret } from "kubernetes-types/core/v1";
import type {
  AutoscalingPlan,
  MetricPlan,
  ProcessPlan,
  QueuePlan,
  StackPlan,
  Text,
} from "../plan/stack-plan";
import { labels } from "./labels";
import { later, nameOf, type StackObject, stackObject } from "./stack-object";

/** All objects that scale a process. */
export function autoscalingObjects(plan: StackPlan, process: ProcessPlan): StackObject[] {
  const { autoscaling } = process;
  if (!autoscaling) return [];
  return autoscaling.queue
    ? queueObjects(plan, process, autoscaling, autoscaling.queue)
    : [autoscaler(plan, process, autoscaling)];
}

function metadata(plan: StackPlan, process: ProcessPlan) {
  return { name: process.name, namespace: plan.namespace, labels: labels(plan, process.id) };
}

function target(process: ProcessPlan) {
  return { apiVersion: "apps/v1", kind: "Deployment", name: process.name };
}

function autoscaler(plan: StackPlan, process: ProcessPlan, autoscaling: AutoscalingPlan): StackObject {
  const { cpuUtilization, memoryUtilization } = autoscaling;
  const object: HorizontalPodAutoscaler = {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: metadata(plan, process),
    spec: {
      scaleTargetRef: target(process),
      minReplicas: autoscaling.min,
      maxReplicas: autoscaling.max,
      metrics: [
        ...utilization("cpu", cpuUtilization),
        ...utilization("memory", memoryUtilization),
        ...autoscaling.metrics.map(metric),
      ],
      behavior: autoscaling.behavior,
    },
  };
  return stackObject(`${process.id}-autoscaler`, object as StackObject["object"], { after: [process.id] });
}

function utilization(name: string, averageUtilization: number | undefined): MetricSpec[] {
  if (averageUtilization === undefined) return [];
  return [{ type: "Resource", resource: { name, target: { type: "Utilization", averageUtilization } } }];
}

function metric({ name, type, matchLabels, value, averageValue }: MetricPlan): MetricSpec {
  const found = {
    metric: { name, ...(Object.keys(matchLabels).length > 0 && { selector: { matchLabels } }) },
    target: averageValue === undefined ? { type: "Value", value } : { type: "AverageValue", averageValue },
  };
  return type === "Pods" ? { type, pods: found } : { type, external: found };
}

function queueObjects(
  plan: StackPlan,
  process: ProcessPlan,
  autoscaling: AutoscalingPlan,
  queue: QueuePlan,
): StackObject[] {
  const credentials = secretParameters(queue);
  const secretId = `${process.id}-queue`;
  const authenticationId = `${process.id}-queue-authentication`;
  const scaledObject = {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: metadata(plan, process),
    spec: {
      scaleTargetRef: target(process),
      pollingInterval: queue.pollingSeconds,
      cooldownPeriod: queue.cooldownSeconds,
      minReplicaCount: autoscaling.min,
      maxReplicaCount: autoscaling.max,
      advanced: { horizontalPodAutoscalerConfig: { behavior: autoscaling.behavior } },
      triggers: [
        {
          type: "redis",
          metadata: {
            ...(!queue.address.secret && { address: later(queue.address) }),
            listName: queue.listName,
            listLength: String(queue.listLength),
            databaseIndex: String(queue.databaseIndex),
            ...(later(queue.tls) !== "false" && { enableTLS: later(queue.tls) }),
          },
          ...(credentials.length > 0 && { authenticationRef: { name: process.name } }),
        },
        ...utilizationTrigger("cpu", autoscaling.cpuUtilization),
        ...utilizationTrigger("memory", autoscaling.memoryUtilization),
      ],
    },
  };
  const scaler = stackObject(`${process.id}-autoscaler`, scaledObject, {
    after: [process.id, ...(credentials.length > 0 ? [authenticationId] : [])],
  });
  if (credentials.length === 0) return [scaler];

  const own = credentials.filter(({ elsewhere }) => !elsewhere);
  const secret: Secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { namespace: plan.namespace, labels: labels(plan, process.id) },
    stringData: Object.fromEntries(own.map(({ parameter, value }) => [parameter, later(value)])),
  };
  const authentication = {
    apiVersion: "keda.sh/v1alpha1",
    kind: "TriggerAuthentication",
    metadata: metadata(plan, process),
    spec: {
      secretTargetRef: credentials.map(({ parameter, elsewhere }) => ({
        parameter,
        name: elsewhere?.name ?? nameOf(secretId),
        key: elsewhere?.key ?? parameter,
      })),
    },
  };
  return [
    ...(own.length > 0 ? [stackObject(secretId, secret as StackObject["object"])] : []),
    stackObject(authenticationId, authentication, { after: own.length > 0 ? [secretId] : [] }),
    scaler,
  ];
}

/** What KEDA must know and nobody else may, by KEDA's names; and where it stands, if that is in a Secret already. */
function secretParameters({ address, user, password }: QueuePlan) {
  return [
    { parameter: "address", value: address.secret ? address : undefined },
    { parameter: "username", value: user },
    { parameter: "password", value: password },
  ].flatMap(({ parameter, value }) => (value ? [{ parameter, value, elsewhere: inSecret(value) }] : []));
}

function inSecret({ parts: [only, ...more] }: Text): { name: string; key: string } | undefined {
  if (more.length > 0 || only === undefined || typeof only === "string") return undefined;
  return only.hole === "secretKey" ? only : undefined;
}

function utilizationTrigger(type: "cpu" | "memory", percent: number | undefined) {
  return percent === undefined
    ? []
    : [{ type, metricType: "Utilization", metadata: { value: String(percent) } }];
}
