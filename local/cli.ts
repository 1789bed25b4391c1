/**
 * `npm run local -- up|status|down|logs`: the embedded platform from the command line. It parses and
 * prints; what is done is in `platform/`.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { execa } from "execa";
import { down } from "./platform/down";
import { type NodeStatus, readStatus } from "./platform/node";
import { type Platform, readPlatform, stateDir, stateFiles } from "./platform/paths";
import { explain, Problem, tail } from "./platform/problem";
import { seconds } from "./platform/progress";
import { ensureUp } from "./platform/up";

const print = (text: string) => process.stdout.write(`${text}\n`);

function table(rows: string[][]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function addresses(platform: Platform): string {
  return table([
    ["web", `http://<host>.localhost:${platform.ports.http}`],
    ["web, TLS", `https://<host>.localhost:${platform.ports.https} (authority: ${platform.ingressCa})`],
    ["kubectl", `export KUBECONFIG=${platform.kubeconfig}`],
    ["docker", `export DOCKER_HOST=${platform.dockerHost}`],
    ["registry", `${platform.registry} (from pods and builds)`],
  ]);
}

function parts(status: NodeStatus): string {
  const age = (since: string) => seconds(Math.max(0, Date.now() - Date.parse(since)));
  const rows = status.parts.map((part) => [
    part.name,
    part.state,
    part.pid > 0 ? String(part.pid) : "",
    age(part.since),
    String(part.restarts),
    part.message ?? "",
  ]);
  return table([["PART", "STATE", "PID", "SINCE", "RESTARTS", "MESSAGE"], ...rows]);
}

async function diskUse(state: string): Promise<string> {
  // A file may vanish while du looks; what it says of the rest is good enough.
  const { stdout } = await execa("du", ["--summarize", "--human-readable", "--one-file-system", state], {
    reject: false,
  });
  return stdout.split("\t")[0] ?? "?";
}

async function status(): Promise<void> {
  const state = stateDir();
  const platform = readPlatform(state);
  const node = readStatus(state);
  const phase = node?.phase ?? (platform ? "stopped" : "absent");
  print(`node: ${phase}${node ? "" : "; start it with: npm run local -- up"}`);
  if (platform) {
    print(`state: ${state} (${await diskUse(state)})`);
    if (node) print(`\n${addresses(platform)}\n\n${parts(node)}`);
    for (const message of node?.messages ?? []) print(message);
  }
  process.exitCode = phase === "ready" ? 0 : 1;
}

async function logs(part: string | undefined, options: { follow?: boolean; lines: string }): Promise<void> {
  const { logs: folder } = stateFiles(stateDir());
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".log")) : [];
  if (part === undefined) {
    print(
      names.length > 0
        ? names.map((name) => join(folder, name)).join("\n")
        : "There are no logs: the node was never started.",
    );
    return;
  }
  if (!names.includes(`${part}.log`)) {
    const known = names.map((name) => name.replace(/\.log$/, "")).join(", ");
    throw new Problem(`No part is named "${part}".${known ? ` There are: ${known}` : ""}`);
  }
  const file = join(folder, `${part}.log`);
  if (options.follow) {
    await execa("tail", ["-n", options.lines, "-F", file], { stdio: "inherit", reject: false });
  } else for (const line of tail(file, Number(options.lines))) print(line);
}

async function up(): Promise<void> {
  const begun = Date.now();
  const platform = await ensureUp();
  print(`The node is ready (${seconds(Date.now() - begun)}).\n${addresses(platform)}`);
}

const program = new Command("local").description("The embedded Kubernetes node of this checkout");
program.command("up").description("start the node; builds what is missing").action(up);
program
  .command("status")
  .description("show its parts, ports and addresses; exit code 0 only when it is ready")
  .action(status);
program
  .command("down")
  .description("stop the node and delete its data, volumes included")
  .option("--keep-data", "only stop it")
  .action((options: { keepData?: boolean }) => down(options));
program
  .command("logs")
  .description("list the log files, or show the end of a part's")
  .argument("[part]")
  .option("-f, --follow", "go on as lines are written")
  .option("-n, --lines <number>", "how many", "100")
  .action(logs);

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
});
