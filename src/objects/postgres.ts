// PostgreSQL in one pod. An init container makes the volume ready, then the server runs without any entry point
// between it and Kubernetes. So it works alike with every image that has the server's programs.

import type { ConfigMap, Container, Secret } from "kubernetes-types/core/v1";
import type { StackPlan } from "../plan/stack-plan";
import type { EmbeddedPostgresPlan as PostgresPlan } from "../plan/store-plan";
import { serviceAccount } from "./account";
import { labels } from "./labels";
import { containerDefaults, resourceRequirements } from "./pod";
import { later, nameOf, type StackObject, stackObject } from "./stack-object";
import { statefulSet, storeService, volumeClaim } from "./store";

const VOLUME = "/var/lib/postgresql/data";

/**
 * Below the volume, for initdb refuses the `lost+found` of a fresh one; and without the major version in it, or a
 * new major would find no database and silently make an empty one.
 */
const PGDATA = `${VOLUME}/pgdata`;

/** Only connections with a password come from outside the pod; the superuser has none, so it can't. */
const HBA = `local all all trust
host all all all scram-sha-256
`;

// A database that is half made after a crash would look whole: so it is made aside, and renamed when finished.
// Role, database and password are set at every start, for POSTGRES_PASSWORD and its like count only at the first.
// The single-user server reads them from its standard input: nothing secret stands in a command line.
// These programs want a name for whom they run as, and a user that the cluster assigns may have none. What makes one up is in the
// official images: https://github.com/docker-library/postgres/pull/253
const PREPARE = `set -eu
umask 077
if ! id -un >/dev/null 2>&1; then
  for library in /usr/lib/libnss_wrapper.so /usr/lib/*/libnss_wrapper.so; do
    [ ! -e "$library" ] || export LD_PRELOAD="$library" NSS_WRAPPER_PASSWD=/tmp/passwd NSS_WRAPPER_GROUP=/tmp/group
  done
  if [ -z "\${LD_PRELOAD:-}" ]; then
    echo "The user $(id -u) has no name here, and this image has no libnss_wrapper.so to give it one." >&2
    echo "Take an image with the package libnss-wrapper, such as the official ones." >&2
    exit 1
  fi
  echo "postgres:x:$(id -u):$(id -g)::/tmp:/bin/false" >/tmp/passwd
  echo "postgres:x:$(id -g):" >/tmp/group
fi
program=$(postgres --version | sed -E 's/^[^0-9]*([0-9]+).*/\\1/')
if [ -s "$PGDATA/PG_VERSION" ]; then
  volume=$(cat "$PGDATA/PG_VERSION")
  if [ "$volume" != "$program" ]; then
    echo "The volume holds a database of PostgreSQL $volume, and this image is PostgreSQL $program." >&2
    echo "Nothing was touched. Go back to an image of $volume, or dump there and restore into a new volume." >&2
    exit 1
  fi
  # A volume that is mounted for a group is made writable for it, on some clusters at each start; the server refuses that.
  chmod 0700 "$PGDATA"
  # A server that was killed has left its lock, and was process 1 of its container. Here that is this shell: the lock would look
  # held for ever. No number says which processes live in other containers; that no other pod has the volume is the cluster's to see to.
  if [ -e "$PGDATA/postmaster.pid" ]; then
    echo "The server before this one was killed. Its lock is taken away, and what it had promised to keep is read from its log."
    rm -f "$PGDATA/postmaster.pid"
  fi
else
  rm -rf "$PGDATA.new"
  initdb --pgdata="$PGDATA.new" --username=postgres --encoding=UTF8 --locale=C.UTF-8 --data-checksums --no-instructions
  # A server without clients numbers what it makes as if it were initdb, and pg_dump leaves out extensions with such numbers.
  # https://doxygen.postgresql.org/transam_8h.html (FirstNormalObjectId)
  pg_resetwal --next-oid=16384 "$PGDATA.new" >/dev/null
  mv "$PGDATA.new" "$PGDATA"
fi
single() {
  postgres --single -D "$PGDATA" -c shared_preload_libraries="$DB_LIBRARIES" \\
    -c log_min_messages=fatal -c log_min_error_statement=panic "\${1:-postgres}"
}
printf '%s\\n' \\
  "DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ''$DB_USER'') THEN CREATE ROLE \\"$DB_USER\\"; END IF; END';" \\
  "ALTER ROLE \\"$DB_USER\\" LOGIN PASSWORD '$(cat /run/secrets/postgres/password)';" | single >/dev/null
if ! echo "SELECT 'found' AS it FROM pg_database WHERE datname = '$DB_NAME';" | single | grep -q '"found"'; then
  echo "CREATE DATABASE \\"$DB_NAME\\" OWNER \\"$DB_USER\\";" | single >/dev/null
fi
# Those that only a superuser can make. One that the image doesn't have must not keep the server from its start: who lists it
# hears of it from the Job that makes sure of them.
for extension in $DB_EXTENSIONS; do
  echo "CREATE EXTENSION IF NOT EXISTS \\"$extension\\";" | single "$DB_NAME" >/dev/null
done
`;

