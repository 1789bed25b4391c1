/**
 * Debian's packages without touching the host's own package state: lists of its own, packages unpacked
 * into the cache, root filesystems made by mmdebstrap. Which packages go where is decided by the callers.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { cached, hashOf } from "./cache";
import { withLock } from "./lock";
import { cacheDir } from "./paths";
import { Problem } from "./problem";
import type { Report } from "./progress";

/** The release that root filesystems and images are made from. */
export const RELEASE = "bookworm";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** Options that point apt at folders of ours; its sources stay the host's. */
function aptOptions(): string[] {
  const own = join(cacheDir(), "apt");
  mkdirSync(join(own, "lists", "partial"), { recursive: true });
  mkdirSync(join(own, "cache", "archives", "partial"), { recursive: true });
  return [
    ...["-o", `Dir::State::lists=${join(own, "lists")}`, "-o", `Dir::Cache=${join(own, "cache")}`],
    ...["-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=3"],
    ...["-o", "APT::Update::Post-Invoke=", "-o", "APT::Update::Post-Invoke-Success="],
  ];
}

async function updateLists(): Promise<void> {
  const options = aptOptions();
  // A third source of the host that does not answer must not matter, so the exit code does not decide. One at a
  // time: apt does not wait for another run on the same lists, and two root filesystems are made side by side.
  const update = await withLock(join(cacheDir(), "locks", "apt-lists"), () =>
    execa("apt-get", [...options, "update"], { reject: false, all: true }),
  );
  const lists = readdirSync(join(cacheDir(), "apt", "lists"));
  if (!lists.some((name) => name.includes("_Packages"))) {
    throw new Problem(`apt-get update brought no package lists:\n${update.all}`);
  }
}

/** The host's own lines for Debian's release, so that a mirror near the user is used; none on other systems. */
async function sourceLines(): Promise<string[]> {
  const format = "$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)";
  const targets = ["indextargets", "--format", format, "Created-By: Packages"];
  const { stdout } = await execa("apt-get", [...aptOptions(), ...targets]);
  const lines = stdout.split("\n").flatMap((line) => {
    const [origin, uri, release, component] = line.split("|");
    if (origin !== "Debian" || !release?.startsWith(RELEASE)) return [];
    return `deb [signed-by=${KEYRING}] ${uri} ${release} ${component}`;
  });
  return [...new Set(lines)];
}

/** A package's files in the cache, unpacked and not installed. */
async function unpacked(name: string): Promise<string> {
  const day = new Date().toISOString().slice(0, 7); // once a month is fresh enough for a tool
  return cached("tools", `${name}-${hashOf(name, day)}`, async (folder) => {
    await updateLists();
    await execa("apt-get", [...aptOptions(), "download", name], { cwd: folder });
    const deb = readdirSync(folder).find((file) => file.endsWith(".deb"));
    if (!deb) throw new Problem(`apt-get download ${name} brought no package`);
    await execa("dpkg-deb", ["-x", deb, "."], { cwd: folder });
  });
}

async function mmdebstrap(): Promise<{ command: string; keyring: string }> {
  const installed = "/usr/bin/mmdebstrap";
  const command = existsSync(installed) ? installed : join(await unpacked("mmdebstrap"), installed);
  const keyring = existsSync(KEYRING) ? KEYRING : join(await unpacked("debian-archive-keyring"), KEYRING);
  return { command, keyring };
}

export interface RootOptions {
  packages: string[];
  /** Patterns of files that dpkg leaves out. */
  exclude?: string[];
  /** Further options of mmdebstrap: hooks, say. */
  extra?: string[];
  log: string;
}

/** Makes a root filesystem, as a folder or, where the target's name ends so, a tar file. */
export async function makeRoot(target: string, options: RootOptions, report: Report): Promise<void> {
  await updateLists();
  const { command, keyring } = await mmdebstrap();
  const lines = await sourceLines();
  const sources = `${target}.list`;
  writeFileSync(sources, lines.map((line) => `${line.replace(KEYRING, keyring)}\n`).join(""));
  const args = [
    ...["--mode=root", "--variant=minbase", `--keyring=${keyring}`, '--aptopt=Acquire::Retries "3"'],
    // A root that is lost by a crash is made again, so nothing has to be on disk at once.
    "--dpkgopt=force-unsafe-io",
    ...(options.packages.length > 0 ? [`--include=${options.packages.join(",")}`] : []),
    ...(options.exclude ?? []).map((pattern) => `--dpkgopt=path-exclude=${pattern}`),
    ...(options.extra ?? []),
    ...[RELEASE, target],
    ...(lines.length > 0 ? [sources] : []),
  ];
  // Namespaces of its own, so that what a killed run has mounted or started goes with it; and it goes with us.
  const isolation = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const run = execa("setpriv", ["--pdeathsig", "TERM", ...isolation, command, ...args], {
    reject: false,
    all: true,
    env: { LC_ALL: "C.UTF-8" },
  });
  const output: string[] = [];
  for await (const line of run.iterable({ from: "all" })) {
    output.push(line);
    if (line.startsWith("I: ")) report(line.slice(3));
  }
  const { exitCode } = await run;
  writeFileSync(options.log, output.join("\n"));
  if (exitCode !== 0) throw new Problem("mmdebstrap could not make a root filesystem", { log: options.log });
}

/** The version of a package in a dpkg status file, without epoch and Debian's revision: `15.13`. */
export function upstreamVersion(status: string, name: string): string | undefined {
  const record = status.split("\n\n").find((text) => text.startsWith(`Package: ${name}\n`));
  const version = record?.match(/^Version: (?:\d+:)?([^\n]+)$/m)?.[1];
  return version?.replace(/-[^-]*$/, "").replace(/\+dfsg.*$/, "");
}

/** Whether package tools are there at all: apt, dpkg, and Perl with the modules of its distribution. */
export async function hasApt(): Promise<boolean> {
  if (!existsSync("/usr/bin/apt-get") || !existsSync("/usr/bin/dpkg-deb")) return false;
  const { exitCode } = await execa("perl", ["-MPod::Usage", "-e", 'require "syscall.ph"'], { reject: false });
  return exitCode === 0;
}
