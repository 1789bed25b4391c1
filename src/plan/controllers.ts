// Which controller answers requests from outside, and what of the public words each of them can do. How a word is
// translated stands in objects, one file a controller; what has no translation is refused here, with what to do instead.

import { type IngressArgs, IngressController } from "../schema/ingress-args";
import type { Problem } from "../schema/problem";
import type { ProcessTrafficArgs, RateLimitArgs } from "../schema/route-args";
import type { Scope } from "./traffic";
import type { Controller } from "./traffic-plan";

/** Usual names of ingress classes, and who answers to them. */
const CLASSES: Record<string, Controller> = {
  traefik: IngressController.traefik,
  nginx: IngressController.ingressNginx,
};

/** Where the pods of a controller usually run. */
const NAMESPACES: Partial<Record<Controller, string>> = {
  [IngressController.traefik]: "traefik",
  [IngressController.ingressNginx]: "ingress-nginx",
};

/** Which controller answers. */
export function planController(ingress: IngressArgs, problems: Problem[]): Controller {
  const { controller, ingressClassName, gateway } = ingress;
  const known = controller ?? (gateway && IngressController.gatewayApi);
  if (known === IngressController.gatewayApi && ingressClassName !== undefined) {
    problems.push({
      path: "ingress.ingressClassName",
      value: ingressClassName,
      reason: "is a matter of Ingress objects, and the Gateway API has none",
      remedy: "drop it; a Gateway of this stack's own has `ingress.gateway.gatewayClassName`",
    });
  }
  if (controller !== undefined && controller !== IngressController.gatewayApi && gateway) {
    problems.push({
      path: "ingress.gateway",
      reason: `belongs to the Gateway API, but the controller is ${controller}`,
      remedy: "drop it, or write `controller: gateway-api`",
    });
  }
  if (known) return known;
  return ingressClassName !== undefined && Object.hasOwn(CLASSES, ingressClassName)
    ? (CLASSES[ingressClassName] as Controller)
    : "any";
}

/** Where requests come from when they reach the processes. */
export function planOrigin(
  controller: Controller,
  ingress: IngressArgs,
): { namespace?: string; cidrs: string[] } {
  const { controllerNamespace: namespace = NAMESPACES[controller], controllerCidrs: cidrs = [] } = ingress;
  return { ...(namespace !== undefined && { namespace }), cidrs };
}

type Word =
  | keyof ProcessTrafficArgs
  | "connectSeconds"
  | "readSeconds"
  | "redirect"
  | "hsts"
  | "redirectHosts"
  | "trustedProxies";

interface Refusal {
  reason: string;
  remedy: string;
}

const OWN_POLICY =
  "drop it, and attach a policy of your implementation's own to the HTTPRoute (see docs/traffic.md), or use another controller";

/** What a controller can't do at all. Nobody's words can be told to a plain Ingress; see `refusal`. */
const REFUSALS: Record<IngressController, Partial<Record<Word, Refusal>>> = {
  [IngressController.traefik]: {},
  [IngressController.ingressNginx]: {
    hsts: {
      reason: "ingress-nginx sends it for all hosts alike, as its own ConfigMap says, and by default it does",
      remedy: "drop it, and set `hsts`, `hsts-max-age`, `hsts-preload` in the controller's ConfigMap",
    },
    trustedProxies: {
      reason: "ingress-nginx trusts proxies for all hosts alike, as its own ConfigMap says",
      remedy:
        "drop it, and set `use-forwarded-headers` and `proxy-real-ip-cidr` in the controller's ConfigMap",
    },
  },
  [IngressController.gatewayApi]: {
    maxBodySize: { reason: "the Gateway API knows no limit for bodies", remedy: OWN_POLICY },
    rateLimit: { reason: "the Gateway API knows no limit for requests", remedy: OWN_POLICY },
    sourceRanges: { reason: "the Gateway API doesn't look at clients' addresses", remedy: OWN_POLICY },
    sessionAffinity: {
      reason: "the Gateway API's standard channel knows no session affinity",
      remedy: OWN_POLICY,
    },
    connectSeconds: {
      reason: "the Gateway API counts a request as a whole",
      remedy: "write `readSeconds` for the whole request, or drop it",
    },
    trustedProxies: {
      reason: "whom a Gateway trusts is a setting of its own",
      remedy: "drop it, and say it to your implementation",
    },
  },
};

