// What runs by the clock, run at once: as `kubectl create job --from=cronjob/…` does it.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { cluster } from "../e2e/cluster";
import { eventually } from "../e2e/eventually";
import { nameOf } from "./observe";

/** Runs a CronJob's Job now, with variables of its own if need be; it must succeed. `settings` are those that it has anyway. */
export async function runCronJob(
  namespace: string,
  name: string,
  variables: Record<string, string> = {},
): Promise<{ schedule: string; settings: Record<string, string>; log: string }> {
  const { batch, core } = cluster();
  const { spec } = await batch.readNamespacedCronJob({ name, namespace });
  assert.ok(spec?.jobTemplate.spec);
  const job = structuredClone(spec.jobTemplate);
  for (const container of job.spec?.template.spec?.containers ?? []) {
    const others = (container.env ?? []).filter(({ name }) => !(name in variables));
    container.env = [...others, ...Object.entries(variables).map(([name, value]) => ({ name, value }))];
  }
  const own = (spec.jobTemplate.spec.template.spec?.containers ?? []).flatMap(({ env }) => env ?? []);
  const settings = Object.fromEntries(own.map(({ name, value }) => [name, value ?? ""]));
  const now = `${name}-${randomBytes(3).toString("hex")}`;
  await batch.createNamespacedJob({
    namespace,
    body: { metadata: { ...job.metadata, name: now }, spec: job.spec },
  });
  const ended = await eventually(`the end of ${now}`, async () => {
    const { status } = await batch.readNamespacedJob({ name: now, namespace });
    return status?.conditions?.find(
      ({ type, status }) => /^(Complete|Failed)$/.test(type) && status === "True",
    );
  });
  const labelSelector = `batch.kubernetes.io/job-name=${now}`;
  const found = (await core.listNamespacedPod({ namespace, labelSelector })).items;
  const logs = await Promise.all(
    found.map((pod) => core.readNamespacedPodLog({ name: nameOf(pod), namespace })),
  );
  const log = logs.join("\n");
  assert.equal(ended.type, "Complete", log);
  return { schedule: spec.schedule, settings, log };
}
