// URLs of databases that are there already: taken apart, and what is wrong with one. The same code judges a URL in clear
// text while a stack is planned and one that only the deployment knows. Nothing of a URL is ever repeated in a message.

import type { Problem } from "../schema/problem";

/** What is wrong with a URL, without the URL. */
export type UrlMistake = Omit<Problem, "path" | "value">;

export interface ConnectionUrl {
  scheme: string;
  /** Decoded, as are the password and the path. */
  user?: string;
  password?: string;
  /** As it stands in the URL: an IPv6 address in brackets. */
  host: string;
  port?: number;
  /** What stands behind the first `/`. */
  path: string;
  /** What stands behind the `?`, decoded. */
  parameters: [name: string, value: string][];
}

/** The parts of `url`, whose form is told as `form`. */
export function parseConnectionUrl(url: string, form: string): ConnectionUrl | UrlMistake {
  const remedy = `write \`${form}\``;
  const blank = /^\s|\s$/.test(url);
  if (blank) return { reason: "begins or ends with a blank or a line break", remedy: "take it off" };
  const whole = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?(#.*)?$/is.exec(url);
  if (!whole) return { reason: "is not a URL", remedy };
  const [, scheme = "", authority = "", path = "", query = "", fragment] = whole;
  const at = authority.split("@");
  if (at.length > 2) return unescaped("@");
  // One that ends the address too early: the `@` behind user and password is left over.
  const [end = ""] = url.slice(scheme.length + 3 + authority.length);
  if (at.length === 1 && url.includes("@")) return unescaped(end);
  if (fragment !== undefined) return unescaped("#");
  const [address = "", userinfo] = at.reverse();
  const found = parseAddress(address, remedy);
  if ("reason" in found) return found;
  const decoded = [...(userinfo === undefined ? [] : split(userinfo, ":")), path].map(decode);
  const parameters = query === "" ? [] : query.split("&").map((pair) => split(pair, "=").map(decode));
  if ([...decoded, ...parameters.flat()].includes(undefined)) {
    return {
      reason: "has a `%` in it that begins no percent-encoded character",
      remedy: "write `%25` for a literal `%`",
    };
  }
  const [user, password] = userinfo === undefined ? [] : (decoded as string[]);
  return {
    scheme: scheme.toLowerCase(),
    ...(user && { user }),
    ...(userinfo?.includes(":") && { password }),
    ...found,
    path: decoded.at(-1) ?? "",
    parameters: parameters.map(([name = "", value = ""]) => [name, value]),
  };
}

function unescaped(character: string): UrlMistake {
  return {
    reason: `has a \`${character}\` in the user or password that reads as the end of them`,
    remedy: `percent-encode it there: \`${encodeURIComponent(character)}\`; or give the \`password\` apart, as it is`,
  };
}

function parseAddress(address: string, remedy: string): { host: string; port?: number } | UrlMistake {
  if (address.includes(",")) return { reason: "names several hosts", remedy: "name one of them" };
  const parts = /^(\[[0-9a-f:.]+\]|[^:[\]]*)(?::(.*))?$/i.exec(address);
  const [, host = "", port] = parts ?? [];
  if (host === "") return { reason: "names no host", remedy };
  // Beside what names are made of, what stands for a reference (see `holes.ts`).
  if (!/^[\w.\uE000-\uF8FF-]+$|^\[/.test(host)) return { reason: "names no host that could exist", remedy };
  if (port === undefined || port === "") return { host };
  const number = Number(port);
  if (!/^\d+$/.test(port) || number < 1 || number > 65535) {
    return { reason: "has a port that is no number from 1 to 65535", remedy };
  }
  return { host, port: number };
}

/** Both sides of the first `separator`; one where there is none. */
function split(text: string, separator: string): string[] {
  const index = text.indexOf(separator);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
