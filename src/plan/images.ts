// Where each process' image comes from: a reference that must be precise enough for the tier, or a build.

import { posix } from "node:path";
import type { ContainerArgs } from "../schema/container-args";
import { givenIndex } from "../schema/given";
import type { BuildArgs } from "../schema/image-args";
import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import type { Tier } from "../schema/tier";
import { plain } from "./references";
import type { ImagePlan, Text } from "./stack-plan";
import type { GivenCheck } from "./store-plan";
import { TIERS } from "./tiers";

export interface ImageContext {
  name: string;
  stack: string;
  tier: Tier;
  registry?: string;
  /** What is to be judged once it is known; what is missing is added. */
  checks: GivenCheck[];
}

/** The image of the role `id`, whose arguments stand at `path`; a build is added to `images`, once for roles that
 * share it. */
export function planImage(
  id: string,
  path: string,
  args: Pick<ContainerArgs, "image" | "build">,
  context: ImageContext,
  images: ImagePlan[],
  problems: Problem[],
): Text {
  if (args.image !== undefined && args.build !== undefined) {
    problems.push({
      path: `${path}.image`,
      value: args.image,
      reason: `stands beside ${path}.build, and only one can be run`,
      remedy: "drop one of the two",
    });
  } else if (args.image !== undefined) {
    return planGiven(`${path}.image`, args.image as string, context, problems);
  } else if (args.build !== undefined) {
    return planBuild(id, `${path}.build`, args.build, context, images, problems);
  } else {
    problems.push({
      path,
      reason: "has neither `image` nor `build`",
      remedy: "give an `image`, or `build: { context: ./path }`",
    });
  }
  return plain("");
}

function planGiven(path: string, image: string, { tier, checks }: ImageContext, problems: Problem[]): Text {
  const index = givenIndex(image);
  if (index !== undefined) {
    checks.push({ check: "image", path, index, tier });
    return { parts: [{ hole: "given", index }], secret: false };
  }
  const problem = imageProblem(path, image, tier);
  if (problem) problems.push(problem);
  return plain(image);
}

function planBuild(
  id: string,
  path: string,
  build: BuildArgs,
  { name, registry }: ImageContext,
  images: ImagePlan[],
  problems: Problem[],
): Text {
  if (build.context.trim() === "") {
    problems.push({
      path: `${path}.context`,
      value: build.context,
      reason: "is empty",
      remedy: "name the folder with the sources",
    });
  } else if (build.context.startsWith("/")) {
    problems.push({
      path: `${path}.context`,
      value: build.context,
      reason: "is absolute: on another machine it would differ, and the image would be built anew",
      remedy: "write it relative to Pulumi.yaml, e.g. `./api`",
    });
  }
  checkPlatform(`${path}.platform`, build.platform, problems);
  for (const [index, from] of (build.cacheFrom ?? []).entries()) {
    const wrong = cacheProblem(join(`${path}.cacheFrom`, index), from);
    if (wrong) problems.push(wrong);
  }
  const image: Omit<ImagePlan, "id" | "repository"> = {
    context: posix.normalize(build.context).replace(/(?<=.)\/$/, ""),
    dockerfile: posix.normalize(build.dockerfile ?? posix.join(build.context, "Dockerfile")),
    args: build.args ?? {},
    target: build.target,
    platform: build.platform ?? "linux/amd64",
    network: build.network,
    cacheFrom: build.cacheFrom ?? [],
    builderVersion: build.builderVersion,
  };
  const twin = images.find(
    ({ id: _, repository: __, ...other }) => JSON.stringify(other) === JSON.stringify(image),
  );
  if (!twin) images.push({ ...image, id, repository: `${registry ?? ""}/${name}-${id}` });
  return { parts: [{ hole: "image", image: twin?.id ?? id }], secret: false };
}

