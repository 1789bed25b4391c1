// The environment of a container: what `envFile`, `env` and `envFrom` say, over what is taken from the backend.

import type { ContainerArgs } from "../schema/container-args";
import type { EnvFromArgs } from "../schema/environment-args";
import { givenIndex } from "../schema/given";
import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import type { Tier } from "../schema/tier";
import { corsProblems } from "./cors";
import { readEnvFile } from "./env-file";
import { subdomainProblem } from "./names";
import { overlay } from "./overlay";
import { isSecretName, plainSecretProblem } from "./plain-secrets";
import type { ReadFile } from "./project-files";
import { resolve, type Targets } from "./references";
import type { EnvFromPlan, PodPlan, Text } from "./stack-plan";
import type { GivenCheck } from "./store-plan";
import type { PlannedTelemetry } from "./telemetry";
import { isGivenHole } from "./text";
import { TIERS } from "./tiers";

/** What the stack offers to variables. */
export interface EnvironmentContext {
  targets: Targets;
  readFile: ReadFile;
  tier: Tier;
  telemetry?: PlannedTelemetry;
  checks: GivenCheck[];
  problems: Problem[];
}

export interface PlannedEnvironment {
  env: PodPlan["env"];
  envFrom: EnvFromPlan[];
  /** The roles that the references lead to. */
  roles: string[];
  /** Those of them that the role's own variables lead to, not ones that it takes over. */
  ownRoles: string[];
}

interface Variable {
  /** Where it stands. */
  path: string;
  value: string;
  own: boolean;
}

/** The environment of the role `id`, whose arguments stand at `path`, over the backend's `settings` where it takes
 * those. */
export function planEnvironment(
  id: string,
  path: string,
  args: ContainerArgs,
  settings: ContainerArgs | undefined,
  context: EnvironmentContext,
): PlannedEnvironment {
  const variables = new Map<string, Variable>();
  for (const [name, variable] of context.telemetry?.variablesOf(id) ?? []) {
    variables.set(name, { ...variable, own: false });
  }
  if (settings) {
    // Its mistakes are the backend's, and told there.
    addVariables(variables, "backend", settings, false, { ...context, problems: [] });
  }
  addVariables(variables, path, args, true, context);

  const roles = new Set<string>();
  const ownRoles = new Set<string>();
  const env = [...variables].map(([name, { path: at, value, own }]) => {
    const resolved = resolve(at, value, context.targets);
    if (own) context.problems.push(...resolved.problems);
    const bare = own && TIERS[context.tier].encryptedSecrets && givenIndex(value) === undefined;
    const problem = bare ? plainSecretProblem(at, name, value, resolved.text) : undefined;
    if (problem) context.problems.push(problem);
    const index = own && isSecretName(name) ? givenWhole(value, resolved.text) : undefined;
    if (index !== undefined) context.checks.push({ check: "variable", path: at, index });
    for (const role of resolved.roles) {
      roles.add(role);
      if (own) ownRoles.add(role);
    }
    return { name, value: resolved.text };
  });
  context.problems.push(...corsProblems(context.tier, env, (name) => variables.get(name)));
  return {
    env,
    envFrom: [
      ...planEnvFrom("backend", settings?.envFrom, []),
      ...planEnvFrom(path, args.envFrom, context.problems),
    ],
    roles: [...roles],
    ownRoles: [...ownRoles],
  };
}

/** The index of the given value that a variable is, as it stands there or in the configuration. What stands in `secrets` is
 * judged there. */
function givenWhole(value: string, { parts }: Text): number | undefined {
  const [part, ...others] = parts;
  const direct = givenIndex(value) !== undefined || /^\$\{\s*config\./.test(value);
  return direct && others.length === 0 && part !== undefined && isGivenHole(part) ? part.index : undefined;
}

/** Adds what the arguments at `path` set, and takes away what they unset. */
function addVariables(
  variables: Map<string, Variable>,
  path: string,
  args: ContainerArgs,
  own: boolean,
  { readFile, problems }: EnvironmentContext,
): void {
  for (const [index, file] of (args.envFile ?? []).entries()) {
    const at = join(join(path, "envFile"), index);
    for (const [name, value] of readEnvFile(at, file, readFile, problems)) {
      const mistake = nameMistake(name);
      if (mistake)
        problems.push({ path: at, value: file, ...mistake, reason: `sets ${name}, which ${mistake.reason}` });
      variables.set(name, { path: at, value, own });
    }
  }
  const at = join(path, "env");
  const { set, removed } = overlay(at, args.env, variables.keys(), problems);
  for (const [name, value] of set) {
    const mistake = nameMistake(name);
    if (mistake) problems.push({ path: join(at, name), ...mistake });
    variables.set(name, { path: join(at, name), value: value as string, own });
  }
  for (const name of removed) variables.delete(name);
}

/** What is wrong with the name of a variable, if anything. */
function nameMistake(name: string): Omit<Problem, "path"> | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    return {
      reason: "is not the name of an environment variable: letters, digits and `_`, no digit first",
      remedy:
        name === ""
          ? "write e.g. `LOG_LEVEL`"
          : `try \`${name.replace(/[^A-Za-z0-9_]/g, "_").replace(/^(?=\d)/, "_")}\``,
    };
  }
  if (/^KUBERNETES_(SERVICE|PORT)(_|$)/.test(name)) {
    return {
      reason: "is set by Kubernetes itself: clients find the cluster's API by it",
      remedy: "remove it; to reach another cluster give its client a kubeconfig",
    };
  }
  return undefined;
}

function planEnvFrom(path: string, sources: EnvFromArgs[] = [], problems: Problem[]): EnvFromPlan[] {
  return sources.flatMap(({ secretRef, configMapRef, prefix }, index) => {
    const at = join(join(path, "envFrom"), index);
    const ref = secretRef ?? configMapRef;
    if (!ref || (secretRef && configMapRef)) {
      problems.push({
        path: at,
        reason: ref ? "has both `secretRef` and `configMapRef`" : "names neither a Secret nor a ConfigMap",
        remedy: "write one of `secretRef: { name: smtp }` and `configMapRef: { name: smtp }`",
      });
      return [];
    }
    const kind = secretRef ? "Secret" : "ConfigMap";
    const wrong = subdomainProblem(
      join(join(at, secretRef ? "secretRef" : "configMapRef"), "name"),
      ref.name,
    );
    if (wrong) problems.push(wrong);
    if (prefix !== undefined && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(prefix)) {
      problems.push({
        path: join(at, "prefix"),
        value: prefix,
        reason: "can't begin the name of an environment variable: letters, digits and `_`, no digit first",
        remedy: `try \`${prefix.replace(/[^A-Za-z0-9_]/g, "_").replace(/^(?=\d|$)/, "_")}\``,
      });
    }
    return [{ kind, name: ref.name, optional: ref.optional ?? false, ...(prefix && { prefix }) }];
  });
}
