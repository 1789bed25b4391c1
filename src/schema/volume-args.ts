// The public arguments of volumes: what processes keep beyond the life of a pod.

/** A volume. It is never deleted nor replaced: it outlives `pulumi destroy`, and the next `up` finds it again. */
export interface VolumeArgs {
  /**
   * Its size. It can grow later, where the storage class allows it, and never shrink.
   *
   * @default - 1Gi in dev, 5Gi in acc, 10Gi in prod
   * @example "50Gi"
   */
  storage?: string;

  /**
   * Its storage class. It cannot be changed later.
   *
   * @default - the cluster's default
   */
  storageClassName?: string;

  /**
   * Who may mount it at once. It cannot be changed later.
   *
   * @default - `ReadWriteOnce`: one pod of one role
   */
  accessModes?: AccessMode[];

  /**
   * The name of a PersistentVolumeClaim that exists already in the stack's namespace; then none is made.
   *
   * @default - one is made, named `<name>-<volume>`
   */
  claimName?: string;
}

/**
 * Who may mount a volume at once.
 *
 * @see https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes
 */
export const AccessMode = {
  /** The pods of one node. */
  ReadWriteOnce: "ReadWriteOnce",
  /** One pod. */
  ReadWriteOncePod: "ReadWriteOncePod",
  /** Any number of pods anywhere; it takes a storage class of shared file systems. */
  ReadWriteMany: "ReadWriteMany",
  /** Any number of pods anywhere, to read alone. */
  ReadOnlyMany: "ReadOnlyMany",
} as const;
export type AccessMode = (typeof AccessMode)[keyof typeof AccessMode];
