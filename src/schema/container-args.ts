// What everything that runs has in common, whether it serves, works, or runs once: an image, and what it finds
// around itself. Words are Kubernetes' own wherever Kubernetes has one.

import type { Input } from "@pulumi/pulumi";
import type { EnvFromArgs } from "./environment-args";
import type { BuildArgs } from "./image-args";
import type { FileArgs, MountArgs } from "./mount-args";
import type { PeerArgs } from "./network-args";
import type { PodArgs } from "./pod-args";

/** A container: one image, and what it finds around itself. */
export interface ContainerArgs extends PodArgs {
  /**
   * Whether it runs. With false, as a stack's file may say, nothing of it is made, and what refers to it is refused.
   *
   * @default true
   */
  enabled?: boolean;

  /**
   * The image to run, by reference. In prod with its digest. Give this or `build`, not both; in a stack's file it
   * takes the place of the program's `build`. From a program it may be an Output, such as another stack's.
   *
   * @example "ghcr.io/acme/notes-api:1.8.2@sha256:…"
   */
  image?: Input<string>;

  /** How to build the image. Give this or `image`, not both; in a stack's file it takes the place of the program's
   * `image`. */
  build?: BuildArgs;

  /**
   * Overrides the image's entry point, as a list of words; it is never given to a shell.
   *
   * @default - the image's ENTRYPOINT
   * @see https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/
   */
  command?: string[];

  /**
   * Overrides the arguments of the entry point.
   *
   * @default - the image's CMD
   */
  args?: string[];

  /**
   * The folder that the command starts in.
   *
   * @default - the image's WORKDIR
   * @example "/app"
   */
  workingDir?: string;

  /**
   * Environment variables. A value may contain references such as `${postgres.url}`: they fill in the
   * value, and they also order the deployment and open the network between the two. `$${` stands for a
   * literal `${`. Values that hold a secret are kept in a Kubernetes Secret. `""` is an empty value; in YAML, `null`
   * takes away a variable that the program, or the backend, sets.
   *
   * @example { "DATABASE_URL": "${postgres.url}" }
   */
  env?: { [name: string]: Input<string> };

  /**
   * Files of `NAME=value` lines (dotenv), relative to Pulumi.yaml, read when the stack is planned. Their variables
   * stand below those of `env`, and those of a later file above those of an earlier one; references count in them too.
   *
   * @default - none
   * @example ["config/prod.env"]
   */
  envFile?: string[];

  /**
   * Variables out of Secrets and ConfigMaps that exist already. They stand below those of `env` and `envFile`.
   *
   * @default - none
   * @example [{ "secretRef": { "name": "smtp" }, "prefix": "SMTP_" }]
   */
  envFrom?: EnvFromArgs[];

  /**
   * Stores that must answer each time before a pod starts, by the names that references have for them: for a program
   * that doesn't get over one that is missing at its start. At a deployment, references alone give the order.
   * A list of a role's own, be it empty, takes the place of the backend's.
   *
   * @default - none; the backend's for a role that runs with its settings
   * @example ["redis"]
   */
  waitFor?: string[];

  /**
   * CPU, memory and ephemeral storage.
   *
   * @default - by tier, see the reference of tiers
   */
  resources?: ResourcesArgs;

  /**
   * Whether the image's own files can't be written: what a program needs to write belongs below `/tmp` or into `mounts`.
   *
   * @default true
   */
  readOnlyRootFilesystem?: boolean;

  /**
   * Files by their absolute path in the container.
   *
   * @default - none
   * @example { "/app/settings.js": { "source": "./config/settings.js" } }
   */
  files?: { [path: string]: FileArgs };

  /**
   * Volumes and empty folders by their absolute path in the container. `/tmp` is an empty folder unless it is given.
   *
   * @default - `/tmp`
   * @example { "/app/uploads": { "volume": "uploads" }, "/tmp": { "emptyDir": { "sizeLimit": "2Gi" } } }
   */
  mounts?: { [path: string]: MountArgs };

  /**
   * Where it opens connections to beyond the stack, by names of your choice. An entry that names neither pods nor
   * addresses means the internet: every public address, and nothing private.
   *
   * @default - nowhere; references open what they need
   * @example { "mail": { "cidr": "203.0.113.0/24", "ports": [587] }, "web": { "ports": [443] } }
   */
  egress?: { [name: string]: PeerArgs };
}

/** What a process gets at least (`requests`) and at most (`limits`). */
export interface ResourcesArgs {
  /** What is reserved on the node. */
  requests?: ResourceListArgs;
  /** What cannot be exceeded. */
  limits?: ResourceListArgs;
}

/**
 * Amounts, as Kubernetes' quantities.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export interface ResourceListArgs {
  /**
   * Cores, `1` or `0.5`, or thousandths of one, `250m`.
   *
   * @example "250m"
   */
  cpu?: string;
  /**
   * Bytes, with a binary suffix.
   *
   * @example "512Mi"
   */
  memory?: string;
  /**
   * Bytes on the node's disk for logs and scratch files.
   *
   * @example "1Gi"
   */
  ephemeralStorage?: string;
}
