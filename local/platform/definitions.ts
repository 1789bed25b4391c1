/**
 * The definitions of kinds that Kubernetes doesn't bring: those of Traefik and of the Gateway API, as their projects
 * publish them in the very modules that Traefik is compiled from. The node's supervisor applies them.
 */
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { parseAllDocuments } from "yaml";
import { cached, hashOf } from "./cache";
import { checkoutDir, stateFiles } from "./paths";
import type { Report } from "./progress";

const FILE = "definitions.json";

const traefik = join(checkoutDir, "local", "node", "traefik");

/** Files, or folders of files, in Go modules; of the Gateway API the standard channel. */
const SOURCES = [
  {
    module: "github.com/traefik/traefik/v3",
    path: "docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml",
  },
  { module: "sigs.k8s.io/gateway-api", path: "config/crd/standard" },
];

/** Names the definitions; it changes when others are due. */
export function definitionsKey(): string {
  return `definitions-${hashOf(SOURCES, withoutDescriptions.toString(), readFileSync(join(traefik, "go.mod"), "utf8"))}`;
}

/** The path of a file with all of them, made where it is missing. */
export async function ensureDefinitions(report: Report): Promise<string> {
  const make = async (folder: string) => {
    report("reading the definitions of Traefik's and the Gateway API's kinds");
    const modules = SOURCES.map((source) => source.module);
    // Downloaded already where Traefik was compiled on this machine; checked against go.sum in any case.
    const { stdout } = await execa("go", ["mod", "download", "-json", ...modules], { cwd: traefik });
    const folders = new Map(
      [...stdout.matchAll(/\{[^{}]*\}/g)].map(([text]) => {
        const { Path, Dir } = JSON.parse(text) as { Path: string; Dir: string };
        return [Path, Dir];
      }),
    );
    const texts = SOURCES.flatMap(({ module, path }) => textsAt(join(folders.get(module) ?? "", path)));
    const definitions = texts.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS()));
    const lines = definitions
      .filter(Boolean)
      .map((definition) => JSON.stringify(definition, withoutDescriptions));
    writeFileSync(join(folder, FILE), lines.join("\n"));
  };
  return join(await cached("definitions", definitionsKey(), make), FILE);
}

/** Two thirds of a definition are explanations, and the API server takes its time with each line. */
function withoutDescriptions(key: string, value: unknown): unknown {
  return key === "description" && typeof value === "string" ? undefined : value;
}

/** Puts them where the node's supervisor finds them. */
export function installDefinitions(state: string, definitions: string): void {
  copyFileSync(definitions, stateFiles(state).definitions);
}

function textsAt(path: string): string[] {
  if (/\.ya?ml$/.test(path)) return [readFileSync(path, "utf8")];
  return readdirSync(path)
    .filter((name) => /\.ya?ml$/.test(name) && name !== "kustomization.yaml")
    .map((name) => readFileSync(join(path, name), "utf8"));
}
