// A copy of the sample project, for tests to change its sources and configuration. What is deployed is the same
// stack: Pulumi knows a stack by its name, not by its folder.

import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { checkout, type Finished, pulumiArgs, run } from "./commands";

export class ProjectCopy {
  readonly folder = mkdtempSync(join(tmpdir(), "notes-"));

  constructor() {
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
    symlinkSync(join(checkout, "node_modules"), join(this.folder, "node_modules"));
  }

  /** `npx pulumi …` in the copy. */
  pulumi(...args: string[]): Promise<Finished> {
    return run("npx", pulumiArgs(...args), this.folder);
  }

  /** `npx pulumi …` in the copy, which must succeed; returns what it printed. */
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
