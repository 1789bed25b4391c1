// The public arguments of checks: what must hold of a product's settings, whatever a stack's file says.

import type { Tier } from "./tier";

/** What must hold of one setting. With nothing said, that it is there. */
export interface CheckArgs {
  /**
   * Whether the setting must be there, and not be empty.
   *
   * @default true
   */
  required?: boolean;

  /**
   * A regular expression that the whole value matches; of a list, at least one entry. An Output or an encrypted value is
   * judged when the deployment knows it, and not shown; `service-stack render` never knows it. What is generated, or stands in
   * the cluster alone, isn't looked at.
   *
   * @default - anything
   * @example "https://[^/]+"
   */
  pattern?: string;

  /**
   * The least that it may be: a number or a quantity.
   *
   * @default - any
   * @example "1Gi"
   */
  minimum?: string;

  /**
   * The most that it may be: a number or a quantity.
   *
   * @default - any
   * @example "10"
   */
  maximum?: string;

  /**
   * Where it must hold.
   *
   * @default - in all tiers
   * @example ["prod"]
   */
  tiers?: Tier[];

  /**
   * What goes wrong otherwise, for the message.
   *
   * @default - nothing is said
   * @example "the session cookie would travel in clear text"
   */
  reason?: string;
}
