// The stores: all that keeps data for the stack's processes: the database, Redis, the caches.

import { join } from "../schema/path";
import type { ServiceStackArgs } from "../schema/stack-args";
import { DATABASE } from "./database-client";
import { planPostgres } from "./postgres";
import { planCache, planRedis } from "./redis";
import type { Targets } from "./references";
import { checkRoleName, type Role } from "./roles";
import type { Edge, PeerPlan, PlacementPlan, StackPlan } from "./stack-plan";
import { IMAGES, type PlannedStore, type StoreContext } from "./store";
import type { CloudNativePgPlan, PostgresPlan, RedisPlan } from "./store-plan";
import { planUpkeep, type Upkeep } from "./upkeep";

/** What can be asked whether it answers. */
export interface StoreClient {
  /** The role. */
  id: string;
  kind: "postgres" | "redis";
  /** Whether this stack runs it. */
  own: boolean;
  /** An image with the programs that ask. */
  image: string;
  /** As whom they run; absent where the cluster chooses. */
  runAsUser?: number;
}

export interface PlannedStores {
  postgres?: PostgresPlan;
  redis: RedisPlan[];
  /** What references to them are worth. */
  targets: Targets;
  /** How to ask each of them whether it answers, by the name that references have for it. */
  clients: ReadonlyMap<string, StoreClient>;
  /** Who is outside of the stack and has to do with them, and the way between them. */
  peers: PeerPlan[];
  edges: Edge[];
  /** The roles of those that the stack runs. */
  inside: string[];
  /** Those with names of the user's, and where they stand. */
  named: { id: string; path: string }[];
  /** By role: what whoever talks to it waits for. */
  ready: ReadonlyMap<string, readonly string[]>;
  upkeep?: Upkeep;
}

/** The pods of the stores that the stack runs, and the volume of each. */
export function storePods({ postgres, redis }: Pick<StackPlan, "postgres" | "redis">) {
  const servers = [...(postgres?.mode === "embedded" ? [postgres] : []), ...redis];
  return [
    ...servers.map(({ id, resources, volume }) => ({ id, pods: 1, resources, storage: volume?.storage })),
    ...(postgres?.mode === "cloudnative-pg" ? [replicated(postgres)] : []),
  ];
}

/** While an instance joins, the Job that copies the data for it is there too. */
function replicated({ id, instances, resources, storage: { storage } }: CloudNativePgPlan) {
  return { id, pods: instances + 1, resources, storage };
}

/** The names of the stores' claims, whether or not they are there yet. */
export function claimsOf({ caches }: ServiceStackArgs): Set<string> {
  return new Set(["postgres", "postgres-backup", "redis", ...Object.keys(caches ?? {})]);
}

/** The stores of a stack; `roles` are the names that processes have already. */
export function planStores(
  args: ServiceStackArgs,
  roles: readonly Role[],
  context: StoreContext & { placement: PlacementPlan },
): PlannedStores {
  const postgres = args.postgres && planPostgres(args.postgres, context);
  const redis = args.redis && planRedis(args.redis, context);
  const caches = Object.entries(args.caches ?? {}).map(([id, cache]) => {
    const path = join("caches", id);
    checkRoleName(path, id, roles, context.problems);
    return { id, path, name: `caches.${id}`, planned: planCache(id, path, cache, context) };
  });
  const all: NamedStore[] = [
    ...(postgres ? [{ name: "postgres", planned: postgres }] : []),
    ...(redis ? [{ name: "redis", planned: redis }] : []),
    ...caches,
  ];
  const upkeep =
    args.postgres && postgres?.plan
      ? planUpkeep(args.postgres, postgres.plan, {
          ...context,
          connection: postgres.plan.connection,
          inside: !postgres.outside,
          migrates: args.migration !== undefined,
        })
      : undefined;
  const ready = all.map(({ planned }): [string, string[]] => {
    const { role = "" } = planned.target;
    if (role === DATABASE && upkeep) return [role, upkeep.ready];
    return [role, planned.outside ? [] : [role]];
  });
  return {
    postgres: postgres?.plan,
    redis: [redis, ...caches.map(({ planned }) => planned)].flatMap((planned) => planned?.plan ?? []),
    targets: Object.fromEntries(all.map(({ name, planned }) => [name, planned.target])),
    clients: new Map(all.map((store) => [store.name, clientOf(store, context)])),
    peers: all.flatMap(({ planned }) => [
      ...(planned.outside ? [planned.outside] : []),
      ...(planned.peers ?? []),
    ]),
    edges: [...all.flatMap(({ planned }) => planned.edges ?? []), ...(upkeep?.edges ?? [])],
    inside: all.filter(({ planned }) => !planned.outside).map(({ planned }) => planned.target.role ?? ""),
    named: caches,
    ready: new Map(ready),
    upkeep,
  };
}

interface NamedStore {
  /** The name that references have for it. */
  name: string;
  planned: PlannedStore<PostgresPlan | RedisPlan>;
}

/** A server that the stack runs has the programs to ask it with in its image; for others there are the usual images. */
function clientOf({ name, planned }: NamedStore, { openshift }: StoreContext): StoreClient {
  const kind = name === "postgres" ? "postgres" : "redis";
  const server = planned.plan && "image" in planned.plan ? planned.plan : undefined;
  return {
    id: planned.target.role ?? name,
    kind,
    own: !planned.outside,
    image: server?.image ?? IMAGES[kind],
    ...(!openshift && { runAsUser: server?.runAsUser ?? 999 }),
  };
}
