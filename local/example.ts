/**
 * `npm run example -- <system> [stack]`: one of the examples on the embedded node. Its images are stand-ins where the real
 * ones can't be had; everything else is as in its folder.
 */
import { parseArgs } from "node:util";
import { execa } from "execa";
import { exampleNames, prepareExample } from "./examples/project";
import { checkoutDir, readPlatform, stateDir } from "./platform/paths";
import { explain, Problem } from "./platform/problem";
import { ensureUp } from "./platform/up";

const USAGE = "npm run example -- <system> [dev|acc|prod] [--destroy] [--real]";

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { destroy: { type: "boolean" }, real: { type: "boolean" } },
  });
  const [system, stack = "dev"] = positionals;
  if (!system || !exampleNames().includes(system)) {
    throw new Problem(
      `${system ? `There is no example "${system}"` : "Which example?"}: ${exampleNames().join(", ")}\n${USAGE}`,
    );
  }
  await ensureUp({ also: ["pulumi"] });
  const folder = prepareExample(system, { standIns: !values.real });
  const pulumi = (...args: string[]) =>
    execa(`${checkoutDir}/node_modules/.bin/pulumi`, [...args, "-s", stack], {
      cwd: folder,
      stdio: "inherit",
      reject: false,
    });
  const { exitCode } = values.destroy
    ? await pulumi("destroy", "--yes")
    : await pulumi("up", "--yes", "--skip-preview", ...(process.stdout.isTTY ? [] : ["--non-interactive"]));
  if (exitCode !== 0) throw new Problem(`pulumi ended with exit code ${exitCode}; its messages are above`);
  const ports = readPlatform(stateDir())?.ports;
  if (!values.destroy) {
    process.stdout.write(
      `\nThe project, to work with as with any: ${folder}\nThe ingress answers on 127.0.0.1, ports ${ports?.http} and ${ports?.https} (https).\nTo remove it: npm run example -- ${system} ${stack} --destroy\n`,
    );
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`\n${explain(error)}\n`);
  process.exit(1);
});
