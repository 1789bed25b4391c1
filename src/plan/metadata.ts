// Labels and annotations that the user gives: to every object of a stack, and to the pods of a role.
// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set

import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import type { ServiceStackArgs } from "../schema/stack-args";
import { keyMistake, valueMistake } from "./names";
import { overlay } from "./overlay";
import type { StackPlan } from "./stack-plan";

type Entries = { [name: string]: string };
type Check = (key: string) => Omit<Problem, "path"> | undefined;

/** What this package goes by. */
const OURS =
  /^(app\.kubernetes\.io\/(instance|component|part-of|managed-by)|([^/]+\.)?service-stack\.dev\/.*)$/;
const THEIRS = /^(([^/]+\.)?(kubernetes|k8s)\.io|pulumi\.com|([^/]+\.)?pulumi\.com)\//;
/** What of theirs is meant for users. */
const FREE = /^app\.kubernetes\.io\/(name|version)$/;

/** All annotations of an object together. */
const ANNOTATIONS_LIMIT = 256 * 1024;

/** The labels and annotations of all objects. */
export function planMetadata(
  args: ServiceStackArgs,
  problems: Problem[],
): Pick<StackPlan, "labels" | "annotations"> {
  const check: Check = (key) => ourMistake(key) ?? theirMistake(key);
  return {
    labels: planLabels("labels", args.labels, problems, check),
    annotations: planAnnotations("annotations", args.annotations, problems, check),
  };
}

/** The labels at `path`. */
export function planLabels(
  path: string,
  labels: Entries | undefined,
  problems: Problem[],
  check: Check = ourMistake,
): Entries {
  const planned = entries(path, labels, problems, check);
  for (const [key, value] of Object.entries(planned)) {
    const wrong = valueMistake(value);
    if (wrong) problems.push({ path: join(path, key), value, ...wrong });
  }
  return planned;
}

/** The annotations at `path`. */
export function planAnnotations(
  path: string,
  annotations: Entries | undefined,
  problems: Problem[],
  check: Check = ourMistake,
): Entries {
  const planned = entries(path, annotations, problems, check);
  const bytes = Object.entries(planned).flat().join("");
  if (Buffer.byteLength(bytes) > ANNOTATIONS_LIMIT) {
    problems.push({
      path,
      reason: `have ${Buffer.byteLength(bytes)} bytes, and Kubernetes takes ${ANNOTATIONS_LIMIT}`,
      remedy: "put what is long into a file (`files`)",
    });
  }
  return planned;
}

function entries(path: string, given: Entries | undefined, problems: Problem[], check: Check): Entries {
  const { set } = overlay(path, given, [], problems);
  for (const [key] of set) {
    const wrong = keyMistake(key) ?? check(key);
    if (wrong) problems.push({ path: join(path, key), ...wrong });
  }
  return Object.fromEntries(set);
}

function ourMistake(key: string): Omit<Problem, "path"> | undefined {
  if (!OURS.test(key)) return undefined;
  return {
    reason: "is what objects are found by",
    remedy: "give it another name, e.g. `example.com/name`",
  };
}

function theirMistake(key: string): Omit<Problem, "path"> | undefined {
  if (!THEIRS.test(key) || FREE.test(key)) return undefined;
  return {
    reason: "has a meaning for Kubernetes or Pulumi that all objects can't share",
    remedy: "set it with `patches`, on the objects that it is meant for",
  };
}
