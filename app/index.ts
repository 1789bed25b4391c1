// The sample product: what dev, acc and prod share. What differs between them stands in Pulumi.<stack>.yaml.

import { ServiceStack } from "pulumi-service-stack";

const notes = new ServiceStack("notes", {
  secrets: { session: { length: 64 } },
  ingress: { ingressClassName: "traefik" },
  postgres: {},
  redis: {},
  migration: { command: ["python", "-m", "notes", "migrate"] },
  backend: {
    build: { context: "./app/api" },
    port: 8000,
    path: "/api",
    env: {
      DATABASE_URL: "${postgres.url}",
      REDIS_URL: "${redis.url}/0",
      SESSION_SECRET: "${secrets.session}",
      ENVIRONMENT: "${stack.name}",
    },
    readinessProbe: { httpGet: { path: "/readyz" }, periodSeconds: 5 },
    livenessProbe: { httpGet: { path: "/healthz" } },
  },
  frontend: {
    build: { context: "./app/web" },
    port: 8080,
    path: "/",
    readinessProbe: { httpGet: { path: "/healthz" }, periodSeconds: 5 },
  },
});

export const { url, namespace, images, secrets, retained } = notes;
