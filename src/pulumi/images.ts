// Builds and pushes images. @pulumi/docker builds nothing in a preview and nothing whose sources are unchanged.

import { relative, resolve } from "node:path";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { ImagePlan } from "../plan/stack-plan";

/** The images by id. */
export function buildImages(
  name: string,
  images: readonly ImagePlan[],
  opts: pulumi.CustomResourceOptions,
): Map<string, docker.Image> {
  const built = images.map(({ id, name: imageName, context, dockerfile, ...build }) => {
    const image = new docker.Image(
      `${name}-${id}`,
      { imageName, build: { ...build, context: fromHere(context), dockerfile: fromHere(dockerfile) } },
      opts,
    );
    return [id, image] as const;
  });
  return new Map(built);
}

/** The provider works in the program's folder; an absolute path would differ between machines, and rebuild. */
function fromHere(path: string): string {
  return relative(process.cwd(), resolve(pulumi.getRootDirectory(), path)) || ".";
}
