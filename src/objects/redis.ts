// Redis or Valkey in one pod: fit for queues where it keeps what it has, else for a cache.

import type { ConfigMap, Container, Secret, Volume } from "kubernetes-types/core/v1";
import type { StackPlan } from "../plan/stack-plan";
import type { RedisPlan } from "../plan/store-plan";
import { serviceAccount } from "./account";
import { labels } from "./labels";
import { containerDefaults, resourceRequirements } from "./pod";
import { later, nameOf, type StackObject, stackObject } from "./stack-object";
import { dataVolume, statefulSet, storeService, volumeClaim } from "./store";

const SECRETS = "/run/secrets/redis";

/** Valkey has its own names for the programs; most of its images have Redis' beside them. */
const SERVER = `"$(command -v valkey-server || command -v redis-server)"`;
const CLIENT = `"$(command -v valkey-cli || command -v redis-cli)"`;

// A server that can't read what is on the volume must not start with nothing: Redis 6 looks past the folder in which
// Redis 7 keeps its file, finds no file of its own, and makes an empty one. So the volume says who wrote it last.
// https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/
const PREPARE = `set -eu
family=redis
command -v valkey-server >/dev/null && family=valkey
version=$(${SERVER} --version | sed -E 's/.* v=([0-9]+)\\.([0-9]+).*/\\1 \\2/')
major=\${version% *} minor=\${version#* }
here=$((major * 100 + minor))
if [ -s /data/server-version ]; then
  read -r wrote there </data/server-version
elif [ -d /data/appendonlydir ]; then
  # Of a server that kept no such note; all that have this folder are of version 7 at least.
  wrote=$family there=700
else
  wrote=$family there=0
fi
refuse() {
  echo "The volume holds data of $wrote $((there / 100)).$((there % 100)), which $family $major.$minor $1." >&2
  echo "Nothing was touched. Go back to an image that can read it, or let a new instance replicate the old one." >&2
  exit 1
}
if [ "$wrote" = "$family" ]; then
  [ "$here" -ge "$there" ] || refuse "is too old to read"
elif [ "$wrote" = redis ]; then
  # Valkey went on from Redis 7.2; what Redis writes since 7.4 it doesn't know.
  [ "$there" -lt 704 ] || refuse "can't read"
else
  [ "$there" -lt 900 ] && [ "$here" -ge 702 ] || refuse "can't read"
fi
echo "$family $here" >/data/server-version.new
mv /data/server-version.new /data/server-version
`;

/** All objects of an embedded Redis. */
export function redisObjects(plan: StackPlan, redis: RedisPlan): StackObject[] {
  return [
    serviceAccount(plan, redis.id, redis.name),
    passwordSecret(plan, redis),
    configuration(plan, redis),
    ...(redis.volume ? [volumeClaim(plan, redis, redis.volume)] : []),
    server(plan, redis),
    storeService(plan, redis, "redis"),
  ];
}

function passwordSecret(plan: StackPlan, redis: RedisPlan): StackObject {
  const object: Secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { namespace: plan.namespace, labels: labels(plan, redis.id) },
    stringData: {
      password: later(redis.password),
      // Included by the configuration, so that the password stands in no command line.
      "auth.conf": later({ parts: ["requirepass ", ...redis.password.parts, "\n"], secret: true }),
    },
  };
  return stackObject(`${redis.id}-password`, object as StackObject["object"]);
}

function configuration(plan: StackPlan, redis: RedisPlan): StackObject {
  const object: ConfigMap = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { namespace: plan.namespace, labels: labels(plan, redis.id) },
    data: {
      ...(redis.volume && { "prepare.sh": PREPARE }),
      "redis.conf": [
        "dir /data",
        ...(redis.volume ? ["appendonly yes", "appendfsync everysec"] : ["appendonly no"]),
        // The append-only file is what is restored from; snapshots beside it would only cost memory.
        'save ""',
        // A worker whose node is lost goes on being handed messages until the server notices: by default after ten minutes,
        // so after one. https://redis.io/docs/latest/develop/reference/clients/#tcp-keepalive
        "tcp-keepalive 30",
        `maxmemory ${redis.maxMemoryBytes}`,
        `maxmemory-policy ${redis.maxmemoryPolicy}`,
        `include ${SECRETS}/auth.conf`,
        "",
      ].join("\n"),
    },
  };
  return stackObject(`${redis.id}-config`, object as StackObject["object"]);
}

function server(plan: StackPlan, redis: RedisPlan): StackObject {
  // While it loads its file it answers LOADING, and its client exits with 0 all the same.
  const pong = ["sh", "-c", `REDISCLI_AUTH="$(cat ${SECRETS}/password)" ${CLIENT} ping | grep -q '^PONG$'`];
  const data = { name: dataVolume(redis), mountPath: "/data" };
  const config = { name: "config", mountPath: "/etc/redis", readOnly: true };
  const volumes: Volume[] = [
    { name: "config", configMap: { name: nameOf(`${redis.id}-config`) } },
    { name: "password", secret: { secretName: nameOf(`${redis.id}-password`), defaultMode: 0o440 } },
  ];
  return statefulSet(plan, redis, {
    gracePeriodSeconds: 60,
    ...(redis.volume && { initContainers: [prepare(redis, [data, config])] }),
    container: {
      command: ["sh", "-c", `exec ${SERVER} /etc/redis/redis.conf`],
      ports: [{ name: "redis", containerPort: redis.port }],
      resources: resourceRequirements(redis.resources),
      startupProbe: { exec: { command: pong }, periodSeconds: 1, failureThreshold: 1800, timeoutSeconds: 5 },
      readinessProbe: { exec: { command: pong }, periodSeconds: 5, failureThreshold: 3, timeoutSeconds: 5 },
      livenessProbe: {
        tcpSocket: { port: redis.port },
        periodSeconds: 10,
        failureThreshold: 6,
        timeoutSeconds: 5,
      },
      volumeMounts: [
        data,
        config,
        { name: "password", mountPath: SECRETS, readOnly: true },
        { name: "tmp", mountPath: "/tmp" },
      ],
    },
    volumes,
  });
}

function prepare(redis: RedisPlan, volumeMounts: Container["volumeMounts"]): Container {
  return {
    name: "prepare",
    image: redis.image,
    command: ["sh", "/etc/redis/prepare.sh"],
    resources: resourceRequirements(redis.resources),
    volumeMounts,
    ...containerDefaults(),
  };
}
