// `${config.x}`: the project's configuration, as `pulumi config set x …` writes it.

import { isGiven } from "../schema/given";
import type { Target } from "./references";
import type { Text } from "./stack-plan";
import { plain, secretHole } from "./text";

/** What `${config.…}` is worth. Encrypted values are added to `given`. */
export function configTarget(config: Readonly<Record<string, unknown>>, given: unknown[]): Target {
  const values: Record<string, Text> = {};
  for (const [key, value] of Object.entries(config)) {
    if (isGiven(value)) values[key] = secretHole({ hole: "given", index: given.push(value) - 1 });
    else if (value !== undefined && value !== null) values[key] = plain(asText(value));
  }
  return { values };
}

/** Maps and lists are JSON, as the engine hands them over too. */
function asText(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
