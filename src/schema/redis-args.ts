// The public arguments of Redis.

import type { ResourcesArgs } from "./container-args";

/** Redis in the cluster. */
export interface RedisArgs {
  /**
   * Whether it is there. With false, as a stack's file may say, what refers to it is refused. Its volume is kept.
   *
   * @default true
   */
  enabled?: boolean;

  /**
   * The image: upstream's `redis`, or `valkey/valkey`.
   *
   * @default "redis:7.0"
   */
  image?: string;

  /**
   * The numeric user and group that the server runs as and that own the files on the volume.
   *
   * @default 999
   * @asType integer
   */
  runAsUser?: number;

  /**
   * The size of the volume with the append-only file. It can grow later, never shrink.
   *
   * @default - 1Gi in dev and acc, 2Gi in prod
   */
  storage?: string;

  /**
   * The volume's storage class. It cannot be changed later.
   *
   * @default - the cluster's default
   */
  storageClassName?: string;

  /**
   * CPU, memory and ephemeral storage. Half of the memory limit becomes Redis' `maxmemory`.
   *
   * @default - by tier
   */
  resources?: ResourcesArgs;
}
