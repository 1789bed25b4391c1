// The public arguments of the database, whoever runs it.

import type { Input } from "@pulumi/pulumi";
import type { BackupArgs } from "./backup-args";
import type { ResourcesArgs } from "./container-args";

/**
 * PostgreSQL: one pod with a durable volume (`embedded`), several of them run by an operator (`cloudnative-pg`), or a
 * database that is there already (`external`). What references offer is the same for all of them.
 */
export interface PostgresArgs {
  /**
   * Whether it is there. With false, as a stack's file may say, what refers to it is refused. Its volume is kept.
   *
   * @default true
   */
  enabled?: boolean;

  /**
   * Who runs the database. The data doesn't move by itself when this changes.
   *
   * @default - `embedded`
   */
  mode?: PostgresMode;

  /**
   * The image: upstream's `postgres` or one with the same programs; a volume belongs to one major version. With
   * CloudNativePG one that is made for it. With an external database its programs make the backups: it must be of the
   * database's major version or a newer one.
   *
   * @default - `postgres:15`; with CloudNativePG what the operator takes
   * @example "postgres:17.2"
   */
  image?: string;

  /**
   * The numeric user and group that the image's server runs as and that own the files on the volume.
   *
   * @default - 999; with CloudNativePG 26
   * @asType integer
   */
  runAsUser?: number;

  /**
   * The size of the volume, of each instance's with CloudNativePG. It can grow later, never shrink.
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
   * @default - the component's name, with `_` for `-`; an external database's must be given
   */
  database?: Input<string>;

  /**
   * The role that owns the database. It is not a superuser.
   *
   * @default - the component's name, with `_` for `-`; an external database's must be given
   */
  user?: Input<string>;

  /**
   * CPU, memory and ephemeral storage.
   *
   * @default - by tier
   */
  resources?: ResourcesArgs;

  /**
   * Settings of the server, by name. Some are the package's own and can't be given.
   *
   * @default - the server's; `shared_buffers` is a quarter of the memory limit
   * @example { "max_connections": "200" }
   * @see https://www.postgresql.org/docs/current/runtime-config.html
   */
  parameters?: { [name: string]: string };

  /**
   * Extensions that the database has. The image must bring them.
   *
   * @default - none
   * @example ["pg_trgm"]
   */
  extensions?: string[];

  /**
   * How many instances CloudNativePG runs: one takes the writes, the others replicate it and stand in for it.
   *
   * @default - 1 in dev, 2 in acc, 3 in prod
   * @asType integer
   * @minimum 1
   */
  instances?: number;

  /**
   * The namespace of CloudNativePG's operator, which the instances must be reachable from.
   *
   * @default "cnpg-system"
   */
  operatorNamespace?: string;

  /**
   * Where an external database is. User and password are percent-encoded in it. Give it encrypted, or give a URL without
   * a password, and `password` apart; or give `host`, `user`, `password` and `database` instead.
   *
   * @example "postgresql://notes@db.example.com:5432/notes?sslmode=require"
   */
  url?: Input<string>;

  /**
   * The host of an external database, without a port.
   *
   * @example "db.example.com"
   */
  host?: Input<string>;

  /**
   * The port of an external database, beside `host`.
   *
   * @default 5432
   * @asType integer
   */
  port?: number;

  /**
   * The password of an external database, as it is: not percent-encoded. Give it encrypted, or as a reference such as
   * `${secrets.database}`.
   */
  password?: Input<string>;

  /**
   * How far an external database must prove who it is, and whether the connection is encrypted. A CloudNativePG
   * database takes encrypted connections too.
   *
   * @default - what `url` says, else `require` in acc and prod, `prefer` in dev
   * @see https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
   */
  sslMode?: SslMode;

  /**
   * The addresses that an external database has, as a block. Network policies know no names: without it, its port is open
   * to any address.
   *
   * @default - any address
   * @example "10.20.0.0/16"
   */
  cidr?: string;

  /** Backups of the database. Absent means none. */
  backup?: BackupArgs;
}

/** Who runs the database. */
export const PostgresMode = {
  /** This stack, in one pod. */
  embedded: "embedded",
  /** Somebody else. */
  external: "external",
  /** The operator CloudNativePG, which must be in the cluster already. */
  cloudNativePg: "cloudnative-pg",
} as const;
export type PostgresMode = (typeof PostgresMode)[keyof typeof PostgresMode];

/** How far a connection to the database is protected: libpq's `sslmode`. */
export const SslMode = {
  /** Not encrypted. */
  disable: "disable",
  /** Encrypted only if the server insists. */
  allow: "allow",
  /** Encrypted if the server can. */
  prefer: "prefer",
  /** Encrypted, with whoever answers. */
  require: "require",
  /** Encrypted, with a certificate of a known authority. */
  verifyCa: "verify-ca",
  /** Encrypted, with a certificate of a known authority for this host. */
  verifyFull: "verify-full",
} as const;
export type SslMode = (typeof SslMode)[keyof typeof SslMode];
