// The Redis of a stack, and its caches: run by the stack, or there already.

import type { Problem } from "../schema/problem";
import { type RedisArgs, RedisMode } from "../schema/redis-args";
import {
  connectionHost,
  connectionPassword,
  connectionText,
  connectionUrl,
  type KnownUrl,
} from "./connection";
import { quantity } from "./quantity";
import type { Target } from "./references";
import { planResources } from "./resources";
import type { Edge, NumberText, Text } from "./stack-plan";
import {
  checkMode,
  IMAGES,
  outsidePeer,
  type PlannedStore,
  planServer,
  type StoreContext,
  urlPartHole,
  urlPort,
} from "./store";
import type { RedisPlan } from "./store-plan";
import { concat, plain, urlencoded } from "./text";
import { TIERS } from "./tiers";

const PORT = 6379;

const { embedded, external } = RedisMode;

/** Which keys make sense in which modes; those that aren't here do in all. */
const MODES: Partial<Record<keyof RedisArgs, readonly string[]>> = {
  image: [embedded],
  runAsUser: [embedded],
  persistence: [embedded],
  storage: [embedded],
  storageClassName: [embedded],
  maxmemoryPolicy: [embedded],
  resources: [embedded],
  url: [external],
  host: [external],
  port: [external],
  user: [external],
  password: [external],
  tls: [external],
  cidr: [external],
};

/** What an instance is for, if nobody says otherwise: a queue must not forget, a cache must not refuse. */
interface Purpose {
  persistence: boolean;
  maxmemoryPolicy: string;
}

const QUEUE: Purpose = { persistence: true, maxmemoryPolicy: "noeviction" };
const CACHE: Purpose = { persistence: false, maxmemoryPolicy: "allkeys-lru" };

/** The Redis of a stack. */
export function planRedis(args: RedisArgs, context: StoreContext): PlannedStore<RedisPlan> {
  return planInstance("redis", "redis", args, QUEUE, context);
}

/** The cache `id`, whose arguments stand at `path`. */
export function planCache(
  id: string,
  path: string,
  args: RedisArgs,
  context: StoreContext,
): PlannedStore<RedisPlan> {
  return planInstance(id, path, args, CACHE, context);
}

function planInstance(
  id: string,
  path: string,
  args: RedisArgs,
  purpose: Purpose,
  context: StoreContext,
): PlannedStore<RedisPlan> {
  const mode = args.mode ?? embedded;
  checkMode(path, args, mode, MODES, context.problems);
  return mode === external
    ? planExternal(id, path, args, context)
    : planEmbedded(id, path, args, purpose, context);
}

function planEmbedded(
  id: string,
  path: string,
  args: RedisArgs,
  purpose: Purpose,
  context: StoreContext,
): PlannedStore<RedisPlan> {
  const { problems } = context;
  const usual = TIERS[context.tier].redis;
  const resources = planResources(`${path}.resources`, args.resources, usual.resources, problems);
  const persistence = args.persistence ?? purpose.persistence;
  if (!persistence) checkNothingKept(path, args, problems);
  const storage = persistence ? (args.storage ?? usual.storage) : undefined;
  const defaults = { image: IMAGES.redis, port: PORT, storage };
  const server = planServer(id, path, args, defaults, resources, context);
  const limit = quantity(resources.limits.memory) ?? 0;
  return {
    plan: {
      ...server,
      // A rewrite of the append-only file makes a copy of each page that changes meanwhile: half is for that.
      maxMemoryBytes: Math.floor(persistence ? limit / 2 : (limit * 3) / 4),
      maxmemoryPolicy: args.maxmemoryPolicy ?? purpose.maxmemoryPolicy,
    },
    target: {
      role: id,
      values: {
        url: redisUrl("redis", undefined, server.password, plain(server.name), plain(String(PORT))),
        host: plain(server.name),
        port: plain(String(PORT)),
        password: server.password,
        tls: plain("false"),
      },
    },
  };
}

function checkNothingKept(path: string, args: RedisArgs, problems: Problem[]): void {
  for (const key of ["storage", "storageClassName"] as const) {
    if (args[key] === undefined) continue;
    problems.push({
      path: `${path}.${key}`,
      value: args[key],
      reason: "is of a volume, and without persistence there is none",
      remedy: "drop it, or write `persistence: true`",
    });
  }
}

function redisUrl(
  scheme: string,
  user: Text | undefined,
  password: Text | undefined,
  host: Text,
  port: Text,
): Text {
  const login =
    user || password
      ? concat(user ? urlencoded(user) : "", ":", password ? urlencoded(password) : "", "@")
      : "";
  return concat(`${scheme}://`, login, host, ":", port);
}

