// @ts-check
// ra-hcp, in front of one Hitachi Content Platform. What differs between environments stands in Pulumi.<stack>.yaml.
const { ServiceStack } = require("pulumi-service-stack");
const get = (path) => ({ httpGet: { path } });
const alive = { exec: { command: ["python", "/probes/alive.py"] }, periodSeconds: 10, timeoutSeconds: 10 };
const user = { runAsUser: 1000, runAsGroup: 1000 }; // as its chart has it: the image's has a name and no known number

const hcp = new ServiceStack("hcp", {
  checks: require("./checks.json"),
  secrets: { "api-key": { length: 64 } },
  redis: { persistence: false, maxmemoryPolicy: "allkeys-lru" }, // a cache
  ingress: { ingressClassName: "nginx", tls: { enabled: true } }, // in dev too: the cookie holds the user's password
  backend: {
    port: 8000,
    routes: [{ path: "/docs" }, { path: "/openapi.json", pathType: "Exact" }],
    ...user,
    envFile: ["backend.env"],
    waitFor: ["redis"], // without Redis at its start it never gets ready, not even later
    startupProbe: { ...get("/liveness"), periodSeconds: 3, failureThreshold: 10 },
    livenessProbe: alive, // as /liveness, but where Redis came too late
    readinessProbe: { ...get("/readiness"), periodSeconds: 5, failureThreshold: 2, timeoutSeconds: 5 },
    drainSeconds: 60, // HCP may take so long to answer
    terminationGracePeriodSeconds: 75,
    files: { "/probes/alive.py": { source: "./alive.py" } },
    mounts: { "/tmp": { emptyDir: { sizeLimit: "10Gi" } } }, // uploads, and archives of up to 50,000 objects
    service: { sessionAffinity: "ClientIP" }, // an archive lies in the pod that made it
    egress: { iiif: { ports: [443] } },
  },
  frontend: {
    port: 3000,
    path: "/", // and so /api too: the front end makes a token out of the session's cookie
    ...user,
    envFile: ["frontend.env"],
    livenessProbe: { ...get("/"), initialDelaySeconds: 10, periodSeconds: 15 },
    readinessProbe: { ...get("/"), initialDelaySeconds: 5, periodSeconds: 10 },
    preStop: { seconds: 65 }, // it ends within 2 s of SIGTERM, and the backend may take 60 s to answer
    ingress: { sessionAffinity: {}, maxBodySize: "256Mi", timeouts: { readSeconds: 120 } }, // a browser keeps to one
  },
});
module.exports = { url: hcp.url, namespace: hcp.namespace, images: hcp.images };
