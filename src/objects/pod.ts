// What all our pods have in common: the restricted Pod Security profile and more.
// https://kubernetes.io/docs/concepts/security/pod-security-standards/

import type { Container, PodSpec, Probe, ResourceRequirements } from "kubernetes-types/core/v1";
import type { AmountsPlan, PlacementPlan, ProbePlan, ResourcesPlan, UserPlan } from "../plan/stack-plan";

/** The part of a pod's spec that doesn't depend on what runs in it. */
export function podDefaults(user: UserPlan): Omit<PodSpec, "containers"> {
  return {
    automountServiceAccountToken: false,
    // Variables such as POSTGRES_PORT=tcp://… for each Service would be mistaken for configuration.
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      ...user,
      // Changing the owner of every file takes minutes on a large volume, and one start is enough.
      ...(user.fsGroup !== undefined && { fsGroupChangePolicy: "OnRootMismatch" }),
      seccompProfile: { type: "RuntimeDefault" },
    },
  };
}

/** Where pods may run, in Kubernetes' words. */
export function podPlacement({
  nodeSelector,
  tolerations,
  priorityClassName,
}: PlacementPlan): Partial<PodSpec> {
  return {
    ...(Object.keys(nodeSelector).length > 0 && { nodeSelector }),
    ...(tolerations.length > 0 && { tolerations }),
    ...(priorityClassName !== undefined && { priorityClassName }),
  };
}

/** The part of a container's spec that doesn't depend on what runs in it. */
export function containerDefaults(
  readOnlyRoot = true,
): Pick<Container, "securityContext" | "terminationMessagePolicy"> {
  return {
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: readOnlyRoot,
      capabilities: { drop: ["ALL"] },
    },
    // A crash without a message of its own is explained by the last lines of the log.
    terminationMessagePolicy: "FallbackToLogsOnError",
  };
}

/** Resources in Kubernetes' words. */
export function resourceRequirements({ requests, limits }: ResourcesPlan): ResourceRequirements {
  return { requests: amounts(requests), limits: amounts(limits) };
}

function amounts({ cpu, memory, ephemeralStorage }: AmountsPlan): Record<string, string> {
  return { ...(cpu !== undefined && { cpu }), memory, "ephemeral-storage": ephemeralStorage };
}

/** A probe in Kubernetes' words. */
export function probe(plan: ProbePlan | undefined): Probe | undefined {
  if (!plan) return undefined;
  const { check, initialDelaySeconds, successThreshold, ...times } = plan;
  return {
    ...action(check),
    ...(initialDelaySeconds > 0 && { initialDelaySeconds }),
    ...(successThreshold > 1 && { successThreshold }),
    ...times,
  };
}

function action(check: ProbePlan["check"]): Probe {
  if ("command" in check) return { exec: { command: check.command } };
  if ("tcp" in check) return { tcpSocket: check.tcp };
  if ("grpc" in check) return { grpc: check.grpc };
  const { headers, ...http } = check.http;
  const httpHeaders = Object.entries(headers).map(([name, value]) => ({ name, value }));
  return { httpGet: { ...http, ...(httpHeaders.length > 0 && { httpHeaders }) } };
}
