// @ts-check
// HandoffRail: one API with Postgres and Redis. What differs between environments stands in Pulumi.<stack>.yaml.
const { ServiceStack } = require("pulumi-service-stack");

const get = (path, more) => ({ httpGet: { path }, ...more });
const FILE = "/jobs/prepare.py";
const job = { files: { [FILE]: { source: "./prepare.py" } }, waitFor: [], egress: { webhooks: null } };
const run = (what, env) => ({ ...job, command: ["python", FILE, what], env: { HR_REDIS_URL: null, ...env } });
const [FIRST_KEY, RETRY_KEY] = ["hr_${secrets.first-key}", "hr_${secrets.retry-key}"];
const api = { API_URL: "${backend.url}", DATABASE_URL: null, HR_DATABASE_URL: null, PGSSLMODE: null };

const { url, namespace, images, secrets, backups } = new ServiceStack("handoffrail", {
  checks: require("./checks.json"),
  secrets: { "first-key": { length: 48 }, "retry-key": { length: 48 } },
  ingress: { tls: { hsts: {} }, maxBodySize: "1Mi", timeouts: { connectSeconds: 10, readSeconds: 60 } },
  postgres: { backup: { schedule: "0 2 * * *", keep: 14 } },
  redis: {},
  migration: run("schema"),
  tasks: { key: run("key", { FIRST_KEY, RETRY_KEY }) },
  backend: {
    port: 8080,
    args: "uvicorn app.main:app --host 0.0.0.0 --port 8080 --timeout-graceful-shutdown 20".split(" "), // else it waits for all who listen
    envFile: ["api.env"],
    runAsUser: 10001, // the image's user has a name and no known number
    routes: [{ path: "/" }, { path: "/ws", streaming: true }, { path: "/events", streaming: true }],
    waitFor: ["redis"], // without Redis at its start, it would never use it
    startupProbe: get("/health", { periodSeconds: 2, failureThreshold: 15 }),
    livenessProbe: get("/health", { initialDelaySeconds: 10, periodSeconds: 30 }),
    readinessProbe: get("/ready", { initialDelaySeconds: 5, periodSeconds: 10 }),
    drainSeconds: 20,
    terminationGracePeriodSeconds: 45,
    metrics: {}, // not for the public, by default
    egress: { webhooks: { ports: [80, 443] } },
  },
  cronJobs: {
    retry: { schedule: "*/5 * * * *", ...run("retry", { RETRY_KEY, ...api }) },
    downgrade: { schedule: "0 0 1 1 *", suspend: true, ...run("downgrade") }, // by hand
  },
});
module.exports = { url, namespace, images, secrets, backups };
