// The plan: what a stack is, with nothing left to decide. Pure data, made by plan.ts, read by objects.

import type { Tier } from "../schema/tier";
import type { GivenChecksPlan, PostgresPlan, RedisPlan } from "./store-plan";
import type { IngressPlan } from "./traffic-plan";

/** A value that only the deployment knows. */
export type Hole = HoleSource & {
  /** How many times the value is percent-encoded before it fills the hole; none where absent. */
  encodings?: number;
};

type HoleSource =
  /** The reference `repository@sha256:…` of an image that is built. */
  | { hole: "image"; image: string }
  /** A generated password; with a format, the bytes that it stands for in that format. */
  | { hole: "generated"; password: string; format?: "hex" | "base64" | "base64url" }
  /** An Output or an encrypted value that the user gave; the index is its place in the input. */
  | { hole: "given"; index: number }
  /** A part of a URL that the user gave as an Output or encrypted. */
  | { hole: "part"; index: number; url: "postgres" | "redis"; part: string; sslMode?: string }
  /** A value in a Secret of Kubernetes that isn't ours. Only a pod's environment can take it from there. */
  | { hole: "secretKey"; name: string; key: string; urlSafe: boolean }
  /** The file `.dockerconfigjson`, which lets the cluster pull from the registry. */
  | { hole: "docker-config"; server: string; username: Text; password: Text }
  /** A short text that is another one whenever `of` is. */
  | { hole: "digest"; of: Text }
  /** The name that an auto-named object gets. */
  | { hole: "name"; object: string };

/** Text with holes. */
export interface Text {
  parts: (string | Hole)[];
  /** Whether any part is a secret; then the text may stand only in a Secret. */
  secret: boolean;
  /** Of one that is no secret though it comes out of one, such as the port in a URL: what it mostly is. A number here means
   * that a number is wanted there. */
  usual?: string | number;
}

/** A number that only the deployment knows. */
export type NumberText = Text & { usual: number };

export interface StackPlan {
  /** The component's name, such as `notes`. */
  name: string;
  /** Where in the input each role stands. */
  places: Readonly<Record<string, string>>;
  /** The Pulumi stack's name. */
  stack: string;
  tier: Tier;
  namespace: string;
  /** Whether the namespace is the stack's own; otherwise it is there, and nothing of it is touched. */
  createNamespace: boolean;
  /** What every object and pod carries beside the labels of its role. */
  labels: Record<string, string>;
  /** What every object carries. */
  annotations: Record<string, string>;
  /** Where all pods may run. */
  placement: PlacementPlan;
  /** Whether `destroy` is refused until protection is taken off. */
  protect: boolean;
  /** How long a rollout may take before it counts as failed, in seconds. */
  rolloutSeconds: number;
  processes: ProcessPlan[];
  /** What runs once for each version: what makes the database ready, the migration, tasks. */
  jobs: JobPlan[];
  cronJobs: CronJobPlan[];
  volumes: VolumePlan[];
  postgres?: PostgresPlan;
  /** The Redis of the stack and its caches, as far as the stack runs them. */
  redis: RedisPlan[];
  /** Where images are pushed to. */
  registry?: RegistryPlan;
  /** Existing Secrets that images are pulled with, by name. */
  imagePullSecrets: string[];
  images: ImagePlan[];
  /** The images that the user's own roles run, by role. */
  runs: Record<string, Text>;
  /** Passwords to generate, by id. */
  passwords: PasswordPlan[];
  /** When backups are made, and where they lie. */
  backup?: { schedule: string; volume?: string; objectStore?: string };
  /** The user's secrets by name. */
  secrets: { name: string; value: Text }[];
  /** What is to be seen of given values once they are known. */
  given: GivenChecksPlan;
  ingress?: IngressPlan;
  /** The public addresses, without a slash at the end. */
  urls: { stack?: string; processes: Record<string, string> };
  /** Who talks to whom, each edge once. */
  edges: Edge[];
  network: NetworkPlan;
  /** Where some process has metrics. */
  monitoring?: MonitoringPlan;
  /** What the namespace may use in all. */
  quota?: QuotaPlan;
  /** What the user changes in objects, in the order in which it is applied. */
  patches: PatchPlan[];
  /** The user's own objects. */
  extraObjects: ExtraObjectPlan[];
}