function refusal(controller: Controller, word: Word): Refusal | undefined {
  if (controller !== "any") return REFUSALS[controller][word];
  return {
    reason:
      "has no translation: which controller answers isn't known, and a plain Ingress has no word for it",
    remedy:
      "add `ingress: { controller: traefik }` (or `ingress-nginx`, `gateway-api`), or write your controller's own `annotations`",
  };
}

/** Tells of each word that the controller can't do. */
export function checkAbilities(
  controller: Controller,
  scopes: readonly Scope[],
  ingress: IngressArgs,
  problems: Problem[],
): void {
  const said = [...scopes.flatMap(wordsOf), ...wordsOfStack(ingress)];
  for (const { word, at } of said) {
    const refused = refusal(controller, word);
    if (refused) problems.push({ path: at, ...refused });
  }
  for (const scope of scopes) {
    if (controller === IngressController.traefik) checkTraefik(scope, problems);
    if (controller === IngressController.ingressNginx) checkIngressNginx(scope, problems);
  }
}

/** What a scope says, word by word. */
function wordsOf({ at, args = {} }: Scope): { word: Word; at: string }[] {
  const { annotations: _, timeouts = {}, streaming, hiddenPaths, ...rest } = args as ProcessTrafficArgs;
  const words = [
    ...named(at, rest),
    ...named(`${at}.timeouts`, timeouts),
    ...(streaming ? named(at, { streaming }) : []),
    ...(hiddenPaths && hiddenPaths.length > 0 ? named(at, { hiddenPaths }) : []),
  ];
  return words.filter(({ word }) => WORDS.has(word));
}

function wordsOfStack({
  redirectHosts,
  trustedProxies,
  tls = {},
}: IngressArgs): { word: Word; at: string }[] {
  return [
    ...named("ingress", { redirectHosts, trustedProxies }),
    ...named("ingress.tls", { hsts: tls.hsts, ...(tls.redirect && { redirect: true }) }),
  ];
}

/** The words of which every scope may have some; the stack and routes have others beside them. */
const WORDS = new Set<Word>([
  "maxBodySize",
  "rateLimit",
  "sourceRanges",
  "streaming",
  "hiddenPaths",
  "sessionAffinity",
  "connectSeconds",
  "readSeconds",
]);

function named(at: string, args: object): { word: Word; at: string }[] {
  return Object.entries(args).flatMap(([word, value]) =>
    value === undefined ? [] : [{ word: word as Word, at: `${at}.${word}` }],
  );
}

function checkTraefik({ at, args = {}, route }: Scope, problems: Problem[]): void {
  if (route && args.timeouts) {
    problems.push({
      path: `${at}.timeouts`,
      reason: "can't be those of one route: Traefik has them for a process as a whole",
      remedy: "write them below the process' `ingress`",
    });
  }
  if (args.streaming && args.maxBodySize !== undefined) {
    problems.push({
      path: `${at}.maxBodySize`,
      value: args.maxBodySize,
      reason: "would hold the streams back: Traefik limits a body by buffering it, and with it the answer",
      remedy: "give the streams a route of their own: `routes: [{ path: /events, streaming: true }]`",
    });
  }
}

/** https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/ */
function checkIngressNginx({ at, args = {} }: Scope, problems: Problem[]): void {
  const { rateLimit, timeouts } = args;
  if (rateLimit) checkNginxRate(`${at}.rateLimit`, rateLimit, problems);
  if ((timeouts?.connectSeconds ?? 0) > 75) {
    problems.push({
      path: `${at}.timeouts.connectSeconds`,
      value: timeouts?.connectSeconds,
      reason: "is more than nginx waits for a connection, which is 75 s",
      remedy: "write 75 or less",
    });
  }
}

function checkNginxRate(at: string, rate: RateLimitArgs, problems: Problem[]): void {
  const { requests, periodSeconds = 1, burst = requests } = rate;
  if (periodSeconds !== 1 && periodSeconds !== 60) {
    const perMinute = Math.max(1, Math.round((requests * 60) / periodSeconds));
    problems.push({
      path: `${at}.periodSeconds`,
      value: periodSeconds,
      reason: "can't be told to ingress-nginx, which counts requests a second or a minute",
      remedy: `write \`requests: ${perMinute}\` and \`periodSeconds: 60\``,
    });
  }
  if (burst % requests !== 0) {
    problems.push({
      path: `${at}.burst`,
      value: burst,
      reason: `can't be told to ingress-nginx, which takes multiples of \`requests\` (${requests})`,
      remedy: `write ${Math.max(1, Math.round(burst / requests)) * requests}`,
    });
  }
}
