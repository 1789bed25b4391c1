// What the Kubernetes project's ingress-nginx has words for beyond plain Ingress objects: annotations. The project was
// retired in March 2026; most clusters run it still.
// https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/

import type { IngressPlan, RateLimitPlan, RoutePlan, TrafficPlan } from "../plan/traffic-plan";
import type { Translation } from "./ingress";

const PREFIX = "nginx.ingress.kubernetes.io";

/** How long a stream may pause. */
const STREAM_SECONDS = 3600;

/**
 * The address that no request comes from. A list of whom to let in is older than one of whom to keep out, and what a
 * version doesn't know it passes over.
 */
const NOBODY = "255.255.255.255/32";

export const ingressNginx: Translation = {
  route(_plan, ingress, route) {
    const words: Record<string, string | number | boolean | undefined> = {
      ...redirects(ingress, route),
      ...limits(route.traffic),
      ...timeouts(route.traffic),
      ...affinity(ingress, route),
    };
    const own = Object.entries(words).flatMap(([word, value]) =>
      value === undefined ? [] : [[`${PREFIX}/${word}`, String(value)]],
    );
    return { ...Object.fromEntries(own), ...route.traffic.annotations };
  },

  hidden: () => ({ [`${PREFIX}/whitelist-source-range`]: NOBODY }),
};

function redirects(ingress: IngressPlan, { host }: RoutePlan) {
  return {
    // By itself nginx redirects where it has a certificate.
    ...(ingress.tls && (ingress.tls.redirect ? { "force-ssl-redirect": true } : { "ssl-redirect": false })),
    ...(ingress.redirects.some(({ to }) => to.host === host) && { "from-to-www-redirect": true }),
  };
}

function limits({ maxBodyBytes, sourceRanges, rateLimit }: TrafficPlan) {
  return {
    ...(maxBodyBytes && { "proxy-body-size": size(maxBodyBytes.value) }),
    ...(sourceRanges && { "whitelist-source-range": sourceRanges.value.join(",") }),
    ...(rateLimit && rate(rateLimit.value)),
  };
}

/** nginx' sizes: whole numbers of bytes, `k` or `m`. */
function size(bytes: number): string {
  const whole = Math.round(bytes);
  if (whole % 2 ** 20 === 0) return `${whole / 2 ** 20}m`;
  return whole % 2 ** 10 === 0 ? `${whole / 2 ** 10}k` : String(whole);
}

function rate({ requests, periodSeconds, burst }: RateLimitPlan) {
  return {
    [periodSeconds === 60 ? "limit-rpm" : "limit-rps"]: requests,
    "limit-burst-multiplier": burst / requests,
  };
}

function timeouts({ connectSeconds, readSeconds, streaming }: TrafficPlan) {
  const read = readSeconds ?? (streaming ? STREAM_SECONDS : undefined);
  return {
    "proxy-connect-timeout": connectSeconds,
    "proxy-read-timeout": read,
    ...(streaming && { "proxy-send-timeout": read, "proxy-buffering": "off" }),
  };
}

function affinity(ingress: IngressPlan, { process }: RoutePlan) {
  const own = ingress.services.find((service) => service.process === process)?.affinity;
  if (!own) return {};
  return {
    affinity: "cookie",
    "session-cookie-name": own.cookieName,
    "session-cookie-samesite": "Lax",
    // A pod that is gone is not waited for.
    "session-cookie-change-on-failure": true,
    "session-cookie-secure": ingress.tls !== undefined,
    "session-cookie-max-age": own.maxAgeSeconds,
  };
}
