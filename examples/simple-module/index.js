// @ts-check
// A shop on simple_module: one image, four commands. What differs between environments stands in Pulumi.<stack>.yaml.
const { ServiceStack } = require("pulumi-service-stack");

const CELERY = "celery -A scripts.run_worker:celery";
const sh = (script) => ({ exec: { command: ["sh", "-c", script] }, periodSeconds: 60, timeoutSeconds: 30 });
const PING = `${CELERY} inspect ping -t 10 -d celery@$HOSTNAME`;
const env = { SM_USERS_BOOTSTRAP_EMAIL: null, SM_USERS_BOOTSTRAP_PASSWORD: null }; // for web alone
const role = (command, more) => ({ command: command.split(" "), workingDir: "/app", env, ...more });
const worker = role(`${CELERY} worker -l info --concurrency=4`, {
  mounts: { "/app/uploads": { volume: "uploads" } },
  startupProbe: { ...sh(PING), periodSeconds: 15, failureThreshold: 20 }, // until it has answered once
  livenessProbe: { ...sh(PING), failureThreshold: 5 },
  terminationGracePeriodSeconds: 120,
});
const beat = role(`${CELERY} beat -l info -s /beat/schedule`, {
  mounts: { "/beat": { volume: "schedule" } },
  livenessProbe: sh("find /beat -mmin -10 | grep sched"),
});
const { url, namespace, images, secrets, retained } = new ServiceStack("shop", {
  checks: require("./checks.json"),
  secrets: { session: { format: "base64url", length: 48 }, reset: {}, verification: {}, admin: {} },
  volumes: { uploads: { accessModes: ["ReadWriteMany"] }, schedule: { accessModes: ["ReadWriteOncePod"] } },
  ingress: { hiddenPaths: ["/setup"], maxBodySize: "110Mi", timeouts: { readSeconds: 60 } },
  postgres: {},
  redis: {},
  ...{ workers: { worker }, schedulers: { beat } },
  migration: role("alembic -c host/alembic.ini upgrade heads", { env: { ...env, SM_REDIS_URL: null } }),
  backend: {
    command: "uvicorn main:app --host 0.0.0.0 --port 8000 --timeout-graceful-shutdown 20".split(" "),
    envFile: ["shop.env"],
    ...{ port: 8000, path: "/", runAsUser: 10001 },
    mounts: { "/app/uploads": { volume: "uploads" } },
    files: { "/probes/ready": { source: "./ready.sh", mode: "0755" } },
    livenessProbe: { httpGet: { path: "/health/live" }, timeoutSeconds: 5 },
    readinessProbe: { exec: { command: ["/probes/ready"] }, timeoutSeconds: 10 },
  },
});
module.exports = { url, namespace, images, secrets, retained };
