// The public arguments of the database.

import type { ResourcesArgs } from "./container-args";

/** PostgreSQL in the cluster. */
export interface PostgresArgs {
  /**
   * Whether it is there. With false, as a stack's file may say, what refers to it is refused. Its volume is kept.
   *
   * @default true
   */
  enabled?: boolean;

  /**
   * The image: upstream's `postgres` or one with the same programs. A volume belongs to one major version.
   *
   * @default "postgres:15"
   */
  image?: string;

  /**
   * The numeric user and group that the image's server runs as and that own the files on the volume.
   *
   * @default 999
   * @asType integer
   */
  runAsUser?: number;

  /**
   * The size of the volume. It can grow later, never shrink.
   *
   * @default - 1Gi in dev, 5Gi in acc, 20Gi in prod
   * @example "10Gi"
   */
  storage?: string;

  /**
   * The volume's storage class. It cannot be changed later.
   *
   * @default - the cluster's default
   */
  storageClassName?: string;

  /**
   * The name of the database.
   *
   * @default - the component's name, with `_` for `-`
   */
  database?: string;

  /**
   * The role that owns the database. It is not a superuser.
   *
   * @default - the component's name, with `_` for `-`
   */
  user?: string;

  /**
   * CPU, memory and ephemeral storage.
   *
   * @default - by tier
   */
  resources?: ResourcesArgs;
}
