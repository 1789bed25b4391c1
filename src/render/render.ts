// Writes a stack's Kubernetes objects as YAML. What only a deployment knows is a placeholder, and secrets are left out.

import { stringify } from "yaml";
import { stackObjects } from "../objects/objects";
import { fill, type StackObject } from "../objects/stack-object";
import type { Hole, StackPlan, Text } from "../plan/stack-plan";

/** The objects of `plan` as YAML documents, in the order of their deployment. */
export function renderStack(plan: StackPlan): string {
  return stackObjects(plan)
    .map((object) => stringify(rendered(plan, object), { lineWidth: 0, aliasDuplicateObjects: false }))
    .join("---\n");
}

function rendered(plan: StackPlan, { id, object }: StackObject): object {
  const named = object.metadata.name
    ? object
    : { ...object, metadata: { name: `${plan.name}-${id}`, ...object.metadata } };
  return fill(named, (text) => placeholderFor(plan, text)) as object;
}

function placeholderFor(plan: StackPlan, { parts, secret, usual }: Text): string | number {
  if (usual !== undefined) return usual;
  if (secret) return "(secret, left out)";
  return parts.map((part) => (typeof part === "string" ? part : describe(plan, part))).join("");
}

function describe(plan: StackPlan, hole: Hole): string {
  switch (hole.hole) {
    case "name":
      return `${plan.name}-${hole.object}`;
    case "image": {
      const image = plan.images.find(({ id }) => id === hole.image);
      // A digest of zeros is valid, and can't be mistaken for an image that exists.
      return `${image?.repository}@sha256:${"0".repeat(64)}`;
    }
    case "generated":
    case "given":
    case "docker-config":
    case "digest":
    case "part":
    case "secretKey":
      return "(known at deployment)";
  }
}
