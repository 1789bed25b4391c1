/**
 * `npm run example -- <system>`: one of the examples on the embedded node, and then its promises: what its README says, seen
 * there. With the name of a stack that one is deployed, and that is all. Its images are stand-ins where the real ones can't be
 * had; everything else is as in its folder.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { exampleNames, prepareExample, removeExample } from "./examples/project";
import { binOf, checkoutDir, readPlatform, stateDir } from "./platform/paths";
import { explain, Problem } from "./platform/problem";
import { ensureUp } from "./platform/up";

const USAGE = `npm run example -- <system>                        dev, and its promises (minutes)
npm run example -- <system> dev|acc|prod           that stack alone
npm run example -- <system> [dev|acc|prod] --destroy  with all its data
npm run example -- <system> [dev|acc|prod] --real  the real images, from wherever they are; without its promises`;

const STACKS = ["dev", "acc", "prod"];
const print = (text: string) => process.stdout.write(`${text}\n`);

async function isDeployed(folder: string, stack: string): Promise<boolean> {
  const { stdout } = await execa(binOf("pulumi"), ["stack", "ls", "--json"], { cwd: folder });
  const stacks = JSON.parse(stdout) as { name: string; resourceCount?: number }[];
  return stacks.some(({ name, resourceCount = 0 }) => name === stack && resourceCount > 0);
}

async function deploy(folder: string, stack: string): Promise<void> {
  const args = ["up", "--yes", "--skip-preview", "-s", stack];
  // On a terminal the CLI draws one table; into a log it writes a line for each change.
  if (!process.stdout.isTTY) args.push("--non-interactive");
  const { exitCode } = await execa(binOf("pulumi"), args, { cwd: folder, stdio: "inherit", reject: false });
  if (exitCode !== 0) throw new Problem(`pulumi ended with exit code ${exitCode}; its messages are above`);
}

/** They change sources, end pods and fill databases; dev is left as they need it. */
async function runPromises(system: string): Promise<void> {
  const tests = join(checkoutDir, "dist", "tests", "examples", `${system}.test.js`);
  const { exitCode } = await execa(binOf("mocha"), ["--no-config", "--timeout", "600000", tests], {
    cwd: checkoutDir,
    env: { SERVICE_STACK_STATE: stateDir() },
    stdio: "inherit",
    reject: false,
  });
  if (exitCode !== 0) throw new Problem(`${system} does not keep its promises; what is wrong stands above`);
}

function closing(system: string, stack: string, folder: string): string {
  const ports = readPlatform(stateDir())?.ports;
  return [
    "",
    `The project, to work with as with any: ${folder}`,
    `The ingress answers on 127.0.0.1, ports ${ports?.http} and ${ports?.https} (https).`,
    `To remove it: npm run example -- ${system} ${stack} --destroy`,
  ].join("\n");
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { destroy: { type: "boolean" }, real: { type: "boolean" } },
  });
  const [system, given] = positionals;
  if (!system || !exampleNames().includes(system)) {
    throw new Problem(
      `${system ? `There is no example "${system}"` : "Which example?"}: ${exampleNames().join(", ")}\n\n${USAGE}`,
    );
  }
  if (given && !STACKS.includes(given)) throw new Problem(`There is no stack "${given}"\n\n${USAGE}`);
  await ensureUp({ also: ["pulumi"] });
  const prepared = () => prepareExample(system, { standIns: !values.real });
  const stack = given ?? "dev";
  const folder = prepared();
  const isNew = !(await isDeployed(folder, stack));
  if (values.destroy) {
    if (!isNew) await removeExample(folder, stack);
    print(`${system} has no ${stack} on the node${isNew ? "" : " any more"}.`);
    return;
  }
  await deploy(folder, stack);
  print(closing(system, stack, folder));
  if (given || values.real) return;
  if (!isNew) {
    print(`\nIts promises were not run, for they would take the data of dev away. To run them:
npm run example -- ${system} --destroy && npm run example -- ${system}`);
    return;
  }
  print("\nIts promises; dev is made anew after them:");
  await runPromises(system);
  await removeExample(folder, stack);
  await deploy(prepared(), stack);
  print(closing(system, stack, folder));
}

main().catch((error: unknown) => {
  process.stderr.write(`\n${explain(error)}\n`);
  process.exit(1);
});
