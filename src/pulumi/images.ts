// Builds and pushes images. @pulumi/docker builds nothing in a preview and nothing whose sources are unchanged.

import { relative, resolve } from "node:path";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { ImagePlan, StackPlan } from "../plan/stack-plan";
import { commitOf } from "../project/commit";
import type { TextFiller } from "./holes";

/**
 * The images by id. An image's tag is the commit that it was built from, and stays so: a change of the tag alone is
 * ignored, and a change of the sources makes the image anew instead of updating it, for only what is new gets a tag that
 * is ignored. (There is nothing to delete of the old one: it stays in the registry.)
 */
export function buildImages(
  { name, stack, registry, images }: StackPlan,
  text: TextFiller,
  opts: pulumi.CustomResourceOptions,
): Map<string, docker.Image> {
  const credentials = registry?.credentials;
  const access = registry && {
    server: registry.prefix,
    ...(credentials && { username: text(credentials.username), password: text(credentials.password) }),
  };
  const built = images.map((plan) => {
    const image = new docker.Image(
      `${name}-${plan.id}`,
      { imageName: `${plan.repository}:${tag(plan, stack)}`, build: build(plan), registry: access },
      { ...opts, ignoreChanges: ["imageName"], replaceOnChanges: ["build", "registry"] },
    );
    return [plan.id, image] as const;
  });
  return new Map(built);
}

function tag({ context, dockerfile }: ImagePlan, stack: string): string {
  const root = pulumi.getRootDirectory();
  return commitOf(resolve(root, context), resolve(root, dockerfile)) ?? stack;
}

function build({
  context,
  dockerfile,
  cacheFrom,
  args,
  target,
  platform,
  network,
  builderVersion,
}: ImagePlan) {
  return {
    context: fromHere(context),
    dockerfile: fromHere(dockerfile),
    args,
    target,
    platform,
    network,
    builderVersion,
    ...(cacheFrom.length > 0 && { cacheFrom: { images: cacheFrom } }),
  };
}

/** The provider works in the program's folder; an absolute path would differ between machines, and rebuild. */
function fromHere(path: string): string {
  return relative(process.cwd(), resolve(pulumi.getRootDirectory(), path)) || ".";
}
