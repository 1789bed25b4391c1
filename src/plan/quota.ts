// What the namespace may use of the cluster in all: what the user says, as far as the stack can run with it, or twice
// what it needs.

import type { ResourceListArgs } from "../schema/container-args";
import type { Problem } from "../schema/problem";
import type { QuotaArgs } from "../schema/quota-args";
import { podsOf } from "./disruption";
import { quantity } from "./quantity";
import type { QuotaPlan, ResourcesPlan, StackPlan, StrategyPlan } from "./stack-plan";
import { storePods } from "./stores";
import { TIERS } from "./tiers";

/** A part of the stack, and the most pods of it that there are at a time. */
interface Part {
  id: string;
  pods: number;
  resources: ResourcesPlan;
}

type Kind = keyof ResourceListArgs;

const KINDS: Kind[] = ["cpu", "memory", "ephemeralStorage"];

/** Kubernetes' names. */
const NAMES: Record<Kind, string> = { cpu: "cpu", memory: "memory", ephemeralStorage: "ephemeral-storage" };

/** What pods reserve that don't say it: those of others, for ours say everything. */
const MODEST: Record<string, string> = { cpu: "10m", memory: "32Mi", "ephemeral-storage": "16Mi" };

/** The quota of a stack; none where none is asked for. */
export function planQuota(
  args: QuotaArgs | undefined,
  plan: Omit<StackPlan, "quota">,
  problems: Problem[],
): QuotaPlan | undefined {
  if (args === undefined || args.enabled === false) return undefined;
  const parts = partsOf(plan);
  const hard: Record<string, string> = {};
  const pods = parts.reduce((sum, part) => sum + part.pods, 0);
  checkPods(args.pods, pods, problems);
  hard.pods = String(args.pods ?? 2 * pods);
  for (const kind of KINDS) {
    const need = sumOf(parts, "requests", kind);
    hard[`requests.${NAMES[kind]}`] = planAmount("requests", kind, args.requests?.[kind], need, problems);
    if (args.limits?.[kind] === undefined) continue;
    checkLimited(parts, kind, problems);
    const most = sumOf(parts, "limits", kind);
    hard[`limits.${NAMES[kind]}`] = planAmount("limits", kind, args.limits[kind], most, problems);
  }
  if (args.storage !== undefined) {
    const need = storageOf(plan);
    checkAmount("quota.storage", args.storage, need, bytesText, "the volumes", problems);
    hard["requests.storage"] = args.storage;
  }
  return { hard, defaults: defaultsOf(args, plan) };
}

/** Everything that has pods. During a rollout there are some more of each process; a replaced run may still be ending. */
function partsOf({ processes, cronJobs, jobs, postgres, redis }: Omit<StackPlan, "quota">): Part[] {
  const once = (id: string, resources: ResourcesPlan, pods = 1): Part => ({ id, pods, resources });
  return [
    ...processes.map(({ id, resources, maxReplicas, strategy }) =>
      once(id, resources, maxReplicas + surge(strategy, maxReplicas)),
    ),
    ...cronJobs.map(({ id, resources, concurrencyPolicy }) =>
      once(id, resources, concurrencyPolicy === "Forbid" ? 1 : 2),
    ),
    ...jobs.map(({ id, resources }) => once(id, resources)),
    ...storePods({ postgres, redis }).map(({ id, resources, pods }) => once(id, resources, pods)),
  ];
}

/** How many pods a rollout adds; percentages are rounded up. */
function surge(strategy: StrategyPlan, pods: number): number {
  return strategy.type === "Recreate" ? 0 : podsOf(strategy.maxSurge, pods);
}

function sumOf(parts: readonly Part[], side: "requests" | "limits", kind: Kind): number {
  const sum = parts.reduce((all, { pods, resources }) => all + pods * worth(resources[side][kind]), 0);
  // A sum of tenths is a little more or less than it is written.
  return Math.round(sum * 1e6) / 1e6;
}

function storageOf({ postgres, redis, volumes }: Omit<StackPlan, "quota">): number {
  const stores = storePods({ postgres, redis }).map(({ storage, pods }) => pods * worth(storage));
  const own = volumes.map(({ claim }) => worth(claim?.storage));
  return [...stores, ...own].reduce((sum, size) => sum + size, 0);
}

function worth(text: string | undefined): number {
  return text === undefined ? 0 : (quantity(text) ?? 0);
}

function planAmount(
  side: "requests" | "limits",
  kind: Kind,
  given: string | undefined,
  need: number,
  problems: Problem[],
): string {
  const write = kind === "cpu" ? cpuText : bytesText;
  if (given === undefined) return write(2 * need);
  checkAmount(`quota.${side}.${kind}`, given, need, write, "the stack", problems);
  return given;
}

function checkAmount(
  path: string,
  given: string,
  need: number,
  write: (amount: number) => string,
  who: string,
  problems: Problem[],
): void {
  const amount = quantity(given);
  if (amount === undefined || amount <= 0) {
    problems.push({
      path,
      value: given,
      reason: "is not a quantity above 0",
      remedy: `write at least \`${write(need)}\``,
    });
  } else if (amount < need) {
    problems.push({
      path,
      value: given,
      reason: `is below what ${who} needs at most, ${write(need)}, with a new pod beside the old ones in a rollout`,
      remedy: `write at least \`${write(need)}\`, or let the stack need less`,
    });
  }
}

function checkPods(given: number | undefined, need: number, problems: Problem[]): void {
  if (given === undefined || given >= need) return;
  problems.push({
    path: "quota.pods",
    value: given,
    reason: `is below the ${need} pods that the stack has at most, with a new one beside the old ones in a rollout`,
    remedy: `write at least ${need}, or let the stack have fewer`,
  });
}

/** With a quota on limits, Kubernetes refuses every pod without one. */
function checkLimited(parts: readonly Part[], kind: Kind, problems: Problem[]): void {
  const without = parts.filter(({ resources }) => resources.limits[kind] === undefined).map(({ id }) => id);
  if (without.length === 0) return;
  problems.push({
    path: `quota.limits.${kind}`,
    reason: `can't be counted: ${without.join(", ")} ${without.length > 1 ? "have" : "has"} no limit of ${kind}`,
    remedy: `drop it, or give each \`resources.limits.${kind}\``,
  });
}

function defaultsOf({ limits }: QuotaArgs, { tier }: Omit<StackPlan, "quota">): QuotaPlan["defaults"] {
  if (!limits) return { requests: MODEST };
  const { memory, ephemeralStorage } = TIERS[tier].processResources.limits;
  const usual: Record<Kind, string> = { cpu: "500m", memory, ephemeralStorage };
  const limited = KINDS.filter((kind) => limits[kind] !== undefined);
  return {
    requests: MODEST,
    limits: Object.fromEntries(limited.map((kind) => [NAMES[kind], usual[kind]])),
  };
}

function cpuText(cores: number): string {
  return `${Math.ceil(Math.round(cores * 1e6) / 1e3)}m`;
}

function bytesText(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)}Mi`;
}
