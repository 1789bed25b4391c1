// The names of things in Kubernetes: which are allowed, and what to write where one isn't.

import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import { join } from "../schema/path";
import type { Problem } from "../schema/problem";

/** Services' and namespaces' names are DNS labels. */
const LABEL_LIMIT = 63;

/**
 * A StatefulSet's pods carry its name and a revision hash of 11 characters in a label of 63.
 * https://github.com/kubernetes/kubernetes/issues/64023
 */
export const STATEFUL_SET_LIMIT = 52;

/** What is wrong with `name` as a DNS label, if anything. */
export function labelProblem(path: string, name: string, limit = LABEL_LIMIT): Problem | undefined {
  if (!/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name)) {
    return {
      path,
      value: name,
      reason: "is not a DNS label: it begins with a lower-case letter and goes on with those, digits and `-`",
      remedy: `try \`${asLabel(name)}\``,
    };
  }
  if (name.length > limit) {
    return {
      path,
      value: name,
      reason: `has ${name.length} characters, and Kubernetes takes ${limit}`,
      remedy: `shorten it by ${name.length - limit}`,
    };
  }
  return undefined;
}

/** What is wrong with the name of an object that the user made, if anything: most kinds take a DNS subdomain. */
export function subdomainProblem(path: string, name: string): Problem | undefined {
  const sound = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name);
  if (sound && name.length <= 253) return undefined;
  return {
    path,
    value: name,
    reason:
      "is not a name that Kubernetes gives to objects: lower-case letters, digits, `-` and `.`, at most 253",
    remedy: "copy the name from `kubectl get`",
  };
}

/** What is wrong with the name of a class (of storage, of ingress), if anything. */
export function classProblem(path: string, name: string | undefined, kind: string): Problem | undefined {
  const wrong = name === undefined ? undefined : subdomainProblem(path, name);
  return wrong && { ...wrong, remedy: `copy the name from \`kubectl get ${kind}\`` };
}

/** `name`, with a number after it where `taken` has it already; it is taken then. */
export function unique(name: string, taken: Set<string>): string {
  let free = name;
  for (let number = 2; taken.has(free); number++) free = `${name}-${number}`;
  taken.add(free);
  return free;
}

/** The nearest DNS label. */
export function asLabel(name: string): string {
  const label = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "");
  return label || "app";
}

/** What is wrong with a host name, if anything. */
export function hostProblem(path: string, host: string): Problem | undefined {
  const problem = (reason: string, remedy = `write \`${bareHost(host)}\``): Problem => ({
    path,
    value: host,
    reason,
    remedy,
  });
  if (host === "") return problem("is empty", "write e.g. `notes.example.com`, or drop it");
  if (host !== host.trim()) return problem("has blanks around it");
  const scheme = /^[a-z]+:\/\//i.exec(host);
  if (scheme) return problem(`begins with a scheme (${scheme[0]})`);
  if (host.includes("/")) return problem("has a path");
  if (isIP(host)) return problem("is an address, and requests are told apart by names", "write a host name");
  if (/:\d*$/.test(host)) return problem("has a port");
  if (host !== host.toLowerCase()) return problem("has capital letters");
  if (host.endsWith(".")) return problem("ends with a dot");
  if (host.slice(1).includes("*"))
    return problem("has a `*` that isn't its first label", "only a leading `*.` stands for any label");
  const labels = host.replace(/^\*\./, "").split(".");
  if (
    labels.some((label) => !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(label) || label.length > 63) ||
    host.length > 253
  ) {
    // How a name in another script is written: https://www.rfc-editor.org/rfc/rfc3492
    const ascii = domainToASCII(host);
    return problem(
      "is not a host name",
      ascii !== "" && ascii !== host
        ? `write \`${ascii}\``
        : "write labels of letters, digits and `-`, with dots between, e.g. `notes.example.com`",
    );
  }
  return undefined;
}

/** What of a URL is the host. */
function bareHost(url: string): string {
  return url
    .trim()
    .replace(/^[a-z]+:\/\//i, "")
    .replace(/^[^/]*@/, "")
    .replace(/[:/].*$/, "")
    .replace(/\.+$/, "")
    .toLowerCase();
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
const LABEL_PART = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)$/;
const LABEL_PREFIX = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Whether `labels`, which stand at `path`, can be on a Kubernetes object. */
export function checkLabels(
  path: string,
  labels: { [label: string]: string } | undefined,
  problems: Problem[],
): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    const at = join(path, key);
    const mistake = keyMistake(key);
    if (mistake) problems.push({ path: at, ...mistake });
    const wrong = valueMistake(value);
    if (wrong) problems.push({ path: at, value, ...wrong });
  }
}

/** What is wrong with the key of a label or an annotation, if anything. */
export function keyMistake(key: string): Omit<Problem, "path"> | undefined {
  const [name = "", prefix] = key.split("/").reverse();
  const sound =
    LABEL_PART.test(name) &&
    key.split("/").length <= 2 &&
    (prefix === undefined || (LABEL_PREFIX.test(prefix) && prefix.length <= 253));
  if (sound) return undefined;
  return {
    reason: "is not the name of a label or annotation",
    remedy: "write `name` or `example.com/name`: letters, digits, `-`, `_` and `.`, at most 63",
  };
}

/** What is wrong with the value of a label, if anything. */
export function valueMistake(value: string): Omit<Problem, "path"> | undefined {
  if (value === "" || LABEL_PART.test(value)) return undefined;
  const near = value
    .replace(/[^-A-Za-z0-9_.]/g, "_")
    .replace(/^[-_.]+/, "")
    .slice(0, 63)
    .replace(/[-_.]+$/, "");
  return {
    reason: "is not the value of a label: at most 63 letters, digits, `-`, `_` and `.`",
    remedy: `try \`${near}\`; an annotation takes any text`,
  };
}
