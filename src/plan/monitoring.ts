// Metrics: where processes answer with them, how Prometheus finds out, and the one way in that it gets.

import type { MetricsArgs, MonitoringArgs } from "../schema/monitoring-args";
import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import { checkLabels, labelProblem } from "./names";
import type { Edge, MetricsPlan, MonitoringPlan, PeerPlan, ProcessPlan, ServicePortPlan } from "./stack-plan";

/** The name of a port for metrics alone. */
const METRICS = "metrics";

/** Prometheus, as edges call it. */
const PROMETHEUS = "monitoring.prometheus";

/** https://prometheus.io/docs/prometheus/latest/configuration/configuration/ */
const DURATION = /^(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/;

const UNIT_SECONDS: Record<string, number> = {
  y: 365 * 86_400,
  w: 7 * 86_400,
  d: 86_400,
  h: 3600,
  m: 60,
  s: 1,
  ms: 0.001,
};

/** The metrics of the process whose arguments stand at `path`; none where it has none. */
export function planMetrics(
  path: string,
  args: MetricsArgs | undefined,
  ports: readonly ServicePortPlan[],
  monitoring: MonitoringArgs = {},
  problems: Problem[],
): MetricsPlan | undefined {
  if (args === undefined) return undefined;
  const metricsPath = args.path ?? "/metrics";
  if (!/^\/[^\s?#]*$/.test(metricsPath)) {
    problems.push({
      path: `${path}.path`,
      value: metricsPath,
      reason: metricsPath.startsWith("/") ? "has a blank, `?` or `#` in it" : "does not begin with `/`",
      remedy: `try \`/${metricsPath.replace(/^\/+/, "").replace(/[\s?#].*$/, "")}\``,
    });
  }
  const annotated = (monitoring.scrape ?? "annotations") === "annotations";
  if (args.interval !== undefined) checkInterval(`${path}.interval`, args.interval, annotated, problems);
  const port = args.port ?? ports.find(({ name }) => name === "http")?.port;
  if (port === undefined) {
    problems.push({
      path: `${path}.port`,
      reason: "is missing, and the process has no `port` either",
      remedy: "name the port that answers with the metrics, e.g. `port: 9100`",
    });
    return undefined;
  }
  if (port < 1024 || port > 65535) {
    problems.push({
      path: `${path}.port`,
      value: port,
      reason: "is not one that a process without privileges can listen on",
      remedy: "write 1024 to 65535",
    });
  }
  const interval = args.interval ?? (annotated ? undefined : monitoring.interval);
  return {
    port,
    portName: portName(path, port, ports, problems),
    path: metricsPath,
    interval,
    timeout: interval !== undefined && seconds(interval) < 10 ? interval : undefined,
  };
}

/** The name of the port that metrics are at: that of the process' own, where it is one of those. */
function portName(
  path: string,
  port: number,
  ports: readonly ServicePortPlan[],
  problems: Problem[],
): string {
  const own = ports.find((candidate) => candidate.port === port && candidate.protocol === "TCP");
  if (own) return own.name;
  if (ports.some(({ name }) => name === METRICS)) {
    problems.push({
      path: `${path}.port`,
      value: port,
      reason: `would be called \`${METRICS}\`, as another of the process' \`ports\` is`,
      remedy: "write that one's number, or give it another name",
    });
  }
  return METRICS;
}

/** How the metrics of `processes` are found and reached; nothing where there are none. */
export function planMonitoring(
  args: MonitoringArgs = {},
  processes: readonly ProcessPlan[],
  peers: PeerPlan[],
  problems: Problem[],
): { monitoring?: MonitoringPlan; edges: Edge[] } {
  const scrape = args.scrape ?? "annotations";
  checkMonitoring("monitoring", args, scrape, problems);
  const edges = processes.flatMap(({ id, metrics }): Edge[] =>
    metrics ? [{ from: PROMETHEUS, to: id, ports: [{ port: metrics.port, protocol: "TCP" }] }] : [],
  );
  if (edges.length === 0) return { edges };
  peers.push({
    id: PROMETHEUS,
    name: "Prometheus",
    pods: { namespace: args.namespace ?? "monitoring", labels: args.podLabels ?? {} },
  });
  return { monitoring: { scrape, labels: args.labels ?? {} }, edges };
}

function checkMonitoring(
  path: string,
  args: MonitoringArgs,
  scrape: MonitoringPlan["scrape"],
  problems: Problem[],
): void {
  const wrong = args.namespace === undefined ? undefined : labelProblem(`${path}.namespace`, args.namespace);
  if (wrong) problems.push(wrong);
  checkLabels(`${path}.podLabels`, args.podLabels, problems);
  checkLabels(`${path}.labels`, args.labels, problems);
  if (args.interval !== undefined) {
    checkInterval(`${path}.interval`, args.interval, scrape === "annotations", problems);
  }
  if (args.labels !== undefined && scrape === "annotations") {
    problems.push({
      path: join(path, "labels"),
      reason: "are those of ServiceMonitors and PodMonitors, and pods are found by annotations",
      remedy: "drop them, or set `scrape: ServiceMonitor`",
    });
  }
}

function checkInterval(path: string, text: string, annotated: boolean, problems: Problem[]): void {
  if (text === "" || !DURATION.test(text) || seconds(text) === 0) {
    problems.push({
      path,
      value: text,
      reason: "is not a duration above 0 in Prometheus' words",
      remedy: "write e.g. `30s` or `1m`",
    });
  } else if (annotated) {
    problems.push({
      path,
      value: text,
      reason: "can't be said by annotations: there Prometheus' own configuration decides",
      remedy: "drop it, or set `monitoring: { scrape: ServiceMonitor }`",
    });
  }
}

function seconds(duration: string): number {
  const parts = [...duration.matchAll(/(\d+)(ms|[ywdhms])/g)];
  return parts.reduce((sum, [, amount, unit = ""]) => sum + Number(amount) * (UNIT_SECONDS[unit] ?? 0), 0);
}
