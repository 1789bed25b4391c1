/**
 * A build's context: which files belong to it, a digest that tells whether they changed, and the archive
 * that a Docker engine takes. The digest is made as the official provider makes it (content and mode, never
 * time), so that a state moved from one to the other rebuilds nothing.
 */
import { createHash } from "node:crypto";
import {
  type Dirent,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  realpathSync,
  type Stats,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Readable } from "node:stream";
import ignore from "@balena/dockerignore";
import { type PackOptions, pack } from "tar-fs";

const S_ISUID = 0o4000;
const S_ISGID = 0o2000;
const S_ISVTX = 0o1000;

/** The patterns that apply: those of `<Dockerfile>.dockerignore`, else those of the context's .dockerignore. */
export function ignoreFile(context: string, dockerfile: string): string | undefined {
  return [`${dockerfile}.dockerignore`, join(context, ".dockerignore")].find((path) => existsSync(path));
}

interface Filter {
  ignores(path: string): boolean;
  /** Whether a pattern may bring back something below an ignored folder. */
  exceptions: boolean;
}

function filterOf(context: string, dockerfile: string): Filter {
  const file = ignoreFile(context, dockerfile);
  const text = file ? readFileSync(file, "utf8") : "";
  const rules = ignore().add(text);
  return { ignores: (path) => rules.ignores(path), exceptions: /^\s*!/m.test(text) };
}

function byName(left: Dirent, right: Dirent): number {
  return Buffer.compare(Buffer.from(left.name), Buffer.from(right.name));
}

interface Entry {
  path: string;
  folder: boolean;
}

/** The context's entries below a folder, in the order of their names, an ignored folder only for what is in it. */
function entriesBelow(root: string, folder: string, filter: Filter): Entry[] {
  const found = readdirSync(join(root, folder), { withFileTypes: true }).sort(byName);
  return found.flatMap((entry) => {
    const path = join(folder, entry.name);
    const ignored = filter.ignores(path);
    if (!entry.isDirectory()) return ignored ? [] : [{ path, folder: false }];
    if (ignored && !filter.exceptions) return [];
    const below = entriesBelow(root, path, filter);
    return ignored && below.length === 0 ? [] : [{ path, folder: true }, ...below];
  });
}

function entriesOf(context: string, dockerfile: string): Entry[] {
  return entriesBelow(context, "", filterOf(context, dockerfile));
}

/** The files that a build gets to see, by the ignore file's own rules. */
export function filesOf(context: string, dockerfile: string): string[] {
  return entriesOf(context, dockerfile)
    .filter((entry) => !entry.folder)
    .map((entry) => entry.path);
}

/** A mode as Go prints it, which the official digest is made of: `-rw-r--r--`, `Lrwxrwxrwx`. */
function goMode(stats: Stats): string {
  const special = [
    ...(stats.isSymbolicLink() ? ["L"] : []),
    ...(stats.isFIFO() ? ["p"] : []),
    ...(stats.isSocket() ? ["S"] : []),
    ...(stats.mode & S_ISUID ? ["u"] : []),
    ...(stats.mode & S_ISGID ? ["g"] : []),
    ...(stats.mode & S_ISVTX ? ["t"] : []),
  ].join("");
  const bits = [...(stats.mode & 0o777).toString(2).padStart(9, "0")];
  return (special || "-") + bits.map((bit, index) => (bit === "1" ? "rwx".charAt(index % 3) : "-")).join("");
}

function sha256(content: string | Buffer): Buffer {
  return createHash("sha256").update(content).digest();
}

function contentOf(path: string, stats: Stats): Buffer {
  if (stats.isSymbolicLink()) return sha256(realpathSync(path));
  return stats.isFile() ? sha256(readFileSync(path)) : sha256("");
}

/** Changes with the Dockerfile, and with the name, mode or content of any file of the context. */
export function contextDigest(context: string, dockerfile: string): string {
  const digest = createHash("sha256");
  const add = (name: string, mode: string, content: Buffer) =>
    digest.update(name).update(mode).update(content).update("\0");
  // Always under the same name: its own may lie outside of the context.
  add("Dockerfile", "----------", sha256(readFileSync(dockerfile)));
  for (const file of filesOf(context, dockerfile)) {
    const path = join(context, file);
    const stats = lstatSync(path);
    add(file, goMode(stats), contentOf(path, stats));
  }
  return digest.digest("hex");
}

export interface Archive {
  stream: Readable;
  /** The Dockerfile's name inside the archive. */
  dockerfile: string;
}

/** A path and every folder above it. */
function withParents(path: string): string[] {
  const parent = dirname(path);
  return parent === "." || parent === "/" ? [path] : [...withParents(parent), path];
}

/** The context as an archive, everything owned by root as the official one does. */
export function archive(context: string, dockerfile: string): Archive {
  const inside = relative(context, dockerfile);
  const outside = inside.startsWith("../");
  const name = outside ? `.dockerfile.${sha256(dockerfile).toString("hex").slice(0, 20)}` : inside;
  // Ignored or not, the engine needs the two; a build that copies everything gets them, as with `docker build`.
  const own = [...(outside ? [] : withParents(inside)), ".dockerignore"];
  const wanted = new Set([...entriesOf(context, dockerfile).map((entry) => entry.path), ...own]);
  const options: PackOptions & { umask: number } = {
    ignore: (path) => !wanted.has(relative(context, path)),
    map: (header) => ({ ...header, uid: 0, gid: 0 }),
    umask: 0, // or this process' umask would change the modes
    finalize: !outside,
  };
  if (outside) {
    options.finish = (sink) => {
      sink.entry({ name }, readFileSync(dockerfile));
      sink.finalize();
    };
  }
  return { stream: pack(context, options) as unknown as Readable, dockerfile: name };
}
