// How many pods of a process run, where that changes by itself.

import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import type { ProcessArgs } from "../schema/process-args";
import type {
  AutoscalingArgs,
  MetricTargetArgs,
  ScalingBehaviorArgs,
  ScalingRulesArgs,
} from "../schema/scaling-args";
import { checkLabels } from "./names";
import { quantity } from "./quantity";
import { planQueue, type QueueContext } from "./queue";
import type { Role } from "./roles";
import type { AutoscalingPlan, MetricPlan, ScalingRulesPlan } from "./stack-plan";
import { TIERS } from "./tiers";

const DEFAULT_CPU = 70;

/**
 * One odd reading (a pod that is just starting, a burst) asks for no more pods, for the measures are taken every
 * quarter of a minute; and a lull takes none away that will be needed again in a minute.
 */
const CALM: Record<keyof ScalingBehaviorArgs, ScalingRulesPlan> = {
  scaleUp: {
    stabilizationWindowSeconds: 30,
    policies: [
      { type: "Percent", value: 100, periodSeconds: 60 },
      { type: "Pods", value: 4, periodSeconds: 60 },
    ],
    selectPolicy: "Max",
  },
  scaleDown: {
    stabilizationWindowSeconds: 300,
    policies: [
      { type: "Percent", value: 25, periodSeconds: 60 },
      { type: "Pods", value: 1, periodSeconds: 60 },
    ],
    selectPolicy: "Max",
  },
};

/** The autoscaling of a role; none where the number of its pods is fixed. */
export function planAutoscaling(role: Role, context: QueueContext): AutoscalingPlan | undefined {
  const { path: rolePath, kind, args } = role;
  const { autoscaling } = args;
  if (autoscaling === undefined || autoscaling.enabled === false) return undefined;
  const { problems } = context;
  const path = `${rolePath}.autoscaling`;
  if (kind === "scheduler") {
    problems.push({
      path,
      reason: "would run more than one scheduler, and with it each job several times",
      remedy: "drop it; what should scale is a worker",
    });
    return undefined;
  }
  if (args.replicas !== undefined) {
    problems.push({
      path: `${rolePath}.replicas`,
      value: args.replicas,
      reason: `is a fixed number beside ${path}, which changes it`,
      remedy: "drop it (`minReplicas` is the least), or set `autoscaling: { enabled: false }`",
    });
  }
  const queue = autoscaling.queue && planQueue(`${path}.queue`, autoscaling.queue, context);
  const usual = Math.min(queue ? 1 : TIERS[context.tier].replicas, Math.max(autoscaling.maxReplicas, 1));
  checkNumbers(path, autoscaling, problems);
  const measured = queue || autoscaling.metrics !== undefined || autoscaling.memoryUtilization !== undefined;
  const cpuUtilization = autoscaling.cpuUtilization ?? (measured ? undefined : DEFAULT_CPU);
  checkUtilization(rolePath, "cpu", cpuUtilization, args, problems);
  checkUtilization(rolePath, "memory", autoscaling.memoryUtilization, args, problems);
  if (queue && autoscaling.metrics !== undefined) {
    problems.push({
      path: `${path}.metrics`,
      reason: `stands beside ${path}.queue: KEDA counts there, and knows nothing of the metrics APIs`,
      remedy: "drop one of the two; `cpuUtilization` and `memoryUtilization` may stand beside a queue",
    });
  }
  return {
    min: autoscaling.minReplicas ?? usual,
    max: autoscaling.maxReplicas,
    cpuUtilization,
    memoryUtilization: autoscaling.memoryUtilization,
    metrics: planMetrics(`${path}.metrics`, autoscaling.metrics ?? {}, problems),
    queue,
    behavior: {
      scaleUp: planRules(`${path}.behavior.scaleUp`, autoscaling.behavior?.scaleUp, CALM.scaleUp, problems),
      scaleDown: planRules(
        `${path}.behavior.scaleDown`,
        autoscaling.behavior?.scaleDown,
        CALM.scaleDown,
        problems,
      ),
    },
  };
}

function checkNumbers(
  path: string,
  { minReplicas: min, maxReplicas: max, queue }: AutoscalingArgs,
  problems: Problem[],
): void {
  if (max < 1) {
    problems.push({
      path: `${path}.maxReplicas`,
      value: max,
      reason: "leaves no pod at all",
      remedy: "write 1 or more; to stop the process set `autoscaling: { enabled: false }` and `replicas: 0`",
    });
  }
  if (min === undefined) return;
  const problem = (reason: string, remedy: string) =>
    problems.push({ path: `${path}.minReplicas`, value: min, reason, remedy });
  if (min < 0) problem("is below 0", "write a whole number, 1 or more");
  else if (min === 0 && !queue) {
    problem(
      "is 0: without pods there is nothing to measure, and none would ever come back",
      "write 1 or more; only a `queue` can be looked at without pods",
    );
  } else if (min > max && max >= 1) {
    problem(`is above ${path}.maxReplicas (${max})`, `lower it to at most ${max}, or raise \`maxReplicas\``);
  }
}

