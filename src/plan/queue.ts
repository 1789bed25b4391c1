// The length of a queue in Redis as the measure of how many workers run. KEDA asks Redis for it.

import type { Problem } from "../schema/problem";
import type { QueueTargetArgs } from "../schema/scaling-args";
import type { Tier } from "../schema/tier";
import { labelProblem } from "./names";
import type { Targets } from "./references";
import type { PeerPlan, QueuePlan, Text } from "./stack-plan";
import { concat, plain } from "./text";

export interface QueueContext {
  tier: Tier;
  namespace: string;
  targets: Targets;
  /** Who is outside of the stack; KEDA is added. */
  peers: PeerPlan[];
  problems: Problem[];
}

/** The queue at `path`; none where there is no Redis that could hold it. */
export function planQueue(
  path: string,
  args: QueueTargetArgs,
  { namespace, targets, peers, problems }: QueueContext,
): QueuePlan | undefined {
  check(path, args, problems);
  const redis = targets.redis?.values;
  const { host, port, user, password } = redis ?? {};
  if (!redis || !host || !port) {
    problems.push({
      path,
      reason: "is a list in Redis, and this stack has none",
      remedy: "add `redis: {}` to get one",
    });
    return undefined;
  }
  const keda = kedaPeer(args.controllerNamespace ?? "keda");
  peers.push(keda);
  return {
    listName: args.listName ?? "celery",
    listLength: args.listLength ?? 10,
    databaseIndex: args.databaseIndex ?? 0,
    pollingSeconds: args.pollingInterval ?? 15,
    cooldownSeconds: args.cooldownPeriod ?? 300,
    controller: keda.id,
    address: address(host, port, namespace),
    user,
    password,
    tls: redis.tls ?? plain("false"),
  };
}

/** KEDA stands in another namespace: there a Service's bare name would be one of its own. */
function address(host: Text, port: Text, namespace: string): Text {
  const [name] = host.parts;
  const own = host.parts.length === 1 && typeof name === "string" && /^[a-z][-a-z0-9]*$/.test(name);
  return concat(host, own ? `.${namespace}.svc:` : ":", port);
}

function kedaPeer(namespace: string): PeerPlan {
  return { id: `keda.${namespace}`, name: "KEDA", pods: { namespace, labels: {} } };
}

function check(path: string, args: QueueTargetArgs, problems: Problem[]): void {
  const { listName, listLength, databaseIndex, controllerNamespace } = args;
  if (listName?.trim() === "") {
    problems.push({
      path: `${path}.listName`,
      value: listName,
      reason: "is empty",
      remedy: "write the list's name; Celery's is the queue's, `celery` where none is chosen",
    });
  }
  if (listLength !== undefined && listLength < 1) {
    problems.push({
      path: `${path}.listLength`,
      value: listLength,
      reason: "would ask for endlessly many pods",
      remedy: "write how many waiting entries one pod is worth, 1 or more",
    });
  }
  if (databaseIndex !== undefined && databaseIndex < 0) {
    problems.push({
      path: `${path}.databaseIndex`,
      value: databaseIndex,
      reason: "is not a database of Redis: those are counted from 0",
      remedy: "write the number at the end of the broker's URL",
    });
  }
  const wrong =
    controllerNamespace === undefined
      ? undefined
      : labelProblem(`${path}.controllerNamespace`, controllerNamespace);
  if (wrong) problems.push(wrong);
}
