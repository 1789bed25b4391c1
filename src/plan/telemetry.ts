// OpenTelemetry: the variables that every role gets, and the way to the collector.

import type { OtlpProtocol, TelemetryArgs } from "../schema/monitoring-args";
import type { PeerArgs } from "../schema/network-args";
import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import type { Tier } from "../schema/tier";
import { INTERNET, planPeer, planPorts } from "./peers";
import { resolve, type Targets } from "./references";
import type { PeerPlan } from "./stack-plan";

/** A variable that a role has unless it sets it itself. */
export interface DefaultVariable {
  /** Where it stands. */
  path: string;
  value: string;
}

export interface PlannedTelemetry {
  /** The variables of a role by name. */
  variablesOf: (role: string) => Map<string, DefaultVariable>;
  /** The collector. */
  peer: PeerPlan;
}

interface TelemetryContext {
  name: string;
  tier: Tier;
  namespace: string;
  targets: Targets;
  problems: Problem[];
}

/** The telemetry of a stack; none where there is nowhere to send it. */
export function planTelemetry(
  args: TelemetryArgs | undefined,
  context: TelemetryContext,
): PlannedTelemetry | undefined {
  if (args === undefined) return undefined;
  const { name, problems } = context;
  const address = planEndpoint(args, context);
  const headers = args.headers as string | undefined;
  if (headers !== undefined) {
    problems.push(...resolve("telemetry.headers", headers, context.targets).problems);
  }
  const attributes = resourceAttributes(args, context);
  const variable = (key: string, value: string): DefaultVariable => ({ path: `telemetry.${key}`, value });
  return {
    peer: address.peer,
    variablesOf: (role) =>
      new Map([
        ["OTEL_EXPORTER_OTLP_ENDPOINT", variable("endpoint", literal(args.endpoint))],
        ["OTEL_EXPORTER_OTLP_PROTOCOL", variable("protocol", address.protocol)],
        ...(headers === undefined
          ? []
          : [["OTEL_EXPORTER_OTLP_HEADERS", variable("headers", headers)] as const]),
        ["OTEL_SERVICE_NAME", variable("endpoint", `${name}-${role}`)],
        ["OTEL_RESOURCE_ATTRIBUTES", variable("attributes", attributes)],
      ]),
  };
}

/** Text that holds no reference, whatever it looks like. */
function literal(text: string): string {
  return text.replaceAll("${", "$${");
}

/** https://opentelemetry.io/docs/specs/semconv/resource/ */
function resourceAttributes(
  { attributes = {} }: TelemetryArgs,
  { name, tier, namespace, problems }: TelemetryContext,
): string {
  for (const key of Object.keys(attributes)) {
    if (/^[A-Za-z][A-Za-z0-9_.-]*$/.test(key)) continue;
    problems.push({
      path: join("telemetry.attributes", key),
      reason: "is not the name of an attribute: letters, digits, `.`, `_` and `-`",
      remedy: "write e.g. `team` or `service.version`",
    });
  }
  const all = {
    "service.namespace": name,
    "deployment.environment.name": tier,
    "k8s.namespace.name": namespace,
    ...attributes,
  };
  return Object.entries(all)
    .map(([key, value]) => `${key}=${encodeURIComponent(Buffer.from(value).toString())}`)
    .join(",");
}

function planEndpoint(
  { endpoint, protocol, egress }: TelemetryArgs,
  { namespace, problems }: TelemetryContext,
): { peer: PeerPlan; protocol: OtlpProtocol } {
  const path = "telemetry.endpoint";
  const url = parsed(endpoint);
  if (!url) {
    problems.push({
      path,
      // What stands before an `@` may be a password.
      value: endpoint.includes("@") ? undefined : endpoint,
      reason: "is not an http(s) address",
      remedy: "write e.g. `http://otel-collector.observability.svc:4318`",
    });
  }
  const port = Number(url?.port || (url?.protocol === "http:" ? 80 : 443));
  if (url && (url.username !== "" || url.password !== "")) {
    problems.push({
      path,
      reason: "holds a user or a password, which OpenTelemetry doesn't read from there",
      remedy: "give them as `headers`, e.g. `authorization=Basic ${secrets.telemetry}`",
    });
  }
  const signal = /\/v1\/(traces|metrics|logs)\/?$/.exec(url?.pathname ?? "")?.[0];
  if (url && signal) {
    problems.push({
      path,
      value: endpoint,
      reason: `ends with ${signal}, which every signal adds for itself`,
      remedy: `write \`${endpoint.slice(0, endpoint.lastIndexOf(signal))}\``,
    });
  }
  checkProtocol(protocol, port, problems);
  const args = egress ?? (url ? peerArgs(path, url, port, namespace, problems) : {});
  const at = egress ? "telemetry.egress" : path;
  const peer = planPeer(at, "OpenTelemetry", args, namespace, INTERNET, problems);
  const ports = planPorts(at, args.ports, args.protocol, problems) ?? [{ port, protocol: "TCP" as const }];
  return {
    peer: { ...peer, id: "telemetry.endpoint", ports },
    protocol: protocol ?? (port === 4317 ? "grpc" : "http/protobuf"),
  };
}

function parsed(text: string): URL | undefined {
  if (!/^https?:\/\/[^/?#\s]+/.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text);
}

function checkProtocol(protocol: OtlpProtocol | undefined, port: number, problems: Problem[]): void {
  const grpc = protocol === "grpc";
  const instead = grpc ? 4317 : 4318;
  if (protocol === undefined || port !== (grpc ? 4318 : 4317)) return;
  problems.push({
    path: "telemetry.protocol",
    value: protocol,
    reason: `is not what answers on port ${port}`,
    remedy: `drop it, or write the endpoint with port ${instead}`,
  });
}

/** Where the host is in the network, as far as its name tells. */
function peerArgs(path: string, url: URL, port: number, namespace: string, problems: Problem[]): PeerArgs {
  const host = url.hostname.replace(/\.$/, "");
  const ports = [port];
  const service = /^[^.]+\.([^.]+)\.svc(\.cluster\.local)?$/.exec(host);
  if (service) return { namespace: service[1], ports };
  if (/^[^.:[\]]+$/.test(host)) return { namespace, ports };
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return { cidr: `${host}/32`, ports };
  if (host.startsWith("[")) return { cidr: `${host.slice(1, -1)}/128`, ports };
  if (/^[^.]+\.[^.]+$/.test(host)) {
    problems.push({
      path,
      value: url.origin,
      reason: `may be a Service of the namespace \`${host.split(".")[1]}\`, or a host in the internet`,
      remedy: `write \`${host}.svc\` for the Service; for the internet add \`egress: { ports: [${port}] }\` to \`telemetry\``,
    });
  }
  return { ports };
}
