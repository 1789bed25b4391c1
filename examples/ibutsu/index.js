// @ts-check
// Ibutsu, which keeps the results of tests. What differs between environments stands in Pulumi.<stack>.yaml.
const { ServiceStack } = require("pulumi-service-stack");

const get = (path, more) => ({ httpGet: { path }, periodSeconds: 10, ...more });
const image = { runAsUser: 1001, runAsGroup: 0, replicas: 1 }; // as the images have it: no other group may write
const server = (more) => ({ ...image, envFile: ["server.env"], ...more });
const ping = { exec: { command: "celery --app ibutsu_server:worker_app inspect ping -t 5".split(" ") } };
const worker = server({
  livenessProbe: { ...ping, periodSeconds: 60, timeoutSeconds: 20, failureThreshold: 5 },
  terminationGracePeriodSeconds: 300, // a task that is killed is lost
});
const beat = "celery --app ibutsu_server:scheduler_app beat -l info --pidfile= --schedule=/beat/schedule";
const scheduler = server({ command: beat.split(" "), mounts: { "/beat": { volume: "schedule" } } });
const flower = { ...image, envFile: ["flower.env"], port: 5555, livenessProbe: get("/healthcheck") };
const serve = "serve -s build -l tcp://0.0.0.0:8080".split(" "); // the entry point would write the next lines' file
const page = 'window.settings = {"serverUrl": "${backend.publicUrl}/api", "environment": "production"};';
const files = { "/opt/app-root/src/build/settings.js": { content: page } };
const alive = get("/", { failureThreshold: 6 }); // what isn't ready leaves rotation first
const probes = { livenessProbe: alive, readinessProbe: get("/", { initialDelaySeconds: 5 }) };
const vacuum = { schedule: "0 3 * * *", command: ["psql", "-c", "VACUUM (verbose);"], envFile: ["psql.env"] };

const { url, namespace, images, secrets, backups } = new ServiceStack("ibutsu", {
  checks: require("./checks.json"),
  secrets: { jwt: { length: 64 }, admin: {}, flower: {} },
  volumes: { schedule: { accessModes: ["ReadWriteOncePod"] } },
  ingress: { tls: { enabled: true }, timeouts: { readSeconds: 60 }, maxBodySize: "110Mi" }, // archives to import
  postgres: {},
  redis: {},
  migration: { command: ["alembic", "upgrade", "head"] },
  backend: {
    ...server({ envFile: ["server.env", "backend.env"], port: 8080, terminationGracePeriodSeconds: 45 }),
    livenessProbe: get("/api/health", { periodSeconds: 30, timeoutSeconds: 20 }),
    readinessProbe: get("/api/health", { initialDelaySeconds: 5, timeoutSeconds: 20 }),
  },
  frontend: { ...image, port: 8080, path: "/", command: serve, files, ...probes },
  workers: { worker },
  schedulers: { scheduler },
  services: { flower: { ...flower, metrics: {} } },
  cronJobs: { vacuum: { ...vacuum, runAsUser: 999 } }, // as the image has it
});
module.exports = { url, namespace, images, secrets, backups };
