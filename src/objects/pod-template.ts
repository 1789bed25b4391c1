// The pods of a role: what they run, and the objects that stand beside them, whatever kind of workload owns them.

import type { Container, PodSpec, PodTemplateSpec } from "kubernetes-types/core/v1";
import type { AccountPlan, PodPlan, StackPlan } from "../plan/stack-plan";
import { accountIds, accountObjects } from "./account";
import { environment, environmentSecret, environmentSources } from "./environment";
import { fileMounts, fileObjects, fileVolumes } from "./files";
import { labels } from "./labels";
import { containerDefaults, podDefaults, podPlacement, resourceRequirements } from "./pod";
import { pullSecretNames } from "./pull-secret";
import { later, type StackObject } from "./stack-object";
import { claimsOf, podVolume, volumeMount } from "./volumes";
import { waitContainers, waitVariables } from "./waits";

/** What a role's pods need beside their workload. */
export function podObjects(plan: StackPlan, pod: PodPlan): StackObject[] {
  return [
    ...accountObjects(plan, pod.id, pod.account),
    ...environmentSecret(plan, pod.id, [...pod.env, ...waitVariables(pod)]),
    ...fileObjects(plan, pod),
  ];
}

/** What must be there, and ready, before a role's pods start. */
export function startsAfter(pod: PodPlan): string[] {
  return [...accountIds(pod.id, pod.account), ...claimsOf(pod), ...pod.after];
}

/** The template of a role's pods; `spec`, `container` and `annotations` say what only its kind of workload has. */
export function podTemplate(
  plan: StackPlan,
  pod: PodPlan,
  spec: Partial<PodSpec>,
  container: Partial<Container> = {},
  annotations: Record<string, string> = {},
): PodTemplateSpec {
  const all = { ...annotations, ...pod.annotations };
  return {
    metadata: {
      labels: { ...labels(plan, pod.id), ...pod.labels },
      ...(Object.keys(all).length > 0 && { annotations: all }),
    },
    spec: {
      ...podDefaults(pod.user),
      ...podPlacement(pod.placement),
      ...podAccount(plan, pod.account),
      ...spec,
      ...waitContainers(pod),
      containers: [
        {
          name: pod.id,
          image: later(pod.image),
          command: pod.command,
          args: pod.args,
          workingDir: pod.workingDir,
          env: environment(pod.id, pod.env),
          ...environmentSources(pod.envFrom),
          resources: resourceRequirements(pod.resources),
          ...container,
          ...containerDefaults(pod.readOnlyRoot),
          volumeMounts: [...pod.mounts.map(volumeMount), ...fileMounts(pod.files)],
        },
      ],
      volumes: [...pod.volumes.map(podVolume), ...fileVolumes(pod)],
    },
  };
}

/** As whom a role's pods run. What images are pulled with stands at accounts of ours; others may lack it. */
function podAccount(plan: StackPlan, { name, existing, token }: AccountPlan): Partial<PodSpec> {
  const secrets = existing ? pullSecretNames(plan) : [];
  return {
    serviceAccountName: name,
    ...(token && { automountServiceAccountToken: true }),
    ...(secrets.length > 0 && { imagePullSecrets: secrets }),
  };
}
