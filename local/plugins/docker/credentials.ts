/**
 * Which credentials a push or a pull goes with: the program's, else those of the user's own Docker
 * configuration. They leave as the engine's X-Registry-Auth header, and nowhere else.
 */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { ImageInputs } from "./inputs";
import { credentialServer, parseImageName } from "./names";

export interface Credentials {
  username: string;
  password: string;
  identitytoken?: string;
  serveraddress: string;
}

interface ConfigFile {
  auths?: Record<string, { auth?: string; identitytoken?: string }>;
  credsStore?: string;
}

function readConfig(): ConfigFile {
  const file = join(process.env.DOCKER_CONFIG || join(homedir(), ".docker"), "config.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as ConfigFile) : {};
}

function decode(server: string, entry: { auth?: string; identitytoken?: string }): Credentials {
  const [username = "", ...password] = Buffer.from(entry.auth ?? "", "base64")
    .toString("utf8")
    .split(":");
  const token = entry.identitytoken ? { identitytoken: entry.identitytoken } : {};
  return { username, password: password.join(":"), serveraddress: server, ...token };
}

/** All of the user's own credentials, for the images that a build starts from. */
export function ownCredentials(): Record<string, Credentials> {
  const entries = Object.entries(readConfig().auths ?? {});
  return Object.fromEntries(entries.map(([server, entry]) => [server, decode(server, entry)]));
}

/** The credentials for an image's registry; without any, just its name, which open registries accept. */
export function pushCredentials(image: ImageInputs): Credentials {
  const { username, password } = image.registry;
  const serveraddress = credentialServer(image.registry.server || parseImageName(image.imageName).registry);
  if (username && password) return { username, password, serveraddress };
  const own = Object.entries(ownCredentials()).find(([server]) => credentialServer(server) === serveraddress);
  return own?.[1] ?? { username: "", password: "", serveraddress };
}
