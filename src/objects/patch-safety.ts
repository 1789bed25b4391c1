// What a patch may not change, for the stack or its data would be lost by it. An escape hatch leads out of what this
// package has in mind, not out of what Kubernetes or the data can stand.

import { isDeepStrictEqual } from "node:util";
import type { StackPlan } from "../plan/stack-plan";
import type { Problem } from "../schema/problem";
import { TIER_LABEL } from "./namespace";
import { fill, type KubernetesObject, type StackObject } from "./stack-object";

interface Rule {
  /** Where the value stands in the object. */
  field: readonly string[];
  reason: string;
  remedy: string;
}

const OWNER = "app.kubernetes.io/";
const FIND = "is what the stack's objects find each other by";
const ELSEWHERE = "make an object of your own with `extraObjects`";

/** Of every object. */
const IDENTITY: Rule[] = [
  { field: ["apiVersion"], reason: "says what the object is", remedy: ELSEWHERE },
  { field: ["kind"], reason: "says what the object is", remedy: ELSEWHERE },
  {
    field: ["metadata", "name"],
    reason: "is what others refer to; a change would replace the object",
    remedy: ELSEWHERE,
  },
  { field: ["metadata", "generateName"], reason: "would make a second object", remedy: ELSEWHERE },
  {
    field: ["metadata", "namespace"],
    reason: "is where all of the stack lies",
    remedy: "change `namespace` of the stack, before its first deployment",
  },
  ...["instance", "component", "part-of"].map((label) => ({
    field: ["metadata", "labels", `${OWNER}${label}`],
    reason: FIND,
    remedy: "use a label of another name",
  })),
];

const SELECTORS: Record<string, readonly string[]> = {
  Deployment: ["spec", "selector"],
  StatefulSet: ["spec", "selector"],
  Service: ["spec", "selector"],
  PodDisruptionBudget: ["spec", "selector"],
  NetworkPolicy: ["spec", "podSelector"],
};

const VOLUME = "can't be changed once the volume is there, and would have to replace it with all its data";

/** The rules that hold for an object as it was made. */
function rulesFor(plan: StackPlan, { object, keep }: StackObject): Rule[] {
  const rules = [...IDENTITY];
  const rule = (field: readonly string[], reason: string, remedy: string) =>
    rules.push({ field, reason, remedy });
  const selector = SELECTORS[object.kind];
  if (selector) rule(selector, FIND, "leave it as it is");
  for (const template of [
    ["spec", "template"],
    ["spec", "jobTemplate", "spec", "template"],
  ]) {
    if (valueAt(object, template) === undefined) continue;
    for (const label of ["instance", "component"]) {
      rule([...template, "metadata", "labels", `${OWNER}${label}`], FIND, "use a label of another name");
    }
  }
  if (object.kind === "Deployment") {
    if (valueAt(object, ["spec", "strategy", "type"]) === "Recreate") {
      for (const field of ["replicas", "strategy"]) {
        rule(["spec", field], "would let two of it run at once, and exactly one may", "make it a worker");
      }
    } else if (valueAt(object, ["spec", "replicas"]) === undefined) {
      rule(["spec", "replicas"], "is what an autoscaler decides here", "change its bounds instead");
    }
  }
  if (object.kind === "StatefulSet") {
    rule(["spec", "replicas"], "would let two servers write to one volume", "leave it at 1");
    for (const field of ["serviceName", "podManagementPolicy", "volumeClaimTemplates"]) {
      rule(["spec", field], "can't be changed on a StatefulSet that is there", "leave it as it is");
    }
    rule(CLAIM, "is the volume with the data", "mount further volumes beside it");
  }
  if (object.kind === "PersistentVolumeClaim") {
    for (const field of [
      "accessModes",
      "dataSource",
      "dataSourceRef",
      "selector",
      "volumeMode",
      "volumeName",
    ]) {
      rule(["spec", field], VOLUME, "move the data to a new volume, see docs/data.md");
    }
    rule(
      ["spec", "storageClassName"],
      VOLUME,
      "set the `storageClassName` of its owner, before its first deployment",
    );
    rule(["spec", "resources"], "is checked where its owner says it", "set the `storage` of its owner");
  }
  if (object.kind === "Namespace") {
    rule(["metadata", "labels", TIER_LABEL], "keeps other tiers out", "leave it as it is");
    if (plan.tier === "prod") {
      rule(
        ["metadata", "labels", "pod-security.kubernetes.io/enforce"],
        "keeps pods with privileges out of prod",
        "let what needs privileges run in a namespace of its own",
      );
    }
  }
  if (keep) {
    for (const annotation of ["patchFieldManager", "patchForce"]) {
      rule(
        ["metadata", "annotations", `pulumi.com/${annotation}`],
        "decides whose the object is",
        "leave it out",
      );
    }
  }
  return rules;
}

export const SHOWN = {
  reason: "shows a secret outside of a Secret's `stringData`",
  remedy: "take the reference out of there",
};

/** A volume of a pod that is a claim; compared by its name, wherever it stands in the list. */
const CLAIM = ["spec", "template", "spec", "volumes", "data"];

/** Whether a secret stands where not only those see it who may read the values of Secrets. */
export function showsSecret({ kind, ...fields }: KubernetesObject): boolean {
  return Object.entries(fields).some(([field, value]) => {
    if (kind === "Secret" && (field === "data" || field === "stringData")) return false;
    let shown = false;
    fill(value, ({ secret }) => {
      shown ||= secret;
    });
    return shown;
  });
}

/** What of `after`, which a patch at `path` has made of `entry`, may not be. */
export function unsafeChanges(
  plan: StackPlan,
  path: string,
  entry: StackObject,
  after: KubernetesObject,
): Problem[] {
  if (showsSecret(after) && !showsSecret(entry.object)) return [{ path, ...SHOWN }];
  return rulesFor(plan, entry)
    .filter(({ field }) => !isDeepStrictEqual(valueAt(entry.object, field), valueAt(after, field)))
    .map(({ field, reason, remedy }) => ({
      path,
      reason: `changes ${field.join(".")} of ${entry.object.kind} ${nameIn(plan, entry)}: it ${reason}`,
      remedy,
    }));
}

/** The name of an object as it is rendered. */
export function nameIn(plan: StackPlan, { id, object }: StackObject): string {
  return object.metadata.name ?? `${plan.name}-${id}`;
}

function valueAt(tree: unknown, field: readonly string[]): unknown {
  return field.reduce<unknown>((value, key) => {
    if (Array.isArray(value)) return value.find((item) => (item as { name?: unknown } | null)?.name === key);
    return value !== null && typeof value === "object" ? (value as Record<string, unknown>)[key] : undefined;
  }, tree);
}
