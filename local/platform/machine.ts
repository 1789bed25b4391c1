/**
 * Whether this machine can run the embedded node, and what to do where it can't. It only looks.
 */
import {
  accessSync,
  constants,
  readdirSync,
  readFileSync,
  readlinkSync,
  statfsSync,
  statSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { hasApt } from "./apt";

const ELSEWHERE =
  "Or use a cluster of your own: create one with `kind create cluster`, `k3d cluster create` or " +
  "`minikube start`, then name its context: `pulumi config set kubernetes:context <name> -s dev`, " +
  "or set SERVICE_STACK_CONTEXT=<name>. Nothing of the embedded node is started then.";

const OLDEST_GO = [1, 24] as const;

function onPath(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** What keeps a Go toolchain from being used, given the output of `go env GOVERSION`. */
export function goProblem(version: string | undefined): string | undefined {
  const wanted = OLDEST_GO.join(".");
  if (version === undefined) {
    return `Go ${wanted} or newer is not on PATH: install it (https://go.dev/doc/install, or your system's package of that version) and run again.`;
  }
  const [, major, minor] = version.match(/^go(\d+)\.(\d+)/) ?? [];
  // A version that isn't a release (devel …) is its owner's business.
  if (major === undefined || minor === undefined) return undefined;
  const older =
    Number(major) < OLDEST_GO[0] || (Number(major) === OLDEST_GO[0] && Number(minor) < OLDEST_GO[1]);
  return older ? `Go on PATH is ${version}, but ${wanted} or newer is needed.` : undefined;
}

/** A node with a small stack has 26 open. */
const INOTIFY_NEEDED = 32;

/** What keeps the node from watching files: the kubelet dies then with "too many open files". `open` are what the links in
 * /proc/<pid>/fd of the user's processes lead to. */
export function inotifyProblem(limit: number, open: readonly string[]): string | undefined {
  const used = open.filter((target) => target === "anon_inode:inotify").length;
  if (used + INOTIFY_NEEDED <= limit) return undefined;
  return `${used} of ${limit} inotify instances are in use, and the node needs ${INOTIFY_NEEDED}: sysctl fs.inotify.max_user_instances=1024`;
}

/** What the open files of all processes of this user lead to. */
function openFiles(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => unlessGone(() => statSync(`/proc/${pid}`).uid) === process.getuid?.())
    .flatMap((pid) =>
      (unlessGone(() => readdirSync(`/proc/${pid}/fd`)) ?? []).map((fd) => `/proc/${pid}/fd/${fd}`),
    )
    .flatMap((link) => unlessGone(() => readlinkSync(link)) ?? []);
}

/** What is read of a process, which may end at any moment. */
function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function inotifyLimit(): number {
  try {
    return Number(readFileSync("/proc/sys/fs/inotify/max_user_instances", "utf8"));
  } catch {
    return Number.POSITIVE_INFINITY; // Not every kernel says.
  }
}

/** All that is missing on this machine, each as a sentence that says what to do; empty when nothing is. */
export async function missing(state: string, needsBuild: boolean): Promise<string[]> {
  const problems: string[] = [];
  if (process.platform !== "linux")
    problems.push(`The embedded node needs Linux; this is ${process.platform}.`);
  else if (process.getuid?.() !== 0) {
    problems.push(
      "The embedded node needs root (namespaces, mounts): run it with sudo, or in a container or VM.",
    );
  }
  if (process.platform === "linux" && needsBuild) {
    if (!(await hasApt())) {
      problems.push(
        "The node is made of Debian's packages: apt-get, dpkg-deb and perl (not perl-base alone) are needed.",
      );
    }
    const go = onPath("go") ? (await execa("go", ["env", "GOVERSION"])).stdout : undefined;
    const problem = goProblem(go);
    if (problem) problems.push(problem);
  }
  if (process.platform === "linux") {
    for (const tool of ["flock", "unshare", "setpriv"]) {
      if (!onPath(tool)) problems.push(`${tool} is missing: install your system's package util-linux.`);
    }
    const inotify = inotifyProblem(inotifyLimit(), openFiles());
    if (inotify) problems.push(inotify);
    const disk = statfsSync(state);
    const free = (disk.bavail * disk.bsize) / 2 ** 30;
    if (free < 5)
      problems.push(`Only ${free.toFixed(1)} GiB are free in ${state}; the node needs 5 GiB, better 20.`);
    const kilobytes = Number(
      readFileSync("/proc/meminfo", "utf8").match(/^MemAvailable:\s+(\d+)/m)?.[1] ?? 0,
    );
    if (kilobytes > 0 && kilobytes < 2 * 2 ** 20) {
      problems.push(
        `Only ${(kilobytes / 2 ** 20).toFixed(1)} GiB of memory are available; the node needs 2 GiB.`,
      );
    }
  }
  return problems.length > 0 ? [...problems, ELSEWHERE] : [];
}
