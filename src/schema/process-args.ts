// The public arguments of one process: something that goes on running, such as the backend. What the defaults are
// worth in each tier stands in src/plan/tiers.ts.

import type { ContainerArgs } from "./container-args";
import type { MetricsArgs } from "./monitoring-args";
import type { PeerArgs } from "./network-args";
import type { ProbeArgs } from "./probe-args";
import type { PreStopArgs, StrategyArgs } from "./rollout-args";
import type { ProcessTrafficArgs, RouteArgs } from "./route-args";
import type { AutoscalingArgs, PodDisruptionBudgetArgs } from "./scaling-args";
import type { PortArgs, ServiceArgs } from "./service-args";

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
   * What happens before a stopping pod gets SIGTERM.
   *
   * @default - a process with a port waits 5 s, so that no new request arrives any more
   */
  preStop?: PreStopArgs;

  /**
   * How long the process itself takes to end what it has begun, once it gets SIGTERM, in seconds: its server's
   * shutdown timeout, or a worker's longest task.
   *
   * @default - not known; within the grace period
   * @asType integer
   * @minimum 0
   */
  drainSeconds?: number;

  /**
   * How long a pod may take to end, in seconds, before it is killed. It must be more than `preStop` and
   * `drainSeconds` together.
   *
   * @default - 30, or 5 more than those two take
   * @asType integer
   * @minimum 1
   */
  terminationGracePeriodSeconds?: number;

  /**
   * How long a new pod must stay ready to count, in seconds.
   *
   * @default - 0 with a readiness probe, else 10
   * @asType integer
   * @minimum 0
   */
  minReadySeconds?: number;

  /**
   * How long a rollout may go on without another pod that counts, in seconds, before it has failed and the old pods are
   * left to serve. `up` waits for each pod so long. It must be more than a pod takes to start, and `minReadySeconds` beside.
   *
   * @default - 300 in dev, 600 in acc and prod, where `up` waits so long for all of them
   * @asType integer
   * @minimum 1
   */
  progressDeadlineSeconds?: number;

  /**
   * How new pods take the place of old ones.
   *
   * @default - a new pod is ready before an old one goes
   */
  strategy?: StrategyArgs;

  /**
   * Whether its pods are kept apart, on different nodes and in different zones, as far as there are some.
   *
   * @default true
   */
  topologySpread?: boolean;

  /**
   * Further ports by name, such as one for gRPC. Whoever in the stack refers to the process may connect to them.
   *
   * @default - none
   * @example { "grpc": { "port": 9000 } }
   */
  ports?: { [name: string]: PortArgs };

  /** The Service in front of the process. */
  service?: ServiceArgs;

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
