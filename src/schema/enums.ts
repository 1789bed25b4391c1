// The enums of the public arguments, for programs that would rather write `Tier.prod` than `"prod"`. One list, so that
// a program finds the same ones in the package and in what stands in its place while it is rendered.

export { BuilderVersion } from "./image-args";
export { IngressController } from "./ingress-args";
export { OtlpProtocol, ScrapeMethod } from "./monitoring-args";
export { EmptyDirMedium } from "./mount-args";
export { NetworkProtocol } from "./network-args";
export { PatchOperation } from "./patch-args";
export { TaintEffect, TolerationOperator } from "./pod-args";
export { ProbeScheme } from "./probe-args";
export { StrategyType } from "./rollout-args";
export { PathType } from "./route-args";
export { MetricSource, ScalingPolicySelect, ScalingPolicyType } from "./scaling-args";
export { SecretFormat } from "./secret-args";
export { ExternalTrafficPolicy, ServiceType, SessionAffinity } from "./service-args";
export { ConcurrencyPolicy } from "./task-args";
export { Tier } from "./tier";
export { AccessMode } from "./volume-args";
