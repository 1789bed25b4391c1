// What holds for the objects of any stack, whatever is in it: told as a list of what doesn't.

import type { PodSpec, PodTemplateSpec } from "kubernetes-types/core/v1";
import { fill, type KubernetesObject, type StackObject } from "../../src/objects/stack-object";
import type { StackPlan, Text } from "../../src/plan/stack-plan";
import { danglingPointers } from "./pointers";

/** What of the rules the objects break; empty for sound ones. */
export function broken(plan: StackPlan, objects: readonly StackObject[]): string[] {
  return [
    ...orderBroken(objects),
    ...namesBroken(plan, objects),
    ...holesBroken(plan, objects),
    ...secretsBroken(objects),
    ...podsBroken(objects),
    ...selectorsBroken(objects),
    ...danglingPointers(objects),
  ];
}

/** Each object stands behind those that it comes after, and ids are unique. So there is no circle either. */
function orderBroken(objects: readonly StackObject[]): string[] {
  const seen = new Set<string>();
  return objects.flatMap(({ id, after }) => {
    const wrong = after.filter((other) => !seen.has(other)).map((other) => `${id} stands before ${other}`);
    if (seen.has(id)) wrong.push(`${id} is there twice`);
    seen.add(id);
    return wrong;
  });
}

/** The longest names, with what Kubernetes appends to them: https://kubernetes.io/docs/concepts/workloads/ */
const LIMITS: Record<string, number> = { CronJob: 52, StatefulSet: 52, Job: 63, Service: 63, Namespace: 63 };

/** The name that an object has, or at least the longest that Pulumi gives it. */
export function deployedName(plan: StackPlan, { id, object }: StackObject): string {
  return object.metadata.name ?? `${plan.name}-${id}-01234567`;
}

function namesBroken(plan: StackPlan, objects: readonly StackObject[]): string[] {
  const seen = new Set<string>();
  return objects.flatMap((item) => {
    const { kind, apiVersion, metadata } = item.object;
    const name = deployedName(plan, item);
    const wrong: string[] = [];
    if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)) wrong.push(`${kind} ${name} is no DNS label`);
    if (name.length > (LIMITS[kind] ?? 253)) wrong.push(`${kind} ${name} is too long`);
    for (const [key, value] of Object.entries({ ...metadata.labels, ...podLabels(item) })) {
      if (!/^([A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?)?$/.test(value))
        wrong.push(`${kind} ${name} has the label ${key}=${value}`);
    }
    const unique = `${apiVersion} ${kind} ${metadata.namespace ?? ""}/${name}`;
    if (seen.has(unique)) wrong.push(`${unique} is there twice`);
    seen.add(unique);
    if (kind !== "Namespace" && metadata.namespace !== plan.namespace)
      wrong.push(`${kind} ${name} lies in ${metadata.namespace}`);
    return wrong;
  });
}

/** Each hole has something to be filled with, and names only what is there before. */
function holesBroken(plan: StackPlan, objects: readonly StackObject[]): string[] {
  const seen = new Set<string>();
  return objects.flatMap(({ id, object }) => {
    const wrong = textsIn(object).flatMap(({ parts }) =>
      parts.flatMap((part) => {
        if (typeof part === "string") return [];
        const known =
          part.hole === "name"
            ? seen.has(part.object)
            : part.hole === "image"
              ? plan.images.some((image) => image.id === part.image)
              : part.hole === "generated"
                ? plan.passwords.some((password) => password.id === part.password)
                : true;
        return known ? [] : [`${id} has a hole that nothing fills: ${JSON.stringify(part)}`];
      }),
    );
    seen.add(id);
    return wrong;
  });
}

/** No secret stands outside Secrets. */
function secretsBroken(objects: readonly StackObject[]): string[] {
  return objects.flatMap(({ id, object }) =>
    textsIn(object)
      .filter(
        ({ parts, secret, usual }) =>
          object.kind !== "Secret" &&
          usual === undefined &&
          (secret ||
            parts.some((part) => typeof part !== "string" && /^(generated|given|part)$/.test(part.hole))),
      )
      .map(() => `${id} (${object.kind}) holds a secret`),
  );
}

