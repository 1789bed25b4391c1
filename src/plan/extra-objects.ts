// Objects of the user's own: where they lie, and what stands before and behind them.

import type { ExtraObjectArgs } from "../schema/extra-object-args";
import { givenIndex } from "../schema/given";
import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import { suggest } from "../schema/suggest";
import { findCycle } from "./cycles";
import { resolveTree } from "./free-form";
import { labelProblem } from "./names";
import type { Targets } from "./references";
import type { Edge, ExtraObjectPlan } from "./stack-plan";

export interface ExtraObjectContext {
  targets: Targets;
  /** The roles that have objects. */
  roles: readonly string[];
  /** Who among them waits for whom. */
  order: readonly Edge[];
  namespace: string;
  problems: Problem[];
}

/** Kinds that lie in no namespace. */
const CLUSTER_SCOPED = new Set([
  "APIService",
  "CSIDriver",
  "ClusterIssuer",
  "ClusterRole",
  "ClusterRoleBinding",
  "ClusterSecretStore",
  "CustomResourceDefinition",
  "GatewayClass",
  "IngressClass",
  "MutatingWebhookConfiguration",
  "Namespace",
  "PersistentVolume",
  "PriorityClass",
  "RuntimeClass",
  "StorageClass",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "ValidatingWebhookConfiguration",
  "VolumeSnapshotClass",
]);

const KEPT = new Set(["Namespace", "PersistentVolumeClaim"]);

/** The id of an extra object; none of ours begins so. */
const idOf = (name: string) => `extra-${name}`;

/** The user's own objects. */
export function planExtraObjects(
  objects: { [name: string]: ExtraObjectArgs },
  context: ExtraObjectContext,
): ExtraObjectPlan[] {
  const all = Object.keys(objects);
  const planned = Object.entries(objects)
    .filter(([, { enabled }]) => enabled !== false)
    .flatMap(([name, args]) => planExtraObject(name, args, all, context) ?? []);
  checkOrder(planned, context);
  return planned;
}

function planExtraObject(
  name: string,
  args: ExtraObjectArgs,
  all: readonly string[],
  context: ExtraObjectContext,
): ExtraObjectPlan | undefined {
  const path = join("extraObjects", name);
  const { problems } = context;
  const wrong = labelProblem(path, name);
  if (wrong) problems.push(wrong);
  const { apiVersion, kind } = args.object;
  const misnamed = typeMistakes(`${path}.object`, apiVersion, kind);
  problems.push(...misnamed);
  if (misnamed.length > 0) return undefined;

  const resolved = resolveTree(`${path}.object`, args.object, {
    targets: context.targets,
    secrets: kind === "Secret",
    problems,
  });
  const before = known(`${path}.before`, args.before ?? [], context.roles, context);
  const after = args.after
    ? known(`${path}.after`, args.after, [...context.roles, ...all], context)
    : resolved.roles.filter((role) => context.roles.includes(role) && !before.includes(role));
  const clusterScoped = args.clusterScoped ?? CLUSTER_SCOPED.has(kind);
  const object = resolved.tree as ExtraObjectPlan["object"];
  if (KEPT.has(kind) && object.metadata?.name === undefined) {
    problems.push({
      path: `${path}.object.metadata.name`,
      reason: `is missing, and a ${kind} must be found again by it`,
      remedy: "give it a name",
    });
  }
  return {
    id: idOf(name),
    path,
    object: {
      ...object,
      metadata: { ...(!clusterScoped && { namespace: context.namespace }), ...object.metadata },
    },
    after: after.map((role) => (context.roles.includes(role) ? role : idOf(role))),
    before,
    wait: args.wait ?? false,
    keep: args.keep ?? KEPT.has(kind),
  };
}

function typeMistakes(path: string, apiVersion: unknown, kind: unknown): Problem[] {
  const mistakes: Problem[] = [];
  const check = (key: string, value: unknown, pattern: RegExp, example: string) => {
    if (typeof value === "string" && pattern.test(value)) return;
    const given = givenIndex(value) !== undefined;
    mistakes.push({
      path: `${path}.${key}`,
      value: given ? undefined : value,
      reason:
        value === undefined ? "is missing" : given ? "is an Output, but decides what this is" : "is none",
      remedy: `write e.g. \`${example}\``,
    });
  };
  check("apiVersion", apiVersion, /^([a-z0-9][-a-z0-9.]*\/)?v[0-9]+((alpha|beta)[0-9]+)?$/, "apps/v1");
  check("kind", kind, /^[A-Z][A-Za-z0-9]*$/, "ConfigMap");
  return mistakes;
}

/** Those of `names` that there are; the others are told, unless they are switched off. */
function known(
  path: string,
  names: readonly string[],
  choice: readonly string[],
  { targets, problems }: ExtraObjectContext,
): string[] {
  return names.filter((name, index) => {
    if (choice.includes(name)) return true;
    if (!targets[name]?.off) {
      problems.push({
        path: join(path, index),
        value: name,
        reason: "is neither a role of this stack nor an extra object that can be waited for",
        remedy: suggest(name, choice, "drop it"),
      });
    }
    return false;
  });
}

function checkOrder(planned: readonly ExtraObjectPlan[], { order, problems }: ExtraObjectContext): void {
  const extra = planned.flatMap(({ id, after, before }) => [
    ...after.map((to) => ({ from: id, to })),
    ...before.map((from) => ({ from, to: id })),
  ]);
  const cycle = findCycle([...extra, ...order]);
  const first = planned.find(({ id }) => cycle?.includes(id));
  if (!cycle || !first) return;
  problems.push({
    path: first.path,
    reason: `waits for itself in a circle: ${cycle.map((id) => id.replace(/^extra-/, "")).join(" → ")}`,
    remedy: "take one out of `before` or `after`",
  });
}
