// Labels and annotations that the user gives to every object of a stack.
// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set

import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import type { ServiceStackArgs } from "../schema/stack-args";
import { overlay } from "./overlay";
import type { StackPlan } from "./stack-plan";

/** What this package, Kubernetes and Pulumi go by. */
const OURS =
  /^(app\.kubernetes\.io\/(instance|component|part-of|managed-by)|([^/]+\.)?service-stack\.dev\/.*)$/;
const THEIRS = /^(([^/]+\.)?(kubernetes|k8s)\.io|pulumi\.com|([^/]+\.)?pulumi\.com)\//;
/** What of theirs is meant for users. */
const FREE = /^app\.kubernetes\.io\/(name|version)$/;

const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const PREFIX = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** The labels and annotations of all objects. */
export function planMetadata(
  args: ServiceStackArgs,
  problems: Problem[],
): Pick<StackPlan, "labels" | "annotations"> {
  const labels = entries("labels", args.labels, problems);
  for (const [key, value] of Object.entries(labels)) {
    if (value === "" || NAME.test(value)) continue;
    problems.push({
      path: join("labels", key),
      value,
      reason: "is not the value of a label: at most 63 letters, digits, `-`, `_` and `.`",
      remedy: "shorten it, or make it an annotation",
    });
  }
  return { labels, annotations: entries("annotations", args.annotations, problems) };
}

function entries(
  path: string,
  given: { [name: string]: string } | undefined,
  problems: Problem[],
): Record<string, string> {
  const { set } = overlay(path, given, [], problems);
  for (const [key] of set) {
    const wrong = keyMistake(key);
    if (wrong) problems.push({ path: join(path, key), ...wrong });
  }
  return Object.fromEntries(set);
}

function keyMistake(key: string): { reason: string; remedy: string } | undefined {
  const [prefix, name, ...rest] = key.includes("/") ? key.split("/") : [undefined, key];
  if (rest.length > 0 || !NAME.test(name ?? "") || (prefix !== undefined && !PREFIX.test(prefix))) {
    return {
      reason: "is not the name of a label or annotation",
      remedy: "write `name` or `example.com/name`: letters, digits, `-`, `_` and `.`, at most 63",
    };
  }
  if (OURS.test(key)) {
    return {
      reason: "is what objects are found by",
      remedy: "give it another name, e.g. `example.com/name`",
    };
  }
  if (THEIRS.test(key) && !FREE.test(key)) {
    return {
      reason: "has a meaning for Kubernetes or Pulumi that all objects can't share",
      remedy: "set it with `patches`, on the objects that it is meant for",
    };
  }
  return undefined;
}
