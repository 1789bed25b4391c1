/**
 * What a Node program's folder says of its packages: the Pulumi plugins they need, their versions, and how
 * to install them. It only reads; running npm and the program is `processes.ts`.
 */
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

export interface Manifest {
  name?: string;
  version?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  pulumi?: { resource?: boolean; name?: string; version?: string; server?: string };
}

export interface Package {
  name: string;
  version: string;
}

export interface PluginNeed extends Package {
  server: string;
}

function readManifest(folder: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  } catch {
    return undefined; // absent, or somebody's test data that only looks like a package
  }
}

function ancestors(folder: string): string[] {
  return folder === dirname(folder) ? [folder] : [folder, ...ancestors(dirname(folder))];
}

/** The nearest folder with a package.json: where npm works. */
export function packageRoot(programDirectory: string): string | undefined {
  return ancestors(programDirectory).find((folder) => existsSync(join(folder, "package.json")));
}

/**
 * The node_modules that the program's SDK comes from, found as Node does: compiled programs (`main: dist/…`)
 * have none beside them.
 */
function modulesOf(programDirectory: string): string | undefined {
  return ancestors(programDirectory)
    .map((folder) => join(folder, "node_modules"))
    .find((modules) => existsSync(join(modules, "@pulumi", "pulumi", "package.json")));
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith("."))
      .map((entry) => join(folder, entry.name))
      .filter(existsSync); // a link may lead nowhere
  } catch {
    return [];
  }
}

/** Every installed package with its manifest, nested ones too; each folder once, for links may lead back. */
function installed(modules: string, seen = new Set<string>()): Manifest[] {
  const folders = foldersIn(modules).flatMap((folder) =>
    folder.startsWith(join(modules, "@")) ? foldersIn(folder) : [folder],
  );
  return folders.flatMap((folder) => {
    const real = realpathSync(folder);
    if (seen.has(real)) return [];
    seen.add(real);
    const manifest = readManifest(real);
    return [...(manifest ? [manifest] : []), ...installed(join(real, "node_modules"), seen)];
  });
}

/** The provider plugins that the installed packages are made for, at the versions they ask for. */
export function requiredPlugins(programDirectory: string): PluginNeed[] {
  const modules = modulesOf(programDirectory);
  if (!modules) return [];
  return installed(modules).flatMap(({ name = "", version = "", pulumi }) => {
    if (!pulumi?.resource) return [];
    const plugin = pulumi.name ?? (name.startsWith("@pulumi/") ? name.slice("@pulumi/".length) : undefined);
    if (!plugin) return [];
    const wanted = pulumi.version || version;
    const tag = wanted.startsWith("v") ? wanted : `v${wanted}`;
    return [{ name: plugin, version: tag, server: pulumi.server ?? "" }];
  });
}

/** The program's packages as installed; direct ones only, unless all are asked for. */
export function dependencies(programDirectory: string, transitive: boolean): Package[] {
  const root = packageRoot(programDirectory);
  const modules = modulesOf(programDirectory) ?? (root && join(root, "node_modules"));
  if (!root || !modules) return [];
  if (transitive) {
    return installed(modules).map(({ name = "", version = "" }) => ({ name, version }));
  }
  const own = readManifest(root);
  const wanted = { ...own?.dependencies, ...own?.devDependencies };
  return Object.entries(wanted).map(([name, range]) => {
    return { name, version: readManifest(join(modules, name))?.version ?? range };
  });
}

/** npm's arguments for what `pulumi install` wants. */
export function installArguments(root: string, production: boolean): string[] {
  const command = existsSync(join(root, "package-lock.json")) ? "ci" : "install";
  return [command, "--no-audit", "--no-fund", ...(production ? ["--omit=dev"] : [])];
}
