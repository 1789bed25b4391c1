/**
 * The Go programs of the platform, built from `local/node` as its BUILD.json says. Go's own caches make
 * a killed build resume and a small change cheap. What the programs do is written in `local/node`.
 */
import { createWriteStream, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { cached, hashOf, hashOfFolder, lookUp } from "./cache";
import { goProblem } from "./machine";
import { cacheDir, checkoutDir } from "./paths";
import { Problem } from "./problem";
import type { Report } from "./progress";

/** One `go build`, as BUILD.json describes it. Paths are relative to `local/node`. */
interface Build {
  name: string;
  /** The module's folder. */
  dir?: string;
  package: string;
  ldflags?: string;
  tags?: string;
  overlay?: string;
  env?: Record<string, string>;
  flags?: string[];
}

const sources = join(checkoutDir, "local", "node");

function builds(): Build[] {
  const file = join(sources, "BUILD.json");
  const content = JSON.parse(readFileSync(file, "utf8")) as Build[] | { builds: Build[] };
  return Array.isArray(content) ? content : content.builds;
}

function buildOf(name: string): Build {
  const build = builds().find((entry) => entry.name === name);
  if (!build) throw new Error(`BUILD.json names no program ${name}`);
  return build;
}

let version: Promise<string> | undefined;

/** The version of Go that builds here: `go1.26.8`. */
export async function goVersion(): Promise<string> {
  version ??= execa("go", ["env", "GOVERSION"], { cwd: sources }).then(
    (result) => result.stdout.trim(),
    (error: Error) => {
      throw new Problem(goProblem(undefined) ?? error.message, { cause: error });
    },
  );
  return version;
}

async function keyOf(build: Build): Promise<string> {
  const module = join(sources, build.dir ?? ".");
  const foreign = (path: string) => path.endsWith("_test.go") || existsSync(join(path, "go.mod"));
  return hashOf(build, hashOfFolder(module, foreign), await goVersion(), process.arch);
}

/** A hash that changes when any of the programs would be built anew. */
export async function binariesKey(names: string[]): Promise<string> {
  return hashOf(await Promise.all(names.map((name) => keyOf(buildOf(name)))));
}

/** The program's path where it is built already. */
export async function builtBinary(name: string): Promise<string | undefined> {
  const entry = lookUp("bin", `${name}-${await keyOf(buildOf(name))}`);
  return entry && join(entry, name);
}

/** The program's path, after building it where that is due. */
export async function ensureBinary(name: string, report: Report = () => {}): Promise<string> {
  const build = buildOf(name);
  const key = `${name}-${await keyOf(build)}`;
  const wait = () => report("another checkout builds the same; waiting for it");
  const entry = await cached("bin", key, (folder) => goBuild(build, join(folder, name), report), wait);
  return join(entry, name);
}

function goArguments(build: Build, target: string): string[] {
  return [
    ...["build", "-v", "-o", target],
    ...(build.ldflags ? ["-ldflags", build.ldflags] : []),
    ...(build.tags ? ["-tags", build.tags] : []),
    ...(build.overlay ? ["-overlay", join(sources, build.dir ?? ".", build.overlay)] : []),
    ...(build.flags ?? []),
    build.package,
  ];
}

async function goBuild(build: Build, target: string, report: Report): Promise<void> {
  const log = join(cacheDir(), "logs", `build-${build.name}.log`);
  mkdirSync(dirname(log), { recursive: true });
  const output = createWriteStream(log);
  // Ends with us, however we end: the next run would compile the same beside it.
  const run = execa("setpriv", ["--pdeathsig", "TERM", "go", ...goArguments(build, target)], {
    cwd: join(sources, build.dir ?? "."),
    env: build.env,
    reject: false,
  });
  let compiled = 0;
  let downloaded = 0;
  for await (const line of run.iterable({ from: "stderr" })) {
    output.write(`${line}\n`);
    if (line.startsWith("go: downloading ")) downloaded++;
    else compiled++;
    report(compiled > 0 ? `${compiled} packages compiled` : `${downloaded} modules downloaded`);
  }
  const { exitCode, signal } = await run;
  await new Promise((done) => output.end(done));
  if (exitCode !== 0)
    throw new Problem(`go build of ${build.name} failed${signal ? ` (${signal})` : ""}`, { log });
}
