// JSON Patches. https://www.rfc-editor.org/rfc/rfc6902

import { isDeepStrictEqual } from "node:util";
import type { PatchOperationPlan } from "../plan/stack-plan";
import { keysOf } from "../schema/path";
import type { Problem } from "../schema/problem";
import { suggest } from "../schema/suggest";
import { isText } from "./stack-object";

/** What can't be done at a place of the document. */
class Refusal extends Error {
  constructor(
    readonly member: "path" | "from" | "value",
    reason: string,
    readonly remedy: string,
  ) {
    super(reason);
  }
}

/** `target` after `operations`, which stand at `path`; the first that can't be applied ends it. */
export function jsonPatch(
  path: string,
  target: object,
  operations: readonly PatchOperationPlan[],
  problems: Problem[],
): object {
  const document = structuredClone(target);
  for (const [index, operation] of operations.entries()) {
    try {
      apply(document, operation);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { member, message, remedy } = error;
      const value = member === "value" ? undefined : operation[member];
      problems.push({ path: `${path}[${index}].${member}`, value, reason: message, remedy });
      break;
    }
  }
  return document;
}

function apply(document: object, { op, path, from = "", value }: PatchOperationPlan): void {
  switch (op) {
    case "add":
      add(document, path, structuredClone(value));
      break;
    case "remove":
      remove(document, path, "path");
      break;
    case "replace":
      remove(document, path, "path");
      add(document, path, structuredClone(value));
      break;
    case "move": {
      if (path.startsWith(`${from}/`)) {
        throw new Refusal("path", "lies in what is moved", "move it elsewhere");
      }
      const moved = get(document, from, "from");
      remove(document, from, "from");
      add(document, path, moved);
      break;
    }
    case "copy":
      add(document, path, structuredClone(get(document, from, "from")));
      break;
    case "test":
      if (!isDeepStrictEqual(get(document, path, "path"), value)) {
        throw new Refusal("value", "is not what is there", "look at what `service-stack render` prints");
      }
  }
}

type Container = Record<string, unknown> | unknown[];

function get(document: object, pointer: string, member: "path" | "from"): unknown {
  const { container, key } = locate(document, pointer, member);
  return (container as Record<string, unknown>)[existing(container, key, member)];
}

function add(document: object, pointer: string, value: unknown): void {
  const { container, key } = locate(document, pointer, "path");
  if (!Array.isArray(container)) container[key] = value;
  else container.splice(key === "-" ? container.length : position(container, key, "path", 1), 0, value);
}

function remove(document: object, pointer: string, member: "path" | "from"): void {
  const { container, key } = locate(document, pointer, member);
  const found = existing(container, key, member);
  if (Array.isArray(container)) container.splice(Number(found), 1);
  else delete container[found];
}

/** The map or list that holds what `pointer` leads to. */
function locate(
  document: object,
  pointer: string,
  member: "path" | "from",
): { container: Container; key: string } {
  const keys = keysOf(pointer);
  const key = keys.pop() ?? "";
  let container = document as Container;
  for (const step of keys) {
    const next = (container as Record<string, unknown>)[existing(container, step, member)];
    if (next === null || typeof next !== "object" || isText(next)) {
      throw new Refusal(
        member,
        `leads on from \`${step}\`, which is a single value`,
        `end it at \`${step}\``,
      );
    }
    container = next as Container;
  }
  return { container, key };
}

function existing(container: Container, key: string, member: "path" | "from"): string {
  if (Array.isArray(container)) return String(position(container, key, member, 0));
  if (Object.hasOwn(container, key)) return key;
  const keys = Object.keys(container);
  throw new Refusal(member, `leads to \`${key}\`, which isn't there`, suggest(key, keys, "nothing is there"));
}

function position(list: unknown[], key: string, member: "path" | "from", beyond: number): number {
  if (/^(0|[1-9]\d*)$/.test(key) && Number(key) < list.length + beyond) return Number(key);
  const last = list.length - 1 + beyond;
  throw new Refusal(
    member,
    `leads to \`${key}\` of a list with ${list.length} items`,
    last < 0 ? "write `-` to add at its end" : `write a number from 0 to ${last}`,
  );
}
