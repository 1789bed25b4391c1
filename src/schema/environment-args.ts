// The public arguments of a container's environment, beside the variables themselves.

/**
 * Variables out of a Secret or ConfigMap that exists already in the stack's namespace: exactly one of `secretRef` and
 * `configMapRef`. The stack doesn't see what is in it, so a change of it reaches a pod only when that starts anew.
 *
 * @see https://kubernetes.io/docs/tasks/configure-pod-container/configure-pod-configmap/#configure-all-key-value-pairs-in-a-configmap-as-container-environment-variables
 */
export interface EnvFromArgs {
  /** The Secret; each of its keys becomes a variable. */
  secretRef?: ObjectRefArgs;

  /** The ConfigMap; each of its keys becomes a variable. */
  configMapRef?: ObjectRefArgs;

  /**
   * What is put before each key.
   *
   * @default - nothing
   * @example "SMTP_"
   */
  prefix?: string;
}

/** An object in the stack's namespace that somebody else made. */
export interface ObjectRefArgs {
  /** Its name. */
  name: string;

  /**
   * Whether the pod may start without it.
   *
   * @default false
   */
  optional?: boolean;
}
