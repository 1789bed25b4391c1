/**
 * The files of the node's registry, to keep pushed base images in the cache and to put them back into
 * another node without pushing. It knows the registry's layout on disk (blobs by digest, and a folder of
 * links for each repository), nothing of how images are made.
 */
import { copyFileSync, cpSync, existsSync, linkSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

const V2 = join("docker", "registry", "v2");

/** Digests that a repository refers to: its manifests, configurations and layers. */
function digests(repository: string): string[] {
  const folders = [join("_layers", "sha256"), join("_manifests", "revisions", "sha256")];
  return folders.flatMap((folder) => {
    const path = join(repository, folder);
    return existsSync(path) ? readdirSync(path) : [];
  });
}

/** Blobs never change once they are there, so a link is as good as a copy, and free. */
function share(from: string, to: string): void {
  if (existsSync(to)) return;
  mkdirSync(dirname(to), { recursive: true });
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to); // another file system
  }
}

/** Copies repositories, with all that they refer to, from one registry's folder into another's. */
export function copyRepositories(from: string, to: string, repositories: string[]): void {
  for (const repository of repositories) {
    const source = join(from, V2, "repositories", repository);
    const target = join(to, V2, "repositories", repository);
    for (const digest of digests(source)) {
      const blob = join(V2, "blobs", "sha256", digest.slice(0, 2), digest, "data");
      share(join(from, blob), join(to, blob));
    }
    // The links last: whoever sees a tag finds all that it needs. Uploads are of no use elsewhere.
    rmSync(target, { recursive: true, force: true });
    cpSync(source, target, { recursive: true, filter: (path) => !path.endsWith("_uploads") });
  }
}
