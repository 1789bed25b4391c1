// The public arguments of one process: something that goes on running, such as the backend. What the defaults are
// worth in each tier stands in src/plan/tiers.ts.

import type { ContainerArgs } from "./container-args";
import type { MetricsArgs } from "./monitoring-args";
import type { PeerArgs } from "./network-args";
import type { ProcessTrafficArgs, RouteArgs } from "./route-args";
import type { AutoscalingArgs, PodDisruptionBudgetArgs } from "./scaling-args";

/** A process: one image, run in one or more pods. */
export interface ProcessArgs extends ContainerArgs {
  /**
   * The TCP port that the process listens on, 1024 to 65535 (a process without privileges cannot
   * listen below 1024).
   *
   * @default - none: nothing can connect to the process
   * @asType integer
   */
  port?: number;

  /**
   * The path that the ingress sends to this process, with everything below it.
   *
   * @default - `/` where the process has a `host` of its own; otherwise it is not reachable from outside
   * @example "/api"
   */
  path?: string;

  /**
   * The host that the process is reached at, without scheme, port or path.
   *
   * @default - the stack's `host`
   * @example "api.notes.example.com"
   */
  host?: string;

  /**
   * Further requests that the ingress sends to this process, for more than one path or host.
   *
   * @example [{ "path": "/docs" }, { "path": "/openapi.json", "pathType": "Exact" }]
   */
  routes?: RouteArgs[];

  /** How requests from outside are treated on their way to this process, where that differs from the stack's `ingress`. */
  ingress?: ProcessTrafficArgs;

  /**
   * How many pods run.
   *
   * @default - 1 in dev, 2 in acc, 3 in prod
   * @asType integer
   */
  replicas?: number;

  /**
   * How the number of pods follows how busy they are. It takes the place of `replicas`.
   *
   * @default - none: the number is `replicas`
   * @example { "maxReplicas": 6, "cpuUtilization": 70 }
   */
  autoscaling?: AutoscalingArgs;

  /**
   * How many pods may be away while nodes are emptied.
   *
   * @default - one, where there may be more than one
   */
  podDisruptionBudget?: PodDisruptionBudgetArgs;

  /**
   * When the process is to be restarted. It must not check what the process depends on.
   *
   * @default - a TCP connection to `port`, where there is one
   */
  livenessProbe?: ProbeArgs;

  /**
   * When the process may get requests, and when a rollout may go on.
   *
   * @default - a TCP connection to `port`, where there is one
   */
  readinessProbe?: ProbeArgs;

  /**
   * When the process has started; the other probes wait for it.
   *
   * @default - as the liveness probe, every 2 s for at most 2 minutes
   */
  startupProbe?: ProbeArgs;

  /**
   * How long a pod may take to end after SIGTERM, in seconds, before it is killed. The first 5 of them pass
   * before SIGTERM, so that no new request arrives any more.
   *
   * @default 30
   * @asType integer
   */
  terminationGracePeriodSeconds?: number;

  /**
   * Where it answers with its metrics, in Prometheus' format. How Prometheus finds them says the stack's `monitoring`.
   *
   * @default - it has none
   * @example { "port": 9100 }
   */
  metrics?: MetricsArgs;

  /**
   * Who may open connections to it from beyond the stack, by names of your choice, beside the ingress. `ports` are the
   * process' own.
   *
   * @default - nobody; references open what they need
   * @example { "reports": { "namespace": "reports", "podLabels": { "app": "collector" } } }
   */
  ingressFrom?: { [name: string]: PeerArgs };
}

/**
 * A check of a running process: exactly one of `httpGet`, `tcpSocket` and `exec`.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
 */
export interface ProbeArgs {
  /** An HTTP request that must be answered with 200 to 399. */
  httpGet?: HttpGetArgs;
  /** A TCP connection that must be accepted. */
  tcpSocket?: TcpSocketArgs;
  /** A command in the container that must exit with 0. */
  exec?: ExecArgs;
  /**
   * Seconds between two checks.
   *
   * @default 10
   * @asType integer
   * @minimum 1
   */
  periodSeconds?: number;
  /**
   * Seconds to wait for an answer.
   *
   * @default 2
   * @asType integer
   * @minimum 1
   */
  timeoutSeconds?: number;
  /**
   * How many checks must fail in a row.
   *
   * @default 3
   * @asType integer
   * @minimum 1
   */
  failureThreshold?: number;
  /**
   * Seconds to wait before the first check.
   *
   * @default 0
   * @asType integer
   * @minimum 0
   */
  initialDelaySeconds?: number;
}

/** An HTTP request to the process. */
export interface HttpGetArgs {
  /**
   * The path.
   *
   * @example "/readyz"
   */
  path: string;
  /**
   * The port.
   *
   * @default - the process' `port`
   * @asType integer
   */
  port?: number;
}

/** A TCP connection to the process. */
export interface TcpSocketArgs {
  /**
   * The port.
   *
   * @default - the process' `port`
   * @asType integer
   */
  port?: number;
}

/** A command in the container. */
export interface ExecArgs {
  /** The words of the command; it is not given to a shell. */
  command: string[];
}
