// The tiers a stack can have. What each of them means stands in one table: src/plan/tiers.ts.

/** What an environment is for; it decides the defaults and how strict the rules are. */
export const Tier = {
  /** Development: smallest, quickest, forgiving. */
  dev: "dev",
  /** Acceptance: production's shape at a smaller size; rules warn. */
  acc: "acc",
  /** Production: replicated, TLS, digests; rules refuse. */
  prod: "prod",
} as const;
export type Tier = (typeof Tier)[keyof typeof Tier];
