/**
 * Base images for machines that reach no public registry: made from Debian's packages, served by the node's
 * registry under the public names. Where a public registry answers, none of this happens.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Docker from "dockerode";
import { execa } from "execa";
import { makeRoot, RELEASE, upstreamVersion } from "./apt";
import { cached, hashOf, hashOfFolder, lookUp } from "./cache";
import { poll } from "./node";
import { cacheDir, checkoutDir, REGISTRY, stateFiles } from "./paths";
import { Problem } from "./problem";
import type { Report } from "./progress";
import { copyRepositories } from "./registry";
import { UNREAD_FILES } from "./root";

interface Image {
  /** Folder below local/images. */
  folder: string;
  repositories: string[];
  /** The package whose version is the image's. */
  package: string;
  tags: (version: string) => string[];
}

const minor = (version: string) => version.split(".").slice(0, 2).join(".");
const major = (version: string) => version.split(".").slice(0, 1).join(".");

/** What is served, and as what: tags of the true version only, and never `latest`. */
export const IMAGES: Image[] = [
  {
    folder: "python",
    repositories: ["library/python"],
    package: "python3.11",
    tags: (version) => [`${minor(version)}-slim`, `${version}-slim`],
  },
  {
    folder: "postgres",
    repositories: ["library/postgres"],
    package: "postgresql-15",
    tags: (version) => [major(version), version],
  },
  {
    folder: "redis",
    repositories: ["library/redis"],
    package: "redis-server",
    tags: (version) => [major(version), minor(version), version],
  },
  {
    folder: "nginx",
    repositories: ["library/nginx", "nginxinc/nginx-unprivileged"],
    package: "nginx-light",
    tags: (version) => [minor(version), version],
  },
];

const BASE = { repository: "library/debian", tags: ["12-slim", `${RELEASE}-slim`] };
const REPOSITORIES = [BASE.repository, ...IMAGES.flatMap((image) => image.repositories)];
const BASE_LABEL = "service-stack.base";
const CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt";
const ENGINE_TIMEOUT_MS = 360_000;
const PROBE_TIMEOUT_MS = 8_000;

export type Mode = "auto" | "local" | "public";

export function imageMode(): Mode {
  const mode = process.env.SERVICE_STACK_BASE_IMAGES || "auto";
  if (mode === "auto" || mode === "local" || mode === "public") return mode;
  throw new Problem(`SERVICE_STACK_BASE_IMAGES is "${mode}"; it can be auto, local or public.`);
}

function baseKey(): string {
  // The bundle is part of the image: package installs in builds need the authorities that this machine trusts.
  const bundle = existsSync(CA_BUNDLE) ? readFileSync(CA_BUNDLE, "utf8") : "";
  return `debian-${hashOf(RELEASE, UNREAD_FILES, bundle, process.arch)}`;
}

function setKey(): string {
  return hashOf(
    baseKey(),
    hashOfFolder(join(checkoutDir, "local", "images")),
    REPOSITORIES,
    String(IMAGES.map((image) => image.tags)),
  );
}

/** What this node's registry was given: a set's key, or the word public. */
function provided(state: string): string | undefined {
  const file = stateFiles(state).images;
  return existsSync(file)
    ? (JSON.parse(readFileSync(file, "utf8")) as { provided: string }).provided
    : undefined;
}

/** Whether nothing is left to do for base images in this state folder. */
export function imagesDone(state: string): boolean {
  const mode = imageMode();
  const now = provided(state);
  if (mode === "public") return now === "public";
  return now === setKey() || (mode === "auto" && now === "public");
}

/** Whether the images will have to be built, as far as can be told before the node runs. */
export function imagesMissing(): boolean {
  return imageMode() !== "public" && lookUp("images", setKey()) === undefined;
}

/** Debian's root filesystem as a tar file, the ground of all the others. */
export async function ensureBase(report: Report): Promise<string> {
  const logs = join(cacheDir(), "logs");
  mkdirSync(logs, { recursive: true });
  const hooks = [
    ...(existsSync(CA_BUNDLE) ? [`cp ${CA_BUNDLE} "$1${CA_BUNDLE}"`] : []),
    // The image has the key in apt's own folder; a path of this machine would mean nothing there.
    'find "$1/etc/apt" -name "*.list" -exec sed -i "s/\\[signed-by=[^]]*\\] //" {} +',
    'printf "APT::Install-Recommends \\"false\\";\\n" > "$1/etc/apt/apt.conf.d/90slim"',
  ];
  const make = (folder: string) =>
    makeRoot(
      join(folder, "root.tar"),
      {
        packages: ["ca-certificates"],
        exclude: UNREAD_FILES,
        extra: hooks.map((hook) => `--customize-hook=${hook}`),
        log: join(logs, "debian-image.log"),
      },
      report,
    );
  const wait = () => report("another checkout makes the same; waiting for it");
  return join(await cached("root", baseKey(), make, wait), "root.tar");
}

function engine(state: string): Docker {
  return new Docker({ socketPath: stateFiles(state).dockerSocket });
}

/** Follows a build, pull or push to its end; its errors come as events of the stream, not as a status. */
async function follow(docker: Docker, stream: NodeJS.ReadableStream, what: string): Promise<void> {
  const lines: string[] = [];
  let failure: string | undefined;
  await new Promise<void>((resolve, reject) => {
    const end = (error: Error | null) => (error ? reject(error) : resolve());
    docker.modem.followProgress(stream, end, (event: { stream?: string; error?: string }) => {
      if (event.stream) lines.push(event.stream.trimEnd());
      failure ??= event.error;
    });
  });
  if (failure === undefined) return;
  const log = join(cacheDir(), "logs", "images.log");
  writeFileSync(log, lines.join("\n"));
  throw new Problem(`${what} failed: ${failure}`, { log });
}

