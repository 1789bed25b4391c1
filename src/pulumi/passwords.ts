// Generates passwords. They are kept, encrypted, in the stack's state; any change of an argument makes a new one.

import type * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { PasswordPlan } from "../plan/stack-plan";

/** The passwords by id: letters and digits. */
export function generatePasswords(
  name: string,
  passwords: readonly PasswordPlan[],
  opts: pulumi.CustomResourceOptions,
): Map<string, random.RandomPassword> {
  return new Map(
    passwords.map(({ id, length }) => [
      id,
      new random.RandomPassword(`${name}-${id}`, { length, special: false }, opts),
    ]),
  );
}
