// The ports of a process, and the Service in front of them.

import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import type { ProcessArgs } from "../schema/process-args";
import type { ServiceArgs } from "../schema/service-args";
import { planAnnotations } from "./metadata";
import { overlay } from "./overlay";
import { checkBlock } from "./peers";
import type { ProcessPlan, ServicePlan, ServicePortPlan } from "./stack-plan";

/** The name of the port that a process has as `port`. */
const MAIN = "http";

/** What clusters give out unless they are told otherwise. */
const NODE_PORTS = { first: 30000, last: 32767 };

/** The ports of the process at `path`, the main one first. */
export function planServicePorts(
  path: string,
  { port, ports, service }: ProcessArgs,
  problems: Problem[],
): ServicePortPlan[] {
  const planned: ServicePortPlan[] = [];
  if (port !== undefined) {
    checkPort(`${path}.port`, port, problems);
    planned.push({ name: MAIN, port, protocol: "TCP", nodePort: service?.nodePort });
  } else if (service?.nodePort !== undefined && ports !== undefined) {
    problems.push({
      path: `${path}.service.nodePort`,
      value: service.nodePort,
      reason: "leads to the process' `port`, and it has none",
      remedy: "add a `port`, or write the `nodePort` at one of `ports`",
    });
  }
  for (const [name, args] of overlay(`${path}.ports`, ports, [], problems, "write e.g. `port: 9090`").set) {
    const at = join(`${path}.ports`, name);
    checkName(at, name, problems);
    checkPort(`${at}.port`, args.port, problems);
    const { protocol = "TCP", nodePort } = args;
    const twin = planned.find((other) => other.port === args.port && other.protocol === protocol);
    if (twin) {
      problems.push({
        path: `${at}.port`,
        value: args.port,
        reason: `is the port \`${twin.name}\` already`,
        remedy: "let the process listen on another, or drop one of the two",
      });
    }
    planned.push({ name, port: args.port, protocol, nodePort });
  }
  return planned;
}

function checkName(at: string, name: string, problems: Problem[]): void {
  const sound = /^[a-z0-9]([a-z0-9]|-(?!-))*$/.test(name) && /[a-z]/.test(name) && !name.endsWith("-");
  if (!sound || name.length > 15) {
    problems.push({
      path: at,
      value: name,
      reason:
        "is not the name of a port: at most 15 lower-case letters, digits and `-`, with a letter among them",
      remedy: `try \`${
        name
          .toLowerCase()
          .replace(/[^a-z0-9]+/g, "-")
          .slice(0, 15)
          .replace(/^-+|-+$/g, "") || "metrics"
      }\``,
    });
  } else if (name === MAIN) {
    problems.push({
      path: at,
      value: name,
      reason: "is how the process' `port` is called",
      remedy: "write it as `port`, or give it another name",
    });
  }
}

/** The Service in front of `ports`; none where there are none. */
export function planService(
  path: string,
  args: ServiceArgs | undefined,
  ports: readonly ServicePortPlan[],
  problems: Problem[],
): ServicePlan | undefined {
  const at = `${path}.service`;
  if (ports.length === 0) {
    if (args === undefined) return undefined;
    problems.push({
      path: at,
      reason: "would lead nowhere: the process has no `port`",
      remedy: "give it a `port`, e.g. `port: 8080`, or drop the service",
    });
    return undefined;
  }
  const { type: given, sessionAffinity = "None", externalTrafficPolicy, ...rest } = args ?? {};
  const type = given ?? (ports.some(({ nodePort }) => nodePort !== undefined) ? "NodePort" : "ClusterIP");
  checkType(at, path, type, rest, externalTrafficPolicy, ports, problems);
  rest.loadBalancerSourceRanges?.forEach((range, index) => {
    checkBlock(join(`${at}.loadBalancerSourceRanges`, index), range, problems);
  });
  return {
    type,
    sessionAffinity,
    annotations: planAnnotations(`${at}.annotations`, rest.annotations, problems),
    externalTrafficPolicy,
    loadBalancerClass: rest.loadBalancerClass,
    loadBalancerSourceRanges: rest.loadBalancerSourceRanges,
  };
}

function checkType(
  at: string,
  path: string,
  type: ServicePlan["type"],
  args: ServiceArgs,
  externalTrafficPolicy: string | undefined,
  ports: readonly ServicePortPlan[],
  problems: Problem[],
): void {
  const tell = (where: string, value: unknown, wanted: string) => {
    problems.push({
      path: where,
      value,
      reason: `counts for nothing: the Service is of type ${type}`,
      remedy: `drop it, or write \`type: ${wanted}\` in ${at}`,
    });
  };
  if (type === "ClusterIP") {
    for (const { name, nodePort } of ports) {
      if (nodePort === undefined) continue;
      tell(nodePortPath(path, name), nodePort, "NodePort");
    }
    if (externalTrafficPolicy) tell(`${at}.externalTrafficPolicy`, externalTrafficPolicy, "LoadBalancer");
  }
  if (type !== "LoadBalancer") {
    for (const key of ["loadBalancerClass", "loadBalancerSourceRanges"] as const) {
      if (args[key] !== undefined) tell(`${at}.${key}`, args[key], "LoadBalancer");
    }
  }
}

/** Where a port's `nodePort` stands. */
function nodePortPath(path: string, name: string): string {
  return name === MAIN ? `${path}.service.nodePort` : `${join(`${path}.ports`, name)}.nodePort`;
}

/** Tells of ports of nodes that no cluster gives out, or that two want. */
export function checkNodePorts(
  processes: readonly { path: string; process: ProcessPlan }[],
  problems: Problem[],
): void {
  const taken = new Map<string, string>();
  for (const { path, process } of processes) {
    for (const { name, protocol, nodePort } of process.ports) {
      if (nodePort === undefined) continue;
      const at = nodePortPath(path, name);
      const holder = taken.get(`${protocol} ${nodePort}`);
      taken.set(`${protocol} ${nodePort}`, at);
      if (!Number.isInteger(nodePort) || nodePort < NODE_PORTS.first || nodePort > NODE_PORTS.last) {
        problems.push({
          path: at,
          value: nodePort,
          reason: `is not a port that nodes give to Services: those go from ${NODE_PORTS.first} to ${NODE_PORTS.last}`,
          remedy: "write one of those, or drop it to have one chosen",
        });
      } else if (holder) {
        problems.push({
          path: at,
          value: nodePort,
          reason: `is claimed by ${holder} already`,
          remedy: "give each its own, or drop one to have it chosen",
        });
      }
    }
  }
}

function checkPort(path: string, port: number, problems: Problem[]): void {
  if (port >= 1024 && port <= 65535) return;
  const unprivileged = port >= 1 && port < 1024;
  problems.push({
    path,
    value: port,
    reason: unprivileged
      ? "is below 1024, where only a privileged process can listen, and ours have no privileges"
      : "is not a port: those go from 1 to 65535",
    remedy: unprivileged
      ? "let the process listen on 1024 or above, e.g. 8080; the ingress still answers on 80 and 443"
      : "write 1024 to 65535",
  });
}
