// Programs for the contract tests: recorded arguments become resources of the SDK, in a namespace of the test's.
import * as k8s from "@pulumi/kubernetes";
import type { CustomResource, CustomResourceOptions } from "@pulumi/pulumi";
import type { Fields } from "../../../local/plugins/kubernetes/object";

type Constructor = new (name: string, args: unknown, options: CustomResourceOptions) => CustomResource;

function classOf(type: string): Constructor {
  const [group = "", version = "", kind = ""] = type.split(".");
  const groups = new Map(Object.entries(k8s)) as Map<string, unknown>;
  const versions = groups.get(group) as Record<string, Record<string, Constructor>> | undefined;
  const found = versions?.[version]?.[kind];
  if (!found) throw new Error(`the SDK has no ${type}`);
  return found;
}

export interface Declared {
  name: string;
  /** `apps.v1.Deployment` */
  type: string;
  args: Fields;
  options?: CustomResourceOptions;
}

/** The name of a resource for a recorded case: its words. */
export const nameOf = (title: string) => title.toLowerCase().replace(/[^a-z0-9]+/g, "-");

/** A program with a namespace and, in it, these resources. */
export function programOf(namespace: string, resources: Declared[]): () => Promise<void> {
  return async () => {
    const home = new k8s.core.v1.Namespace(namespace, { metadata: { name: namespace } });
    const provider = new k8s.Provider("cluster", { namespace });
    for (const { name, type, args, options } of resources) {
      new (classOf(type))(name, structuredClone(args), { provider, dependsOn: [home], ...options });
    }
  };
}
