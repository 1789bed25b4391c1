// Encryption of requests from outside: which certificates there are, where they lie and who makes them.

import type { TlsArgs } from "../schema/ingress-args";
import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import { suggest } from "../schema/suggest";
import { Tier } from "../schema/tier";
import { subdomainProblem } from "./names";
import { pushIf } from "./routes";
import { TIERS } from "./tiers";
import type { CertificatePlan, Controller, TlsPlan } from "./traffic-plan";

const YEAR = 31_536_000;

export interface TlsContext {
  name: string;
  tier: Tier;
  controller: Controller;
  /** The stack's own host. */
  host?: string;
  /** The hosts that are served, each with those that lead to it. */
  hosts: readonly { host: string; aliases: readonly string[] }[];
  /** The port of https from outside. */
  port?: number;
}

/** The encryption of a stack's hosts; none where TLS is off. */
export function planTls(tls: TlsArgs, context: TlsContext, problems: Problem[]): TlsPlan | undefined {
  checkTls(tls, context, problems);
  if (!(tls.enabled ?? TIERS[context.tier].tls)) return undefined;
  const { hsts } = tls;
  return {
    certificates: planCertificates(tls, context),
    redirect: tls.redirect ?? context.controller !== "any",
    ...(context.port !== undefined && context.port !== 443 && { port: context.port }),
    ...(hsts && {
      hsts: {
        maxAgeSeconds: hsts.maxAgeSeconds ?? YEAR,
        includeSubDomains: hsts.includeSubDomains ?? false,
        preload: hsts.preload ?? false,
      },
    }),
  };
}

/** One for each host where they are issued or named by host; one for all the others. */
function planCertificates(tls: TlsArgs, { name, host: main, hosts }: TlsContext): CertificatePlan[] {
  const certificates: CertificatePlan[] = [];
  const shared: CertificatePlan = {
    hosts: [],
    ...(tls.secretName !== undefined && { secretName: tls.secretName }),
  };
  for (const { host, aliases } of hosts) {
    const all = [host, ...aliases];
    const given = tls.secretNames && Object.hasOwn(tls.secretNames, host) ? tls.secretNames[host] : undefined;
    if (given !== undefined) certificates.push({ hosts: all, secretName: given });
    else if (tls.issuer) {
      const { name: issuer, kind = "ClusterIssuer", group = "cert-manager.io" } = tls.issuer;
      const own = host === main ? "tls" : `${slug(host)}-tls`;
      certificates.push({ hosts: all, secretName: `${name}-${own}`, issuer: { name: issuer, kind, group } });
    } else shared.hosts.push(...all);
  }
  return shared.hosts.length > 0 ? [...certificates, shared] : certificates;
}

/** A host as part of a name. */
export function slug(host: string): string {
  return host.replace(/^\*\./, "wildcard-").replaceAll(".", "-");
}

function checkTls(tls: TlsArgs, { tier, hosts }: TlsContext, problems: Problem[]): void {
  const at = "ingress.tls";
  if (tls.enabled === false && tier === Tier.prod && hosts.length > 0) {
    problems.push({
      path: `${at}.enabled`,
      value: false,
      reason: "would send passwords and cookies in clear text; prod needs TLS",
      remedy: "drop it, or set it to true",
    });
  }
  if (tls.enabled === false && tls.redirect) {
    problems.push({
      path: `${at}.redirect`,
      value: true,
      reason: "would send requests to https, but TLS is off",
      remedy: "drop `redirect`, or set `enabled` to true",
    });
  }
  if (tls.secretName !== undefined && tls.issuer) {
    problems.push({
      path: `${at}.issuer`,
      reason: "would make certificates, but `secretName` says that there is one",
      remedy: "drop `secretName`: the issuer's Secrets get names of their own",
    });
  }
  const named: [path: string, name: string][] = [
    ...(tls.secretName === undefined ? [] : [[`${at}.secretName`, tls.secretName] as [string, string]]),
    ...Object.entries(tls.secretNames ?? {}).map(
      ([host, name]) => [join(`${at}.secretNames`, host), name] as [string, string],
    ),
  ];
  if (tls.issuer) named.push([`${at}.issuer.name`, tls.issuer.name]);
  for (const [path, secret] of named) pushIf(problems, subdomainProblem(path, secret));
  const served = hosts.map(({ host }) => host);
  for (const host of Object.keys(tls.secretNames ?? {})) {
    if (served.includes(host)) continue;
    problems.push({
      path: join(`${at}.secretNames`, host),
      reason: "is not a host of this stack",
      remedy: suggest(host, served, "drop it"),
    });
  }
  const { hsts } = tls;
  if (hsts?.preload && (!hsts.includeSubDomains || (hsts.maxAgeSeconds ?? YEAR) < YEAR)) {
    problems.push({
      path: `${at}.hsts.preload`,
      value: true,
      reason:
        "needs `includeSubDomains: true` and a `maxAgeSeconds` of a year (31536000), or the browsers' list refuses it",
      remedy: "add both, or drop `preload`",
    });
  }
}
