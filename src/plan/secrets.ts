// The user's secrets: which are generated and which are given. Their values are never looked at here.

import { givenIndex } from "../schema/given";
import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import type { SecretArgs } from "../schema/stack-args";
import type { PasswordPlan, StackPlan } from "./stack-plan";

/** The secrets by name; those to be generated are added to `passwords`. */
export function planSecrets(
  secrets: { [name: string]: SecretArgs },
  passwords: PasswordPlan[],
  problems: Problem[],
): StackPlan["secrets"] {
  return Object.entries(secrets).map(([name, args]) => {
    const path = join("secrets", name);
    if (!/^[A-Za-z][A-Za-z0-9_-]*$/.test(name)) {
      problems.push({
        path,
        reason: "is not a name for a secret: letters, digits, `_` and `-`",
        remedy: "rename it",
      });
    }
    if (args.value === undefined) {
      const id = `secret-${name}`;
      passwords.push({ id, length: args.length ?? 32 });
      return { name, value: { parts: [{ hole: "generated", password: id }], secret: true } };
    }
    if (args.length !== undefined) {
      problems.push({
        path: join(path, "length"),
        value: args.length,
        reason: "says how much to generate, but a value is given",
        remedy: "drop `length` or `value`",
      });
    }
    const index = givenIndex(args.value);
    if (index === undefined) {
      problems.push({
        path: join(path, "value"),
        reason: "stands there in plain text, for everyone who can read the file",
        remedy: `drop it to have one generated, or encrypt it: pulumi config set --secret --path '<name>:stack.${path}.value'`,
      });
      return { name, value: { parts: [""], secret: true } };
    }
    return { name, value: { parts: [{ hole: "given", index }], secret: true } };
  });
}
