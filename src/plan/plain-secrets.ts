// Secrets in clear text: an environment variable that looks like one, and says what it is for all to read.

import type { Problem } from "../schema/problem";
import type { Text } from "./stack-plan";

/** Names that secrets have. */
const SECRET_NAME = /(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN)$|(^|_)(PASS|SALT|APIKEY|KEY)$/i;

/** Names that look so, of values that are meant to be seen. */
const OPEN_NAME = /PUBLIC|PUBLISHABLE|(^|_)(SITE|CACHE|PARTITION|SORT|PRIMARY|FOREIGN)_KEY$/i;

/** No secret: nothing, a number, a switch, the path of a file. */
const NO_SECRET = /^(|\d+|true|false|yes|no|on|off|none|\/\S*)$/i;

/** A URL with a password in it. */
const URL_PASSWORD = /[a-z0-9+.-]:\/\/[^\s/?#@:]*:[^\s/?#@$]+@/i;

/** Whether a variable of this name holds a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !OPEN_NAME.test(name);
}

/** What is wrong with the variable `name`, written as `value` and worth `text`, if anything. */
export function plainSecretProblem(
  path: string,
  name: string,
  value: string,
  text: Text,
): Problem | undefined {
  const named = isSecretName(name) && !NO_SECRET.test(value);
  const configured = /^\$\{\s*config\.([^}:]+?)\s*\}$/.exec(value)?.[1];
  if (named && configured !== undefined) {
    if (text.secret) return undefined;
    return {
      path,
      reason: "looks like a secret, and stands in clear text in the configuration",
      remedy: `encrypt it: pulumi config set --secret ${configured}`,
    };
  }
  const inUrl = URL_PASSWORD.test(value);
  if (!inUrl && (!named || value.includes("${"))) return undefined;
  return {
    path,
    reason: inUrl
      ? "holds a password in clear text, for everyone who can read the file or the pod"
      : "looks like a secret, and stands there in clear text, for everyone who can read the file or the pod",
    remedy: inUrl
      ? "add the password to `secrets`, and write `${secrets.<name>:urlencoded}` in its place"
      : "write `${secrets.<name>}` and add it to `secrets`, or encrypt it: pulumi config set --secret --path …",
  };
}