function checkPlatform(path: string, platform: string | undefined, problems: Problem[]): void {
  if (platform === undefined || /^[a-z0-9]+\/[a-z0-9]+(\/[a-z0-9]+)?$/.test(platform)) return;
  const several = platform.includes(",");
  problems.push({
    path,
    value: platform,
    reason: several ? "names several platforms, and one build makes one image" : "is not a platform",
    remedy: several ? "name one, or build outside and give the `image`" : "write e.g. `linux/amd64`",
  });
}

/** The provider takes none but whole references here. */
function cacheProblem(path: string, image: string): Problem | undefined {
  const [host = ""] = image.split("/", 1);
  if (image.includes("/") && (/[.:]/.test(host) || host === "localhost")) {
    return REFERENCE.test(image.split("@", 1)[0] ?? "") ? undefined : notAReference(path, image);
  }
  return {
    path,
    value: image,
    reason: "doesn't say which registry it lies in",
    remedy: `write the registry before it, e.g. \`docker.io/${image.includes("/") ? "" : "library/"}${image}\``,
  };
}

// https://pkg.go.dev/github.com/distribution/reference#pkg-overview
const NAME = String.raw`[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*`;
const DOMAIN = String.raw`(?:[a-zA-Z0-9](?:[-a-zA-Z0-9.]*[a-zA-Z0-9])?(?::\d{1,5})?\/)?`;
const REFERENCE = new RegExp(String.raw`^${DOMAIN}${NAME}(?:\/${NAME})*(?::\w[\w.-]{0,127})?$`);

function notAReference(path: string, image: string): Problem {
  const problem = (reason: string, remedy: string): Problem => ({ path, value: image, reason, remedy });
  const [reference = ""] = image.split("@", 1);
  const scheme = /^[a-z]+:\/\//i.exec(image)?.[0] ?? "";
  const near = reference.slice(scheme.length).trim();
  const tidy = REFERENCE.test(near) ? near : near.replace(/^[^:]*(?=:|$)/, (name) => name.toLowerCase());
  const remedy = `write \`${REFERENCE.test(tidy) ? tidy : "registry/repository:tag@sha256:…"}\``;
  if (image.trim() === "") return problem("is empty", remedy);
  if (scheme) return problem(`begins with a scheme (${scheme})`, remedy);
  if (reference !== reference.trim()) return problem("has blanks around it", remedy);
  if (near !== tidy) return problem("has capital letters in the repository", remedy);
  return problem("is not a reference to an image", remedy);
}

/** What is wrong with a reference to an image, if anything. */
export function imageProblem(path: string, image: string, tier: Tier): Problem | undefined {
  const problem = (reason: string, remedy: string): Problem => ({ path, value: image, reason, remedy });
  const [reference = "", digest] = image.split("@");
  if (!REFERENCE.test(reference)) return notAReference(path, image);
  if (digest !== undefined) {
    const digits = digest.replace(/^sha256:/, "");
    if (!digest.startsWith("sha256:"))
      return problem("has a digest that isn't `sha256:…`", "copy the digest from the registry");
    if (/^[0-9a-f]{64}$/i.test(digits) && digits !== digits.toLowerCase())
      return problem("has capital letters in its digest", "write it in lower case");
    if (!/^[0-9a-f]{64}$/.test(digits)) {
      return problem(
        `has a digest of ${digits.length} characters; it takes 64 hexadecimal digits`,
        "copy the whole digest",
      );
    }
    return undefined;
  }
  const tag = /:([^/:]+)$/.exec(reference)?.[1];
  if (tag === undefined)
    return problem(
      "has no tag, so it means `latest`: whatever was pushed last",
      "pin it: `:1.8.2`, better `@sha256:…`",
    );
  if (tag === "latest")
    return problem("is whatever was pushed last", "pin a version, better a digest (`@sha256:…`)");
  if (TIERS[tier].digests) {
    return problem(
      `is a tag, which can be moved; ${tier} runs what was tested`,
      "add the digest: `…@sha256:…`",
    );
  }
  return undefined;
}
