// The cluster as somebody else sees and changes it, past provider and engine: the node's (or KUBECONFIG's), with
// plain requests.

import { readPlatform } from "../../../local/platform/paths";
import { Cluster } from "../../../local/plugins/kubernetes/cluster";
import { configuredKubeconfig, optionsFrom } from "../../../local/plugins/kubernetes/configuration";
import { connection } from "../../../local/plugins/kubernetes/kubeconfig";
import type { Fields } from "../../../local/plugins/kubernetes/object";

/** None where there is no node: tests that need one fail at their first request. */
export const kubeconfigPath = () => process.env.KUBECONFIG ?? readPlatform()?.kubeconfig ?? "";

/** As `others` writes, so that conflicts name it. */
export function others() {
  const options = optionsFrom(new Map([["kubernetes:config:kubeconfig", kubeconfigPath()]]));
  const cluster = new Cluster(connection(configuredKubeconfig(options), {}), new AbortController().signal);
  const path = (namespace: string, plural: string, name: string) => {
    const root = plural === "deployments" ? "/apis/apps/v1" : "/api/v1";
    return `${root}/namespaces/${namespace}/${plural}/${name}`;
  };
  return {
    get: (namespace: string, plural: string, name: string) =>
      cluster.request("GET", path(namespace, plural, name)),
    merge: (namespace: string, plural: string, name: string, patch: Fields) =>
      cluster.request(
        "PATCH",
        `${path(namespace, plural, name)}?fieldManager=others`,
        patch,
        "application/merge-patch+json",
      ),
    create: (namespace: string, plural: string, object: Fields) =>
      cluster.request("POST", path(namespace, plural, ""), object),
    remove: (namespace: string, plural: string, name: string) =>
      cluster.request("DELETE", path(namespace, plural, name)),
  };
}