/** Whether a percentage of what the pods request is one, and of something that somebody has thought about. */
function checkUtilization(
  rolePath: string,
  kind: "cpu" | "memory",
  percent: number | undefined,
  { autoscaling, resources }: ProcessArgs,
  problems: Problem[],
): void {
  if (percent === undefined) return;
  const key = `${kind}Utilization` as const;
  const path = `${rolePath}.autoscaling.${key}`;
  if (percent < 1 || percent > 100) {
    problems.push({
      path,
      value: percent,
      reason:
        percent < 1 ? "is no use at all" : "is more than the pods request, and so than they can count on",
      remedy: `write 1 to 100 percent, mostly 60 to 80${percent > 100 ? `; or raise \`resources.requests.${kind}\`` : ""}`,
    });
  }
  if (resources?.requests?.[kind] !== undefined) return;
  const request = kind === "cpu" ? 'cpu: "250m"' : 'memory: "512Mi"';
  problems.push({
    path,
    value: autoscaling?.[key],
    reason: `is a share of ${rolePath}.resources.requests.${kind}, which isn't given; the tier's default knows nothing of this process`,
    remedy: `add what one pod uses when it is well busy, e.g. \`resources: { requests: { ${request} } }\`, or scale by something else`,
  });
}

function planMetrics(
  path: string,
  metrics: { [name: string]: MetricTargetArgs },
  problems: Problem[],
): MetricPlan[] {
  return Object.entries(metrics).map(([name, metric]) => {
    const at = join(path, name);
    const { type = "Pods", value, averageValue, matchLabels = {} } = metric;
    checkMetric(at, name, metric, problems);
    checkLabels(`${at}.matchLabels`, matchLabels, problems);
    for (const key of ["value", "averageValue"] as const) {
      const text = metric[key];
      if (text === undefined || (quantity(text) ?? 0) > 0) continue;
      problems.push({
        path: `${at}.${key}`,
        value: text,
        reason: "is not a quantity above 0",
        remedy: "write e.g. `50`, `0.5`, `500m` or `2k`",
      });
    }
    return { name, type, matchLabels, value, averageValue };
  });
}

function checkMetric(
  path: string,
  name: string,
  { type = "Pods", value, averageValue }: MetricTargetArgs,
  problems: Problem[],
): void {
  if (name === "" || /[/%]/.test(name)) {
    problems.push({
      path,
      value: name,
      reason: "is not the name of a metric: it stands in an address, so `/` and `%` can't be in it",
      remedy:
        "write the name that the adapter serves (`kubectl get --raw /apis/custom.metrics.k8s.io/v1beta2`)",
    });
  }
  if ((value === undefined) === (averageValue === undefined)) {
    problems.push({
      path,
      reason: value === undefined ? "has no target" : "has two targets, `value` and `averageValue`",
      remedy: "write one: `averageValue` for each pod, or for an `External` metric `value` in all",
    });
  } else if (type === "Pods" && value !== undefined) {
    problems.push({
      path: `${path}.value`,
      value,
      reason: "is a sum, and a metric of the pods is told for each pod",
      remedy: "write `averageValue`, or `type: External`",
    });
  }
}

function planRules(
  path: string,
  args: ScalingRulesArgs = {},
  usual: ScalingRulesPlan,
  problems: Problem[],
): ScalingRulesPlan {
  const rules = { ...usual, ...args };
  const { stabilizationWindowSeconds: window, policies } = rules;
  if (window < 0 || window > 3600) {
    problems.push({
      path: `${path}.stabilizationWindowSeconds`,
      value: window,
      reason: "is not between 0 and 3600 seconds",
      remedy: `write ${window < 0 ? 0 : 3600}, or leave it out for ${usual.stabilizationWindowSeconds}`,
    });
  }
  if (policies.length === 0) {
    problems.push({
      path: `${path}.policies`,
      value: [],
      reason: "is empty: nothing says how much may change",
      remedy:
        "write e.g. `{ type: Pods, value: 2, periodSeconds: 60 }`; to forbid it, `selectPolicy: Disabled`",
    });
  }
  return rules;
}
