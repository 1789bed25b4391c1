// A database that is there already: where it is, from a URL or from its parts.

import type { PostgresArgs } from "../schema/postgres-args";
import {
  connectionHost,
  connectionPassword,
  connectionText,
  connectionUrl,
  type KnownUrl,
} from "./connection";
import { planExtensions } from "./extensions";
import { postgresTarget } from "./postgres";
import { incomplete, knownQuery, sslModeOf, type UrlParts, withSslMode } from "./postgres-url";
import type { NumberText, PeerPlan, Text } from "./stack-plan";
import { outsidePeer, type PlannedStore, type StoreContext, urlPartHole, urlPort } from "./store";
import type { ExternalPostgresPlan, PostgresConnectionPlan } from "./store-plan";
import { plain } from "./text";
import { TIERS } from "./tiers";

const PORT = 5432;

/** What is known of a database, from wherever. */
interface Source {
  connection: PostgresConnectionPlan;
  port: number | NumberText;
  parameters: Pick<UrlParts, "query" | "sslMode">;
}

/** The external database of a stack. */
export function planExternalPostgres(
  args: PostgresArgs,
  context: StoreContext,
): PlannedStore<ExternalPostgresPlan> {
  const sslMode = args.sslMode ?? TIERS[context.tier].externalSslMode;
  const password =
    args.password === undefined
      ? undefined
      : connectionPassword("postgres.password", args.password as string, context);
  checkEncoding(password, context);
  const source =
    args.url === undefined
      ? fromParts(args, sslMode, password, context)
      : fromUrl(args, sslMode, password, context);
  return {
    plan: {
      mode: "external",
      connection: source.connection,
      extensions: planExtensions(args.extensions, context.problems),
    },
    target: postgresTarget(source.connection, source.parameters),
    outside: peer(args, source.port, context),
  };
}

function peer({ cidr }: PostgresArgs, port: number | NumberText, { problems }: StoreContext): PeerPlan {
  return outsidePeer("postgres", "PostgreSQL", "postgres", cidr, port, problems);
}

/** A password that Kubernetes alone knows can't be encoded for a URL. */
function checkEncoding(password: Text | undefined, { problems }: StoreContext): void {
  const external = password?.parts.find((part) => typeof part === "object" && part.hole === "secretKey");
  if (typeof external !== "object" || external.hole !== "secretKey" || external.urlSafe) return;
  problems.push({
    path: "postgres.password",
    reason: "stands in a Secret of Kubernetes, which can't encode it for `${postgres.url}`",
    remedy: "if it holds letters and digits alone, add `urlSafe: true` to its `secretKeyRef`",
  });
}

const PARTS = ["host", "user", "password", "database"] as const;

function fromParts(
  args: PostgresArgs,
  sslMode: string,
  password: Text | undefined,
  context: StoreContext,
): Source {
  const { problems } = context;
  const missing = PARTS.filter((key) => args[key] === undefined);
  if (missing.length > 0) {
    const list = missing.map((key) => `\`${key}\``).join(", ");
    problems.push({
      path: missing.length === PARTS.length ? "postgres" : `postgres.${missing[0]}`,
      reason: `is not known: of an external database ${list} must be said`,
      remedy:
        missing.length === PARTS.length
          ? "give a `url`, or these"
          : "add it, or give a `url` instead of all of them",
    });
  }
  const { port = PORT } = args;
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    problems.push({
      path: "postgres.port",
      value: port,
      reason: "is not a port: those go from 1 to 65535",
      remedy: "write the database's, mostly 5432",
    });
  }
  const text = (key: "user" | "database") =>
    args[key] === undefined ? plain("") : connectionText(`postgres.${key}`, args[key] as string, context);
  return {
    connection: {
      host:
        args.host === undefined ? plain("") : connectionHost("postgres.host", args.host as string, context),
      port: plain(String(port)),
      user: text("user"),
      password: password ?? plain(""),
      database: text("database"),
      sslMode: plain(sslMode),
    },
    port,
    parameters: { query: knownQuery(withSslMode([], sslMode)), sslMode },
  };
}

function fromUrl(
  args: PostgresArgs,
  sslMode: string,
  password: Text | undefined,
  context: StoreContext,
): Source {
  for (const key of ["host", "port", "user", "database"] as const) {
    if (args[key] === undefined) continue;
    context.problems.push({
      path: `postgres.${key}`,
      reason: "stands beside a `url`, which says it too; which one wins is never guessed",
      remedy: "drop one of the two",
    });
  }
  const found = connectionUrl("postgres", "postgres.url", args.url as string, context);
  if (found && "index" in found) return fromGivenUrl(found.index, args, sslMode, password, context);
  return fromKnownUrl(found?.known, args, sslMode, password, context);
}

function fromGivenUrl(
  index: number,
  args: PostgresArgs,
  sslMode: string,
  password: Text | undefined,
  { checks }: StoreContext,
): Source {
  const part = (name: string): Text => urlPartHole("postgres", index, name);
  checks.push({
    check: "url",
    url: "postgres",
    path: "postgres.url",
    index,
    passwordApart: password !== undefined,
    ...(args.sslMode && { sslMode: args.sslMode }),
  });
  return {
    connection: {
      host: part("host"),
      port: part("port"),
      user: part("user"),
      password: password ?? part("password"),
      database: part("database"),
      sslMode: urlPartHole("postgres", index, "sslMode", sslMode),
    },
    port: urlPort("postgres", index, PORT),
    parameters: {
      query: (separator, dialect) => urlPartHole("postgres", index, `${separator}${dialect}`, sslMode),
      sslMode: args.sslMode,
    },
  };
}

function fromKnownUrl(
  url: KnownUrl | undefined,
  args: PostgresArgs,
  sslMode: string,
  password: Text | undefined,
  { problems }: StoreContext,
): Source {
  const nothing = plain("");
  const parameters = url?.parameters ?? [];
  const own = sslModeOf(parameters);
  if (url) {
    const known = (text: Text | undefined) => text && (text.parts.join("") || undefined);
    const mistake = incomplete(
      { ...url, host: "", user: known(url.user), password: known(url.password), path: known(url.path) ?? "" },
      password !== undefined,
    );
    if (mistake) problems.push({ path: "postgres.url", ...mistake });
    if (own !== undefined && args.sslMode !== undefined && own !== args.sslMode) {
      problems.push({
        path: "postgres.sslMode",
        value: args.sslMode,
        reason: `is at odds with the \`sslmode\` in postgres.url (${own})`,
        remedy: "drop one of the two",
      });
    }
  }
  const port = url?.port ?? PORT;
  return {
    connection: {
      host: url?.host ?? nothing,
      port: plain(String(port)),
      user: url?.user ?? nothing,
      password: password ?? url?.password ?? nothing,
      database: url?.path ?? nothing,
      sslMode: plain(own ?? sslMode),
    },
    port,
    parameters: { query: knownQuery(withSslMode(parameters, sslMode)), sslMode: own ?? sslMode },
  };
}
