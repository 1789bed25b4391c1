// The program of the tests of traffic: two processes on two hosts. What is said of the ingress stands in the stacks' files.

const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { ServiceStack } = require("pulumi-service-stack");

const server = (name) => ({
  image: "python:3.11-slim",
  runAsUser: 10001,
  port: 8000,
  command: ["python3", "/app/server.py", name],
  files: {
    "/app/server.py": { content: readFileSync(join(__dirname, "server.py"), "utf8").replaceAll("${", "$${") },
  },
});

const traffic = new ServiceStack("traffic", {
  host: "traffic.acc.localhost",
  backend: {
    ...server("backend"),
    host: "traffic-api.acc.localhost",
    env: { PUBLIC: "${backend.publicUrl}" },
  },
  frontend: { ...server("frontend"), replicas: 1, path: "/" },
});

module.exports = { urls: traffic.urls };
