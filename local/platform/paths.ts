/**
 * Where the embedded platform keeps things, and what a running one offers to the rest of `local`.
 * It only reads; starting and building is left to `up.ts`, `binaries.ts` and `root.ts`.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** Ports of the host's 127.0.0.1 that lead into the node. */
export interface Ports {
  http: number;
  https: number;
  api: number;
}

/** What a program needs to know to work with the embedded node. */
export interface Platform {
  /** The state folder: everything that `down` removes. */
  state: string;
  kubeconfig: string;
  /** The node's Docker engine, as `DOCKER_HOST` wants it: `unix://…/docker.sock`. */
  dockerHost: string;
  /** The node's image registry, by the name that pods and builds use. Not reachable from the host. */
  registry: string;
  ports: Ports;
  /** Certificate of the authority that signed the node's ingress certificate. */
  ingressCa: string;
}

/** The registry's address inside the node; the same in every checkout, as each node has a network of its own. */
export const REGISTRY = "127.0.0.1:5000";

/** Marks a folder as one of ours: only such a one is ever deleted. */
export const MARKER = ".service-stack-state";

function findCheckout(from: string): string {
  for (let dir = from; ; dir = dirname(dir)) {
    if (existsSync(join(dir, "ARCHITECTURE.md")) && existsSync(join(dir, "package.json"))) return dir;
    if (dirname(dir) === dir) throw new Error(`No checkout of pulumi-service-stack above ${from}`);
  }
}

/** The checkout's root folder, the same from sources and from compiled files. */
export const checkoutDir = realpathSync(findCheckout(__dirname));

/** A command of the checkout's packages. */
export const binOf = (command: string): string => join(checkoutDir, "node_modules", ".bin", command);

function xdg(variable: string, fallback: string): string {
  const value = process.env[variable];
  // The XDG specification: a relative path is invalid and must be ignored.
  return value?.startsWith("/") ? value : join(homedir(), fallback);
}

/** The state folder of this checkout's node. */
export function stateDir(): string {
  const own = process.env.SERVICE_STACK_STATE;
  if (own) return resolve(own);
  const key = createHash("sha256").update(checkoutDir).digest("hex").slice(0, 12);
  return join(xdg("XDG_STATE_HOME", ".local/state"), "service-stack", key);
}

/** What is built once and shared by all checkouts: binaries, root filesystems, images. */
export function cacheDir(): string {
  return join(xdg("XDG_CACHE_HOME", ".cache"), "service-stack");
}

/** The files inside a state folder. */
export function stateFiles(state: string) {
  return {
    status: join(state, "status.json"),
    ports: join(state, "ports.json"),
    kubeconfig: join(state, "kubeconfig"),
    dockerSocket: join(state, "docker.sock"),
    dockerConfig: join(state, "docker-config"),
    ingressCa: join(state, "pki", "ingress-ca.crt"),
    logs: join(state, "logs"),
    bin: join(state, "bin"),
    images: join(state, "images.json"),
    definitions: join(state, "definitions.json"),
  };
}

/** The description of this checkout's node, or undefined where none was ever started. Says nothing of its health. */
export function readPlatform(state: string = stateDir()): Platform | undefined {
  const files = stateFiles(state);
  if (!existsSync(files.ports)) return undefined;
  const ports = JSON.parse(readFileSync(files.ports, "utf8")) as Ports;
  return {
    state,
    kubeconfig: files.kubeconfig,
    dockerHost: `unix://${files.dockerSocket}`,
    registry: REGISTRY,
    ports,
    ingressCa: files.ingressCa,
  };
}