/** A change of objects; wherever a text has holes, a `Text` stands in it. */
export interface PatchPlan {
  /** Where it stands in the input. */
  path: string;
  kind: string;
  role?: string;
  name?: string;
  /** A strategic merge patch. */
  merge?: Record<string, unknown>;
  /** A JSON Patch. */
  operations?: PatchOperationPlan[];
}

export interface PatchOperationPlan {
  op: "add" | "remove" | "replace" | "move" | "copy" | "test";
  path: string;
  from?: string;
  value?: unknown;
}

/** An object of the user's own; wherever a text has holes, a `Text` stands in it. */
export interface ExtraObjectPlan {
  id: string;
  /** Where it stands in the input. */
  path: string;
  object: { apiVersion: string; kind: string; metadata: Record<string, unknown> };
  /** The ids of objects that must be ready first. */
  after: string[];
  /** The ids of objects that wait for it. */
  before: string[];
  wait: boolean;
  keep: boolean;
}

/** `from` opens connections to `to`; each is a role's id, or that of a peer outside of the stack. */
export interface Edge {
  from: string;
  to: string;
  /** Where to; absent where it is what `to` offers. */
  ports?: PortPlan[];
}

export interface PortPlan {
  /** A text where only the deployment knows it. */
  port: number | NumberText;
  protocol: "TCP" | "UDP" | "SCTP";
}

/** Something outside of the stack. With neither `blocks` nor `pods` it is anything. */
export interface PeerPlan {
  /** What edges call it: where it stands in the input, so that no role has the same. */
  id: string;
  /** What a person calls it. */
  name: string;
  blocks?: AddressBlock[];
  /** Pods with all of these labels; without a namespace, in any. */
  pods?: { namespace?: string; labels: Record<string, string> };
  /** What it listens on; absent where that isn't known. */
  ports?: PortPlan[];
}

/** The addresses of `cidr` without those of `except`. */
export interface AddressBlock {
  cidr: string;
  except: string[];
}

export interface NetworkPlan {
  /** Whether network policies enforce the graph. */
  policies: boolean;
  /** The ends of edges that are no roles. */
  peers: PeerPlan[];
  /** Whether cert-manager may put pods into the namespace that answer an authority's challenge. */
  acmeSolver: boolean;
  /** The cluster's name servers: pods, and addresses that answer on port 53. */
  dns: {
    pods: { namespace: string; labels: Record<string, string>; port: number };
    blocks: AddressBlock[];
  };
}

export interface PasswordPlan {
  id: string;
  /** In characters. */
  length: number;
  /** Of hexadecimal digits alone, rather than of letters and digits. */
  hexadecimal?: boolean;
}

export interface RegistryPlan {
  /** The host, with the prefix of all repositories. */
  prefix: string;
  credentials?: { username: Text; password: Text };
  /** Whether the cluster pulls with the credentials too. */
  pullSecret: boolean;
}

export interface ImagePlan {
  id: string;
  /** Where it is pushed, without the tag: which commit it is built from only the deployment knows. */
  repository: string;
  context: string;
  dockerfile: string;
  args: Record<string, string>;
  target?: string;
  platform: string;
  network?: string;
  cacheFrom: string[];
  builderVersion?: "BuilderV1" | "BuilderBuildKit";
}

/** What the pods of a role run. */
export interface PodPlan {
  /** The role, such as `backend`. */
  id: string;
  /** The name of its objects. */
  name: string;
  image: Text;
  /** Whether the image's own files can't be written. */
  readOnlyRoot: boolean;
  command?: string[];
  args?: string[];
  workingDir?: string;
  env: VariablePlan[];
  /** Existing objects whose keys become variables too. */
  envFrom: EnvFromPlan[];
  resources: ResourcesPlan;
  user: UserPlan;
  account: AccountPlan;
  placement: PlacementPlan;
  /** The user's own, beside ours. */
  labels: Record<string, string>;
  annotations: Record<string, string>;
  files: FilePlan[];
  mounts: MountPlan[];
  volumes: PodVolumePlan[];
  /** Stores that must answer each time before its containers start. */
  waits: WaitPlan[];
  /** Roles that must be ready first. */
  after: string[];
}

