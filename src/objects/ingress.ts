// The Ingress: which host and path leads to which process.

import type { Ingress } from "kubernetes-types/networking/v1";
import type { IngressPlan, StackPlan } from "../plan/stack-plan";
import { labels } from "./labels";
import { type StackObject, stackObject } from "./stack-object";

/** The Ingress of a stack. */
export function ingressObject(plan: StackPlan, ingress: IngressPlan): StackObject {
  const { host, tls } = ingress;
  const object: Ingress = {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: ingress.name, namespace: plan.namespace, labels: labels(plan, "ingress") },
    spec: {
      ingressClassName: ingress.ingressClassName,
      ...(tls && { tls: [{ hosts: [host], secretName: tls.secretName }] }),
      rules: [
        {
          host,
          http: {
            paths: ingress.routes.map(({ path, service, port }) => ({
              path,
              pathType: "Prefix",
              backend: { service: { name: service, port: { number: port } } },
            })),
          },
        },
      ],
    },
  };
  // Only once its processes are ready, so that the first request finds one. Not waited for: a controller that
  // writes no address into the status (behind a NodePort, say) would hold the deployment up until it times out.
  return stackObject("ingress", object as StackObject["object"], {
    after: [...new Set(ingress.routes.map(({ process }) => process))],
  });
}
