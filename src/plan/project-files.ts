// Files of the project that a stack is made from. The plan is pure: what reads them is given to it.

import type { Problem } from "../schema/problem";

/** Reads a file by its path relative to Pulumi.yaml; throws as Node's `readFileSync` does. */
export type ReadFile = (path: string) => Uint8Array;

/** Where no reader is given there are no files. */
export const noFiles: ReadFile = () => {
  throw Object.assign(new Error("there are no files here"), { code: "ENOENT" });
};

/** The bytes of `file`, which is named at `path`; `undefined` where it can't be read, which is told. */
export function readProjectFile(
  path: string,
  file: string,
  read: ReadFile,
  problems: Problem[],
): Uint8Array | undefined {
  const wrong = pathProblem(path, file);
  if (wrong) {
    problems.push(wrong);
    return undefined;
  }
  try {
    return read(file);
  } catch (error) {
    problems.push({ path, value: file, ...failure((error as { code?: string }).code) });
    return undefined;
  }
}

function pathProblem(path: string, file: string): Problem | undefined {
  if (file.trim() === "") return { path, value: file, reason: "is empty", remedy: "name a file" };
  if (!/^(\/|~|[A-Za-z]:[\\/])/.test(file)) return undefined;
  return {
    path,
    value: file,
    reason: "is a place on this machine alone",
    remedy: "write the path relative to Pulumi.yaml, e.g. `./config/app.yaml`",
  };
}

function failure(code: string | undefined): { reason: string; remedy: string } {
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return { reason: "isn't there", remedy: "write its path relative to the folder with Pulumi.yaml" };
    case "EISDIR":
      return { reason: "is a folder", remedy: "name each file of it that is needed" };
    case "EACCES":
    case "EPERM":
      return { reason: "may not be read by this user", remedy: "change its permissions" };
    default:
      return { reason: `can't be read (${code ?? "unknown"})`, remedy: "see whether it is a readable file" };
  }
}

/** The text of `bytes`; `undefined` where they aren't UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    // The mark at the beginning is part of a file; a program that minds it would mind it on disk too.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
