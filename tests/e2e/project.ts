// Projects in folders of their own, for tests to change.

import { cpSync, existsSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { checkout, type Finished, pulumi } from "./commands";

class Project {
  readonly folder = mkdtempSync(join(tmpdir(), "notes-"));

  constructor() {
    symlinkSync(join(checkout, "node_modules"), join(this.folder, "node_modules"));
  }

  /** `npx pulumi …`. */
  pulumi(...args: string[]): Promise<Finished> {
    return pulumi(this.folder, ...args);
  }

  /** `npx pulumi …`, which must succeed; returns what it printed. */
  async succeed(...args: string[]): Promise<string> {
    const { code, output } = await this.pulumi(...args);
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")} exited with ${code}:\n${output}`);
    return output;
  }

  /** The outputs of a stack. */
  async outputs(stack: string, ...flags: string[]): Promise<Record<string, never>> {
    const { stdout } = await this.pulumi("stack", "output", "--json", "-s", stack, ...flags);
    return JSON.parse(stdout);
  }
}

/** One whose program says nothing of the product: what it is stands in the stack's file alone. */
export class ProductProject extends Project {
  constructor(
    project: string,
    private readonly component: string,
  ) {
    super();
    const runtime = { name: "nodejs", options: { typescript: false } };
    this.write("Pulumi.yaml", JSON.stringify({ name: project, runtime, main: "index.js" }));
    this.write("package.json", "{}");
    const program = `const { ServiceStack } = require("pulumi-service-stack");
const { backups } = new ServiceStack("${component}");
module.exports = { backups };
`;
    this.write("index.js", program);
  }

  /** Says what a stack is. */
  configure(stack: string, settings: object): void {
    const content = { ...this.content(stack), config: { [`${this.component}:stack`]: settings } };
    this.write(`Pulumi.${stack}.yaml`, JSON.stringify(content));
  }

  /** What the stack's file says. */
  settings(stack: string): object {
    return this.content(stack).config?.[`${this.component}:stack`] ?? {};
  }

  /** With what Pulumi has written beside it: the salt of the stack's secrets. */
  private content(stack: string): { config?: Record<string, object> } {
    const file = join(this.folder, `Pulumi.${stack}.yaml`);
    return existsSync(file) ? parseDocument(readFileSync(file, "utf8")).toJS() : {};
  }

  private write(path: string, content: string): void {
    writeFileSync(join(this.folder, path), content);
  }
}

/** A copy of the sample project. What is deployed is the same stack: Pulumi knows a stack by its name, not by its folder. */
export class ProjectCopy extends Project {
  constructor() {
    super();
    for (const path of [
      "app",
      "dist/app",
      "dist/src",
      "package.json",
      "Pulumi.yaml",
      "Pulumi.dev.yaml",
      "Pulumi.acc.yaml",
      "Pulumi.prod.yaml",
    ]) {
      cpSync(join(checkout, path), join(this.folder, path), { recursive: true });
    }
  }

  /** Changes what Pulumi.<stack>.yaml says of the stack. */
  configure(stack: string, change: (args: Record<string, unknown>) => void): () => void {
    const file = join(this.folder, `Pulumi.${stack}.yaml`);
    const before = readFileSync(file, "utf8");
    const content = parseDocument(before).toJS();
    change(content.config["notes:stack"]);
    writeFileSync(file, JSON.stringify(content));
    return () => writeFileSync(file, before);
  }

  /** Replaces text in a source file. */
  edit(path: string, find: string, replacement: string): void {
    const file = join(this.folder, path);
    const before = readFileSync(file, "utf8");
    if (!before.includes(find)) throw new Error(`${path} doesn't hold ${find}`);
    writeFileSync(file, before.replace(find, replacement));
  }
}
