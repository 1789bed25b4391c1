// A shop: API, web front end, queue workers, beat, migrations, Postgres and Redis.
const { ServiceStack } = require("pulumi-service-stack");

const shop = new ServiceStack("shop", {
  registry: "ghcr.io/acme",
  secrets: { session: { length: 64 } },
  postgres: {},
  redis: {},
  ingress: { controller: "traefik" },
  migration: { command: ["alembic", "upgrade", "head"] },
  backend: {
    build: { context: "./api" },
    port: 8000,
    path: "/api",
    env: {
      DATABASE_URL: "${postgres.url:asyncpg}",
      CACHE_URL: "${redis.url}/0",
      BROKER_URL: "${redis.url}/1",
      SECRET_KEY: "${secrets.session}",
      CORS_ORIGINS: "${ingress.url}",
    },
    resources: { requests: { cpu: "250m", memory: "256Mi" } },
    readinessProbe: { httpGet: { path: "/readyz" } },
    livenessProbe: { httpGet: { path: "/healthz" } },
    ingress: { maxBodySize: "16Mi" },
  },
  frontend: { build: { context: "./web" }, port: 8080, path: "/" },
  workers: {
    celery: { command: ["celery", "-A", "app", "worker"], terminationGracePeriodSeconds: 300 },
  },
  schedulers: { beat: { command: ["celery", "-A", "app", "beat"] } },
});
module.exports = { url: shop.url, namespace: shop.namespace, backups: shop.backups };
