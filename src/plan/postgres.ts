// The database of a stack: which of its modes it has, and what references to it are worth in each.

import type { PostgresArgs } from "../schema/postgres-args";
import { PostgresMode } from "../schema/postgres-args";
import type { Problem } from "../schema/problem";
import { planCloudNativePg } from "./cloudnative-pg";
import { checkKnown } from "./connection";
import { planExtensions } from "./extensions";
import { planObjectStore } from "./object-store";
import { planExternalPostgres } from "./postgres-external";
import { planParameters } from "./postgres-parameters";
import { knownQuery, postgresUrl, type UrlParts } from "./postgres-url";
import { quantity } from "./quantity";
import type { Target } from "./references";
import { planResources } from "./resources";
import { checkMode, IMAGES, type PlannedStore, planServer, type StoreContext } from "./store";
import type { PostgresConnectionPlan, PostgresPlan } from "./store-plan";
import { plain } from "./text";
import { TIERS } from "./tiers";

const { embedded, external, cloudNativePg } = PostgresMode;

/** Which keys make sense in which modes; those that aren't here do in all. */
const MODES: Partial<Record<keyof PostgresArgs, readonly string[]>> = {
  storage: [embedded, cloudNativePg],
  storageClassName: [embedded, cloudNativePg],
  resources: [embedded, cloudNativePg],
  parameters: [embedded, cloudNativePg],
  instances: [cloudNativePg],
  operatorNamespace: [cloudNativePg],
  url: [external],
  host: [external],
  port: [external],
  password: [external],
  cidr: [external],
  sslMode: [external, cloudNativePg],
};

/** The Postgres of a stack. */
export function planPostgres(args: PostgresArgs, context: StoreContext): PlannedStore<PostgresPlan> {
  const mode = args.mode ?? embedded;
  checkMode("postgres", args, mode, MODES, context.problems);
  if (mode === cloudNativePg) return planCloudNativePg(args, context);
  planObjectStore(args.backup, mode, context.problems);
  return mode === external ? planExternalPostgres(args, context) : planEmbedded(args, context);
}

function planEmbedded(args: PostgresArgs, context: StoreContext): PlannedStore<PostgresPlan> {
  const { problems } = context;
  const { storage, resources: usual } = TIERS[context.tier].postgres;
  const resources = planResources("postgres.resources", args.resources, usual, problems);
  const defaults = { image: IMAGES.postgres, port: 5432, storage: args.storage ?? storage };
  const server = planServer("postgres", "postgres", args, defaults, resources, context);
  const { database, user } = ownNames(args, context.name, problems);
  const extensions = planExtensions(args.extensions, problems);
  const connection: PostgresConnectionPlan = {
    host: plain(server.name),
    port: plain(String(server.port)),
    user: plain(user),
    password: server.password,
    database: plain(database),
    // The server has no certificate.
    sslMode: plain("prefer"),
  };
  return {
    plan: {
      mode: "embedded",
      ...server,
      connection,
      database,
      user,
      // https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-SHARED-BUFFERS
      sharedBuffersBytes: Math.floor((quantity(resources.limits.memory) ?? 0) / 4),
      parameters: planParameters(args.parameters, {
        mode: "embedded",
        extensions,
        memory: resources.limits.memory,
        problems,
      }),
      extensions,
    },
    target: postgresTarget(connection, { query: knownQuery([]) }),
  };
}

/** The names of a database that this stack makes, and of its owner. */
export function ownNames(
  args: PostgresArgs,
  stackName: string,
  problems: Problem[],
): { database: string; user: string } {
  const usual = stackName.replaceAll("-", "_");
  const own = (key: "database" | "user"): string => {
    const value = args[key];
    if (value === undefined || !checkKnown(`postgres.${key}`, value, problems)) return usual;
    checkIdentifier(`postgres.${key}`, value as string, problems);
    return value as string;
  };
  return { database: own("database"), user: own("user") };
}

function checkIdentifier(path: string, value: string, problems: Problem[]): void {
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(value)) return;
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

/** What `${postgres.…}` is worth. */
export function postgresTarget(
  connection: PostgresConnectionPlan,
  parameters: Pick<UrlParts, "query" | "sslMode">,
): Target {
  const { url, forms } = postgresUrl({ ...connection, query: parameters.query, sslMode: parameters.sslMode });
  return { role: "postgres", values: { url, ...connection }, forms: { url: forms } };
}
