// @ts-check
// GOV.UK Notify's pages for downloading a file. What differs between environments stands in Pulumi.<stack>.yaml.
const { ServiceStack } = require("pulumi-service-stack");

const status = { httpGet: { path: "/_status" }, timeoutSeconds: 10 };

const pages = new ServiceStack("document-download", {
  checks: require("./checks.json"),
  secrets: { session: { length: 64 }, salt: { length: 64 }, "admin-client": { generate: false } },
  ingress: { tls: { enabled: true } }, // in dev too: the cookie is for https alone
  frontend: {
    // A container that is started again finds the metrics of the one before it in /tmp.
    command: ["sh", "-c", 'rm -f /tmp/*.db; exec /home/vcap/app/entrypoint.sh "$@"', "sh"],
    args: ["web"], // without it the entry point runs nothing, and ends
    port: 7001,
    path: "/",
    runAsUser: 10001, // the image's user has a name and no known number
    env: {
      PORT: "7001",
      NOTIFY_APP_NAME: "document-download-frontend",
      HTTP_PROTOCOL: "https",
      SECRET_KEY: "${secrets.session}",
      DANGEROUS_SALT: "${secrets.salt}",
      ADMIN_CLIENT_SECRET: "${secrets.admin-client}",
    },
    livenessProbe: { ...status, periodSeconds: 30 },
    readinessProbe: { ...status, periodSeconds: 5 },
    minReadySeconds: 30, // a new pod is watched for so long before the next one takes its turn
    progressDeadlineSeconds: 120, // when a release counts as failed, and the old one is left to serve
    drainSeconds: 30, // gunicorn waits so long, even for idle connections
    terminationGracePeriodSeconds: 50,
    mounts: { "/tmp": { emptyDir: { sizeLimit: "256Mi" } }, "/home/vcap/logs": { emptyDir: {} } },
    metrics: {},
    egress: { apis: { ports: [443] } }, // public addresses: Notify API, and Sentry where it is on
    ingress: { hiddenPaths: ["/metrics"], maxBodySize: "64Ki", timeouts: { readSeconds: 60 } },
  },
});
module.exports = { url: pages.url, namespace: pages.namespace, images: pages.images };
