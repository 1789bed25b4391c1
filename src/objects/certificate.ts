// Certificates of cert-manager's. They are asked for by objects of their own and not by an annotation: one that nobody
// reads would be passed over in silence, while a Certificate without cert-manager is refused at the preview.
// https://cert-manager.io/docs/usage/certificate/

import type { StackPlan } from "../plan/stack-plan";
import type { IngressPlan } from "../plan/traffic-plan";
import { labels } from "./labels";
import { type KubernetesObject, type StackObject, stackObject } from "./stack-object";

interface Certificate extends KubernetesObject {
  spec: {
    secretName: string;
    dnsNames: string[];
    issuerRef: { name: string; kind: string; group: string };
    privateKey: { rotationPolicy: string };
  };
}

/** A Certificate for each that is issued. */
export function certificateObjects(plan: StackPlan, { tls }: IngressPlan): StackObject[] {
  return (tls?.certificates ?? []).flatMap(({ hosts, secretName, issuer }) => {
    if (!issuer || secretName === undefined) return [];
    const object: Certificate = {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: { name: secretName, namespace: plan.namespace, labels: labels(plan, "ingress") },
      spec: {
        secretName,
        dnsNames: hosts,
        issuerRef: issuer,
        // A new key with each certificate, whatever the version's default is.
        privateKey: { rotationPolicy: "Always" },
      },
    };
    return [stackObject(`${secretName}-certificate`, object)];
  });
}
