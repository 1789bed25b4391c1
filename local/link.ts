/**
 * Puts the checkout's own `pulumi` command in the place of the official launcher's link, at the end of
 * `npm ci`. What the command does is `local/pulumi`.
 */
import { chmodSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkoutDir } from "./platform/paths";

const bin = join(checkoutDir, "node_modules", ".bin");
const command = join(bin, "pulumi");

if (existsSync(bin)) {
  rmSync(command, { force: true }); // a link: writing through it would change the official launcher
  // Node 22 and newer keep compiled code between runs; older ones have no such call.
  const cache = 'require("node:module").enableCompileCache?.();';
  writeFileSync(command, `#!/usr/bin/env node\n${cache}\nrequire("../../dist/local/pulumi/main.js");\n`);
  chmodSync(command, 0o755);
}
