// Postgres and Redis in the cluster, and what references to them are worth.

import type { PostgresArgs } from "../schema/postgres-args";
import type { Problem } from "../schema/problem";
import type { RedisArgs } from "../schema/redis-args";
import { type ImageContext, imageProblem } from "./images";
import { labelProblem, STATEFUL_SET_LIMIT } from "./names";
import { bytesMistake, quantity } from "./quantity";
import { plain, type Target } from "./references";
import { planResources } from "./resources";
import type { PasswordPlan, PostgresPlan, RedisPlan, Text } from "./stack-plan";
import { TIERS } from "./tiers";
import { checkAssigned } from "./users";

// Letters and digits only, so that no URL and no configuration file needs an escape: 32 of them are 190 bits.
const PASSWORD_LENGTH = 32;

/** What a store has to know of the stack. */
export interface StoreContext extends ImageContext {
  /** Whether the cluster chooses whom pods run as. */
  openshift: boolean;
}

/** The Postgres of a stack. */
export function planPostgres(
  args: PostgresArgs,
  context: StoreContext,
  passwords: PasswordPlan[],
  problems: Problem[],
): PostgresPlan {
  const identifier = context.name.replaceAll("-", "_");
  const defaults = TIERS[context.tier].postgres;
  const { storage } = defaults;
  const resources = planResources("postgres.resources", args.resources, defaults.resources, problems);
  for (const key of ["database", "user"] as const) checkIdentifier(`postgres.${key}`, args[key], problems);
  return {
    ...planStore(
      "postgres",
      args,
      { image: "postgres:15", port: 5432, storage },
      context,
      passwords,
      problems,
    ),
    resources,
    // https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-SHARED-BUFFERS
    sharedBuffersBytes: Math.floor((quantity(resources.limits.memory) ?? 0) / 4),
    database: args.database ?? identifier,
    user: args.user ?? identifier,
  };
}

/** The Redis of a stack. */
export function planRedis(
  args: RedisArgs,
  context: StoreContext,
  passwords: PasswordPlan[],
  problems: Problem[],
): RedisPlan {
  const defaults = TIERS[context.tier].redis;
  const resources = planResources("redis.resources", args.resources, defaults.resources, problems);
  return {
    ...planStore(
      "redis",
      args,
      { image: "redis:7.0", port: 6379, storage: defaults.storage },
      context,
      passwords,
      problems,
    ),
    resources,
    // The other half is for the copy that a rewrite of the append-only file makes of changed pages.
    maxMemoryBytes: Math.floor((quantity(resources.limits.memory) ?? 0) / 2),
  };
}

function planStore(
  id: "postgres" | "redis",
  args: PostgresArgs | RedisArgs,
  defaults: { image: string; port: number; storage: string },
  { name: stackName, tier, openshift }: StoreContext,
  passwords: PasswordPlan[],
  problems: Problem[],
) {
  const name = `${stackName}-${id}`;
  const long = labelProblem(`(the name of ${id})`, name, STATEFUL_SET_LIMIT);
  if (long) problems.push(long);
  // The default image stands for the release of this package, which pins and tests it.
  const image = args.image === undefined ? undefined : imageProblem(`${id}.image`, args.image, tier);
  if (image) problems.push(image);
  if (openshift) checkAssigned(id, "runAsUser", args.runAsUser, problems);
  const storage = args.storage ?? defaults.storage;
  const mistake = bytesMistake(storage);
  if (mistake) problems.push({ path: `${id}.storage`, value: storage, ...mistake });
  passwords.push({ id, length: PASSWORD_LENGTH });
  return {
    name,
    image: args.image ?? defaults.image,
    port: defaults.port,
    ...(!openshift && { runAsUser: args.runAsUser ?? 999 }),
    storage,
    storageClassName: args.storageClassName,
    password: { parts: [{ hole: "generated" as const, password: id }], secret: true },
  };
}

function checkIdentifier(path: string, value: string | undefined, problems: Problem[]): void {
  if (value === undefined || /^[a-z_][a-z0-9_]{0,62}$/.test(value)) return;
  problems.push({
    path,
    value,
    reason: "is not a plain SQL identifier: lower-case letters, digits and `_`, at most 63",
    remedy: `try \`${
      value
        .toLowerCase()
        .replace(/[^a-z0-9_]/g, "_")
        .replace(/^(?=\d)/, "_")
        .slice(0, 63) || "app"
    }\``,
  });
}

const secret = (...parts: Text["parts"]): Text => ({ parts, secret: true });

/** What `${postgres.…}` is worth. */
export function postgresTarget({ name, port, user, database, password }: PostgresPlan): Target {
  return {
    role: "postgres",
    values: {
      url: secret(`postgresql://${user}:`, ...password.parts, `@${name}:${port}/${database}`),
      host: plain(name),
      port: plain(String(port)),
      user: plain(user),
      password,
      database: plain(database),
    },
  };
}

/** What `${redis.…}` is worth. The URL takes a database's number at its end: `${redis.url}/1`. */
export function redisTarget({ name, port, password }: RedisPlan): Target {
  return {
    role: "redis",
    values: {
      url: secret("redis://:", ...password.parts, `@${name}:${port}`),
      host: plain(name),
      port: plain(String(port)),
      password,
    },
  };
}
