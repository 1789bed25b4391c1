// The user's secrets: generated, given, or in a Secret of the cluster's. Their values are never looked at here.

import { givenIndex } from "../schema/given";
import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import type { SecretArgs, SecretKeyRefArgs } from "../schema/secret-args";
import { subdomainProblem } from "./names";
import type { PasswordPlan, StackPlan, Text } from "./stack-plan";
import type { GivenCheck } from "./store-plan";
import { plain, secretHole } from "./text";

/** The secrets by name; those to be generated are added to `passwords`. */
export function planSecrets(
  secrets: { [name: string]: SecretArgs },
  passwords: PasswordPlan[],
  checks: GivenCheck[],
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
    checkSource(path, args, problems);
    if (args.value !== undefined) return { name, value: given(path, args.value as string, checks, problems) };
    if (args.secretKeyRef) return { name, value: fromCluster(path, args.secretKeyRef, problems) };
    if (args.generate === false) return { name, value: missing(path, problems) };
    return { name, value: generated(name, args, passwords) };
  });
}

/** A secret has one source. */
function checkSource(path: string, args: SecretArgs, problems: Problem[]): void {
  if (args.value !== undefined && args.secretKeyRef !== undefined) {
    problems.push({
      path: join(path, "secretKeyRef"),
      reason: "stands beside a `value`, and which one wins is never guessed",
      remedy: "drop one of the two",
    });
  }
  const source = (["value", "secretKeyRef"] as const).find((key) => args[key] !== undefined);
  if (!source && args.generate !== false) return;
  for (const key of ["length", "format"] as const) {
    if (args[key] === undefined) continue;
    problems.push({
      path: join(path, key),
      value: args[key],
      reason: `says what to generate, but ${source ? `a \`${source}\` is given` : "none may be generated"}`,
      remedy: `drop \`${key}\` or \`${source ?? "generate"}\``,
    });
  }
}

function missing(path: string, problems: Problem[]): Text {
  problems.push({
    path: join(path, "value"),
    reason: "is missing, and none may be generated: somebody else knows the secret too",
    remedy: `give it: ${setSecret(path)}`,
  });
  return { ...plain(""), secret: true };
}

function setSecret(path: string): string {
  return `pulumi config set --secret --path '<name>:stack.${path}.value'`;
}

function generated(name: string, { length = 32, format }: SecretArgs, passwords: PasswordPlan[]): Text {
  const id = `secret-${name}`;
  if (format === undefined || format === "alphanumeric") {
    passwords.push({ id, length });
    return secretHole({ hole: "generated", password: id });
  }
  passwords.push({ id, length: 2 * length, hexadecimal: true });
  return secretHole({ hole: "generated", password: id, format });
}

function given(path: string, value: string, checks: GivenCheck[], problems: Problem[]): Text {
  const index = givenIndex(value);
  if (index !== undefined) {
    checks.push({ check: "secret", path: join(path, "value"), index });
    return secretHole({ hole: "given", index });
  }
  problems.push({
    path: join(path, "value"),
    reason: "stands there in plain text, for everyone who can read the file",
    remedy: `drop it to have one generated, or encrypt it: ${setSecret(path)}`,
  });
  return { ...plain(""), secret: true };
}

/** Kubernetes' rules: https://kubernetes.io/docs/concepts/configuration/secret/#restriction-names-data */
function fromCluster(
  path: string,
  { name, key, urlSafe = false }: SecretKeyRefArgs,
  problems: Problem[],
): Text {
  const wrong = subdomainProblem(`${path}.secretKeyRef.name`, name);
  if (wrong) problems.push(wrong);
  if (!/^[-._A-Za-z0-9]+$/.test(key) || key.length > 253) {
    problems.push({
      path: `${path}.secretKeyRef.key`,
      value: key,
      reason: "is not a key of a Secret: letters, digits, `-`, `_` and `.`",
      remedy: "write it as `kubectl describe secret` shows it",
    });
  }
  return secretHole({ hole: "secretKey", name, key, urlSafe });
}
