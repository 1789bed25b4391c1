// When a process counts as started, alive and ready.

import { isDeepStrictEqual } from "node:util";
import { join } from "../schema/path";
import type { ProbeArgs } from "../schema/probe-args";
import type { Problem } from "../schema/problem";
import type { ProcessArgs } from "../schema/process-args";
import type { Tier } from "../schema/tier";
import type { ProbePlan, ProcessPlan } from "./stack-plan";
import { TIERS } from "./tiers";

const CHECKS = ["httpGet", "tcpSocket", "grpc", "exec"] as const;

/** How long a process may take to start, unless its startup probe says otherwise. */
const STARTUP_SECONDS = 120;

/** The probes of the process whose arguments stand at `path`. Liveness must never check what the process depends on: a failing database
 * would restart every pod of it. So its default is a mere TCP connection. */
export function planProbes(
  path: string,
  args: ProcessArgs,
  tier: Tier,
  problems: Problem[],
): ProcessPlan["probes"] {
  const fallback: ProbeArgs | undefined = args.port === undefined ? undefined : { tcpSocket: {} };
  const probe = (key: "startupProbe" | "livenessProbe" | "readinessProbe", absent?: ProbeArgs) => {
    const given = args[key] ?? absent;
    if (key !== "readinessProbe") checkSuccess(`${path}.${key}`, args[key], problems);
    return given && planProbe(`${path}.${key}`, given, args.port, problems);
  };
  const liveness = probe("livenessProbe", fallback);
  const readiness = probe("readinessProbe", fallback);
  if (TIERS[tier].distinctLiveness) checkLiveness(`${path}.livenessProbe`, liveness, readiness, problems);
  const startup = args.startupProbe ? probe("startupProbe") : liveness && whileStarting(liveness);
  return { startup, liveness, readiness };
}

/** A liveness probe that fails as soon as the readiness probe restarts each pod that only waits for something. A connection
 * waits for nothing. */
function checkLiveness(
  path: string,
  liveness: ProbePlan | undefined,
  readiness: ProbePlan | undefined,
  problems: Problem[],
): void {
  if (!liveness || !readiness || "tcp" in liveness.check) return;
  const patience = ({ periodSeconds, failureThreshold }: ProbePlan) => periodSeconds * failureThreshold;
  if (!isDeepStrictEqual(liveness.check, readiness.check) || patience(liveness) > patience(readiness)) return;
  problems.push({
    path,
    reason: "checks what readinessProbe checks, and as soon: what is only not ready would be restarted",
    remedy:
      "drop it for a mere connection, check something that needs no other process, or give it a higher `failureThreshold`",
  });
}

/** The liveness probe, more often. A command costs more than a connection: each is a process of its own. */
function whileStarting(liveness: ProbePlan): ProbePlan {
  const periodSeconds = "command" in liveness.check ? Math.min(liveness.periodSeconds, 10) : 2;
  const failureThreshold = Math.ceil(STARTUP_SECONDS / periodSeconds);
  return { ...liveness, periodSeconds, failureThreshold, initialDelaySeconds: 0 };
}

function checkSuccess(path: string, args: ProbeArgs | undefined, problems: Problem[]): void {
  if (args?.successThreshold === undefined || args.successThreshold === 1) return;
  problems.push({
    path: `${path}.successThreshold`,
    value: args.successThreshold,
    reason: "is more than 1, which Kubernetes takes for readiness alone",
    remedy: "drop it",
  });
}

function planProbe(
  path: string,
  args: ProbeArgs,
  port: number | undefined,
  problems: Problem[],
): ProbePlan | undefined {
  const checks = CHECKS.filter((kind) => args[kind] !== undefined);
  if (checks.length !== 1) {
    problems.push({
      path,
      reason:
        checks.length === 0 ? "checks nothing" : `has ${checks.join(" and ")}, and a probe makes one check`,
      remedy:
        "write one of `httpGet: { path: /healthz }`, `tcpSocket: {}`, `grpc: {}`, `exec: { command: [...] }`",
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
      successThreshold: args.successThreshold ?? 1,
      initialDelaySeconds: args.initialDelaySeconds ?? 0,
    }
  );
}

function planCheck(
  path: string,
  { httpGet, tcpSocket, grpc, exec }: ProbeArgs,
  processPort: number | undefined,
  problems: Problem[],
): ProbePlan["check"] | undefined {
  if (exec) return planCommand(`${path}.exec.command`, exec.command, problems);
  const given = (httpGet ?? tcpSocket ?? grpc)?.port;
  if (given !== undefined && (given < 1 || given > 65535)) {
    problems.push({
      path: `${path}.${httpGet ? "httpGet" : tcpSocket ? "tcpSocket" : "grpc"}.port`,
      value: given,
      reason: "is not a port: those go from 1 to 65535",
      remedy: "write the port that the process listens on, or drop it for its `port`",
    });
  }
  const port = given ?? processPort;
  if (port === undefined) {
    problems.push({
      path,
      reason: "has no port, and neither has the process",
      remedy: "give the process a `port`, or the probe one",
    });
    return undefined;
  }
  if (grpc) return { grpc: { port, service: grpc.service } };
  if (!httpGet) return { tcp: { port } };
  if (!httpGet.path.startsWith("/")) {
    problems.push({
      path: `${path}.httpGet.path`,
      value: httpGet.path,
      reason: "does not begin with `/`",
      remedy: `try \`/${httpGet.path}\``,
    });
  }
  const headers = httpGet.httpHeaders ?? {};
  checkHeaders(`${path}.httpGet.httpHeaders`, headers, problems);
  return { http: { path: httpGet.path, port, scheme: httpGet.scheme, headers } };
}

function planCommand(path: string, command: string[], problems: Problem[]): ProbePlan["check"] | undefined {
  if (command.length > 0) return { command };
  problems.push({
    path,
    value: [],
    reason: "is empty",
    remedy: 'write its words, e.g. `["celery", "-A", "app", "inspect", "ping"]`',
  });
  return undefined;
}

/** https://www.rfc-editor.org/rfc/rfc9110#name-field-names */
function checkHeaders(path: string, headers: { [name: string]: string }, problems: Problem[]): void {
  for (const name of Object.keys(headers)) {
    if (/^[-A-Za-z0-9]+$/.test(name)) continue;
    problems.push({
      path: join(path, name),
      reason: "is not the name of a header: letters, digits and `-`",
      remedy: "write e.g. `Host` or `X-Forwarded-Proto`",
    });
  }
}
