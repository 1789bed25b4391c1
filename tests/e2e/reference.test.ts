// The reference documentation is made from the docstrings, and committed for whoever reads it without a checkout.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout, succeed } from "./commands";

describe("The reference", () => {
  it("is what the docstrings say (if not: npm run docs)", async () => {
    await succeed("npx", ["typedoc"]);
    const made = readFileSync(join(checkout, "dist/reference/reference.md"), "utf8");
    assert.equal(readFileSync(join(checkout, "docs/reference.md"), "utf8"), made);
  });
});
