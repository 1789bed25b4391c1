// The Gateway that routes are attached to: one that is there, or one of this stack's own with a listener for each host.

import type { GatewayArgs } from "../schema/ingress-args";
import type { Problem } from "../schema/problem";
import { labelProblem, subdomainProblem } from "./names";
import { pushIf } from "./routes";
import { slug } from "./tls";
import { checkAnnotations } from "./traffic";
import type { GatewayPlan, ListenerPlan, TlsPlan } from "./traffic-plan";

/** The Gateway; none where it isn't said which. */
export function planGateway(
  name: string,
  gateway: GatewayArgs | undefined,
  tls: TlsPlan | undefined,
  problems: Problem[],
): GatewayPlan | undefined {
  const at = "ingress.gateway";
  if (gateway?.name === undefined && gateway?.gatewayClassName === undefined) {
    problems.push({
      path: at,
      reason: `is missing${gateway ? " a name" : ""}: to which Gateway are the routes attached?`,
      remedy:
        "name one that is there (`gateway: { name: public, namespace: infra }`), or have one made (`gateway: { gatewayClassName: … }`)",
    });
    return undefined;
  }
  if (gateway.name !== undefined && gateway.gatewayClassName !== undefined) {
    problems.push({
      path: `${at}.gatewayClassName`,
      value: gateway.gatewayClassName,
      reason: "would make a Gateway, but `name` says that there is one",
      remedy: "drop one of the two",
    });
  }
  return gateway.name === undefined
    ? ownGateway(name, gateway, gateway.gatewayClassName ?? "", tls, problems)
    : existingGateway(gateway.name, gateway, tls, problems);
}

function existingGateway(
  name: string,
  gateway: GatewayArgs,
  tls: TlsPlan | undefined,
  problems: Problem[],
): GatewayPlan {
  const { namespace, httpListener = "http", httpsListener = "https" } = gateway;
  pushIf(problems, subdomainProblem("ingress.gateway.name", name));
  if (namespace !== undefined) pushIf(problems, labelProblem("ingress.gateway.namespace", namespace));
  if (tls?.certificates.some(({ secretName }) => secretName !== undefined)) {
    problems.push({
      path: "ingress.tls",
      reason: `has certificates, but those of the Gateway ${name} are its owner's matter`,
      remedy:
        "drop `secretName`, `secretNames` and `issuer`; the listener of that Gateway names the certificate",
    });
  }
  for (const key of ["httpPort", "httpsPort", "annotations"] as const) {
    if (gateway[key] === undefined) continue;
    problems.push({
      path: `ingress.gateway.${key}`,
      reason: `is for a Gateway of this stack's own, and ${name} is there already`,
      remedy: "drop it",
    });
  }
  if (tls && httpListener === httpsListener) pushListenerTwice(httpListener, problems);
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    listeners: [
      { name: httpListener, protocol: "HTTP", port: 80 },
      ...(tls ? [{ name: httpsListener, protocol: "HTTPS", port: 443 } as const] : []),
    ],
  };
}

function ownGateway(
  name: string,
  gateway: GatewayArgs,
  gatewayClassName: string,
  tls: TlsPlan | undefined,
  problems: Problem[],
): GatewayPlan {
  const { annotations = {}, httpPort = 80, httpsPort = 443, namespace } = gateway;
  pushIf(problems, subdomainProblem("ingress.gateway.gatewayClassName", gatewayClassName));
  checkAnnotations("ingress.gateway.annotations", annotations, problems);
  if (namespace !== undefined) {
    problems.push({
      path: "ingress.gateway.namespace",
      value: namespace,
      reason: "is for a Gateway that is there; one of this stack's own lies in the stack's namespace",
      remedy: "drop it, or add the `name` of the Gateway that is meant",
    });
  }
  if (tls && httpPort === httpsPort) {
    problems.push({
      path: "ingress.gateway.httpsPort",
      value: httpsPort,
      reason: "is httpPort too: one port can't serve both",
      remedy: "give each a port of its own, or drop both for 80 and 443",
    });
  }
  if (tls?.certificates.some(({ secretName }) => secretName === undefined)) {
    problems.push({
      path: "ingress.tls",
      reason: "is missing a certificate, and a Gateway has none by default",
      remedy: "add `secretName`, or an `issuer` of cert-manager's",
    });
  }
  const https = (tls?.certificates ?? []).flatMap(({ hosts, secretName }) =>
    hosts.map((host): ListenerPlan => {
      const listener = `${gateway.httpsListener ?? "https"}-${slug(host)}`;
      return { name: listener, protocol: "HTTPS", port: httpsPort, host, secretName };
    }),
  );
  const { httpListener = "http" } = gateway;
  if (https.some(({ name: other }) => other === httpListener)) {
    pushListenerTwice(httpListener, problems);
  }
  return {
    name,
    own: { gatewayClassName, annotations },
    listeners: [{ name: httpListener, protocol: "HTTP", port: httpPort }, ...https],
  };
}

/** One listener speaks http or https; and a route that names one twice is refused by the API server. */
function pushListenerTwice(value: string, problems: Problem[]): void {
  problems.push({
    path: "ingress.gateway.httpListener",
    value,
    reason: "is the name of the listener for https too",
    remedy: "give each its own name, as the Gateway's `listeners` have it",
  });
}
