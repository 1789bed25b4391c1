/**
 * Stand-in of the local platform for the docker provider, never what a user with internet gets. It serves
 * `docker.Image` with the official rules of when to build; building is left to `engine.ts`.
 */
import type { Difference, PropertyChange, Provider, Target } from "../serve";
import { hasUnknown, isObject, type Properties, reveal, same, secret } from "../values";
import { dockerfileInContext, make } from "./engine";
import { hostPlatform, known, normalize, secretsOf } from "./inputs";

const IMAGE = "docker:index/image:Image";

function onlyImages(target: Target): void {
  if (target.type === IMAGE) return;
  throw new Error(
    `the local platform's stand-in for the docker provider serves Image, not ${target.type}; ` +
      "the official provider does (SERVICE_STACK_PLUGINS=official)",
  );
}

/** The inputs of the build that made what the state holds. */
function builtFrom(olds: Properties, oldInputs: Properties): Properties {
  const kept = reveal(olds.__inputs);
  return isObject(kept) ? kept : (reveal(oldInputs) as Properties);
}

/** New credentials alone are no reason to build again: many of them change by the hour. */
function sameRegistry(before: unknown, after: unknown): boolean {
  return isObject(before) && isObject(after) && same(before.server, after.server);
}

export function changes(before: Properties, after: Properties): Record<string, PropertyChange> {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => {
    if (key.startsWith("__") || same(before[key], after[key])) return false;
    return !(key === "registry" && sameRegistry(before[key], after[key]));
  });
  return Object.fromEntries(
    keys.map((key) => [key, !(key in before) ? "add" : !(key in after) ? "delete" : "update"]),
  );
}

/** Whether a preview may build: only when asked to, and when it knows what. */
function buildsInPreview(target: Target, inputs: Properties): boolean {
  if (inputs.buildOnPreview !== true) return false;
  const build = isObject(inputs.build) ? inputs.build : {};
  if (!hasUnknown([build.context, build.dockerfile, build.args, inputs.imageName])) return true;
  target.log(
    "warning",
    "Minimum inputs for build are unresolved. Continuing without preview image build. To avoid this warning, " +
      "ensure image name, dockerfile, args, and context are resolved at preview.",
  );
  return false;
}

async function built(target: Target, inputs: Properties, preview: boolean): Promise<Properties> {
  const image = known(inputs);
  const secrets = secretsOf(inputs);
  const hide = (line: string) => secrets.reduce((text, value) => text.replaceAll(value, "[secret]"), line);
  const listener = {
    status: (line: string) => target.status(hide(line)),
    note: (line: string) => target.log("info", hide(line)),
    cancelled: target.cancelled,
  };
  const repoDigest = await make(image, image.skipPush || preview, listener).catch((error) => {
    throw new Error(hide(error instanceof Error ? error.message : String(error)));
  });
  return {
    __inputs: secret(reveal(inputs)),
    baseImageName: image.imageName,
    context: image.build.context,
    dockerfile: dockerfileInContext(image),
    imageName: image.imageName,
    platform: image.build.platform ?? hostPlatform(),
    registryServer: image.registry.server ?? "",
    repoDigest,
  };
}

export function dockerProvider(version: string): Provider {
  return {
    name: "docker",
    version,
    // Secrets come marked, so that a build's log can be kept clear of them.
    acceptSecrets: true,

    async configure(args, variables) {
      const host = reveal(args.host) ?? variables["docker:config:host"];
      if (typeof host === "string" && host !== "" && !hasUnknown(host)) process.env.DOCKER_HOST = host;
    },

    async check(request) {
      onlyImages(request);
      const build = reveal(request.news.build);
      if (!isObject(build) || build.platform === undefined) {
        request.log(
          "info",
          `Building your image for ${hostPlatform()} architecture.\nTo ensure you are building for the correct ` +
            "platform, consider explicitly setting the `platform` field on ImageBuildOptions.",
        );
      }
      return { inputs: normalize(request.news) };
    },

    async diff(request): Promise<Difference> {
      const before = builtFrom(request.olds, request.oldInputs);
      const detailed = changes(before, reveal(request.news) as Properties);
      return { changed: Object.keys(detailed).length > 0, detailed };
    },

    async create(request) {
      onlyImages(request);
      const { properties, preview } = request;
      if (preview && !buildsInPreview(request, properties)) return { id: "", properties };
      return { id: known(properties).imageName, properties: await built(request, properties, preview) };
    },

    async read(request) {
      return { id: request.id, properties: request.properties, inputs: request.inputs };
    },

    async update(request) {
      const { news, preview } = request;
      if (preview && !buildsInPreview(request, news)) return { properties: news };
      return { properties: await built(request, news, preview) };
    },
  };
}