function textsIn(object: object): Text[] {
  const texts: Text[] = [];
  fill(object, (text) => texts.push(text));
  return texts;
}

/** The pod template of an object that has one. */
export function podTemplate({ object }: StackObject): PodTemplateSpec | undefined {
  const { spec } = object as {
    spec?: { template?: PodTemplateSpec; jobTemplate?: { spec: { template: PodTemplateSpec } } };
  };
  const template = spec?.template ?? spec?.jobTemplate?.spec.template;
  return template?.spec?.containers ? template : undefined;
}

function podLabels(item: StackObject): Record<string, string> {
  return podTemplate(item)?.metadata?.labels ?? {};
}

const containers = (spec: PodSpec) => [...(spec.initContainers ?? []), ...spec.containers];

/** Every pod is restricted, has no rights, and names amounts of everything. */
function podsBroken(objects: readonly StackObject[]): string[] {
  return objects.flatMap((item) => {
    const spec = podTemplate(item)?.spec;
    if (!spec) return [];
    const wrong: string[] = [];
    const must = (what: string, holds: boolean) => {
      if (!holds) wrong.push(`${item.id}: ${what}`);
    };
    must("runs as root", spec.securityContext?.runAsNonRoot === true);
    must("has no seccomp profile", spec.securityContext?.seccompProfile?.type === "RuntimeDefault");
    must("has variables for every Service", spec.enableServiceLinks === false);
    must("mounts a token unasked", spec.automountServiceAccountToken !== undefined);
    const names = containers(spec).map(({ name }) => name);
    must("has two containers of one name", new Set(names).size === names.length);
    for (const { name, securityContext, resources, volumeMounts = [], env = [] } of containers(spec)) {
      must(`${name} may gain privileges`, securityContext?.allowPrivilegeEscalation === false);
      must(`${name} has capabilities`, JSON.stringify(securityContext?.capabilities) === '{"drop":["ALL"]}');
      must(`${name} reserves nothing`, Boolean(resources?.requests?.cpu && resources.requests.memory));
      must(
        `${name} has no limit`,
        Boolean(resources?.limits?.memory && resources.limits["ephemeral-storage"]),
      );
      for (const { name: volume } of volumeMounts)
        must(
          `${name} mounts ${volume}, which isn't there`,
          (spec.volumes ?? []).some((v) => v.name === volume),
        );
      const paths = volumeMounts.map(({ mountPath }) => mountPath);
      must(`${name} mounts twice at one path`, new Set(paths).size === paths.length);
      const variables = env.map((variable) => variable.name);
      must(`${name} sets a variable twice`, new Set(variables).size === variables.length);
    }
    return wrong;
  });
}

/** What identifies the pods that CloudNativePG's operator makes.
 * https://cloudnative-pg.io/documentation/current/labels_annotations/ */
export function operatorsPods({
  kind,
  metadata,
}: Pick<KubernetesObject, "kind" | "metadata">): Record<string, string>[] {
  return kind === "Cluster" ? [{ "cnpg.io/cluster": metadata.name ?? "" }] : [];
}

/** What selects pods finds some; and a workload finds its own. */
function selectorsBroken(objects: readonly StackObject[]): string[] {
  const pods = objects.flatMap((item) =>
    podTemplate(item) ? [podLabels(item)] : operatorsPods(item.object),
  );
  return objects.flatMap(({ id, object }) => {
    const { spec } = object as {
      spec?: { selector?: Record<string, never>; podSelector?: Record<string, never> };
    };
    const selector =
      object.kind === "Service" ? spec?.selector : (spec?.selector ?? spec?.podSelector)?.matchLabels;
    // Pods that cert-manager makes.
    if (id === "acme-solver-network") return [];
    if (!selector || pods.length === 0) return [];
    const found = pods.some((labels) =>
      Object.entries(selector).every(([key, value]) => labels[key] === value),
    );
    return found ? [] : [`${id} selects no pod: ${JSON.stringify(selector)}`];
  });
}
