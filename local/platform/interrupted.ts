/**
 * What a killed `pulumi up` leaves half done: objects that it had asked for and not yet noted. The next run would
 * meet them and fail with "already exists"; so they are deleted here, to be made anew, and struck off the list of
 * pending operations. Only for the quickstart's own node: elsewhere that is for the user to decide. Volumes and the
 * namespace are not among them: those are taken over where they exist.
 */
import { join } from "node:path";
import { execa } from "execa";
import type { Platform } from "./paths";

/** One of Pulumi's pending operations, as far as it matters here. */
interface PendingOperation {
  type: string;
  resource: {
    type: string;
    inputs?: { apiVersion?: string; kind?: string; metadata?: { name?: string; namespace?: string } };
  };
}

interface Deployment {
  deployment: { pending_operations?: PendingOperation[] };
}

/** The objects that may exist without Pulumi's knowing, as `kubectl` names them. */
export function unrecorded({ deployment }: Deployment): { kind: string; name: string; namespace: string }[] {
  return (deployment.pending_operations ?? []).flatMap(({ type, resource }) => {
    if (type !== "creating" || !resource.type.startsWith("kubernetes:") || resource.type.endsWith("Patch"))
      return [];
    const { apiVersion, kind, metadata } = resource.inputs ?? {};
    if (!apiVersion || !kind || !metadata?.name || !metadata.namespace) return [];
    if (kind === "PersistentVolumeClaim") return []; // it may be an old one, with data
    const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
    return [{ kind: `${kind}.${version}.${group}`, name: metadata.name, namespace: metadata.namespace }];
  });
}

/** Undoes what a killed run has left half done; returns how many operations those were. */
export async function undoInterrupted(
  platform: Platform,
  pulumi: (args: string[], input?: string) => Promise<string>,
  stack: string,
): Promise<number> {
  const state = JSON.parse(await pulumi(["stack", "export", "--stack", stack])) as Deployment;
  const pending = state.deployment.pending_operations ?? [];
  if (pending.length === 0) return 0;
  for (const { kind, name, namespace } of unrecorded(state)) {
    await execa(
      join(platform.state, "bin", "node"),
      ["kubectl", "delete", kind, name, "--namespace", namespace, "--ignore-not-found", "--timeout=120s"],
      { env: { KUBECONFIG: platform.kubeconfig }, all: true },
    );
  }
  state.deployment.pending_operations = [];
  await pulumi(["stack", "import", "--stack", stack], JSON.stringify(state));
  return pending.length;
}
