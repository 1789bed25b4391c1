// The table in examples/README.md says how much a user writes for each system: it is counted here.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const EXAMPLES = resolve(__dirname, "../../../examples");

/** What stands in for the system itself, or is about the example: nobody who deploys the system writes it. */
const NOT_COUNTED = ["README.md", "package.json", "stand-ins.yaml", ".gitignore"];

/** The lines that aren't blank, of all that is written for three environments. */
function lines(system: string): number {
  const files = readdirSync(join(EXAMPLES, system), { withFileTypes: true });
  const written = files.filter((file) => file.isFile() && !NOT_COUNTED.includes(file.name));
  const texts = written.map(({ name }) => readFileSync(join(EXAMPLES, system, name), "utf8"));
  return texts.flatMap((text) => text.split("\n")).filter((line) => line.trim() !== "").length;
}

const systems = readdirSync(EXAMPLES).filter((name) => existsSync(join(EXAMPLES, name, "Pulumi.yaml")));

describe("The examples", () => {
  const table = readFileSync(join(EXAMPLES, "README.md"), "utf8");

  for (const system of systems) {
    it(`have ${system} counted in their table`, () => {
      const row = new RegExp(`^\\| \\[${system}\\]\\(${system}/\\)[^|]*\\| (\\d+) \\|`, "m").exec(table);
      assert.equal(Number(row?.[1]), lines(system));
    });

    it(`have a program of 40 lines or less for ${system}`, () => {
      const program = readFileSync(join(EXAMPLES, system, "index.js"), "utf8");
      assert.ok(program.split("\n").filter((line) => line.trim() !== "").length <= 40);
    });

    for (const stack of ["dev", "acc", "prod"]) {
      it(`have ${system} in ${stack}`, () => {
        assert.ok(existsSync(join(EXAMPLES, system, `Pulumi.${stack}.yaml`)));
      });
    }
  }
});
