// Values that have a meaning for Kubernetes alone, such as the body of a patch: any map or list, with references in its
// texts, and Outputs anywhere.

import { givenIndex } from "../schema/given";
import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import { resolve, type Targets } from "./references";
import type { Text } from "./stack-plan";
import { secretHole } from "./text";

export interface FreeForm {
  targets: Targets;
  /** Whether secrets may stand in it: whether it is of a Secret. */
  secrets: boolean;
  problems: Problem[];
}

export interface ResolvedTree {
  /** The values, with a `Text` wherever a text has holes. */
  tree: unknown;
  /** The roles that the references lead to. */
  roles: string[];
}

/** `tree`, which stands at `path`, with every reference in it looked up. */
export function resolveTree(path: string, tree: unknown, context: FreeForm): ResolvedTree {
  const roles = new Set<string>();
  const visit = (at: string, value: unknown): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => visit(join(at, index), item));
    if (value !== null && typeof value === "object") {
      return Object.fromEntries(
        Object.entries(value).map(([key, member]) => [key, visit(join(at, key), member)]),
      );
    }
    return typeof value === "string" ? resolveText(at, value, roles, context) : value;
  };
  return { tree: visit(path, tree), roles: [...roles] };
}

function resolveText(
  path: string,
  value: string,
  roles: Set<string>,
  { targets, secrets, problems }: FreeForm,
): string | Text {
  const index = givenIndex(value);
  if (index !== undefined) {
    const hole = { hole: "given" as const, index };
    // Outside of a Secret it may be a number or a map as well, and is as secret as the Output itself.
    return secrets ? secretHole(hole) : { parts: [hole], secret: false };
  }
  const resolved = resolve(path, value, targets);
  problems.push(...resolved.problems);
  for (const role of resolved.roles) roles.add(role);
  const { text } = resolved;
  const foreign = text.parts.some((part) => typeof part !== "string" && part.hole === "secretKey");
  if (foreign) {
    problems.push({
      path,
      reason: "refers to what lies in a Secret of the cluster's, which pods alone read",
      remedy: "name that Secret and its key here, as Kubernetes has it",
    });
  } else if (text.secret && !secrets) {
    problems.push({
      path,
      reason: "would show a secret to everybody who can read the object",
      remedy: "put it into a Secret: a variable in `env` is one, or an extra object of kind `Secret`",
    });
  }
  const [only] = text.parts;
  return text.parts.length === 1 && typeof only === "string" ? only : text;
}