function planExternal(
  id: string,
  path: string,
  args: RedisArgs,
  context: StoreContext,
): PlannedStore<RedisPlan> {
  const password =
    args.password === undefined
      ? undefined
      : connectionPassword(`${path}.password`, args.password as string, context);
  const { values, port } =
    args.url === undefined
      ? fromParts(path, args, password, context)
      : fromUrl(path, args, password, context);
  return {
    target: { role: id, values },
    outside: outsidePeer(
      id,
      id === "redis" ? "Redis" : `Redis (${id})`,
      path,
      args.cidr,
      port,
      context.problems,
    ),
  };
}

interface Source {
  values: Target["values"];
  port: number | NumberText;
}

function known(
  tls: boolean,
  user: Text | undefined,
  password: Text | undefined,
  host: Text,
  port: number,
): Source {
  const portText = plain(String(port));
  return {
    values: {
      url: redisUrl(tls ? "rediss" : "redis", user, password, host, portText),
      host,
      port: portText,
      ...(user && { user }),
      ...(password && { password }),
      tls: plain(String(tls)),
    },
    port,
  };
}

function fromParts(path: string, args: RedisArgs, password: Text | undefined, context: StoreContext): Source {
  const { problems } = context;
  if (args.host === undefined) {
    problems.push({
      path,
      reason: "is external, and neither `url` nor `host` says where it is",
      remedy: "give a `url`, or a `host`",
    });
  }
  const { port = PORT } = args;
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    problems.push({
      path: `${path}.port`,
      value: port,
      reason: "is not a port: those go from 1 to 65535",
      remedy: "write its own, mostly 6379",
    });
  }
  const host =
    args.host === undefined ? plain("") : connectionHost(`${path}.host`, args.host as string, context);
  const user =
    args.user === undefined ? undefined : connectionText(`${path}.user`, args.user as string, context);
  return known(args.tls ?? TIERS[context.tier].externalTls, user, password, host, port);
}

function fromUrl(path: string, args: RedisArgs, password: Text | undefined, context: StoreContext): Source {
  const { problems, checks } = context;
  for (const key of ["host", "port", "user", "tls"] as const) {
    if (args[key] === undefined) continue;
    problems.push({
      path: `${path}.${key}`,
      reason: "stands beside a `url`, which says it too; which one wins is never guessed",
      remedy: key === "tls" ? "drop it; `rediss://` means TLS, `redis://` none" : "drop one of the two",
    });
  }
  const found = connectionUrl("redis", `${path}.url`, args.url as string, context);
  if (found && "index" in found) {
    checks.push({
      check: "url",
      url: "redis",
      path: `${path}.url`,
      index: found.index,
      passwordApart: password !== undefined,
    });
    return fromGivenUrl(found.index, password);
  }
  return fromKnownUrl(path, found?.known, password, problems);
}

function fromGivenUrl(index: number, password: Text | undefined): Source {
  const part = (name: string): Text => urlPartHole("redis", index, name);
  const login = password ? concat(urlencoded(part("user")), ":", urlencoded(password), "@") : part("login");
  return {
    values: {
      url: concat(part("scheme"), "://", login, part("host"), ":", part("port")),
      host: part("host"),
      port: part("port"),
      user: part("user"),
      password: password ?? part("password"),
      tls: { parts: part("tls").parts, secret: false, usual: "false" },
    },
    port: urlPort("redis", index, PORT),
  };
}

function fromKnownUrl(
  path: string,
  url: KnownUrl | undefined,
  password: Text | undefined,
  problems: Problem[],
): Source {
  if (url?.password && password) {
    problems.push({
      path: `${path}.password`,
      reason: "stands beside a `url` with one; which one wins is never guessed",
      remedy: "drop one of the two",
    });
  }
  return known(
    url?.scheme === "rediss",
    url?.user,
    password ?? url?.password,
    url?.host ?? plain(""),
    url?.port ?? PORT,
  );
}

/** Whether what workers wait for could be forgotten: a queue is lost with a restart, or as soon as the memory is full. */
export function checkQueue(
  args: RedisArgs | undefined,
  workers: readonly string[],
  edges: readonly Edge[],
  problems: Problem[],
): void {
  if (!args || !edges.some(({ from, to }) => to === "redis" && workers.includes(from))) return;
  const { persistence = true, maxmemoryPolicy = QUEUE.maxmemoryPolicy } = args;
  const remedy = "drop it; for a cache, add an instance of its own: `caches: { sessions: {} }`";
  if (!persistence) {
    problems.push({
      path: "redis.persistence",
      value: false,
      reason: "would lose what the workers have queued with each restart",
      remedy,
    });
  }
  if (maxmemoryPolicy !== QUEUE.maxmemoryPolicy) {
    problems.push({
      path: "redis.maxmemoryPolicy",
      value: maxmemoryPolicy,
      reason: "would delete what the workers have queued when the memory is full",
      remedy,
    });
  }
}
