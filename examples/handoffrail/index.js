// @ts-check
// HandoffRail: one API with Postgres and Redis. What differs between environments stands in Pulumi.<stack>.yaml.
const { ServiceStack } = require("pulumi-service-stack");

const get = (path, more) => ({ httpGet: { path }, ...more });
const run = (what, env) => ({
  command: ["python", "/jobs/prepare.py", what],
  files: { "/jobs/prepare.py": { source: "./prepare.py" } },
  env: { PYTHONPATH: "/app", HR_REDIS_URL: null, ...env },
  waitFor: [], // Redis and the internet are for the API alone
  egress: { webhooks: null },
});
const FIRST_KEY = "hr_${secrets.first-key}";
const api = { API_URL: "${backend.url}", DATABASE_URL: null, HR_DATABASE_URL: null };

const { url, namespace, images, secrets, backups } = new ServiceStack("handoffrail", {
  checks: require("./checks.json"),
  secrets: { "first-key": { length: 48 } },
  ingress: { tls: { hsts: {} }, maxBodySize: "1Mi" },
  postgres: { backup: { schedule: "0 2 * * *", keep: 14 } },
  redis: {},
  migration: run("schema"),
  tasks: { key: run("key", { FIRST_KEY }) },
  backend: {
    port: 8080,
    // Without a limit it would wait for all who listen to events.
    args: "uvicorn app.main:app --host 0.0.0.0 --port 8080 --timeout-graceful-shutdown 20".split(" "),
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
  cronJobs: { retry: { schedule: "*/5 * * * *", ...run("retry", { FIRST_KEY, ...api }) } },
});
module.exports = { url, namespace, images, secrets, backups };
