// Says why a pod fails while the deployment still waits for it: the end of its log, which the provider doesn't show.
// It starts with the first workload that is created or changed, so an `up` without changes pays nothing for it.

import type { CoreV1Api, V1ContainerStatus, V1Pod } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import { selector } from "../objects/labels";
import type { StackPlan } from "../plan/stack-plan";
import { engineFeatures } from "./engine-features";

/** A Job's failure is noted a second or more after its pod's; what is said later than that may come too late. */
const POLL_MILLISECONDS = 400;

const LOG_LINES = 30;

const COMPONENT = "app.kubernetes.io/component";

/** Kubernetes' defaults for a failure that has no message of its own. */
const LIKELY: Record<string, string> = {
  OOMKilled: "it used more memory than its limit; raise resources.limits.memory",
};

/** The hooks for workloads that are waited for. */
export function failingPodHooks(
  plan: StackPlan,
  component: pulumi.ComponentResource,
): pulumi.ResourceHookBinding | undefined {
  const features = engineFeatures();
  if (!features.hooks) {
    if (plan.jobs.length > 0 && !pulumi.runtime.isDryRun()) pulumi.log.info(whereLogsAre(plan), component);
    return undefined;
  }
  const watcher = new Watcher(plan, component);
  const begin = new pulumi.ResourceHook(`${plan.name}-failing-pods`, async ({ type }) => {
    const sees = await watcher.begin();
    if (!sees && type === "kubernetes:batch/v1:Job") await pulumi.log.info(whereLogsAre(plan), component);
  });
  const binding: pulumi.ResourceHookBinding = { beforeCreate: [begin], beforeUpdate: [begin] };
  if (features.errorHooks) {
    const last = new pulumi.ErrorHook(`${plan.name}-failed-pods`, async () => {
      await watcher.look();
      return false; // nothing is tried again
    });
    binding.onError = [last];
  }
  return binding;
}

/** For whoever must look it up. */
function whereLogsAre(plan: StackPlan): string {
  return plan.jobs
    .map(
      ({ id }) =>
        `Should ${id === "migration" ? "the migration" : id} fail, its log is shown by: kubectl logs -n ${plan.namespace} -l ${labelSelector(plan, id)} --tail=-1`,
    )
    .join("\n");
}

class Watcher {
  private readonly told = new Set<string>();
  private begun: Promise<boolean> | undefined;
  private api: CoreV1Api | undefined;
  private old = new Set<string>();

  /** Roles whose pods come by the clock: nobody waits for them. */
  private readonly onSchedule: ReadonlySet<string>;

  constructor(
    private readonly plan: StackPlan,
    private readonly component: pulumi.ComponentResource,
  ) {
    this.onSchedule = new Set(plan.cronJobs.map(({ id }) => id));
  }

  /** Takes note of the pods that there are; from then on, tells of new ones that fail. Whether it can is returned. */
  begin(): Promise<boolean> {
    this.begun ??= this.start();
    return this.begun;
  }

  private async start(): Promise<boolean> {
    try {
      this.api = await coreApi(this.component);
      this.old = new Set((await this.pods()).map(({ metadata }) => metadata?.uid ?? ""));
      this.again();
    } catch (error) {
      // The provider may reach a cluster that this program doesn't; whatever is wrong, it says itself.
      this.api = undefined;
      await pulumi.log.debug(`the logs of failing pods can't be shown: ${error}`, this.component);
    }
    return this.api !== undefined;
  }

  private again(): void {
    // Not a reason to stay: when the program has nothing else to wait for, all is done.
    setTimeout(() => this.look().then(() => this.again()), POLL_MILLISECONDS).unref();
  }

  /** Tells of each container that has failed since the last look. */
  async look(): Promise<void> {
    const { api } = this;
    if (!api) return;
    for (const pod of await this.pods().catch(() => [])) {
      if (this.old.has(pod.metadata?.uid ?? "") || this.onSchedule.has(roleOf(pod))) continue;
      for (const status of [
        ...(pod.status?.initContainerStatuses ?? []),
        ...(pod.status?.containerStatuses ?? []),
      ]) {
        await this.judge(api, pod, status);
      }
    }
  }

  private async judge(api: CoreV1Api, pod: V1Pod, status: V1ContainerStatus): Promise<void> {
    const restarted = status.state?.terminated === undefined;
    const end = status.state?.terminated ?? status.lastState?.terminated;
    if (!end || end.exitCode === 0 || pod.metadata?.deletionTimestamp) return;
    // All pods of a role fail for the same reason, most of the time.
    const key = `${roleOf(pod)}/${status.name}`;
    if (this.told.has(key)) return;
    this.told.add(key);
    const name = pod.metadata?.name ?? "";
    const { namespace } = this.plan;
    const log = await api
      .readNamespacedPodLog({
        name,
        namespace,
        container: status.name,
        previous: restarted,
        tailLines: LOG_LINES,
      })
      .catch(() => "");
    const lines = log.trimEnd() === "" ? ["(it logged nothing)"] : log.trimEnd().split("\n");
    const likely = LIKELY[end.reason ?? ""];
    const flags = `-n ${namespace} ${name} -c ${status.name}${restarted ? " --previous" : ""}`;
    const message = [
      `${status.name} failed with exit code ${end.exitCode}${likely ? `: ${likely}` : ""}. The end of its log:`,
      ...lines.map((line) => `  ${line}`),
      `All of it: kubectl logs ${flags}`,
    ].join("\n");
    // A process may come up at the next try; a Job has none.
    const final = pod.spec?.restartPolicy === "Never";
    await (final ? pulumi.log.error : pulumi.log.warn)(message, this.component);
  }

  private async pods(): Promise<V1Pod[]> {
    const { namespace } = this.plan;
    const list = await this.api?.listNamespacedPod({ namespace, labelSelector: labelSelector(this.plan) });
    return list?.items ?? [];
  }
}

function labelSelector(plan: StackPlan, role?: string): string {
  const { [COMPONENT]: component, ...instance } = selector(plan, role ?? "");
  const wanted = role === undefined ? instance : { ...instance, [COMPONENT]: component };
  return Object.entries(wanted)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}

function roleOf({ metadata }: V1Pod): string {
  return metadata?.labels?.[COMPONENT] ?? "";
}

/** The API server that the default provider uses; a provider of the user's own doesn't tell where it leads. */
async function coreApi(component: pulumi.ComponentResource): Promise<CoreV1Api | undefined> {
  if (component.getProvider("kubernetes:core/v1:Pod")) return undefined;
  // Loaded only now: it takes longer than all else of the program.
  const { CoreV1Api, KubeConfig } = await import("@kubernetes/client-node");
  const settings = new pulumi.Config("kubernetes");
  const given = settings.get("kubeconfig");
  const config = new KubeConfig();
  if (given === undefined) config.loadFromDefault();
  else if (/\n|^\s*\{/.test(given)) config.loadFromString(given);
  else config.loadFromFile(given);
  const context = settings.get("context");
  if (context !== undefined) config.setCurrentContext(context);
  return config.makeApiClient(CoreV1Api);
}
