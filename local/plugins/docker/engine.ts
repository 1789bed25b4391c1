/**
 * Building and pushing on a Docker engine. What to build is decided in `inputs.ts`, when by `provider.ts`;
 * the user's own images and containers are never touched.
 */
import { relative } from "node:path";
import type Dockerode from "dockerode";
import { archive } from "./context";
import { ownCredentials, pushCredentials } from "./credentials";
import type { ImageInputs } from "./inputs";
import { parseImageName } from "./names";

export interface Listener {
  status(line: string): void;
  /** A line that stays. */
  note(line: string): void;
  cancelled: AbortSignal;
}

interface Message {
  stream?: string;
  status?: string;
  progress?: string;
  error?: string;
  errorDetail?: { code?: number; message?: string };
  aux?: { ID?: string; Digest?: string };
}

/** Loaded at the first build only: it takes as long as everything else together, and most runs build nothing. */
async function connect(): Promise<Dockerode> {
  const { default: Docker } = await import("dockerode");
  const docker = new Docker();
  try {
    await docker.ping();
  } catch (error) {
    const host = process.env.DOCKER_HOST || "unix:///var/run/docker.sock";
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`can't reach a Docker engine at ${host} (${why}); is it running?`);
  }
  return docker;
}

/** The classic builder's words for a failed command, in those that the official provider's users see. */
export function translate(message: string): string {
  const failed = message.match(/^The command '(.*)' returned a non-zero code: (\d+)$/s);
  return failed ? `executor failed running [${failed[1]}]: exit code: ${failed[2]}` : message;
}

async function* messagesOf(stream: NodeJS.ReadableStream): AsyncGenerator<Message> {
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + chunk.toString()).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") yield JSON.parse(line) as Message;
  }
  if (rest.trim() !== "") yield JSON.parse(rest) as Message;
}

/** Follows an operation to its end and gives what it said last of itself. */
async function follow(stream: NodeJS.ReadableStream, listener: Listener): Promise<Message["aux"]> {
  let aux: Message["aux"];
  for await (const message of messagesOf(stream)) {
    if (message.error) throw new Error(translate(message.errorDetail?.message ?? message.error));
    // Not the bars: there is one for each layer, many times a second, and a log keeps every one of them.
    const line = (message.stream ?? (message.progress ? "" : message.status) ?? "").trim();
    if (line !== "") listener.status(line);
    if (message.aux) aux = { ...aux, ...message.aux };
  }
  return aux;
}

function explained(what: string) {
  return (error: unknown): never => {
    throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  };
}

/** Fetches the images that layers are taken from; one that isn't there costs time, and nothing else. */
async function pullCaches(docker: Dockerode, image: ImageInputs, listener: Listener): Promise<void> {
  const authconfig = pushCredentials(image);
  for (const name of image.build.cacheFrom?.images ?? []) {
    listener.status(`Pulling cached image ${name}`);
    try {
      const stream = await docker.pull(name, { authconfig, abortSignal: listener.cancelled });
      await follow(stream, listener);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      listener.note(`cacheFrom image ${name} not available: error pulling cached image ${name}: ${why}`);
    }
  }
}

async function build(docker: Dockerode, image: ImageInputs, listener: Listener): Promise<string> {
  const { context, dockerfile, args, platform, target, network, addHosts, cacheFrom } = image.build;
  const sources = archive(context, dockerfile);
  const credentials = ownCredentials();
  if (!image.skipPush) {
    const own = pushCredentials(image);
    credentials[own.serveraddress] = own;
  }
  await pullCaches(docker, image, listener);
  const stream = await docker
    .buildImage(sources.stream as NodeJS.ReadableStream, {
      t: image.imageName,
      dockerfile: sources.dockerfile,
      buildargs: args,
      registryconfig: credentials,
      abortSignal: listener.cancelled,
      rm: true, // the containers of the steps, which the classic builder would leave behind
      forcerm: true,
      ...(platform ? { platform } : {}),
      ...(target ? { target } : {}),
      ...(network ? { networkmode: network } : {}),
      ...(addHosts?.length ? { extrahosts: addHosts.join(",") } : {}),
      ...(cacheFrom?.images?.length ? { cachefrom: JSON.stringify(cacheFrom.images) } : {}),
    })
    .catch(explained("error building image"));
  const aux = await follow(stream, listener).catch(explained("error reading build output"));
  if (!aux?.ID) throw new Error("no image id found in build output");
  return aux.ID;
}

async function push(docker: Dockerode, image: ImageInputs, listener: Listener): Promise<string> {
  const { repository, tag } = parseImageName(image.imageName);
  listener.status("Pushing Image to the registry");
  const stream = await docker
    .getImage(repository)
    .push({ tag: tag ?? "latest", authconfig: pushCredentials(image), abortSignal: listener.cancelled })
    .catch(explained("error pushing image"));
  const aux = await follow(stream, listener).catch(explained("error reading push output"));
  if (!aux?.Digest) throw new Error(`the registry gave no digest for ${image.imageName}`);
  return `${repository}@${aux.Digest}`;
}

/** Builds, and pushes unless told not to; gives the reference to use. */
export async function make(image: ImageInputs, local: boolean, listener: Listener): Promise<string> {
  const docker = await connect();
  listener.status("Starting Docker build");
  const id = await build(docker, image, listener);
  return local ? id : push(docker, image, listener);
}

/** The Dockerfile's path as the outputs name it. */
export function dockerfileInContext(image: ImageInputs): string {
  return relative(image.build.context, image.build.dockerfile);
}
