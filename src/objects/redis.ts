// Redis in one pod, fit for queues: what it acknowledged it still has after a crash, and it evicts nothing.

import type { ConfigMap, Secret } from "kubernetes-types/core/v1";
import type { RedisPlan, StackPlan } from "../plan/stack-plan";
import { serviceAccount } from "./account";
import { labels } from "./labels";
import { resourceRequirements } from "./pod";
import { later, nameOf, type StackObject, stackObject } from "./stack-object";
import { type Store, statefulSet, storeService, volumeClaim } from "./store";

const SECRETS = "/run/secrets/redis";

/** All objects of the embedded Redis. */
export function redisObjects(plan: StackPlan, redis: RedisPlan): StackObject[] {
  const store: Store = { ...redis, id: "redis" };
  return [
    serviceAccount(plan, store.id, store.name),
    passwordSecret(plan, redis),
    configuration(plan, redis),
    volumeClaim(plan, store),
    server(plan, redis, store),
    storeService(plan, store),
  ];
}

function passwordSecret(plan: StackPlan, redis: RedisPlan): StackObject {
  const object: Secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { namespace: plan.namespace, labels: labels(plan, "redis") },
    stringData: {
      password: later(redis.password),
      // Included by the configuration, so that the password stands in no command line.
      "auth.conf": later({ parts: ["requirepass ", ...redis.password.parts, "\n"], secret: true }),
    },
  };
  return stackObject("redis-password", object as StackObject["object"]);
}

function configuration(plan: StackPlan, redis: RedisPlan): StackObject {
  const object: ConfigMap = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { namespace: plan.namespace, labels: labels(plan, "redis") },
    data: {
      "redis.conf": [
        "dir /data",
        "appendonly yes",
        "appendfsync everysec",
        // The append-only file is what is restored from; snapshots beside it would only cost memory.
        'save ""',
        `maxmemory ${redis.maxMemoryBytes}`,
        // A full queue must refuse, not forget.
        "maxmemory-policy noeviction",
        `include ${SECRETS}/auth.conf`,
        "",
      ].join("\n"),
    },
  };
  return stackObject("redis-config", object as StackObject["object"]);
}

function server(plan: StackPlan, redis: RedisPlan, store: Store): StackObject {
  // While it loads its file it answers LOADING, and redis-cli exits with 0 all the same.
  const pong = ["sh", "-c", `REDISCLI_AUTH="$(cat ${SECRETS}/password)" redis-cli ping | grep -q '^PONG$'`];
  return statefulSet(plan, store, {
    gracePeriodSeconds: 60,
    container: {
      command: ["redis-server", "/etc/redis/redis.conf"],
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
        { name: "data", mountPath: "/data" },
        { name: "config", mountPath: "/etc/redis", readOnly: true },
        { name: "password", mountPath: SECRETS, readOnly: true },
        { name: "tmp", mountPath: "/tmp" },
      ],
    },
    volumes: [
      { name: "config", configMap: { name: nameOf("redis-config") } },
      { name: "password", secret: { secretName: nameOf("redis-password"), defaultMode: 0o440 } },
    ],
  });
}