/** Whether the node's engine reaches a public registry: it is asked for a name that no local registry has. */
async function publicAnswers(docker: Docker): Promise<boolean> {
  const asked = docker.getImage("hello-world:linux").distribution();
  const late = new Promise<undefined>((resolve) =>
    setTimeout(() => resolve(undefined), PROBE_TIMEOUT_MS).unref(),
  );
  return (await Promise.race([asked.catch(() => undefined), late])) !== undefined;
}

async function push(docker: Docker, image: string, repository: string, tag: string): Promise<void> {
  const repo = `${REGISTRY}/${repository}`;
  await docker.getImage(image).tag({ repo, tag });
  const stream = await docker.getImage(`${repo}:${tag}`).push({ authconfig: { serveraddress: REGISTRY } });
  await follow(docker, stream, `Pushing ${repository}:${tag}`);
}

/** The version of a package inside an image, read out of a container that never runs. */
async function versionIn(docker: Docker, image: string, name: string): Promise<string> {
  const container = await docker.createContainer({ Image: image, Cmd: ["true"] });
  try {
    const archive = await container.getArchive({ path: "/var/lib/dpkg/status" });
    const { stdout } = await execa("tar", ["-xO"], { input: archive as never });
    const version = upstreamVersion(stdout, name);
    if (!version) throw new Error(`${image} has no package ${name}`);
    return version;
  } finally {
    await container.remove({ force: true });
  }
}

async function buildImage(
  docker: Docker,
  folder: string,
  tag: string,
  labels: Record<string, string>,
): Promise<void> {
  const context = join(checkoutDir, "local", "images", folder);
  // The host's network, because names resolve nowhere else in a build.
  const options = { t: tag, networkmode: "host", labels, rm: true, forcerm: true };
  const stream = await docker.buildImage({ context, src: readdirSync(context) }, options);
  await follow(docker, stream, `Building ${folder}`);
}

/** Debian as an image; kept where a killed run had it already, as the engine's build cache hangs on it. */
async function importBase(docker: Docker, report: Report): Promise<string> {
  const name = `debian:${BASE.tags[0]}`;
  const file = await ensureBase(report);
  const there = await docker
    .getImage(name)
    .inspect()
    .catch(() => undefined);
  if (there?.Config?.Labels?.[BASE_LABEL] === baseKey()) return name;
  report("importing Debian");
  const changes = [
    'CMD ["bash"]',
    'LABEL org.opencontainers.image.title="debian"',
    'LABEL org.opencontainers.image.description="Debian\'s packages, made by the local platform of pulumi-service-stack"',
    'LABEL org.opencontainers.image.vendor="made locally, not published"',
    `LABEL ${BASE_LABEL}=${baseKey()}`,
  ];
  await follow(
    docker,
    await docker.importImage(file, { repo: "debian", tag: BASE.tags[0], changes }),
    "Importing Debian",
  );
  return name;
}

async function buildAll(docker: Docker, report: Report): Promise<void> {
  const base = await importBase(docker, report);
  for (const tag of BASE.tags) await push(docker, base, BASE.repository, tag);
  for (const [index, image] of IMAGES.entries()) {
    const name = `service-stack-base/${image.folder}`;
    report(`${image.folder} (${index + 1} of ${IMAGES.length})`);
    await buildImage(docker, image.folder, name, {});
    const version = await versionIn(docker, name, image.package);
    // Again, from the engine's own cache, now that the version is known.
    await buildImage(docker, image.folder, name, { "org.opencontainers.image.version": version });
    for (const repository of image.repositories) {
      for (const tag of image.tags(version)) await push(docker, name, repository, tag);
    }
  }
}

/** Gives the node's registry the base images, unless a public registry answers in their place. */
export async function ensureImages(state: string, report: Report): Promise<string> {
  if (imagesDone(state)) return "there already";
  const files = stateFiles(state);
  const docker = engine(state);
  report("waiting for the image builder");
  const answered = await poll(
    () =>
      docker.ping().then(
        () => true,
        () => undefined,
      ),
    ENGINE_TIMEOUT_MS,
  );
  if (!answered)
    throw new Problem("The node's Docker engine does not answer.", { log: join(files.logs, "dockerd.log") });
  const mode = imageMode();
  const done = (value: string) => writeFileSync(files.images, `${JSON.stringify({ provided: value })}\n`);
  const registry = join(state, "registry");
  report("asking whether a public registry answers");
  if (mode === "public" || (mode === "auto" && (await publicAnswers(docker)))) {
    for (const repository of REPOSITORIES) {
      rmSync(join(registry, "docker", "registry", "v2", "repositories", repository), {
        recursive: true,
        force: true,
      });
    }
    done("public");
    return "from the public registry";
  }
  const key = setKey();
  let origin = "from the cache";
  const entry = await cached(
    "images",
    key,
    async (folder) => {
      origin = "built from Debian's packages";
      await buildAll(docker, report);
      copyRepositories(registry, folder, REPOSITORIES);
    },
    () => report("another checkout builds the same; waiting for it"),
  );
  if (origin === "from the cache") copyRepositories(entry, registry, REPOSITORIES);
  done(key);
  return origin;
}
