// The Service in front of a process, under the name that references hold.

import type { Service, ServicePort } from "kubernetes-types/core/v1";
import type { ProcessPlan, ServicePortPlan, StackPlan } from "../plan/stack-plan";
import { serviceTraffic } from "./ingress";
import { labels, selector } from "./labels";
import { metricsServicePort } from "./monitoring";
import { type StackObject, stackObject } from "./stack-object";

/** The Service of a process that listens. */
export function serviceObjects(plan: StackPlan, process: ProcessPlan): StackObject[] {
  const { service, ports } = process;
  if (!service) return [];
  const traffic = serviceTraffic(plan, process.id);
  const annotations = { ...traffic.annotations, ...service.annotations };
  const object: Service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: process.name,
      namespace: plan.namespace,
      labels: labels(plan, process.id),
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec: {
      ...(service.type !== "ClusterIP" && { type: service.type }),
      ...(service.sessionAffinity !== "None" && { sessionAffinity: service.sessionAffinity }),
      externalTrafficPolicy: service.externalTrafficPolicy,
      loadBalancerClass: service.loadBalancerClass,
      loadBalancerSourceRanges: service.loadBalancerSourceRanges,
      selector: selector(plan, process.id),
      ports: [...ports.map(servicePort), ...metricsServicePort(plan, process)],
    },
  };
  // Its Deployment is waited for, and has the same pods.
  return [stackObject(`${process.id}-service`, object as StackObject["object"], { after: traffic.after })];
}

function servicePort({ name, port, protocol, nodePort }: ServicePortPlan): ServicePort {
  return { name, port, targetPort: name, ...(protocol !== "TCP" && { protocol }), nodePort };
}
