// Where images are pushed to and pulled from, and with which credentials. Their values are never looked at here.

import { givenIndex } from "../schema/given";
import type { RegistryCredentialsArgs } from "../schema/image-args";
import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import type { ServiceStackArgs } from "../schema/stack-args";
import { subdomainProblem } from "./names";
import type { ImagePlan, RegistryPlan, StackPlan, Text } from "./stack-plan";

/** The registry, and the Secrets that images are pulled with; `images` are those to push. */
export function planRegistry(
  args: ServiceStackArgs,
  images: readonly ImagePlan[],
  problems: Problem[],
): Pick<StackPlan, "registry" | "imagePullSecrets"> {
  const { registry: prefix, registryCredentials, imagePullSecrets = [] } = args;
  checkRegistry(prefix, images, problems);
  if (prefix === undefined && registryCredentials) {
    problems.push({
      path: "registryCredentials",
      reason: "lead nowhere: there is no `registry`",
      remedy: "name the registry, e.g. `registry: ghcr.io/acme`, or drop them",
    });
  }
  const registry = prefix === undefined ? undefined : planAccess(prefix, registryCredentials, problems);
  for (const [index, name] of imagePullSecrets.entries()) {
    const first = imagePullSecrets.indexOf(name);
    if (first < index) {
      problems.push({
        path: join("imagePullSecrets", index),
        value: name,
        reason: `stands at ${join("imagePullSecrets", first)} already`,
        remedy: "drop one of the two",
      });
    }
    const wrong = subdomainProblem(join("imagePullSecrets", index), name);
    if (wrong) problems.push(wrong);
  }
  return { registry, imagePullSecrets };
}

function planAccess(
  prefix: string,
  given: RegistryCredentialsArgs | undefined,
  problems: Problem[],
): RegistryPlan {
  if (!given) return { prefix, pullSecret: false };
  const path = "registryCredentials.password";
  if (givenIndex(given.password) === undefined) {
    problems.push({
      path,
      reason: "stands there in plain text, for everyone who can read the file",
      remedy: `encrypt it: pulumi config set --secret --path '<name>:stack.${path}'`,
    });
  }
  const credentials = { username: text(given.username, false), password: text(given.password, true) };
  return { prefix, credentials, pullSecret: given.pullSecret ?? false };
}

function text(value: unknown, secret: boolean): Text {
  const index = givenIndex(value);
  return { parts: [index === undefined ? String(value) : { hole: "given", index }], secret };
}

function checkRegistry(
  registry: string | undefined,
  images: readonly ImagePlan[],
  problems: Problem[],
): void {
  if (registry === undefined && images.length > 0) {
    problems.push({
      path: "registry",
      reason: `is missing, and ${images.map(({ id }) => id).join(" and ")} must be pushed somewhere`,
      remedy: "name it with its prefix, e.g. `registry: ghcr.io/acme`",
    });
  } else if (registry?.includes("@")) {
    problems.push({
      path: "registry",
      reason: "has a user or a digest in it",
      remedy:
        "write host and prefix alone, e.g. `ghcr.io/acme`; who may push stands in `registryCredentials`",
    });
  } else if (
    registry !== undefined &&
    !/^[a-z0-9][-a-z0-9.]*(:\d+)?(\/[a-z0-9][-a-z0-9._]*)*$/.test(registry)
  ) {
    problems.push({
      path: "registry",
      value: registry,
      reason: "is not a registry with an optional prefix",
      remedy: `write it without scheme, tag or slash at the end, e.g. \`${
        registry
          .replace(/^[a-z]+:\/\//, "")
          .replace(/\/+$/, "")
          .toLowerCase() || "ghcr.io/acme"
      }\``,
    });
  } else if (registry !== undefined && !/[.:]/.test(registry.split("/")[0] ?? "") && !isLocal(registry)) {
    problems.push({
      path: "registry",
      value: registry,
      reason: "names no host: its first part has neither a dot nor a port",
      remedy: `write \`docker.io/${registry}\` for Docker Hub, or the registry's host before it`,
    });
  }
}

function isLocal(registry: string): boolean {
  return registry === "localhost" || registry.startsWith("localhost/");
}
