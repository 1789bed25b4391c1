// What users of the package import.

export { ServiceStack } from "./pulumi/service-stack";
export type * from "./schema/backup-args";
export type * from "./schema/check-args";
export type * from "./schema/container-args";
export * from "./schema/enums";
export type * from "./schema/environment-args";
export type * from "./schema/extra-object-args";
export type * from "./schema/image-args";
export type * from "./schema/ingress-args";
export type * from "./schema/monitoring-args";
export type * from "./schema/mount-args";
export type * from "./schema/network-args";
export type * from "./schema/patch-args";
export type * from "./schema/pod-args";
export type * from "./schema/postgres-args";
export type * from "./schema/probe-args";
export type * from "./schema/process-args";
export type * from "./schema/quota-args";
export type * from "./schema/redis-args";
export type * from "./schema/rollout-args";
export type * from "./schema/route-args";
export type * from "./schema/scaling-args";
export type * from "./schema/secret-args";
export type * from "./schema/service-args";
export type * from "./schema/stack-args";
export type * from "./schema/task-args";
export type * from "./schema/volume-args";
