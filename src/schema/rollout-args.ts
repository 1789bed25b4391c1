// The public arguments of how pods come and go: what happens when one stops, and how new ones take the place of old ones.

import type { ExecArgs } from "./probe-args";

/** What happens before a stopping pod gets SIGTERM: a wait, or a command. */
export interface PreStopArgs {
  /**
   * How long to wait, in seconds, while every node hears that the pod is going; or, with `exec`, how long that takes at
   * most. It counts into `terminationGracePeriodSeconds`.
   *
   * @default - 5 for a process with a `port` and for `exec`; none for others
   * @asType integer
   * @minimum 0
   */
  seconds?: number;

  /**
   * A command in the container instead of the wait. New requests still come in for some seconds while it runs.
   *
   * @default - none: it waits
   */
  exec?: ExecArgs;
}

/**
 * How new pods take the place of old ones.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#strategy
 */
export interface StrategyArgs {
  /**
   * Whether old pods go one after another as new ones are ready, or all before the first new one starts.
   *
   * @default - `Recreate` for schedulers and where a volume takes one pod at a time, else `RollingUpdate`
   */
  type?: StrategyType;

  /** How fast a rolling update goes. */
  rollingUpdate?: RollingUpdateArgs;
}

/** How fast a rolling update goes. */
export interface RollingUpdateArgs {
  /**
   * How many pods there may be beyond `replicas` meanwhile: a number, or percent.
   *
   * @default "1"
   * @example "25%"
   */
  maxSurge?: string;

  /**
   * How many pods may be missing meanwhile: a number, or percent.
   *
   * @default "0"
   * @example "25%"
   */
  maxUnavailable?: string;
}

/** How new pods take the place of old ones. */
export const StrategyType = {
  /** One after another, without a gap. */
  RollingUpdate: "RollingUpdate",
  /** All old ones end first: nothing runs meanwhile. */
  Recreate: "Recreate",
} as const;
export type StrategyType = (typeof StrategyType)[keyof typeof StrategyType];
