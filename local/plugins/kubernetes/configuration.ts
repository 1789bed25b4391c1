// The provider's own configuration: what is allowed, when another configuration means another cluster (and so
// replaces everything), and the options that a deployment runs with.
import { isDeepStrictEqual } from "node:util";
import { activeCluster, ambientKubeconfig, type Choice, type Kubeconfig, kubeconfigFrom } from "./kubeconfig";
import { type Fields, isFields, text, type Value } from "./object";
import { isUnknown } from "./properties";

/** What the official provider can and this one can't: it says so instead of doing something else. */
const unsupported: Record<string, string> = {
  renderYamlToDirectory: "rendering YAML",
  alwaysRender: "rendering YAML",
};

export interface Failure {
  property: string;
  reason: string;
}

export function checkConfig(news: Fields): Failure[] {
  const failures: Failure[] = [];
  if (String(news.strictMode) === "true") {
    for (const property of ["kubeconfig", "context"]) {
      if (!news[property])
        failures.push({ property, reason: `strict mode requires Provider "${property}" argument` });
    }
  }
  for (const [property, what] of Object.entries(unsupported)) {
    if (news[property]) {
      failures.push({ property, reason: `the stand-in for the Kubernetes provider doesn't support ${what}` });
    }
  }
  return failures;
}

export interface ConfigDiff {
  changes: boolean;
  diffs: string[];
  replaces: string[];
}

const kubeconfigOf = (value: Value | undefined): Kubeconfig | undefined => {
  if (value === undefined || value === null || value === "") return undefined;
  return kubeconfigFrom(isFields(value) ? JSON.stringify(value) : String(value));
};

/** A provider is replaced when the server settings of its active cluster change, or its clusterIdentifier. */
export function diffConfig(olds: Fields, news: Fields): ConfigDiff {
  const keys = new Set([...Object.keys(olds), ...Object.keys(news)]);
  const changed = [...keys].filter((key) => !isDeepStrictEqual(olds[key], news[key]));
  if (changed.length === 0) return { changes: false, diffs: [], replaces: [] };
  const [before, after] = [olds.clusterIdentifier, news.clusterIdentifier];
  const identified = before !== undefined && after !== undefined;
  if (identified && before === after) return { changes: true, diffs: changed, replaces: [] };
  const replaces = identified ? ["clusterIdentifier"] : [];
  const parts = ["kubeconfig", "context", "cluster"];
  const unknown = parts.find((key) => isUnknown(news[key]));
  if (unknown !== undefined) return { changes: true, diffs: [unknown], replaces: [...replaces, unknown] };
  const active = (config: Fields) => {
    const parsed = kubeconfigOf(config.kubeconfig);
    return (
      parsed && activeCluster(parsed, { context: text(config, "context"), cluster: text(config, "cluster") })
    );
  };
  const [from, to] = [active(olds), active(news)];
  if (from !== undefined && to !== undefined && !isDeepStrictEqual(from, to)) {
    replaces.push(...parts.filter((key) => changed.includes(key)));
  }
  return { changes: true, diffs: changed, replaces };
}

export interface Options {
  choice: Choice;
  kubeconfig: string;
  patchForce: boolean;
  upsert: boolean;
  configMapsMutable: boolean;
  secretsMutable: boolean;
  deleteUnreachable: boolean;
  skipUpdateUnreachable: boolean;
}

/** Options from the provider's configuration, else from the environment. */
export function optionsFrom(variables: Map<string, string>): Options {
  const value = (key: string) => variables.get(`kubernetes:config:${key}`);
  const flag = (key: string, otherwise: boolean, variable: string) => {
    const given = value(key) ?? process.env[`PULUMI_K8S_${variable}`];
    return given === undefined ? otherwise : given === "true";
  };
  if (!flag("enableServerSideApply", true, "ENABLE_SERVER_SIDE_APPLY")) {
    throw new Error("the stand-in for the Kubernetes provider works by server-side apply only");
  }
  return {
    choice: { context: value("context"), cluster: value("cluster"), namespace: value("namespace") },
    kubeconfig: value("kubeconfig") ?? "",
    patchForce: flag("enablePatchForce", false, "ENABLE_PATCH_FORCE"),
    upsert: flag("upsertExistingObjects", false, "UPSERT_EXISTING_OBJECTS"),
    configMapsMutable: flag("enableConfigMapMutable", false, "ENABLE_CONFIGMAP_MUTABLE"),
    secretsMutable: flag("enableSecretMutable", false, "ENABLE_SECRET_MUTABLE"),
    deleteUnreachable: flag("deleteUnreachable", false, "DELETE_UNREACHABLE"),
    skipUpdateUnreachable: flag("skipUpdateUnreachable", false, "SKIP_UPDATE_UNREACHABLE"),
  };
}

export const configuredKubeconfig = (options: Options): Kubeconfig =>
  options.kubeconfig === "" ? ambientKubeconfig() : kubeconfigFrom(options.kubeconfig);
