// When a process counts as started, alive and ready.

import type { Problem } from "../schema/problem";
import type { ProbeArgs, ProcessArgs } from "../schema/process-args";
import type { ProbePlan, ProcessPlan } from "./stack-plan";

/** The probes of the process whose arguments stand at `path`. Liveness must never check what the process depends on: a failing database
 * would restart every pod of it. So its default is a mere TCP connection. */
export function planProbes(path: string, args: ProcessArgs, problems: Problem[]): ProcessPlan["probes"] {
  const fallback: ProbeArgs | undefined = args.port === undefined ? undefined : { tcpSocket: {} };
  const probe = (key: "startupProbe" | "livenessProbe" | "readinessProbe", absent: ProbeArgs | undefined) => {
    const given = args[key] ?? absent;
    return given && planProbe(`${path}.${key}`, given, args.port, problems);
  };
  const liveness = probe("livenessProbe", fallback);
  const readiness = probe("readinessProbe", fallback);
  const startup = args.startupProbe
    ? probe("startupProbe", undefined)
    : liveness && { ...liveness, periodSeconds: 2, failureThreshold: 60, initialDelaySeconds: 0 };
  return { startup, liveness, readiness };
}

function planProbe(
  path: string,
  args: ProbeArgs,
  port: number | undefined,
  problems: Problem[],
): ProbePlan | undefined {
  const checks = (["httpGet", "tcpSocket", "exec"] as const).filter((kind) => args[kind] !== undefined);
  if (checks.length !== 1) {
    problems.push({
      path,
      reason:
        checks.length === 0 ? "checks nothing" : `has ${checks.join(" and ")}, and a probe makes one check`,
      remedy: "write one of `httpGet: { path: /healthz }`, `tcpSocket: {}`, `exec: { command: [...] }`",
    });
    return undefined;
  }
  const check = planCheck(path, args, port, problems);
  return (
    check && {
      check,
      periodSeconds: args.periodSeconds ?? 10,
      timeoutSeconds: args.timeoutSeconds ?? 2,
      failureThreshold: args.failureThreshold ?? 3,
      initialDelaySeconds: args.initialDelaySeconds ?? 0,
    }
  );
}

function planCheck(
  path: string,
  { httpGet, tcpSocket, exec }: ProbeArgs,
  processPort: number | undefined,
  problems: Problem[],
): ProbePlan["check"] | undefined {
  if (exec) return { command: exec.command };
  const port = (httpGet ?? tcpSocket)?.port ?? processPort;
  if (port === undefined) {
    problems.push({
      path,
      reason: "has no port, and neither has the process",
      remedy: "give the process a `port`, or the probe one",
    });
    return undefined;
  }
  if (!httpGet) return { port };
  if (!httpGet.path.startsWith("/")) {
    problems.push({
      path: `${path}.httpGet.path`,
      value: httpGet.path,
      reason: "does not begin with `/`",
      remedy: `try \`/${httpGet.path}\``,
    });
  }
  return { path: httpGet.path, port };
}
