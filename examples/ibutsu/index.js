// @ts-check
// Ibutsu, which keeps the results of tests. What differs between environments stands in Pulumi.<stack>.yaml.
const { ServiceStack } = require("pulumi-service-stack");

const get = (path, timeoutSeconds) => ({ httpGet: { path }, timeoutSeconds, periodSeconds: 10 });
const late = { initialDelaySeconds: 5 };
const probes = (ask, more) => ({ livenessProbe: { ...ask, ...more }, readinessProbe: { ...ask, ...late } });
const image = { runAsUser: 1001, runAsGroup: 0, replicas: 1 }; // as the images have it: no other group may write
const server = (more) => ({ ...image, envFile: ["server.env"], ...more });
const api = server({ envFile: ["server.env", "backend.env"], port: 8080, terminationGracePeriodSeconds: 45 });
const account = { JWT_SECRET: null, IBUTSU_SUPERADMIN_EMAIL: null, IBUTSU_SUPERADMIN_PASSWORD: null };
const rest = { CELERY_BROKER_URL: null, CELERY_RESULT_BACKEND: null, FRONTEND_URL: null, BACKEND_URL: null };
const ping = "celery --app ibutsu_server:worker_app inspect ping -t 5".split(" ");
const alive = { exec: { command: ping }, periodSeconds: 60, timeoutSeconds: 20, failureThreshold: 5 };
const worker = server({ livenessProbe: alive, terminationGracePeriodSeconds: 300 }); // a killed task is lost
const beat = "celery --app ibutsu_server:scheduler_app beat -l info --pidfile= --schedule=/beat/schedule";
const scheduler = server({ command: beat.split(" "), mounts: { "/beat": { volume: "schedule" } } });
const flower = { ...image, envFile: ["flower.env"], port: 5555, livenessProbe: get("/healthcheck", 2) };
const serve = "serve -s build -l tcp://0.0.0.0:8080".split(" "); // the entry point would write the next lines' file
const page = 'window.settings = {"serverUrl": "${backend.publicUrl}/api", "environment": "production"};';
const ui = { command: serve, files: { "/opt/app-root/src/build/settings.js": { content: page } } };
const vacuum = { schedule: "0 3 * * *", command: ["psql", "-c", "VACUUM (verbose);"], envFile: ["psql.env"] };

const { url, namespace, images, secrets, backups } = new ServiceStack("ibutsu", {
  checks: require("./checks.json"),
  secrets: { jwt: { length: 64 }, admin: {}, flower: {} },
  volumes: { schedule: { accessModes: ["ReadWriteOncePod"] } },
  ingress: { tls: { enabled: true }, timeouts: { readSeconds: 60 }, maxBodySize: "110Mi" }, // archives to import
  postgres: {},
  redis: {},
  migration: { command: ["alembic", "upgrade", "head"], env: { ...account, ...rest } }, // the database alone
  backend: { ...api, ...probes(get("/api/health", 20), { periodSeconds: 30 }) },
  frontend: { ...image, ...ui, port: 8080, path: "/", ...probes(get("/", 1), { failureThreshold: 6 }) },
  workers: { worker },
  schedulers: { scheduler },
  services: { flower: { ...flower, metrics: {} } },
  cronJobs: { vacuum: { ...vacuum, runAsUser: 999 } }, // as the image has it
});
module.exports = { url, namespace, images, secrets, backups };
