// The URL of a Redis that is there already.

import { type ConnectionUrl, parseConnectionUrl, type UrlMistake } from "./connection-url";

const EXPECTED = "redis://:password@host:6379";

/** The parts of `url`, or what is wrong with it. */
export function parseRedisUrl(url: string): ConnectionUrl | UrlMistake {
  const parsed = parseConnectionUrl(url, EXPECTED);
  if ("reason" in parsed) return parsed;
  if (!/^rediss?$/.test(parsed.scheme)) {
    return { reason: "is not the URL of a Redis", remedy: `write \`${EXPECTED}\`, or \`rediss://\` for TLS` };
  }
  if (!/^0?$/.test(parsed.path) || parsed.parameters.length > 0) {
    return {
      reason: "says more than where Redis is",
      remedy: "end it with the port; a variable names its database: `${redis.url}/1`",
    };
  }
  return parsed;
}

/** What stands before the host: user and password, encoded, as far as there are some. */
export function redisLogin(user: string | undefined, password: string | undefined): string {
  if (password === undefined && user === undefined) return "";
  return `${encodeURIComponent(user ?? "")}:${encodeURIComponent(password ?? "")}@`;
}
