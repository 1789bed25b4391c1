/**
 * The host ports of a node: chosen once, kept in its state folder, and known to the other checkouts, so
 * that a node which happens to be stopped does not lose its ports to another one.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { dirname, join } from "node:path";
import { withLock } from "./lock";
import { cacheDir, type Ports, stateFiles } from "./paths";

const PREFERRED: Ports = { http: 8080, https: 8443, api: 16443 };
const HOST = "127.0.0.1";

type Claims = Record<string, Ports>;

function readClaims(file: string): Claims {
  if (!existsSync(file)) return {};
  const claims = JSON.parse(readFileSync(file, "utf8")) as Claims;
  return Object.fromEntries(Object.entries(claims).filter(([state]) => existsSync(stateFiles(state).ports)));
}

function writeWhole(file: string, content: unknown): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(content, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

/** Whether something on this machine answers at a port. */
export function answers(port: number, timeoutMs = 1000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: HOST, port, timeout: timeoutMs });
    const end = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });
}

/** Whether a port can be listened on. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ host: HOST, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

async function choose(taken: number[]): Promise<Ports> {
  const used = new Set(taken);
  const next = async (from: number) => {
    let port = from;
    while (used.has(port) || !(await isFree(port))) port++;
    used.add(port);
    return port;
  };
  // One after the other, so that none is found twice.
  const http = await next(PREFERRED.http);
  const https = await next(PREFERRED.https);
  return { http, https, api: await next(PREFERRED.api) };
}

async function free(ports: Ports): Promise<boolean> {
  return (await Promise.all(Object.values(ports).map((port: number) => isFree(port)))).every(Boolean);
}

/**
 * The ports of a node that is about to start. Kept ones are used again unless another program has taken
 * one of them meanwhile; then, and only then, all are chosen anew.
 */
export async function claimPorts(state: string): Promise<{ ports: Ports; moved: boolean }> {
  const file = stateFiles(state).ports;
  const claimsFile = join(cacheDir(), "ports.json");
  mkdirSync(dirname(claimsFile), { recursive: true });
  return withLock(join(cacheDir(), "locks", "ports"), async () => {
    const kept = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Ports) : undefined;
    if (kept && (await free(kept))) return { ports: kept, moved: false };
    const { [state]: _, ...others } = readClaims(claimsFile);
    const ports = await choose(Object.values(others).flatMap((claim) => Object.values(claim)));
    writeWhole(file, ports);
    writeWhole(claimsFile, { ...others, [state]: ports });
    return { ports, moved: kept !== undefined };
  });
}

/** Gives a removed node's ports back. */
export async function releasePorts(state: string): Promise<void> {
  const claimsFile = join(cacheDir(), "ports.json");
  if (!existsSync(claimsFile)) return;
  await withLock(join(cacheDir(), "locks", "ports"), async () => {
    const { [state]: _, ...others } = readClaims(claimsFile);
    writeWhole(claimsFile, others);
  });
}
