/** What the language host reads from a program's folders, without an engine. */
import { deepEqual, equal, throws } from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { environmentOf, parseOptions, words } from "../../../local/plugins/nodejs/options";
import { dependencies, installArguments, requiredPlugins } from "../../../local/plugins/nodejs/packages";

describe("a Node program's folder", () => {
  let folder: string;

  function manifest(path: string, content: object): void {
    const file = join(folder, path, "package.json");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(content));
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "service-stack-program-"));
    manifest(".", { dependencies: { "@pulumi/pulumi": "^3.0.0", "@pulumi/random": "^4.0.0", gone: "1" } });
    manifest("node_modules/@pulumi/pulumi", { name: "@pulumi/pulumi", version: "3.270.0" });
    manifest("node_modules/@pulumi/random", {
      name: "@pulumi/random",
      version: "4.21.2",
      pulumi: { resource: true, name: "random", version: "4.21.1" },
    });
    manifest("node_modules/third/node_modules/@acme/cloud", {
      name: "@acme/cloud",
      version: "v0.1.0",
      pulumi: { resource: true, name: "acme", server: "https://plugins.example.com" },
    });
    manifest("node_modules/third", { name: "third", version: "2.0.0" });
    mkdirSync(join(folder, "dist"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("tells the plugins that its packages need, nested ones too, at the versions they name", () => {
    deepEqual(requiredPlugins(folder), [
      { name: "random", version: "v4.21.1", server: "" },
      { name: "acme", version: "v0.1.0", server: "https://plugins.example.com" },
    ]);
  });

  it("tells them for a compiled program in a folder below, too", () => {
    equal(requiredPlugins(join(folder, "dist")).length, 2);
  });

  it("reads each folder once, where a link leads back to one that is read already, or nowhere", () => {
    symlinkSync(folder, join(folder, "node_modules/itself"));
    symlinkSync("gone", join(folder, "node_modules/lost"));
    deepEqual(
      requiredPlugins(folder).map(({ name }) => name),
      ["random", "acme"],
    );
  });

  it("tells nothing where nothing is installed", () => {
    deepEqual(requiredPlugins(tmpdir()), []);
  });

  it("lists its packages as installed, and all of them when asked", () => {
    deepEqual(dependencies(join(folder, "dist"), false), [
      { name: "@pulumi/pulumi", version: "3.270.0" },
      { name: "@pulumi/random", version: "4.21.2" },
      { name: "gone", version: "1" },
    ]);
    equal(dependencies(folder, true).length, 4);
  });

  it("is installed as its lock file says, if it has one", () => {
    deepEqual(installArguments(folder, false), ["install", "--no-audit", "--no-fund"]);
    writeFileSync(join(folder, "package-lock.json"), "{}");
    deepEqual(installArguments(folder, true), ["ci", "--no-audit", "--no-fund", "--omit=dev"]);
  });
});

describe("the runtime options of Pulumi.yaml", () => {
  it("have the official defaults", () => {
    deepEqual(parseOptions({}), { typescript: true, nodeargs: [], production: false });
  });

  it("tell the SDK whether to compile, whatever the caller's environment says", () => {
    const inherited = { PULUMI_NODEJS_TYPESCRIPT: "true", HOME: "/h" };
    deepEqual(environmentOf(parseOptions({ typescript: false }), inherited), { HOME: "/h" });
    equal(environmentOf(parseOptions({}), {}).PULUMI_NODEJS_TYPESCRIPT, "true");
  });

  it("are refused where they make no sense", () => {
    throws(() => parseOptions({ typescript: "no" }), /typescript must be a boolean/);
    throws(() => parseOptions({ packagemanager: "pnpm" }), /installs with npm, not pnpm/);
  });

  it("split arguments for Node as a shell does", () => {
    deepEqual(words(`--max-old-space-size=512 --title "a b" --x='c d'`), [
      "--max-old-space-size=512",
      "--title",
      "a b",
      "--x=c d",
    ]);
  });
});
