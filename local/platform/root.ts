/**
 * The node's root filesystem: Debian with the packages that the node runs. It is never written to: each
 * node lays an overlay of its own over it. How the parts are configured is decided in `local/node`.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { makeRoot, RELEASE } from "./apt";
import { cached, hashOf } from "./cache";
import { cacheDir } from "./paths";
import type { Report } from "./progress";

/** What `node init` expects to find in its root, by Debian's names. */
const PACKAGES = [
  ...["containerd", "runc", "containernetworking-plugins", "docker.io", "docker-registry"],
  ...["slirp4netns", "iproute2", "iptables", "conntrack", "procps", "kmod", "mount", "util-linux"],
  ...["e2fsprogs", "util-linux-extra", "ca-certificates", "tzdata"],
];

/** Files of packages that nothing in a container or a node ever reads. */
export const UNREAD_FILES = [
  ...["/usr/share/doc/*", "/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*"],
  ...["/usr/share/lintian/*", "/usr/share/bug/*"],
];

/** Names the root filesystem; it changes when a new one is due. */
export function rootKey(): string {
  return `node-${hashOf(RELEASE, PACKAGES, UNREAD_FILES, process.arch)}`;
}

/** The path of the root filesystem, made where it is missing. */
export async function ensureRoot(report: Report): Promise<string> {
  const logs = join(cacheDir(), "logs");
  mkdirSync(logs, { recursive: true });
  const make = (folder: string) =>
    makeRoot(
      join(folder, "root"),
      { packages: PACKAGES, exclude: UNREAD_FILES, log: join(logs, "node-root.log") },
      report,
    );
  const wait = () => report("another checkout makes the same; waiting for it");
  return join(await cached("root", rootKey(), make, wait), "root");
}
