/**
 * What `npm ci` ends with: the checkout's own `pulumi` command stands in the place of the official launcher's link (what it
 * does is `local/pulumi`), and the package itself is installed for the examples as for any project.
 */
import { chmodSync, existsSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkoutDir } from "./platform/paths";

const bin = join(checkoutDir, "node_modules", ".bin");
const itself = join(checkoutDir, "node_modules", "pulumi-service-stack");
const command = join(bin, "pulumi");

if (existsSync(bin)) {
  rmSync(command, { force: true }); // a link: writing through it would change the official launcher
  // Node 22 and newer keep compiled code between runs; older ones have no such call.
  const cache = 'require("node:module").enableCompileCache?.();';
  writeFileSync(command, `#!/usr/bin/env node\n${cache}\nrequire("../../dist/local/pulumi/main.js");\n`);
  chmodSync(command, 0o755);

  rmSync(itself, { force: true });
  symlinkSync("..", itself);
}
