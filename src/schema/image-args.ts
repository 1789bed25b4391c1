// The public arguments of images: how they are built, and how to get into the registry that they are pushed to.

import type { Input } from "@pulumi/pulumi";

/** How an image is built: as `docker build` has it. */
export interface BuildArgs {
  /**
   * The folder with the sources, relative to Pulumi.yaml. What its `.dockerignore` names is left out.
   *
   * @example "./api"
   */
  context: string;

  /**
   * The Dockerfile, relative to Pulumi.yaml.
   *
   * @default - `Dockerfile` in the context
   */
  dockerfile?: string;

  /**
   * Build arguments (`ARG`). They can be read out of the image: never a secret.
   *
   * @default - none
   */
  args?: { [name: string]: string };

  /**
   * The stage of a multi-stage Dockerfile to build.
   *
   * @default - the last one
   */
  target?: string;

  /**
   * The platform to build for.
   *
   * @default "linux/amd64"
   */
  platform?: string;

  /**
   * Images whose layers are used again instead of being built anew, by reference. Those that can't be pulled are left
   * out. BuildKit finds layers only in images that were built with the argument `BUILDKIT_INLINE_CACHE: "1"`.
   *
   * @default - none: only what the builder itself has kept
   * @example ["ghcr.io/acme/notes-backend:main"]
   */
  cacheFrom?: string[];

  /**
   * The builder of the Docker engine to build with.
   *
   * @default - `BuilderBuildKit`
   */
  builderVersion?: BuilderVersion;

  /**
   * The network of the build's RUN steps, as `docker build --network` has it.
   *
   * @default - the builder's own
   */
  network?: string;
}

/** The builders of a Docker engine. */
export const BuilderVersion = {
  /** The classic builder. */
  BuilderV1: "BuilderV1",
  /** BuildKit. */
  BuilderBuildKit: "BuilderBuildKit",
} as const;
export type BuilderVersion = (typeof BuilderVersion)[keyof typeof BuilderVersion];

/** How to get into `registry`. */
export interface RegistryCredentialsArgs {
  /** The name of the user. */
  username: Input<string>;

  /**
   * The password or token. Give it encrypted:
   * `pulumi config set --secret --path '<name>:stack.registryCredentials.password'`.
   */
  password: Input<string>;

  /**
   * Whether the cluster's nodes pull with them too. They are then kept in a Secret of type
   * `kubernetes.io/dockerconfigjson` that the ServiceAccounts name; so leave it off where nodes get in by themselves,
   * and where the password is a push token.
   *
   * @default false
   */
  pullSecret?: boolean;
}
