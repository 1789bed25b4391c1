// Tables of mistakes: each row is an input, the path at which it is told, and what is said there.

import assert from "node:assert/strict";
import { describeStack } from "../../src/objects/describe";
import { sampleArgs } from "../sample";

export type Change = (args: ReturnType<typeof sampleArgs>) => unknown;
export type Row = [title: string, change: Change, path: string, said: Said, stackName?: string];

/** What stands in reason and remedy, or the whole of the two. */
export type Said = RegExp | [reason: string, remedy: string];

// Tests write what the types forbid: that is what users of YAML do.
export const backend =
  (more: object): Change =>
  (args) => ({ ...args, backend: { ...args.backend, ...more } });
export const stack =
  (more: object): Change =>
  (args) => ({ ...args, ...more });

/** A reader of files that exist only here. */
export const filesOf = (files: Record<string, string | Uint8Array>) => (path: string) => {
  const content = files[path];
  if (content === undefined) throw Object.assign(new Error(path), { code: "ENOENT" });
  return Buffer.from(content as string);
};

/** One test for each row; `sound` are inputs of which nothing may be said. */
export function tells(
  table: Row[],
  sound: [string, Change, stackName?: string][] = [],
  readFile = filesOf({}),
): void {
  const problemsOf = (change: Change, stackName: string) =>
    describeStack({ name: "notes", stack: stackName, readFile }, change(sampleArgs())).problems;
  for (const [title, change, path, said, stackName = "dev"] of table) {
    it(title, () => {
      const problems = problemsOf(change, stackName);
      const problem = problems.find((candidate) => candidate.path === path);
      assert.ok(problem, `${path} isn't among ${JSON.stringify(problems)}`);
      if (said instanceof RegExp) assert.match(`${problem.reason}\n${problem.remedy}`, said);
      else assert.deepEqual([problem.reason, problem.remedy], said);
      assert.equal(problems.length, 1, `more is told than the one mistake: ${JSON.stringify(problems)}`);
    });
  }
  for (const [title, change, stackName = "dev"] of sound) {
    it(`but not ${title} (control)`, () => assert.deepEqual(problemsOf(change, stackName), []));
  }
}

/** Sound inputs by title, as `tells` takes them. */
export const inEveryTier = (sound: Record<string, Change>): [string, Change, string][] =>
  ["dev", "acc", "prod"].flatMap((name) =>
    Object.entries(sound).map(([title, change]): [string, Change, string] => [
      `${title} in ${name}`,
      change,
      name,
    ]),
  );
