// A product as a user writes it, for tests to vary.

import type { ServiceStackArgs } from "../src/schema/stack-args";

/** An API and a front end over Postgres and Redis. */
export function sampleArgs(): ServiceStackArgs {
  return {
    host: "notes.example.com",
    registry: "registry.example.com/acme",
    secrets: { session: { length: 64 } },
    postgres: {},
    redis: {},
    backend: {
      build: { context: "./api" },
      port: 8000,
      path: "/api",
      env: {
        DATABASE_URL: "${postgres.url}",
        REDIS_URL: "${redis.url}/0",
        SESSION_SECRET: "${secrets.session}",
        ENVIRONMENT: "${stack.name}",
      },
    },
    frontend: { build: { context: "./web" }, port: 8080, path: "/" },
  };
}
