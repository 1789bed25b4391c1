// A replicated database that CloudNativePG's operator runs: what it is told, and who talks to whom for it.
// https://cloudnative-pg.io/documentation/current/

import type { PostgresArgs } from "../schema/postgres-args";
import { planExtensions } from "./extensions";
import { imageProblem } from "./images";
import { labelProblem } from "./names";
import { API_SERVER } from "./network";
import { planObjectStore } from "./object-store";
import { ownNames, postgresTarget } from "./postgres";
import { planParameters } from "./postgres-parameters";
import { knownQuery, withSslMode } from "./postgres-url";
import { quantity } from "./quantity";
import { planResources } from "./resources";
import type { Edge, PeerPlan } from "./stack-plan";
import { checkStorage, PASSWORD_LENGTH, type PlannedStore, type StoreContext } from "./store";
import type { CloudNativePgPlan, PostgresConnectionPlan } from "./store-plan";
import { plain, secretHole } from "./text";
import { TIERS } from "./tiers";
import { checkAssigned } from "./users";

const ID = "postgres";

/** The operator's own limit, for it appends to the name. */
const NAME_LIMIT = 50;

const PORT = 5432;

/** Where each instance says how it is. */
const STATUS_PORT = 8000;

/** The role of the operator, as edges call it. */
const OPERATOR = "cloudnative-pg.operator";

/** The object store, as edges call it. */
const OBJECT_STORE = "postgres.backup.objectStore";

/** The replicated database of a stack. */
export function planCloudNativePg(
  args: PostgresArgs,
  context: StoreContext,
): PlannedStore<CloudNativePgPlan> {
  const { tier, openshift, passwords, problems } = context;
  const name = `${context.name}-${ID}`;
  const long = labelProblem(`(the name of ${ID})`, name, NAME_LIMIT);
  if (long) problems.push(long);
  const wrong = args.image === undefined ? undefined : imageProblem("postgres.image", args.image, tier);
  if (wrong) problems.push(wrong);
  if (openshift) checkAssigned("postgres", "runAsUser", args.runAsUser, problems);
  const usual = TIERS[tier].postgres;
  const storage = args.storage ?? usual.storage;
  checkStorage("postgres.storage", storage, problems);
  const resources = planResources("postgres.resources", args.resources, usual.resources, problems);
  const extensions = planExtensions(args.extensions, problems);
  const { memory } = resources.requests;
  const { shared_preload_libraries: libraries, ...parameters } = planParameters(args.parameters, {
    mode: "cloudnative-pg",
    extensions,
    memory,
    problems,
  });
  const objectStore = planObjectStore(args.backup, "cloudnative-pg", problems);
  const { database, user } = ownNames(args, context.name, problems);
  passwords.push({ id: ID, length: PASSWORD_LENGTH });
  const { sslMode } = args;
  const connection: PostgresConnectionPlan = {
    host: plain(`${name}-rw`),
    port: plain(String(PORT)),
    user: plain(user),
    password: secretHole({ hole: "generated", password: ID }),
    database: plain(database),
    sslMode: plain(sslMode ?? "prefer"),
  };
  const edges = [
    { from: OPERATOR, to: ID, ports: tcp(STATUS_PORT, PORT) },
    { from: ID, to: ID, ports: tcp(PORT, STATUS_PORT) },
    { from: ID, to: API_SERVER },
    ...(objectStore ? [{ from: ID, to: OBJECT_STORE }] : []),
  ];
  return {
    plan: {
      mode: "cloudnative-pg",
      id: ID,
      name,
      image: args.image,
      runAsUser: args.runAsUser,
      instances: args.instances ?? usual.instances,
      storage: { storage, storageClassName: args.storageClassName },
      resources,
      connection,
      database,
      user,
      parameters: { shared_buffers: `${sharedBuffers(resources)}MB`, ...parameters },
      libraries: libraries === undefined ? [] : libraries.split(","),
      extensions,
      objectStore,
    },
    target: postgresTarget(connection, { query: knownQuery(withSslMode([], sslMode)), sslMode }),
    peers: peers(args, objectStore?.port),
    edges,
  };
}

/** A quarter of the memory limit, in MB; but the operator wants it to be within what is reserved. */
function sharedBuffers({ requests, limits }: CloudNativePgPlan["resources"]): number {
  const [reserved, limit] = [requests.memory, limits.memory].map((text) => quantity(text) ?? 0);
  return Math.max(Math.floor(Math.min(reserved ?? 0, (limit ?? 0) / 4) / 2 ** 20), 1);
}

function peers(
  { operatorNamespace = "cnpg-system" }: PostgresArgs,
  storePort: number | undefined,
): PeerPlan[] {
  return [
    {
      id: OPERATOR,
      name: "CloudNativePG",
      pods: { namespace: operatorNamespace, labels: { "app.kubernetes.io/name": "cloudnative-pg" } },
    },
    ...(storePort === undefined
      ? []
      : [{ id: OBJECT_STORE, name: "object store", ports: tcp(storePort) } satisfies PeerPlan]),
  ];
}

function tcp(...ports: number[]): NonNullable<Edge["ports"]> {
  return ports.map((port) => ({ port, protocol: "TCP" }));
}
