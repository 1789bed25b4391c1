// The public arguments of what a container finds in its file system beside its image: files, volumes, scratch space.

import type { Input } from "@pulumi/pulumi";
import type { ObjectRefArgs } from "./environment-args";

/**
 * One file: exactly one of `content` and `source`. It is read-only, its neighbours in the image stay visible, and a
 * change of it rolls exactly the pods that have it.
 */
export interface FileArgs {
  /**
   * The text. References count in it as they do in `env`, and text with a secret in it is kept in a Kubernetes Secret.
   *
   * @example "broker: ${redis.url}/1\n"
   */
  content?: Input<string>;

  /**
   * A file relative to Pulumi.yaml, read when the stack is planned and mounted as it is: `${…}` means nothing in it.
   *
   * @example "./config/settings.js"
   */
  source?: string;

  /**
   * Who may do what with it, as octal digits in quotes. The file belongs to root: digits that leave others out make
   * it readable through the pod's `fsGroup`.
   *
   * @default "0644"
   * @example "0755"
   */
  mode?: string;
}

/** What is mounted at a path: exactly one of `volume`, `emptyDir`, `secret` and `configMap`. */
export interface MountArgs {
  /**
   * The name of one of the stack's `volumes`: it keeps its content.
   *
   * @example "uploads"
   */
  volume?: string;

  /** An empty folder for each pod, which goes with it. */
  emptyDir?: EmptyDirArgs;

  /** A Secret that exists already in the stack's namespace; each of its keys becomes a file. */
  secret?: ObjectRefArgs;

  /** A ConfigMap that exists already in the stack's namespace; each of its keys becomes a file. */
  configMap?: ObjectRefArgs;

  /**
   * The folder (or file) of the volume to mount, instead of the whole.
   *
   * @default - the whole
   * @example "avatars"
   */
  subPath?: string;

  /**
   * Whether the container may only read it.
   *
   * @default - false for volumes; Secrets and ConfigMaps can't be written at all
   */
  readOnly?: boolean;
}

/** An empty folder for each pod. */
export interface EmptyDirArgs {
  /**
   * How much may lie in it; a pod with more is evicted. It is added to the default of the container's limit: of
   * ephemeral storage, or of memory where it lies there.
   *
   * @default - as much as the container's limit allows
   * @example "2Gi"
   */
  sizeLimit?: string;

  /**
   * Where it lies: `Memory`, or on the node's disk.
   *
   * @default ""
   */
  medium?: EmptyDirMedium;
}

/** Where an empty folder lies. */
export const EmptyDirMedium = {
  /** On the node's disk. */
  Default: "",
  /** In memory (tmpfs): fast, and counted into the container's memory. */
  Memory: "Memory",
} as const;
export type EmptyDirMedium = (typeof EmptyDirMedium)[keyof typeof EmptyDirMedium];
