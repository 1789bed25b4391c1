// Generates passwords. They are kept, encrypted, in the stack's state; any change of an argument makes a new one.

import type * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { PasswordPlan } from "../plan/stack-plan";

// Sixteen characters, each as likely as any other: two of them are one random byte.
const HEXADECIMAL = { lower: false, upper: false, special: true, overrideSpecial: "abcdef" };

/** The passwords by id. */
export function generatePasswords(
  name: string,
  passwords: readonly PasswordPlan[],
  opts: pulumi.CustomResourceOptions,
): Map<string, random.RandomPassword> {
  return new Map(
    passwords.map(({ id, length, hexadecimal }) => {
      const characters = hexadecimal ? HEXADECIMAL : { special: false };
      return [id, new random.RandomPassword(`${name}-${id}`, { length, ...characters }, opts)];
    }),
  );
}
