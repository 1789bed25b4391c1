// Who a role is to the cluster: an account of its own without any right, unless more is asked for.

import { join } from "../schema/path";
import type { PolicyRuleArgs, ServiceAccountArgs } from "../schema/pod-args";
import type { Problem } from "../schema/problem";
import { suggest } from "../schema/suggest";
import { planAnnotations } from "./metadata";
import { subdomainProblem } from "./names";
import type { AccountPlan } from "./stack-plan";

const VERBS = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "*"];

/** Of single kinds: https://kubernetes.io/docs/reference/access-authn-authz/authorization/#request-verb-resource */
const RARE_VERBS = ["use", "bind", "escalate", "impersonate", "approve", "sign", "attest"];

/** The account of the role whose arguments stand at `path`; one that is made is called `name`. */
export function planAccount(
  path: string,
  args: ServiceAccountArgs = {},
  name: string,
  problems: Problem[],
): AccountPlan {
  const at = join(path, "serviceAccount");
  const annotations = planAnnotations(join(at, "annotations"), args.annotations, problems);
  const { rules = [] } = args;
  rules.forEach((rule, index) => {
    checkRule(join(join(at, "rules"), index), rule, problems);
  });
  if (args.name !== undefined) {
    const wrong = subdomainProblem(join(at, "name"), args.name);
    if (wrong) problems.push(wrong);
    if (Object.keys(annotations).length > 0) {
      problems.push({
        path: join(at, "annotations"),
        reason: `are the matter of whoever made the account ${args.name}`,
        remedy: "drop them, or drop `name` to have an account made",
      });
    }
  }
  const token = args.automountServiceAccountToken ?? rules.length > 0;
  if (!token && rules.length > 0) {
    problems.push({
      path: join(at, "automountServiceAccountToken"),
      value: false,
      reason: "leaves the process without the token that it needs to make use of its `rules`",
      remedy: "drop it, or the rules",
    });
  }
  return {
    name: args.name ?? name,
    existing: args.name !== undefined,
    annotations,
    token,
    rules: rules.map(({ apiGroups = [""], ...rule }) => ({ apiGroups, ...rule })),
  };
}

function checkRule(path: string, rule: PolicyRuleArgs, problems: Problem[]): void {
  for (const key of ["resources", "verbs"] as const) {
    if (rule[key].length > 0) continue;
    problems.push({
      path: join(path, key),
      value: [],
      reason: "is empty: the rule allows nothing",
      remedy: key === "verbs" ? "write e.g. `[get, list, watch]`" : "write e.g. `[pods]`",
    });
  }
  rule.verbs.forEach((verb, index) => {
    if (VERBS.includes(verb) || RARE_VERBS.includes(verb)) return;
    problems.push({
      path: join(join(path, "verbs"), index),
      value: verb,
      reason: "is not a verb of the Kubernetes API",
      remedy: suggest(verb, VERBS, ""),
    });
  });
  rule.resources.forEach((resource, index) => {
    if (/^(\*|[a-z][a-z0-9-]*)(\/(\*|[a-z]+))?$/.test(resource)) return;
    problems.push({
      path: join(join(path, "resources"), index),
      value: resource,
      reason: "is not how the Kubernetes API calls a kind: lower-case letters, in the plural",
      remedy: `try \`${resource
        .toLowerCase()
        .replace(/[^a-z0-9/*-]/g, "")
        .replace(/s?$/, "s")}\``,
    });
  });
}
