/**
 * The arguments of `docker.Image`: defaults, and what is wrong with them. Values may be unknown in a preview
 * and secret at any time; both stay as they are.
 */
import { existsSync } from "node:fs";
import { posix } from "node:path";
import { hasUnknown, isObject, isSecret, type Properties, reveal, secret } from "../values";
import { contextDigest } from "./context";
import { parseImageName } from "./names";

/** A build, every value known and plain. */
export interface Build {
  context: string;
  dockerfile: string;
  args: Record<string, string>;
  target?: string;
  platform?: string;
  network?: string;
  addHosts?: string[];
  cacheFrom?: { images?: string[] };
}

/** What is built and where it goes, every value known and plain. */
export interface ImageInputs {
  imageName: string;
  build: Build;
  skipPush: boolean;
  registry: { server?: string; username?: string; password?: string };
}

export function hostPlatform(): string {
  return `linux/${process.arch === "x64" ? "amd64" : process.arch}`;
}

/** Both builders have the same Dockerfiles; the engine of the local platform has the classic one only. */
const BUILDERS = ["BuilderV1", "BuilderBuildKit"];

function checkBuilder(version: unknown): void {
  if (version === undefined || hasUnknown(version) || BUILDERS.includes(String(version))) return;
  throw new Error("invalid Docker Builder version");
}

function cachedImages(build: Properties): string[] {
  const { cacheFrom } = build;
  if (!isObject(cacheFrom)) return [];
  if (!("images" in cacheFrom)) throw new Error("cacheFrom requires an `images` field");
  if (hasUnknown(cacheFrom.images)) return [];
  if (!Array.isArray(cacheFrom.images)) throw new Error("the `images` field must be a list of strings");
  return cacheFrom.images.map(String);
}

function checkDockerfile(context: string, dockerfile: string): void {
  if (existsSync(dockerfile)) return;
  const below = posix.join(context, dockerfile);
  const hint = existsSync(below) ? `. Try setting \`dockerfile\` to "${below}"` : ": no such file";
  throw new Error(`could not open dockerfile at relative path "${dockerfile}"${hint}`);
}

function normalizeBuild(build: unknown): unknown {
  if (isSecret(build)) return secret(normalizeBuild(build.value));
  if (hasUnknown(build) && !isObject(build)) return build;
  const given = isObject(build) ? build : {};
  const plain = reveal(given) as Properties;
  const context = plain.context ?? ".";
  const dockerfile = plain.dockerfile ?? posix.join(String(context), "Dockerfile");
  const platform = given.platform ?? hostPlatform();
  checkBuilder(plain.builderVersion);
  if (hasUnknown([context, dockerfile])) return { ...given, platform };
  checkDockerfile(String(context), String(dockerfile));
  const digest = contextDigest(String(context), String(dockerfile));
  return { ...given, context, dockerfile, contextDigest: digest, platform };
}

/** The arguments as they are compared and kept: with defaults, and with a digest of the context. */
export function normalize(news: Properties): Properties {
  const name = reveal(news.imageName);
  const build = reveal(news.build);
  const caches = isObject(build) ? cachedImages(build) : [];
  const local = reveal(news.skipPush) === true && caches.length === 0;
  for (const cache of caches) parseImageName(cache);
  if (!local && typeof name === "string" && !hasUnknown(name)) parseImageName(name);
  return {
    ...news,
    build: normalizeBuild(news.build),
    buildOnPreview: reveal(news.buildOnPreview) === true,
  };
}

/** The arguments without marks; only for an update, where everything is known. */
export function known(inputs: Properties): ImageInputs {
  const plain = reveal(inputs) as Properties;
  const build = isObject(plain.build) ? plain.build : {};
  return {
    imageName: String(plain.imageName),
    skipPush: plain.skipPush === true,
    registry: isObject(plain.registry) ? plain.registry : {},
    build: { context: ".", dockerfile: "Dockerfile", args: {}, ...build },
  };
}

function secretStrings(value: unknown, inSecret: boolean): string[] {
  if (isSecret(value)) return secretStrings(value.value, true);
  if (Array.isArray(value)) return value.flatMap((each) => secretStrings(each, inSecret));
  if (isObject(value)) return Object.values(value).flatMap((each) => secretStrings(each, inSecret));
  return inSecret && typeof value === "string" && value !== "" ? [value] : [];
}

/** Values that must never be shown: whatever the program marked as secret, and the registry's password. */
export function secretsOf(inputs: Properties): string[] {
  const { password } = known(inputs).registry;
  // Longest first, so that no rest of one stays behind when another is a part of it.
  return [...secretStrings(inputs, false), ...(password ? [password] : [])].sort(
    (left, right) => right.length - left.length,
  );
}
