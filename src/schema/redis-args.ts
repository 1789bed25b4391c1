// The public arguments of Redis, whoever runs it.

import type { Input } from "@pulumi/pulumi";
import type { ResourcesArgs } from "./container-args";

/** Redis or Valkey: in the cluster, or one that is there already. */
export interface RedisArgs {
  /**
   * Whether it is there. With false, as a stack's file may say, what refers to it is refused. Its volume is kept.
   *
   * @default true
   */
  enabled?: boolean;

  /**
   * Who runs it. The data doesn't move by itself when this changes.
   *
   * @default - `embedded`
   */
  mode?: RedisMode;

  /**
   * The image: upstream's `redis`, or `valkey/valkey`.
   *
   * @default "redis:7.0"
   * @example "valkey/valkey:8.0.2"
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
   * Whether what was written outlives a restart: in a file on a durable volume, to which every change is appended.
   *
   * @default - true for `redis`, false for `caches`
   */
  persistence?: boolean;

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
   * What happens when the memory is full. A queue must refuse what is new rather than forget what it has: `noeviction`.
   *
   * @default - `noeviction` for `redis`, `allkeys-lru` for `caches`
   * @see https://redis.io/docs/latest/develop/reference/eviction/
   */
  maxmemoryPolicy?: MaxmemoryPolicy;

  /**
   * CPU, memory and ephemeral storage. Redis' `maxmemory` is half of the memory limit, or three quarters of it without
   * persistence.
   *
   * @default - by tier
   */
  resources?: ResourcesArgs;

  /**
   * Where an external Redis is, without the number of a database. The password is percent-encoded in it. Give it encrypted,
   * or give a URL without a password, and `password` apart; or give `host` and `password` instead.
   *
   * @example "rediss://cache.example.com:6380"
   */
  url?: Input<string>;

  /**
   * The host of an external Redis, without a port.
   *
   * @example "cache.example.com"
   */
  host?: Input<string>;

  /**
   * The port of an external Redis, beside `host`.
   *
   * @default 6379
   * @asType integer
   */
  port?: number;

  /**
   * The user of an external Redis.
   *
   * @default - none: the password alone
   */
  user?: Input<string>;

  /**
   * The password of an external Redis, as it is: not percent-encoded. Give it encrypted, or as a reference such as
   * `${secrets.redis}`.
   *
   * @default - none
   */
  password?: Input<string>;

  /**
   * Whether the connection to an external Redis is encrypted, beside `host`; then its URL begins with `rediss://`.
   *
   * @default - what `url` says, else false in dev, true in acc and prod
   */
  tls?: boolean;

  /**
   * The addresses that an external Redis has, as a block. Network policies know no names: without it, its port is open to any
   * address.
   *
   * @default - any address
   * @example "10.20.0.0/16"
   */
  cidr?: string;
}

/** Who runs Redis. */
export const RedisMode = {
  /** This stack, in one pod. */
  embedded: "embedded",
  /** Somebody else. */
  external: "external",
} as const;
export type RedisMode = (typeof RedisMode)[keyof typeof RedisMode];

/** What Redis does when its memory is full. */
export const MaxmemoryPolicy = {
  /** Refuses writes. */
  noeviction: "noeviction",
  /** Forgets what was used longest ago. */
  allkeysLru: "allkeys-lru",
  /** Forgets what is used least often. */
  allkeysLfu: "allkeys-lfu",
  /** Forgets anything. */
  allkeysRandom: "allkeys-random",
  /** Of what expires, forgets what was used longest ago. */
  volatileLru: "volatile-lru",
  /** Of what expires, forgets what is used least often. */
  volatileLfu: "volatile-lfu",
  /** Of what expires, forgets anything. */
  volatileRandom: "volatile-random",
  /** Of what expires, forgets what expires next. */
  volatileTtl: "volatile-ttl",
} as const;
export type MaxmemoryPolicy = (typeof MaxmemoryPolicy)[keyof typeof MaxmemoryPolicy];
