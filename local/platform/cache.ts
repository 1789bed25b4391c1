/**
 * The cache of what is expensive to make: each entry is a folder named after a hash of what it is made
 * from, complete or absent, made by one process at a time. What goes into an entry is its maker's affair.
 */
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";
import { withLock } from "./lock";
import { cacheDir } from "./paths";

const UNUSED_DAYS = 30;

/** A short key for a set of inputs; the order of the inputs counts. */
export function hashOf(...inputs: unknown[]): string {
  return createHash("sha256").update(JSON.stringify(inputs)).digest("hex").slice(0, 16);
}

/** A hash of the names and contents of the files below a folder, without the files and folders that `skip` names. */
export function hashOfFolder(root: string, skip: (path: string) => boolean = () => false): string {
  const hash = createHash("sha256");
  const visit = (relative: string) => {
    const entries = readdirSync(join(root, relative), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(relative, entry.name);
      if (skip(join(root, path))) continue;
      if (entry.isDirectory()) visit(path);
      else if (entry.isFile()) {
        const content = readFileSync(join(root, path));
        hash.update(`${path}\0${content.length}\0`).update(content);
      }
    }
  };
  visit("");
  return hash.digest("hex").slice(0, 16);
}

/** Folders that some process has as a layer of an overlay: a running node's root must not vanish below it. */
function foldersInUse(): string {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/mountinfo`, "utf8");
      } catch {
        return ""; // ended meanwhile
      }
    })
    .join("");
}

function removeUnused(kind: string): void {
  const oldest = Date.now() - UNUSED_DAYS * 24 * 3600 * 1000;
  const folder = join(cacheDir(), kind);
  const old = readdirSync(folder).filter((name) => statSync(join(folder, name)).mtimeMs < oldest);
  if (old.length === 0) return;
  const inUse = foldersInUse();
  for (const name of old) {
    if (!inUse.includes(join(folder, name))) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** The path of an entry that is there and whole, or undefined. Marks it as used. */
export function lookUp(kind: string, key: string): string | undefined {
  const entry = join(cacheDir(), kind, key);
  if (!existsSync(entry)) return undefined;
  utimesSync(entry, new Date(), new Date());
  return entry;
}

/**
 * The path of an entry, made by `make` in an empty folder where it is missing. The folder gets its name
 * only when `make` has ended well, so a killed run leaves nothing that looks whole.
 */
export async function cached(
  kind: string,
  key: string,
  make: (folder: string) => Promise<void>,
  onWait?: () => void,
): Promise<string> {
  const found = lookUp(kind, key);
  if (found) return found;
  const lock = join(cacheDir(), "locks", `${kind}-${key}`);
  return withLock(
    lock,
    async () => {
      const made = lookUp(kind, key);
      if (made) return made;
      const entry = join(cacheDir(), kind, key);
      const partial = `${entry}.partial`;
      rmSync(partial, { recursive: true, force: true }); // a killed run's: we hold the lock
      mkdirSync(partial, { recursive: true });
      await make(partial);
      renameSync(partial, entry);
      lookUp(kind, key); // what was unpacked may have brought a folder's date along
      removeUnused(kind);
      return entry;
    },
    onWait,
  );
}
