/**
 * `npm run quickstart`: the embedded node, or the cluster that the user names, with the sample product on
 * it. A short list of steps; each can be cut short and done again.
 */
import { request } from "node:http";
import { join } from "node:path";
import { execa } from "execa";
import { usersCluster } from "./platform/cluster-choice";
import { undoInterrupted } from "./platform/interrupted";
import { poll } from "./platform/node";
import { binOf, checkoutDir, type Platform, stateDir } from "./platform/paths";
import { explain, Problem } from "./platform/problem";
import { type Report, runSteps, seconds } from "./platform/progress";
import { lockOwners, ownerLives } from "./platform/stacks";
import { buildSteps, ensureUp } from "./platform/up";
import { decide, homesOf, parseChoice } from "./pulumi/plugins";
import { ensureState } from "./pulumi/state";

const STACK = "dev";
const PROJECT = "notes";
const OTHER_RUN_MS = 15 * 60_000;
const FRONT_PAGE_MS = 60_000;
const PULUMI = binOf("pulumi");

const print = (text: string) => process.stdout.write(`${text}\n`);

/** Whether Pulumi's command must be compiled here, because the official one can't be downloaded. */
async function needsOwnCli(): Promise<boolean> {
  const state = stateDir();
  await ensureState(state);
  const choice = parseChoice(process.env.SERVICE_STACK_PLUGINS);
  return (await decide(choice, homesOf(state, process.env), state)) === "local";
}

/** A run that was killed has left its lock behind; one that is alive is waited for. */
async function freeStack(report: Report): Promise<undefined> {
  const owners = () => lockOwners(join(stateDir(), "backend"), PROJECT, STACK);
  if (owners().length === 0) return;
  const alive = () => owners().filter(ownerLives);
  const free = await poll(() => {
    const [first] = alive();
    if (first)
      report(`another run works on it (process ${first.pid} on ${first.hostname}); waiting for its end`);
    return first ? undefined : true;
  }, OTHER_RUN_MS);
  if (!free) throw new Problem(`Stack ${STACK} is locked by ${JSON.stringify(alive()[0])}`);
  if (owners().length > 0)
    await execa(PULUMI, ["cancel", "-s", STACK, "--yes"], { cwd: checkoutDir, all: true });
}

/** A run that was killed may have made objects that Pulumi doesn't know of. */
async function undo(platform: Platform): Promise<string> {
  const pulumi = async (args: string[], input?: string) =>
    (await execa(PULUMI, args, { cwd: checkoutDir, ...(input !== undefined && { input }) })).stdout;
  const operations = await undoInterrupted(platform, pulumi, STACK);
  return operations === 0 ? "none" : `undid ${operations} operations that it had not finished`;
}

async function deploy(): Promise<void> {
  const args = ["up", "--stack", STACK, "--yes", "--skip-preview", "--suppress-outputs"];
  // On a terminal the CLI draws one table; into a log it writes a line for each change.
  if (!process.stdout.isTTY) args.push("--non-interactive");
  const { exitCode } = await execa(PULUMI, args, { cwd: checkoutDir, stdio: "inherit", reject: false });
  if (exitCode !== 0) {
    throw new Problem(
      `pulumi up ended with exit code ${exitCode}; its messages are above. To try again: npm run quickstart`,
    );
  }
}

async function outputs(): Promise<Record<string, unknown>> {
  const { stdout } = await execa(PULUMI, ["stack", "output", "--json", "--stack", STACK], {
    cwd: checkoutDir,
  });
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** The status of the front page, asked for at the node's own ingress, so that no name needs to resolve. */
function frontPage(host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const asked = request(
      { host: "127.0.0.1", port, path: "/", headers: { host }, timeout: 5000 },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => resolve(undefined));
    asked.end();
  });
}

async function checkFrontPage(host: string, platform: Platform, report: Report): Promise<string> {
  let last: number | undefined;
  const answered = await poll(async () => {
    last = await frontPage(host, platform.ports.http);
    report(last === undefined ? "no answer yet" : `answers ${last}`);
    return last === 200 ? true : undefined;
  }, FRONT_PAGE_MS);
  if (answered) return "200";
  throw new Problem(
    `http://${host}:${platform.ports.http} ${last === undefined ? "does not answer" : `answers ${last}`}; see: npm run local -- logs traefik`,
  );
}

function closing(address: string, platform: Platform | undefined, namespace: unknown): string {
  const look = platform
    ? [
        `  export KUBECONFIG=${platform.kubeconfig}`,
        `  ${join(platform.state, "bin", "node")} kubectl get pods -n ${namespace}     or any kubectl of yours`,
        "  npm run local -- status           the node, its ports and addresses",
      ]
    : [`  kubectl get pods -n ${namespace}`];
  return [
    "",
    `Open ${address}`,
    "",
    "What was created:",
    `  ${platform ? "one Kubernetes node, in namespaces of its own, and on it " : ""}the stack ${STACK} of the sample product in app/:`,
    `  API, front end, Postgres and Redis in namespace ${namespace}`,
    "To look at it:",
    ...look,
    `  npx pulumi stack -s ${STACK}           what Pulumi knows of it`,
    "To remove it:",
    `  npx pulumi destroy -s ${STACK}         the product`,
    ...(platform ? ["  npm run local -- down             the node with all its data"] : []),
  ].join("\n");
}

async function main(): Promise<void> {
  const begun = Date.now();
  const own = usersCluster(STACK);
  const also = (await needsOwnCli()) ? ["pulumi"] : [];
  let platform: Platform | undefined;
  if (own) {
    print(`Using ${own}; nothing of the embedded node is started.`);
    await runSteps(await buildSteps(also));
  } else platform = await ensureUp({ also });
  await runSteps([{ title: `Free stack ${STACK}`, run: freeStack }]);
  if (platform) {
    const node = platform;
    await runSteps([{ title: "Look for a run that was cut short", run: () => undo(node) }]);
  }
  await deploy();
  const { url, namespace } = await outputs();
  const product = new URL(String(url));
  if (platform) {
    const node = platform;
    product.port = String(product.protocol === "https:" ? node.ports.https : node.ports.http);
    await runSteps([
      { title: "Ask for the front page", run: (report) => checkFrontPage(product.hostname, node, report) },
    ]);
  }
  print(closing(product.href.replace(/\/$/, ""), platform, namespace));
  print(`\nDone in ${seconds(Date.now() - begun)}.`);
}

main().catch((error: unknown) => {
  process.stderr.write(`\n${explain(error)}\n`);
  process.exit(1);
});
