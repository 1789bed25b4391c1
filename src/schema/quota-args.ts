// The public arguments of what a stack may use of the cluster in all.

import type { ResourceListArgs } from "./container-args";

/**
 * What everything in the namespace may use together: a ResourceQuota, and a LimitRange that gives pods of others what
 * they don't say themselves. What isn't given is twice the stack's own need, so that old and new pods fit in side by
 * side. An amount below the stack's need is refused.
 *
 * @see https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
export interface QuotaArgs {
  /**
   * Whether there is a quota.
   *
   * @default true
   */
  enabled?: boolean;

  /**
   * What all pods may reserve together.
   *
   * @default - twice the need
   * @example { "cpu": "8", "memory": "16Gi" }
   */
  requests?: ResourceListArgs;

  /**
   * What the limits of all pods may be worth together. Each pod must have such a limit then.
   *
   * @default - not limited
   */
  limits?: ResourceListArgs;

  /**
   * How many pods there may be.
   *
   * @default - twice the need
   * @asType integer
   */
  pods?: number;

  /**
   * What all volumes may hold together.
   *
   * @default - not limited
   * @example "100Gi"
   */
  storage?: string;
}
