/**
 * Stand-in of the local platform for the random provider, never what a user with internet gets. It keeps the
 * official rules: a resource is made once and every change of an argument makes a new one.
 */
import type { Difference, PropertyChange, Provider, Target } from "../serve";
import { hasUnknown, same } from "../values";
import { KINDS, type Kind, unknownOutputs } from "./resources";

function kindOf(target: Target): Kind {
  const kind = KINDS[target.type];
  if (kind) return kind;
  const served = Object.keys(KINDS).map((type) => type.slice(type.lastIndexOf(":") + 1));
  throw new Error(
    `the local platform's stand-in for the random provider serves ${served.join(", ")}, not ${target.type}; ` +
      "the official provider does (SERVICE_STACK_PLUGINS=official)",
  );
}

function changeOf(before: unknown, after: unknown): PropertyChange {
  if (before === undefined) return "add-replace";
  return after === undefined ? "delete-replace" : "update-replace";
}

export function randomProvider(version: string): Provider {
  return {
    name: "random",
    version,

    async check(request) {
      const kind = kindOf(request);
      const failures = Object.keys(request.news)
        .filter((key) => !kind.inputs.includes(key) && !key.startsWith("__"))
        .map((property) => ({ property, reason: `${property} is not an argument of ${request.type}` }));
      const mistake = hasUnknown(request.news) ? undefined : kind.mistake(kind.normalize(request.news));
      return { inputs: request.news, failures: mistake ? [...failures, mistake] : failures };
    },

    async diff(request): Promise<Difference> {
      const kind = kindOf(request);
      const before = kind.normalize(request.oldInputs);
      const after = kind.normalize(request.news);
      const changed = kind.inputs.filter((key) => !same(before[key], after[key]));
      const named = changed.filter(
        (key) => request.oldInputs[key] !== undefined || request.news[key] !== undefined,
      );
      const detailed = named.map((key) => [key, changeOf(request.oldInputs[key], request.news[key])]);
      return { changed: changed.length > 0, replaces: changed, detailed: Object.fromEntries(detailed) };
    },

    async create(request) {
      const kind = kindOf(request);
      const normalized = kind.normalize(request.properties);
      if (request.preview) return { id: "", properties: { ...normalized, ...unknownOutputs(kind) } };
      const { id, properties } = kind.make(normalized);
      return { id, properties: { ...normalized, ...properties, id } };
    },

    async read(request) {
      const kind = kindOf(request);
      if (!kind.computed.every((name) => name in request.properties)) {
        throw new Error(
          "the local platform's stand-in for the random provider can't import or look up values",
        );
      }
      return { id: request.id, properties: request.properties, inputs: request.inputs };
    },
  };
}
