// The public arguments of the pods around a container: how they are marked, as whom they run, and where.

/** Where pods may run. */
export interface PlacementArgs {
  /**
   * Labels that a node must have.
   *
   * @default - any node; a role has the stack's beside its own
   * @example { "kubernetes.io/arch": "amd64" }
   */
  nodeSelector?: { [label: string]: string };

  /**
   * Taints of nodes that the pods put up with.
   *
   * @default - none; a role has the stack's beside its own
   * @example [{ "key": "dedicated", "value": "web", "effect": "NoSchedule" }]
   * @see https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
   */
  tolerations?: TolerationArgs[];

  /**
   * Whom the pods give way to, and who gives way to them.
   *
   * @default - the cluster's default
   * @see https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
   */
  priorityClassName?: string;
}

/** Taints that pods put up with. */
export interface TolerationArgs {
  /**
   * The taint's key.
   *
   * @default - every key
   * @example "dedicated"
   */
  key?: string;

  /**
   * How the taint's value is compared.
   *
   * @default - `Equal` where there is a `value`, `Exists` where there is none
   */
  operator?: TolerationOperator;

  /**
   * The taint's value.
   *
   * @default - any value
   * @example "web"
   */
  value?: string;

  /**
   * The taint's effect.
   *
   * @default - every effect
   */
  effect?: TaintEffect;

  /**
   * How long a pod may stay on a node that gets the taint `NoExecute`, in seconds.
   *
   * @default - for ever
   * @asType integer
   * @minimum 0
   */
  tolerationSeconds?: number;
}

/** How a taint's value is compared. */
export const TolerationOperator = {
  /** Any value will do. */
  Exists: "Exists",
  /** It must be the same. */
  Equal: "Equal",
} as const;
export type TolerationOperator = (typeof TolerationOperator)[keyof typeof TolerationOperator];

/** What a taint does to pods that don't put up with it. */
export const TaintEffect = {
  /** They are not placed there. */
  NoSchedule: "NoSchedule",
  /** They are placed elsewhere if that is possible. */
  PreferNoSchedule: "PreferNoSchedule",
  /** They are not placed there, and those that are there must go. */
  NoExecute: "NoExecute",
} as const;
export type TaintEffect = (typeof TaintEffect)[keyof typeof TaintEffect];

/** The pods of a role. */
export interface PodArgs extends PlacementArgs {
  /**
   * Further labels of the pods.
   *
   * @default - none
   * @example { "app.kubernetes.io/version": "1.8.2" }
   */
  labels?: { [label: string]: string };

  /**
   * Annotations of the pods.
   *
   * @default - none
   * @example { "cluster-autoscaler.kubernetes.io/safe-to-evict": "false" }
   */
  annotations?: { [annotation: string]: string };

  /**
   * The numeric user to run as.
   *
   * @default - the image's USER, which must be a number other than 0
   * @asType integer
   */
  runAsUser?: number;

  /**
   * The numeric group to run as.
   *
   * @default - the image's own for that user
   * @asType integer
   */
  runAsGroup?: number;

  /**
   * The group that volumes belong to, and that the process is in beside its own. All roles that mount a volume
   * must have the same.
   *
   * @default - 10001, where there is a volume or a file that not everybody may read
   * @asType integer
   */
  fsGroup?: number;

  /**
   * Further groups of the process, such as the one that files on a network share belong to.
   *
   * @default - none
   * @example [5555]
   */
  supplementalGroups?: number[];

  /** The ServiceAccount, and what the process may do in the cluster: nothing, unless it is said here. */
  serviceAccount?: ServiceAccountArgs;
}

/** Who a process is to the cluster, and to the cloud. */
export interface ServiceAccountArgs {
  /**
   * The name of an account that exists already in the stack's namespace; then none is made.
   *
   * @default - one is made for the role alone, named `<name>-<role>`
   */
  name?: string;

  /**
   * Annotations of the account that is made: where clouds look up which of their identities it stands for.
   *
   * @default - none
   * @example { "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/notes" }
   */
  annotations?: { [annotation: string]: string };

  /**
   * Whether the process gets a token for the Kubernetes API, and a way to it. A cloud's identity needs none.
   *
   * @default - true where there are `rules`
   */
  automountServiceAccountToken?: boolean;

  /**
   * What the process may do with objects of the stack's namespace.
   *
   * @default - nothing
   * @example [{ "apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"] }]
   */
  rules?: PolicyRuleArgs[];
}

/**
 * What may be done with some kinds of objects.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#role-and-clusterrole
 */
export interface PolicyRuleArgs {
  /**
   * The API groups of the kinds; `""` is the one of pods and Secrets.
   *
   * @default [""]
   * @example ["batch"]
   */
  apiGroups?: string[];

  /**
   * The kinds, in the plural.
   *
   * @example ["jobs"]
   */
  resources: string[];

  /**
   * The names of the only objects that are meant.
   *
   * @default - all of the namespace
   * @example ["leader"]
   */
  resourceNames?: string[];

  /**
   * What may be done.
   *
   * @example ["get", "list", "watch", "create"]
   */
  verbs: string[];
}
