/** Image names: their parts and the registry they lead to. No I/O. */

export interface ImageName {
  /** With the registry, without tag and digest: `ghcr.io/acme/api`. */
  repository: string;
  tag: string | undefined;
  registry: string;
}

const DOCKER_HUB = "docker.io";

/** The name that Docker Hub's credentials are kept under. */
const HUB_SERVER = "https://index.docker.io/v1/";

/** Takes a name apart; one without a registry is a mistake, as nobody could tell where it is pushed. */
export function parseImageName(name: string): ImageName {
  const [plain = ""] = name.split("@", 1);
  const colon = plain.indexOf(":", plain.lastIndexOf("/") + 1);
  const repository = colon === -1 ? plain : plain.slice(0, colon);
  const [registry = ""] = repository.split("/", 1);
  const qualified = repository.includes("/") && (/[.:]/.test(registry) || registry === "localhost");
  if (!qualified || repository !== repository.toLowerCase()) {
    throw new Error(
      `"${name}": repository name must be canonical.\nThis resource requires all image names to be fully ` +
        "qualified.\nFor example, if you are attempting to push to Dockerhub, prefix your image name with " +
        "`docker.io`:\n\n`docker.io/repository/image:tag`",
    );
  }
  return { repository, tag: colon === -1 ? undefined : plain.slice(colon + 1), registry };
}

/** The key of a registry's credentials, in Docker's own files too. */
export function credentialServer(server: string): string {
  const host = server.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
  return [DOCKER_HUB, "index.docker.io", "registry-1.docker.io"].includes(host) ? HUB_SERVER : host;
}