/** A store that is waited for, and the variables that say where it is. */
export interface WaitPlan {
  /** The role. */
  id: string;
  kind: "postgres" | "redis";
  /** An image with the programs that ask whether it answers. */
  image: string;
  runAsUser?: number;
  host: VariablePlan;
  port: VariablePlan;
  tls?: VariablePlan;
  password?: VariablePlan;
}

export interface VariablePlan {
  name: string;
  value: Text;
}

export interface EnvFromPlan {
  kind: "Secret" | "ConfigMap";
  name: string;
  optional: boolean;
  prefix?: string;
}

/** As whom pods run; what is absent is the image's or the cluster's choice. */
export interface UserPlan {
  runAsUser?: number;
  runAsGroup?: number;
  fsGroup?: number;
  supplementalGroups?: number[];
}

/** Who pods are to the cluster. */
export interface AccountPlan {
  name: string;
  /** Somebody else made it. */
  existing: boolean;
  annotations: Record<string, string>;
  /** Whether the process gets a token for the Kubernetes API. */
  token: boolean;
  rules: { apiGroups: string[]; resources: string[]; resourceNames?: string[]; verbs: string[] }[];
}

/** Where pods may run. */
export interface PlacementPlan {
  nodeSelector: Record<string, string>;
  tolerations: TolerationPlan[];
  priorityClassName?: string;
}

export interface TolerationPlan {
  key?: string;
  operator: string;
  value?: string;
  effect?: string;
  tolerationSeconds?: number;
}

/** A file in a container. */
export interface FilePlan {
  path: string;
  /** Its key in the Secret or ConfigMap. */
  key: string;
  content: Text | { base64: string };
  /** Whether it belongs into a Secret. */
  secret: boolean;
  mode?: number;
}

/** Where a container finds a volume of its pod. */
export interface MountPlan {
  path: string;
  volume: string;
  subPath?: string;
  readOnly: boolean;
}

/** A volume of a pod. */
export interface PodVolumePlan {
  name: string;
  source:
    | { claim: VolumePlan }
    | { emptyDir: { sizeLimit?: string; medium?: "Memory" } }
    | { kind: "Secret" | "ConfigMap"; object: string; optional: boolean };
}

/** A volume of the stack. */
export interface VolumePlan {
  id: string;
  claimName: string;
  /** Only one pod may mount it at once. */
  exclusive: boolean;
  /** It can't be written. */
  readOnly: boolean;
  /** What is claimed; absent where the claim exists already. */
  claim?: {
    /** Where its arguments stand. */
    path: string;
    storage: string;
    storageClassName?: string;
    accessModes: string[];
  };
}

export interface ProcessPlan extends PodPlan {
  port?: number;
  /** All ports, that one first. */
  ports: ServicePortPlan[];
  service?: ServicePlan;
  /** How many pods there are; under autoscaling, how many there are first. */
  replicas: number;
  /** How many pods there may be. */
  maxReplicas: number;
  strategy: StrategyPlan;
  /** Whether its pods are kept apart, on different nodes and in different zones. */
  spread: boolean;
  probes: { startup?: ProbePlan; liveness?: ProbePlan; readiness?: ProbePlan };
  gracePeriodSeconds: number;
  /** What happens before SIGTERM. */
  preStop?: { seconds: number } | { command: string[] };
  /** How long a new pod must stay up to count, in seconds. */
  minReadySeconds: number;
  /** How long a rollout may go on without another such pod, in seconds. */
  progressDeadlineSeconds: number;
  /** How long the whole rollout may take, in seconds. */
  rolloutSeconds: number;
  /** How many of its pods may be away while nodes are emptied. */
  disruptionBudget?: DisruptionBudgetPlan;
  /** How the number of its pods changes by itself. */
  autoscaling?: AutoscalingPlan;
  /** Where it answers with its metrics. They are not for the public. */
  metrics?: MetricsPlan;
}