/** All objects of the embedded Postgres. */
export function postgresObjects(plan: StackPlan, postgres: PostgresPlan): StackObject[] {
  return [
    serviceAccount(plan, postgres.id, postgres.name),
    passwordSecret(plan, postgres),
    configuration(plan),
    ...(postgres.volume ? [volumeClaim(plan, postgres, postgres.volume)] : []),
    server(plan, postgres),
    storeService(plan, postgres, "postgres"),
  ];
}

function passwordSecret(plan: StackPlan, postgres: PostgresPlan): StackObject {
  const object: Secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { namespace: plan.namespace, labels: labels(plan, "postgres") },
    stringData: { password: later(postgres.password) },
  };
  return stackObject("postgres-password", object as StackObject["object"]);
}

function configuration(plan: StackPlan): StackObject {
  const object: ConfigMap = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { namespace: plan.namespace, labels: labels(plan, "postgres") },
    data: { "prepare.sh": PREPARE, "pg_hba.conf": HBA },
  };
  return stackObject("postgres-config", object as StackObject["object"]);
}

function server(plan: StackPlan, postgres: PostgresPlan): StackObject {
  const ready = [
    "pg_isready",
    "--quiet",
    "--host=127.0.0.1",
    `--username=${postgres.user}`,
    `--dbname=${postgres.database}`,
  ];
  const mounts = [
    { name: "data", mountPath: VOLUME },
    { name: "config", mountPath: "/etc/postgresql", readOnly: true },
    { name: "run", mountPath: "/var/run/postgresql" },
    { name: "tmp", mountPath: "/tmp" },
  ];
  return statefulSet(plan, postgres, {
    // A smart shutdown, which SIGTERM asks for, would wait for clients to go; checkpoints take their time too.
    gracePeriodSeconds: 120,
    initContainers: [prepare(postgres, mounts)],
    container: {
      command: ["postgres"],
      args: [
        ...["-D", PGDATA],
        ...["-c", "hba_file=/etc/postgresql/pg_hba.conf"],
        ...["-c", "listen_addresses=*"],
        ...["-c", `shared_buffers=${Math.floor(postgres.sharedBuffersBytes / 1024)}kB`],
        // The user's stand last, and so win.
        ...Object.entries(postgres.parameters).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
      ],
      env: [{ name: "PGDATA", value: PGDATA }],
      ports: [{ name: "postgres", containerPort: postgres.port }],
      resources: resourceRequirements(postgres.resources),
      // Recovery after a crash may take long, and must not be cut short: half an hour.
      startupProbe: { exec: { command: ready }, periodSeconds: 1, failureThreshold: 1800, timeoutSeconds: 5 },
      readinessProbe: { exec: { command: ready }, periodSeconds: 5, failureThreshold: 3, timeoutSeconds: 5 },
      livenessProbe: {
        tcpSocket: { port: postgres.port },
        periodSeconds: 10,
        failureThreshold: 6,
        timeoutSeconds: 5,
      },
      lifecycle: {
        preStop: { exec: { command: ["pg_ctl", "stop", "--mode=fast", "--timeout=110", "--silent"] } },
      },
      volumeMounts: [...mounts, { name: "shm", mountPath: "/dev/shm" }],
    },
    volumes: [
      { name: "config", configMap: { name: nameOf("postgres-config") } },
      { name: "password", secret: { secretName: nameOf("postgres-password"), defaultMode: 0o440 } },
      { name: "run", emptyDir: {} },
      // Parallel queries share memory here, and the container's own has 64 MiB.
      { name: "shm", emptyDir: { medium: "Memory" } },
    ],
  });
}

function prepare(postgres: PostgresPlan, mounts: Container["volumeMounts"]): Container {
  return {
    name: "prepare",
    image: postgres.image,
    command: ["sh", "/etc/postgresql/prepare.sh"],
    env: [
      { name: "PGDATA", value: PGDATA },
      { name: "DB_USER", value: postgres.user },
      { name: "DB_NAME", value: postgres.database },
      { name: "DB_EXTENSIONS", value: postgres.extensions.join(" ") },
      { name: "DB_LIBRARIES", value: postgres.parameters.shared_preload_libraries ?? "" },
    ],
    resources: resourceRequirements(postgres.resources),
    volumeMounts: [
      ...(mounts ?? []),
      { name: "password", mountPath: "/run/secrets/postgres", readOnly: true },
    ],
    ...containerDefaults(),
  };
}
