// What users of the package import.

export { ServiceStack } from "./pulumi/service-stack";
export * from "./schema/process-args";
export type * from "./schema/stack-args";
export { Tier } from "./schema/tier";