export interface MetricsPlan {
  port: number;
  /** The port's name in the pod: that of the process' own, or one for the metrics alone. */
  portName: string;
  path: string;
  interval?: string;
  /** Where the interval is shorter than Prometheus' usual patience. */
  timeout?: string;
}

/** By Kubernetes' names of resources. */
export interface QuotaPlan {
  hard: Record<string, string>;
  /** What containers get that don't say it themselves. */
  defaults: { requests: Record<string, string>; limits?: Record<string, string> };
}

/** How Prometheus finds the metrics. */
export interface MonitoringPlan {
  scrape: "annotations" | "ServiceMonitor" | "PodMonitor";
  /** Labels of the monitors. */
  labels: Record<string, string>;
}

/** How new pods take the place of old ones: all at once, or so many at a time (a number, or percent). */
export type StrategyPlan =
  | { type: "Recreate" }
  | { type: "RollingUpdate"; maxSurge: number | string; maxUnavailable: number | string };

/** A port that a process listens on. */
export interface ServicePortPlan extends PortPlan {
  name: string;
  port: number;
  /** Chosen by Kubernetes where it is absent, if the type has such. */
  nodePort?: number;
}

export interface ServicePlan {
  type: "ClusterIP" | "NodePort" | "LoadBalancer";
  sessionAffinity: "None" | "ClientIP";
  annotations: Record<string, string>;
  externalTrafficPolicy?: "Cluster" | "Local";
  loadBalancerClass?: string;
  loadBalancerSourceRanges?: string[];
}

/** Exactly one of the two: a number of pods, or percent (`50%`). */
export interface DisruptionBudgetPlan {
  minAvailable?: number | string;
  maxUnavailable?: number | string;
}

export interface AutoscalingPlan {
  min: number;
  max: number;
  /** In percent of the request. */
  cpuUtilization?: number;
  /** In percent of the request. */
  memoryUtilization?: number;
  metrics: MetricPlan[];
  /** Where there is one, KEDA scales. */
  queue?: QueuePlan;
  behavior: { scaleUp: ScalingRulesPlan; scaleDown: ScalingRulesPlan };
}

/** Exactly one of `value` and `averageValue`. */
export interface MetricPlan {
  name: string;
  type: "Pods" | "External";
  matchLabels: Record<string, string>;
  value?: string;
  averageValue?: string;
}

export interface QueuePlan {
  listName: string;
  /** Waiting entries for each pod. */
  listLength: number;
  databaseIndex: number;
  pollingSeconds: number;
  cooldownSeconds: number;
  /** The peer that asks Redis. */
  controller: string;
  /** Redis' host and port, as they are called from another namespace. */
  address: Text;
  user?: Text;
  password?: Text;
  /** `true` or `false`. */
  tls: Text;
}

export interface ScalingRulesPlan {
  stabilizationWindowSeconds: number;
  policies: { type: "Pods" | "Percent"; value: number; periodSeconds: number }[];
  selectPolicy: "Max" | "Min" | "Disabled";
}

/** What runs once to its end. */
export interface JobPlan extends PodPlan {
  deadlineSeconds: number;
  backoffLimit: number;
  /** The Job that it runs again with, whenever that changes. */
  repeatsWith?: string;
  /** The variable that holds the name of its Job. */
  nameVariable?: string;
}

export interface CronJobPlan extends PodPlan {
  schedule: string;
  timeZone: string;
  concurrencyPolicy: "Allow" | "Forbid" | "Replace";
  startingDeadlineSeconds: number;
  deadlineSeconds: number;
  backoffLimit: number;
  history: { successful: number; failed: number };
  suspend: boolean;
}

export interface ProbePlan {
  check:
    | { http: { path: string; port: number; scheme?: string; headers: Record<string, string> } }
    | { tcp: { port: number } }
    | { grpc: { port: number; service?: string } }
    | { command: string[] };
  periodSeconds: number;
  timeoutSeconds: number;
  failureThreshold: number;
  successThreshold: number;
  initialDelaySeconds: number;
}

export interface AmountsPlan {
  cpu?: string;
  memory: string;
  ephemeralStorage: string;
}

export interface ResourcesPlan {
  requests: AmountsPlan & { cpu: string };
  limits: AmountsPlan;
}
