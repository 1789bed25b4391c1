// What this room makes: Kubernetes objects as plain data, each with what its deployment needs to know. Where a
// value is known only at deployment, a text with holes stands in its place.

import type { Hole, NumberText, Text } from "../plan/stack-plan";
import { concat } from "../plan/text";

/** The fields that every Kubernetes object has; the rest is typed where it is made. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: {
    /** Absent where Pulumi is to choose a name: what is replaced at a change, such as a Secret, needs a new one. */
    name?: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
}

export interface StackObject {
  /** Unique in the stack. The name of an auto-named object begins with the stack's name and this. */
  id: string;
  object: KubernetesObject;
  /** The ids of the objects that must be there, and ready, first. */
  after: string[];
  /** Whether the deployment waits until it is ready. */
  wait: boolean;
  /** What it waits for instead of its kind's own readiness, as the annotation `pulumi.com/waitFor` has it. */
  waitFor?: string;
  /** Holds data: it is taken over where it exists, and left in the cluster when the stack lets go of it. */
  keep: boolean;
  /** Data depends on it: where in the input it is set up, such as `volumes.uploads`. Its changes are judged (see data-loss). */
  holds?: string;
  /** Fields that somebody else decides about once the object is there, as paths such as `spec.replicas`. */
  ignore?: string[];
  /** How long to wait for it, in seconds. */
  timeoutSeconds?: number;
}

/** An entry of the list, with what is usual left out. */
export function stackObject(
  id: string,
  object: KubernetesObject,
  options: Partial<Omit<StackObject, "id" | "object">> = {},
): StackObject {
  return { id, object, after: [], wait: false, keep: false, ...options };
}

/**
 * A text as the string that will stand there. Kubernetes' types know strings only; whoever registers or renders
 * the object fills the holes (see `fill`).
 */
export function later(text: Text): string {
  const [only] = text.parts;
  return text.parts.length === 1 && typeof only === "string" ? only : (text as unknown as string);
}

/** As `later`, where Kubernetes' types know numbers only. */
export function laterNumber(text: NumberText): number {
  return text as unknown as number;
}

/** The name that the auto-named object `id` will get. */
export function nameOf(id: string): string {
  return later({ parts: [{ hole: "name", object: id }], secret: false });
}

/** A text that is another one whenever `tree` is. */
export function digestOf(tree: unknown): string {
  const texts: Text[] = [];
  const json = JSON.stringify(fill(tree, (text) => `\uE000${texts.push(text) - 1}\uE001`));
  const pieces = json.split(/\uE000(\d+)\uE001/);
  const of = concat(
    ...pieces.map((piece, index) => (index % 2 === 1 ? (texts[Number(piece)] as Text) : piece)),
  );
  return later({ parts: [{ hole: "digest", of }], secret: false });
}

/** `tree` with every text that has holes replaced by what `filler` makes of it. */
export function fill(tree: unknown, filler: (text: Text) => unknown): unknown {
  if (isText(tree)) return filler(tree);
  if (Array.isArray(tree)) return tree.map((item) => fill(item, filler));
  if (tree === null || typeof tree !== "object") return tree;
  return Object.fromEntries(
    Object.entries(tree)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, fill(value, filler)]),
  );
}

/** The holes in `tree`. */
export function holesIn(tree: unknown): Hole[] {
  const holes: Hole[] = [];
  const look = ({ parts }: Text): void => {
    for (const part of parts) {
      if (typeof part === "string") continue;
      holes.push(part);
      if (part.hole === "digest") look(part.of);
    }
  };
  fill(tree, look);
  return holes;
}

export function isText(value: unknown): value is Text {
  return (
    value !== null &&
    typeof value === "object" &&
    Array.isArray((value as Text).parts) &&
    typeof (value as Text).secret === "boolean"
  );
}
