// The public arguments of how many pods of a process run: by how busy they are, and while nodes are emptied.

/**
 * How many pods of a process run, by how busy they are. With `queue` KEDA counts, else a HorizontalPodAutoscaler does.
 *
 * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
 */
export interface AutoscalingArgs {
  /**
   * Whether the number changes by itself. Saying no leaves it at `replicas`.
   *
   * @default true
   */
  enabled?: boolean;

  /**
   * The fewest pods. 0 needs a `queue`.
   *
   * @default - 1 with a `queue`; else 1 in dev, 2 in acc, 3 in prod, and never more than `maxReplicas`
   * @asType integer
   */
  minReplicas?: number;

  /**
   * The most pods.
   *
   * @example 6
   * @asType integer
   */
  maxReplicas: number;

  /**
   * How much CPU the pods are to use on average, in percent of what they request (`resources.requests.cpu`).
   *
   * @default - 70, where nothing else is measured
   * @asType integer
   */
  cpuUtilization?: number;

  /**
   * How much memory the pods are to use on average, in percent of what they request (`resources.requests.memory`).
   * Fit for processes that give memory back when they have less to do.
   *
   * @default - not looked at
   * @asType integer
   */
  memoryUtilization?: number;

  /**
   * Further measures, by the metric's name. They need an adapter in the cluster that serves the custom or external
   * metrics API, such as prometheus-adapter.
   *
   * @default - none
   * @example { "http_requests_per_second": { "averageValue": "50" } }
   */
  metrics?: { [name: string]: MetricTargetArgs };

  /** The length of a queue in the stack's Redis, such as Celery's. It needs KEDA in the cluster. */
  queue?: QueueTargetArgs;

  /**
   * How fast the number changes.
   *
   * @default - upwards within half a minute, at most to the double each minute; downwards when five minutes asked
   *   for less, by a quarter each minute
   */
  behavior?: ScalingBehaviorArgs;
}

/** What a metric is to be worth. Exactly one of `averageValue` and `value`. */
export interface MetricTargetArgs {
  /**
   * Where the metric comes from.
   *
   * @default - `Pods`
   */
  type?: MetricSource;

  /**
   * Labels that the metric must have.
   *
   * @default - none
   * @example { "queue": "mail" }
   */
  matchLabels?: { [label: string]: string };

  /**
   * What it is to be worth for each pod, as a quantity.
   *
   * @example "50"
   */
  averageValue?: string;

  /**
   * What it is to be worth in all, as a quantity. For `External` metrics only.
   *
   * @example "1k"
   */
  value?: string;
}

/** Where a metric comes from. */
export const MetricSource = {
  /** The pods themselves, by the custom metrics API. */
  Pods: "Pods",
  /** Something beyond the cluster, by the external metrics API. */
  External: "External",
} as const;
export type MetricSource = (typeof MetricSource)[keyof typeof MetricSource];

/**
 * A list in the stack's Redis, and how many of its entries a pod is worth.
 *
 * @see https://keda.sh/docs/latest/scalers/redis-lists/
 */
export interface QueueTargetArgs {
  /**
   * The list's name: with Celery, that of the queue.
   *
   * @default "celery"
   */
  listName?: string;

  /**
   * How many waiting entries ask for one more pod.
   *
   * @default 10
   * @asType integer
   */
  listLength?: number;

  /**
   * The number of Redis' database: what stands at the end of the broker's URL.
   *
   * @default 0
   * @asType integer
   */
  databaseIndex?: number;

  /**
   * How often the list is looked at, in seconds.
   *
   * @default 15
   * @asType integer
   * @minimum 1
   */
  pollingInterval?: number;

  /**
   * How long the list must have been empty before the last pod goes, in seconds, where `minReplicas` is 0. Longer than
   * the longest task, which is in no list any more.
   *
   * @default 300
   * @asType integer
   * @minimum 0
   */
  cooldownPeriod?: number;

  /**
   * The namespace of KEDA's pods: from there Redis may be asked.
   *
   * @default "keda"
   */
  controllerNamespace?: string;
}

/** How fast the number of pods changes. */
export interface ScalingBehaviorArgs {
  /** Upwards. */
  scaleUp?: ScalingRulesArgs;
  /** Downwards. */
  scaleDown?: ScalingRulesArgs;
}

/**
 * How fast the number changes in one direction. What is left out keeps its default.
 *
 * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#configurable-scaling-behavior
 */
export interface ScalingRulesArgs {
  /**
   * For how many seconds the mildest of all recommendations counts.
   *
   * @default - 30 upwards, 300 downwards
   * @asType integer
   */
  stabilizationWindowSeconds?: number;

  /**
   * How much may change in some time.
   *
   * @default - upwards 100 percent or 4 pods, downwards 25 percent or 1 pod, in 60 s
   */
  policies?: ScalingPolicyArgs[];

  /**
   * Which of the policies counts.
   *
   * @default - `Max`: the one that allows the most
   */
  selectPolicy?: ScalingPolicySelect;
}

/** How much may change in some time. */
export interface ScalingPolicyArgs {
  /** What `value` counts. */
  type: ScalingPolicyType;
  /**
   * How many pods, or percent of those there are.
   *
   * @asType integer
   * @minimum 1
   */
  value: number;
  /**
   * In how many seconds.
   *
   * @asType integer
   * @minimum 1
   * @maximum 1800
   */
  periodSeconds: number;
}

/** What a scaling policy counts. */
export const ScalingPolicyType = {
  /** Pods. */
  Pods: "Pods",
  /** Percent of the pods that there are. */
  Percent: "Percent",
} as const;
export type ScalingPolicyType = (typeof ScalingPolicyType)[keyof typeof ScalingPolicyType];

/** Which of several scaling policies counts. */
export const ScalingPolicySelect = {
  /** The one that allows the most. */
  Max: "Max",
  /** The one that allows the least. */
  Min: "Min",
  /** None: the number doesn't change in this direction. */
  Disabled: "Disabled",
} as const;
export type ScalingPolicySelect = (typeof ScalingPolicySelect)[keyof typeof ScalingPolicySelect];

/**
 * How many pods may be away while nodes are emptied. At most one of `minAvailable` and `maxUnavailable`.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/pods/disruptions/
 */
export interface PodDisruptionBudgetArgs {
  /**
   * Whether there is one.
   *
   * @default - where there may be more than one pod
   */
  enabled?: boolean;

  /**
   * How many pods must stay: a number, or percent of them.
   *
   * @default - not said
   * @example "50%"
   */
  minAvailable?: string;

  /**
   * How many pods may be away at once: a number, or percent of them.
   *
   * @default "1"
   */
  maxUnavailable?: string;
}
