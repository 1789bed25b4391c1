// Init containers that wait until a store answers, by the programs of that store's own image.

import type { Container } from "kubernetes-types/core/v1";
import type { PodPlan, WaitPlan } from "../plan/stack-plan";
import { environment } from "./environment";
import { containerDefaults, resourceRequirements } from "./pod";

/** The variables that a role's waits need, in the order in which they are looked up. */
export function waitVariables({ waits }: PodPlan): PodPlan["env"] {
  return waits.flatMap(({ host, port, tls, password }) => [
    host,
    port,
    ...(tls ? [tls] : []),
    ...(password ? [password] : []),
  ]);
}

/** The init containers of a role's pods. */
export function waitContainers(pod: PodPlan): { initContainers?: Container[] } {
  if (pod.waits.length === 0) return {};
  return { initContainers: pod.waits.map((wait) => waitContainer(pod, wait)) };
}

function waitContainer(pod: PodPlan, wait: WaitPlan): Container {
  const { securityContext, ...defaults } = containerDefaults();
  return {
    name: `wait-for-${wait.id}`,
    image: wait.image,
    command: ["sh", "-c", `until ${answers(wait)}; do echo "${wait.id} doesn't answer yet"; sleep 1; done`],
    env: environment(pod.id, waitVariables({ ...pod, waits: [wait] })),
    // It has ended before the others start, so nothing more is reserved for it.
    resources: resourceRequirements(pod.resources),
    ...defaults,
    // The store's image has a user of its own, and the pod's is perhaps the other image's choice.
    securityContext: {
      ...securityContext,
      ...(wait.runAsUser !== undefined && { runAsUser: wait.runAsUser }),
    },
  };
}

function answers({ kind, host, port, tls, password }: WaitPlan): string {
  const value = ({ name }: { name: string }) => `"$${name}"`;
  if (kind === "postgres") return `pg_isready -q -t 3 -h ${value(host)} -p ${value(port)}`;
  const client = '"$(command -v valkey-cli || command -v redis-cli)"';
  const encrypted = tls ? ` $([ ${value(tls)} = true ] && echo --tls --insecure)` : "";
  const login = password ? `REDISCLI_AUTH=${value(password)} ` : "";
  const ping = `${login}timeout 3 ${client} -h ${value(host)} -p ${value(port)}${encrypted} ping`;
  // Without its password a server that is up says so.
  return `${ping} 2>&1 | grep -qE '${password ? "^PONG$" : "^(PONG|.*NOAUTH.*)$"}'`;
}
