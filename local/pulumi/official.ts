/**
 * The official CLI and plugins: whether they are there, and one try to download them, at the versions of
 * the SDKs in node_modules. The answer is remembered, so that a machine without internet asks once a day.
 */
import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { installCLI } from "pulumi/lib/download";
import { OFFICIAL_CLI, PROVIDERS } from "./versions";

const REACH_TIMEOUT_MS = 5_000;
const DOWNLOAD_TIMEOUT_MS = 300_000;
const ASK_AGAIN_MS = 24 * 3600 * 1000;

interface Answer {
  official: boolean;
  versions: Record<string, string>;
  at: number;
}

const versions = { pulumi: OFFICIAL_CLI, ...PROVIDERS };

function officialCli(home: string): string {
  return join(home, "versions", OFFICIAL_CLI, "bin", "pulumi");
}

export function officialInstalled(home: string): boolean {
  const cli = officialCli(home);
  return [
    cli,
    join(dirname(cli), "pulumi-language-nodejs"),
    ...Object.entries(PROVIDERS).map(([name, version]) =>
      join(home, "plugins", `resource-${name}-v${version}`, `pulumi-resource-${name}`),
    ),
  ].every((path) => existsSync(path));
}

function recall(note: string): Answer | undefined {
  try {
    const answer = JSON.parse(readFileSync(note, "utf8")) as Answer;
    const current = JSON.stringify(answer.versions) === JSON.stringify(versions);
    return current && Date.now() - answer.at < ASK_AGAIN_MS ? answer : undefined;
  } catch {
    return undefined; // never asked
  }
}

async function fetchText(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(REACH_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  return response.text();
}

async function download(home: string): Promise<void> {
  const cli = officialCli(home);
  if (!existsSync(cli)) {
    await installCLI(OFFICIAL_CLI, dirname(dirname(cli)), {
      fetchText,
      // Nothing of this may end in the output of the command that was typed.
      execScript: (script: string, args: string[]) => {
        execFileSync("/bin/sh", [script, ...args], { stdio: ["ignore", 2, 2], timeout: DOWNLOAD_TIMEOUT_MS });
      },
    });
  }
  const env = { ...process.env, PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const install = ([name, version]: [string, string]) =>
    promisify(execFile)(cli, ["plugin", "install", "resource", name, `v${version}`], {
      env,
      timeout: DOWNLOAD_TIMEOUT_MS,
    });
  await Promise.all(Object.entries(PROVIDERS).map(install));
}

/** Whether the official ones can be used here, after one try to get them. */
export async function officialAvailable(home: string, note: string, get = download): Promise<boolean> {
  if (officialInstalled(home)) return true;
  if (recall(note)?.official === false) return false;
  // Why it failed matters to nobody who didn't insist; who does sees the CLI's own message.
  const official = await get(home).then(
    () => officialInstalled(home),
    () => false,
  );
  mkdirSync(dirname(note), { recursive: true, mode: 0o700 });
  writeFileSync(note, JSON.stringify({ official, versions, at: Date.now() } satisfies Answer));
  return official;
}
