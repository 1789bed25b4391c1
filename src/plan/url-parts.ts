// The parts of a URL that only the deployment knows: what fills a hole of the kind `part`.

import type { ConnectionUrl, UrlMistake } from "./connection-url";
import {
  type Dialect,
  parametersFor,
  parsePostgresUrl,
  queryOf,
  type Separator,
  sslModeOf,
  withSslMode,
} from "./postgres-url";
import { parseRedisUrl, redisLogin } from "./redis-url";
import type { Hole } from "./stack-plan";

type PartHole = Extract<Hole, { hole: "part" }>;

/** The parts of the URL of a database of this kind. */
export function parseUrl(kind: PartHole["url"], url: string): ConnectionUrl | UrlMistake {
  return kind === "postgres" ? parsePostgresUrl(url) : parseRedisUrl(url);
}

/** What of `url` fills the hole. A URL with a mistake is refused before. */
export function urlPart({ url: kind, part, sslMode }: PartHole, url: string): string {
  const parsed = parseUrl(kind, url);
  if ("reason" in parsed) throw new Error(`a URL ${parsed.reason}`);
  switch (part) {
    case "scheme":
      return parsed.scheme;
    case "host":
      return parsed.host;
    case "port":
      return String(parsed.port ?? (kind === "postgres" ? 5432 : 6379));
    case "user":
      return parsed.user ?? "";
    case "password":
      return parsed.password ?? "";
    case "database":
      return parsed.path;
    case "login":
      return redisLogin(parsed.user, parsed.password);
    case "tls":
      return String(parsed.scheme === "rediss");
    case "sslMode":
      return sslModeOf(parsed.parameters) ?? sslMode ?? "prefer";
    default: {
      // `?libpq`: the parameters for a driver, behind a separator.
      const parameters = withSslMode(parsed.parameters, sslMode);
      const [separator = "?", dialect] = [part.slice(0, 1) as Separator, part.slice(1) as Dialect];
      return queryOf(separator, parametersFor(dialect, parameters));
    }
  }
}
