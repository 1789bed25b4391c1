// One node for all end-to-end tests, from the command that users type; at the end nothing of it is left.

import { rmSync } from "node:fs";
import { stopAsking } from "./cluster";
import { run, state, succeed } from "./commands";

export const mochaHooks = {
  async beforeAll(this: Mocha.Context) {
    // From empty caches this builds all there is.
    this.timeout(60 * 60_000);
    await succeed("npm", ["run", "local", "--", "up"]);
  },
  afterEach: stopAsking,
  async afterAll(this: Mocha.Context) {
    this.timeout(5 * 60_000);
    const { code, output } = await run("npm", ["run", "local", "--", "down"]);
    if (code !== 0) throw new Error(output);
    rmSync(state, { recursive: true, force: true });
  },
};
