// Tables of mistakes: what is written, at which path it is told, and what is said of it.

import assert from "node:assert/strict";
import { planStack } from "../../src/plan/plan";
import type { ServiceStackArgs } from "../../src/schema/stack-args";
import { sampleArgs } from "../sample";

/** A change of the sample. Tests write what the types forbid: that is what users of YAML do. */
export type Change = (args: ServiceStackArgs) => unknown;

export type Mistake = [title: string, change: Change, path: string, said: RegExp, stack?: string];

export const stack =
  (more: object): Change =>
  (args) => ({ ...args, ...more });

export const backend =
  (more: object): Change =>
  (args) => ({ ...args, backend: { ...args.backend, ...more } });

/** One test for each row, and one that nothing is said of `sound` inputs. */
export function tellsMistakes(table: Mistake[], sound: Record<string, Change>): void {
  for (const [title, change, path, said, name = "dev"] of table) {
    it(`${title} is told with its path and remedy`, () => {
      const { problems } = planStack({ name: "notes", stack: name }, change(sampleArgs()));
      const found = problems.filter((problem) => problem.path === path);
      assert.equal(found.length, 1, `${path} isn't there once among ${JSON.stringify(problems)}`);
      assert.match(`${found[0]?.reason}\n${found[0]?.remedy}`, said);
    });
  }
  for (const [title, change] of Object.entries(sound)) {
    it(`${title}: nothing is said (control)`, () => {
      for (const name of ["dev", "acc", "prod"]) {
        assert.deepEqual(planStack({ name: "notes", stack: name }, change(sampleArgs())).problems, []);
      }
    });
  }
}
