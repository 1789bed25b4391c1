// What one configured provider knows and its operations share: the cluster or why there is none, the options,
// the way to the engine's log. Also which type a URN names.
import type { Cluster } from "./cluster";
import type { Options } from "./configuration";
import { isAnnotated, isNamespaced, pulumiAnnotation } from "./kinds";
import { Log, type Send } from "./log";
import { uniqueName } from "./naming";
import { type Fields, fields, isCrd, type KubeObject, text } from "./object";

export interface Session {
  /** Undefined while unreachable. */
  cluster: Cluster | undefined;
  /** Why the cluster can't be reached. */
  reason: string;
  namespace: string;
  options: Options;
  acceptSecrets: boolean;
  send: Send;
  /** Scopes of the CRDs in this program, for objects whose CRD the cluster doesn't have yet. */
  scopes: Map<string, boolean>;
}

export interface Type {
  apiVersion: string;
  kind: string;
  /** The resource's logical name. */
  logicalName: string;
}

export function typeOf(urn: string): Type {
  const [, , qualified = "", ...name] = urn.split("::");
  const token = qualified.split("$").at(-1) ?? "";
  const [, module = "", className = ""] = token.split(":");
  if (["helm.sh/v3", "helm.sh/v4", "kustomize", "kustomize/v2", "yaml", "yaml/v2"].includes(module)) {
    throw new Error(`the stand-in for the Kubernetes provider doesn't support ${token}`);
  }
  if (module.split("/").length !== 2) {
    throw new Error(`apiVersion does not have both a group and a version: "${module}"`);
  }
  return {
    apiVersion: module.replace(/^core\//, ""),
    kind: className.replace(/Patch$/, ""),
    logicalName: name.join("::"),
  };
}

/** A Patch resource changes fields of an object that is another's. A custom kind's name may end in Patch too. */
export const isPatch = (urn: string, object: Fields) => {
  const name = urn.split("::")[2]?.split(":").at(-1);
  return name === `${text(object, "kind")}Patch`;
};

export const logFor = (session: Session, urn: string) => new Log(session.send, urn);

export function reachable(session: Session): Cluster {
  if (session.cluster === undefined) {
    throw new Error(`configured Kubernetes cluster is unreachable: ${session.reason}`);
  }
  return session.cluster;
}

/** What can't be found out is taken for namespaced: most custom kinds are. */
export async function livesInNamespace(session: Session, apiVersion: string, kind: string): Promise<boolean> {
  return (
    isNamespaced(apiVersion, kind) ??
    session.scopes.get(`${apiVersion.split("/")[0]}/${kind}`) ??
    (await session.cluster?.isNamespaced(apiVersion, kind)) ??
    true
  );
}

export function rememberScope(session: Session, crd: KubeObject): void {
  if (!isCrd(crd)) return;
  const spec = fields(crd, "spec");
  session.scopes.set(`${text(spec, "group")}/${text(spec, "names", "kind")}`, spec.scope === "Namespaced");
}

/** The name under which server-side apply records our fields: annotated, or the state's, or a new one. */
export const fieldManagerOf = (object: Fields, known: string | undefined) =>
  pulumiAnnotation(object, "patchFieldManager") ||
  known ||
  uniqueName("pulumi-kubernetes-", new Uint8Array());

/** Whether to take fields from other managers. */
export function forces(
  session: Session,
  inputs: Fields,
  live: Fields | undefined,
  preview: boolean,
): boolean {
  if (isAnnotated(inputs, "patchForce") || session.options.patchForce) return true;
  const managers = (live?.metadata as Fields | undefined)?.managedFields;
  const entries = Array.isArray(managers) ? managers : [];
  // Objects from before server-side apply have no managers recorded.
  if (live !== undefined && entries.length === 0) return true;
  if (!preview) return false;
  // The real update first takes over what an older way of ours wrote; a dry run can't.
  const ours = ["pulumi-resource-kubernetes", "pulumi-kubernetes", "pulumi-kubernetes.exe"];
  return (
    live === undefined ||
    entries.some((e) => text(e, "operation") === "Update" && ours.includes(text(e, "manager")))
  );
}
