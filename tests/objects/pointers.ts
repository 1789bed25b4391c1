// What points at another object, or at a port of one, by name or by labels: each finds what it means in the same stack.

import type { Service } from "kubernetes-types/core/v1";
import type { Ingress, NetworkPolicy } from "kubernetes-types/networking/v1";
import type { StackObject } from "../../src/objects/stack-object";
import { operatorsPods, podTemplate } from "./invariants";

interface Reference {
  apiVersion?: string;
  kind: string;
  name: string;
}

interface Monitor {
  selector: { matchLabels: Record<string, string> };
  endpoints?: { port: string }[];
  podMetricsEndpoints?: { port: string }[];
}

interface Scaled {
  scaleTargetRef: Reference;
  triggers?: { authenticationRef?: { name: string } }[];
}

const matches = (wanted: Record<string, string> = {}, labels: Record<string, string> = {}) =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value);

/** What points at nothing. */
export function danglingPointers(objects: readonly StackObject[]): string[] {
  const specOf = <T>({ object }: StackObject) => (object as { spec?: T }).spec as T;
  const services = objects
    .filter(({ object }) => object.kind === "Service")
    .map(({ object }) => object as Service);
  const pods = objects.flatMap((item) => podTemplate(item) ?? []);
  const labelsOfPods = [
    ...pods.map(({ metadata }) => metadata?.labels),
    ...objects.flatMap(({ object }) => operatorsPods(object)),
  ];
  const isThere = ({ kind, name, apiVersion }: Reference) =>
    objects.some(
      ({ object }) =>
        object.kind === kind &&
        object.metadata.name === name &&
        (apiVersion === undefined || object.apiVersion === apiVersion),
    );
  const podPorts = (labels: Record<string, string> | undefined) =>
    pods
      .filter(({ metadata }) => matches(labels, metadata?.labels))
      .flatMap(({ spec }) => spec?.containers.flatMap(({ ports = [] }) => ports) ?? []);

  const rules: Record<string, (item: StackObject) => (string | false)[]> = {
    Service: (item) => {
      const { selector, ports = [] } = specOf<NonNullable<Service["spec"]>>(item);
      return ports.map(
        ({ targetPort }) =>
          !podPorts(selector).some((port) => port.name === targetPort || port.containerPort === targetPort) &&
          `leads to the port ${targetPort}, which no pod of its has`,
      );
    },
    Ingress: (item) => {
      const { rules: hosts = [] } = specOf<NonNullable<Ingress["spec"]>>(item);
      return hosts.flatMap(({ http }) =>
        (http?.paths ?? []).map(({ backend: { service } }) => {
          const found = services.find(({ metadata }) => metadata?.name === service?.name);
          return (
            !found?.spec?.ports?.some(({ port }) => port === service?.port?.number) &&
            `leads to ${service?.name}:${service?.port?.number}, which isn't there`
          );
        }),
      );
    },
    NetworkPolicy: (item) => {
      const { ingress = [], egress = [] } = specOf<NonNullable<NetworkPolicy["spec"]>>(item);
      const peers = [...ingress.flatMap(({ from = [] }) => from), ...egress.flatMap(({ to = [] }) => to)];
      return peers.map(
        ({ namespaceSelector, podSelector }) =>
          !namespaceSelector &&
          podSelector !== undefined &&
          !labelsOfPods.some((labels) => matches(podSelector.matchLabels, labels)) &&
          `means pods that aren't there: ${JSON.stringify(podSelector.matchLabels)}`,
      );
    },
    HorizontalPodAutoscaler: (item) => scaled(specOf<Scaled>(item)),
    ScaledObject: (item) => scaled(specOf<Scaled>(item)),
    ServiceMonitor: (item) => {
      const { selector, endpoints = [] } = specOf<Monitor>(item);
      const meant = services.filter(({ metadata }) => matches(selector.matchLabels, metadata?.labels));
      return endpoints.map(
        ({ port }) =>
          !meant.some(({ spec }) => spec?.ports?.some(({ name }) => name === port)) &&
          `looks at the port ${port}, which no Service of its has`,
      );
    },
    PodMonitor: (item) => {
      const { selector, podMetricsEndpoints = [] } = specOf<Monitor>(item);
      return podMetricsEndpoints.map(
        ({ port }) =>
          !podPorts(selector.matchLabels).some(({ name }) => name === port) &&
          `looks at the port ${port}, which no pod of its has`,
      );
    },
  };
  const scaled = ({ scaleTargetRef, triggers = [] }: Scaled) => [
    !isThere(scaleTargetRef) && `scales ${scaleTargetRef.kind} ${scaleTargetRef.name}, which isn't there`,
    ...triggers.map(
      ({ authenticationRef }) =>
        authenticationRef !== undefined &&
        !isThere({ kind: "TriggerAuthentication", name: authenticationRef.name }) &&
        `is let in by ${authenticationRef.name}, which isn't there`,
    ),
  ];

  return objects.flatMap((item) =>
    (rules[item.object.kind]?.(item) ?? []).flatMap((wrong) => (wrong ? [`${item.id} ${wrong}`] : [])),
  );
}
