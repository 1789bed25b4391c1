// The program of the tests of scaling: two processes that differ in how they stop, one that can be kept busy, and a
// scheduler. How many pods of the hasty one there are stands in the stack's file.

const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { ServiceStack } = require("pulumi-service-stack");

const command = (name) => ["python3", "/app/server.py", name];
const server = (name) => ({
  image: "python:3.11-slim",
  runAsUser: 10001,
  port: 8000,
  command: command(name),
  files: {
    "/app/server.py": { content: readFileSync(join(__dirname, "server.py"), "utf8").replaceAll("${", "$${") },
  },
});
const resources = { requests: { cpu: "20m" }, limits: { cpu: "200m" } };
const autoscaling = {
  maxReplicas: 3,
  cpuUtilization: 50,
  behavior: { scaleUp: { stabilizationWindowSeconds: 0 } },
};

new ServiceStack("scaling", {
  host: "scaling.dev.localhost",
  backend: { ...server("backend"), path: "/", replicas: 2 },
  services: {
    hasty: { ...server("hasty"), path: "/hasty", preStop: { seconds: 0 }, resources },
    busy: { ...server("busy"), path: "/busy", resources, autoscaling },
  },
  schedulers: { beat: { command: command("beat") } },
});
