// The URL of a PostgreSQL database: as it is given, and in the form that each driver wants it.

import { type ConnectionUrl, parseConnectionUrl, type UrlMistake } from "./connection-url";
import type { Forms } from "./references";
import type { Text } from "./stack-plan";
import { concat, plain, urlencoded } from "./text";

const EXPECTED = "postgresql://user:password@host:5432/database";

export const SSL_MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

type PostgresUrl = ConnectionUrl;

/** The parts of `url`, or what is wrong with it. */
export function parsePostgresUrl(url: string): PostgresUrl | UrlMistake {
  const parsed = parseConnectionUrl(url, EXPECTED);
  if ("reason" in parsed) return parsed;
  if (/^postgres(ql)?\+/.test(parsed.scheme)) {
    return {
      reason: "names a driver, which is not the database's matter",
      remedy: `begin it with \`postgresql://\`; a variable names its driver: \`\${postgres.url:${parsed.scheme.replace(/^.*\+/, "")}}\``,
    };
  }
  if (!/^postgres(ql)?$/.test(parsed.scheme)) {
    return { reason: "is not the URL of a PostgreSQL database", remedy: `write \`${EXPECTED}\`` };
  }
  const sslMode = sslModeOf(parsed.parameters);
  if (sslMode !== undefined && !SSL_MODES.includes(sslMode)) {
    return { reason: "has an `sslmode` that isn't one", remedy: `write one of ${SSL_MODES.join(", ")}` };
  }
  return parsed;
}

/** What a URL leaves out that a connection needs. */
export function incomplete(
  { user, password, path }: ConnectionUrl,
  passwordApart: boolean,
): UrlMistake | undefined {
  if (path === "" || path.includes("/")) {
    return { reason: "names no database", remedy: `end it with one: \`${EXPECTED}\`` };
  }
  if (user === undefined) return { reason: "names no user", remedy: `write \`${EXPECTED}\`` };
  if (password !== undefined && passwordApart) {
    return {
      reason: "holds a password, and `password` stands beside it; which one wins is never guessed",
      remedy: "drop one of the two",
    };
  }
  if (password === undefined && !passwordApart) {
    return { reason: "holds no password", remedy: "add it, or give `password` beside it" };
  }
  return undefined;
}

/** The `sslmode` among parameters. */
export function sslModeOf(parameters: PostgresUrl["parameters"]): string | undefined {
  return parameters.find(([name]) => name === "sslmode")?.[1];
}

/** The parameters with an `sslmode`, unless they have one; `prefer` is what drivers do by themselves. */
export function withSslMode(
  parameters: PostgresUrl["parameters"],
  sslMode: string | undefined,
): PostgresUrl["parameters"] {
  if (sslMode === undefined || sslMode === "prefer" || sslModeOf(parameters) !== undefined) return parameters;
  return [...parameters, ["sslmode", sslMode]];
}

/** What a driver understands behind the `?`. */
export type Dialect = "libpq" | "asyncpg" | "r2dbc" | "ecto" | "none";

/** The parameters in the words of a driver. Drivers that are not libpq's take its `sslmode` alone, each by another name. */
export function parametersFor(dialect: Dialect, parameters: PostgresUrl["parameters"]): [string, string][] {
  if (dialect === "libpq") return parameters;
  const sslMode = sslModeOf(parameters);
  if (sslMode === undefined) return [];
  switch (dialect) {
    case "asyncpg":
      return [["ssl", sslMode]];
    case "r2dbc":
      return [["sslMode", sslMode]];
    case "ecto":
      return [["ssl", String(/^(require|verify)/.test(sslMode))]];
    case "none":
      return [];
  }
}

/** Parameters as they stand behind the `?`, with the separator before them; nothing where there are none. */
export function queryOf(separator: Separator, parameters: readonly [string, string][]): string {
  if (parameters.length === 0) return "";
  return separator + parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
}

export type Separator = "?" | "&";

interface Form {
  /** What the URL begins with. */
  scheme: string;
  dialect: Dialect;
  /** Where user and password stand: before the host, or among the parameters. */
  credentials: "before" | "parameters";
}

const form = (scheme: string, dialect: Dialect = "libpq"): Form => ({
  scheme,
  dialect,
  credentials: "before",
});

/** By the name that a reference has behind its colon: drivers of SQLAlchemy, and schemes of others. */
const FORMS: Record<string, Form> = {
  asyncpg: form("postgresql+asyncpg://", "asyncpg"),
  psycopg: form("postgresql+psycopg://"),
  psycopg_async: form("postgresql+psycopg_async://"),
  psycopg2: form("postgresql+psycopg2://"),
  psycopg2cffi: form("postgresql+psycopg2cffi://"),
  pg8000: form("postgresql+pg8000://", "none"),
  postgresql: form("postgresql://"),
  postgres: form("postgres://"),
  postgis: form("postgis://"),
  ecto: form("ecto://", "ecto"),
  r2dbc: form("r2dbc:postgresql://", "r2dbc"),
  jdbc: { ...form("jdbc:postgresql://"), credentials: "parameters" },
};

/** What a URL is made of, wherever each part is known. */
export interface UrlParts {
  user: Text;
  password: Text;
  host: Text;
  port: Text;
  database: Text;
  /** The parameters for a driver, with the separator before them; empty for none. */
  query(separator: Separator, dialect: Dialect): Text;
  /** The `sslmode`, where it is known. */
  sslMode?: string;
}

/** The database's URL, and the forms it comes in. */
export function postgresUrl(parts: UrlParts): { url: Text; forms: Forms } {
  const inForm = ({ scheme, dialect, credentials }: Form): Text => {
    const { user, password, host, port, database } = parts;
    const login = concat(urlencoded(user), ":", urlencoded(password), "@");
    const address = concat(host, ":", port, "/", urlencoded(database));
    if (credentials === "before") return concat(scheme, login, address, parts.query("?", dialect));
    const pairs = concat("?user=", urlencoded(user), "&password=", urlencoded(password));
    return concat(scheme, address, pairs, parts.query("&", dialect));
  };
  return {
    url: inForm(FORMS.postgresql as Form),
    forms: {
      names: Object.keys(FORMS),
      in: (name) => {
        if (name === "pg8000" && /^(require|verify)/.test(parts.sslMode ?? "")) {
          return {
            reason: `is a driver that takes no \`sslmode\` in its URL, and the database asks for \`${parts.sslMode}\``,
            remedy: "take another driver, such as `psycopg`",
          };
        }
        return inForm(FORMS[name] as Form);
      },
    },
  };
}

/** The `query` of a URL whose parameters are known. */
export function knownQuery(parameters: PostgresUrl["parameters"]): UrlParts["query"] {
  return (separator, dialect) => plain(queryOf(separator, parametersFor(dialect, parameters)));
}
