/**
 * From nothing to a ready node: the order of the steps. What each one does is in the file of its name.
 */
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { binariesKey, builtBinary, ensureBinary } from "./binaries";
import { hashOf, lookUp } from "./cache";
import { definitionsKey, ensureDefinitions, installDefinitions } from "./definitions";
import { ensureBase, ensureImages, imagesDone, imagesMissing } from "./images";
import { withLock } from "./lock";
import { missing } from "./machine";
import { clean, launch, readStatus, stop, waitReady } from "./node";
import { cacheDir, MARKER, type Platform, readPlatform, stateDir, stateFiles } from "./paths";

import { answers, claimPorts } from "./ports";
import { Problem } from "./problem";
import { type Report, runSteps, type Step } from "./progress";
import { ensureRoot, rootKey } from "./root";

export { MARKER };

/** The programs that the node itself runs. */
export const NODE_PROGRAMS = ["node", "traefik", "pause"];

const READY_TIMEOUT_MS = 300_000;

export interface UpOptions {
  state?: string;
  /** Programs beside the node's that are needed soon, built while the node starts. */
  also?: string[];
}

export function stateLock(state: string): string {
  return join(cacheDir(), "locks", `state-${hashOf(state)}`);
}

function prepareState(state: string): void {
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const marker = join(state, MARKER);
  if (existsSync(marker)) return;
  if (readdirSync(state).length > 0) {
    throw new Problem(
      `${state} is not empty and was not made by the embedded platform; name another folder in SERVICE_STACK_STATE.`,
    );
  }
  writeFileSync(
    marker,
    "Made by pulumi-service-stack's embedded platform; `npm run local -- down` deletes this folder.\n",
  );
}

/** What a node is made of; another answer means that a running one is out of date. */
async function recipe(): Promise<string> {
  return `${await binariesKey(NODE_PROGRAMS)} ${rootKey()} ${definitionsKey()}`;
}

const recipeFile = (state: string) => join(state, "recipe");

async function isUp(state: string): Promise<boolean> {
  const status = readStatus(state);
  if (status?.phase !== "ready" || !existsSync(recipeFile(state))) return false;
  if (readFileSync(recipeFile(state), "utf8") !== (await recipe())) return false;
  return (await Promise.all(Object.values(status.ports).map((port: number) => answers(port)))).every(Boolean);
}

/** Puts the programs where the node finds them. Links, so that the cache may be emptied while it runs. */
function installPrograms(state: string, programs: string[]): void {
  const { bin } = stateFiles(state);
  mkdirSync(bin, { recursive: true });
  for (const program of programs) {
    const target = join(bin, program.slice(program.lastIndexOf("/") + 1));
    rmSync(`${target}.new`, { force: true });
    try {
      linkSync(program, `${target}.new`);
    } catch {
      copyFileSync(program, `${target}.new`); // another file system
    }
    renameSync(`${target}.new`, target);
  }
}

async function start(state: string, report: Report): Promise<string> {
  const running = readStatus(state);
  const current = await recipe();
  const same = existsSync(recipeFile(state)) && readFileSync(recipeFile(state), "utf8") === current;
  if (running && same && running.phase !== "stopping") {
    // It is on its way, or its supervisor is just mending a part: give it time before force.
    try {
      await waitReady(state, running.phase === "starting" ? READY_TIMEOUT_MS : 60_000, report);
      return "was on its way";
    } catch (problem) {
      if (running.phase === "starting") throw problem;
      report("it does not recover by itself; starting it anew");
    }
  }
  if (running) await stop(state, report);
  const root = await ensureRoot(report);
  const programs = await Promise.all(NODE_PROGRAMS.map((name) => ensureBinary(name, report)));
  const definitions = await ensureDefinitions(report);
  if (existsSync(stateFiles(state).bin)) await clean(state);
  installPrograms(state, programs);
  installDefinitions(state, definitions);
  const { ports, moved } = await claimPorts(state);
  writeFileSync(recipeFile(state), current);
  launch(state, root, ports);
  await waitReady(state, READY_TIMEOUT_MS, report);
  return moved ? `ready, at new ports: another program has taken one of the old ones` : "ready";
}

/** The steps that compile those of some programs that aren't built yet. */
export async function buildSteps(names: string[]): Promise<Step[]> {
  const built = await Promise.all(names.map(builtBinary));
  return names
    .filter((_, index) => built[index] === undefined)
    .map((name) => ({
      title: `Compile ${name}`,
      run: (report) => ensureBinary(name, report).then(() => undefined),
    }));
}

/** What has to be made once for all checkouts: the slow part, and all of it side by side. */
async function buildGroup(): Promise<Step[]> {
  const together: Step[] = [];
  const compile = await buildSteps(NODE_PROGRAMS);
  if (compile.length > 0) together.push({ title: "Compile the node's programs", run: compileAll });
  if (!lookUp("root", rootKey())) {
    together.push({
      title: "Make the node's root filesystem",
      run: (report) => ensureRoot(report).then(() => undefined),
    });
  }
  // Only where there is time for it anyway: it is wasted if a public registry turns out to answer.
  if (compile.length > 0 && imagesMissing()) {
    together.push({
      title: "Make Debian's base image",
      run: (report) => ensureBase(report).then(() => undefined),
    });
  }
  return together.length > 0 ? [{ title: "Build, once a machine", together }] : [];
}

/** The steps that are still to be done; none when the node is up. */
export async function upSteps(options: UpOptions = {}): Promise<Step[]> {
  const state = options.state ?? stateDir();
  const also = await buildSteps(options.also ?? []);
  if ((await isUp(state)) && imagesDone(state)) return also;
  const node: Step = { title: "Start the node", run: (report) => start(state, report) };
  const images: Step = { title: "Provide base images", run: (report) => ensureImages(state, report) };
  return [...(await buildGroup()), { title: "Start", together: [node, images, ...also] }];
}

async function compileAll(report: Report): Promise<undefined> {
  // One after the other: a Go build uses all processors by itself.
  for (const name of NODE_PROGRAMS) await ensureBinary(name, (text) => report(`${name}: ${text}`));
}

/** Makes sure that the node of this checkout is up and ready; quick when it is. */
export async function ensureUp(options: UpOptions = {}): Promise<Platform> {
  const state = options.state ?? stateDir();
  if (process.platform === "linux" && process.getuid?.() === 0) prepareState(state);
  const needsBuild = !existsSync(recipeFile(state));
  const problems = await missing(existsSync(state) ? state : "/", needsBuild);
  if (problems.length > 0) throw new Problem(problems.join("\n"));
  const lock = stateLock(state);
  const wait = () => process.stdout.write("Another command works on this node; waiting for it.\n");
  await withLock(lock, async () => runSteps(await upSteps(options)), wait);
  const platform = readPlatform(state);
  if (!platform) throw new Error(`No ports in ${state} although the node is up`);
  return platform;
}
