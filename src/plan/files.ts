// Files in a container: where each lies, what is in it, and whether it is a secret.

import type { FileArgs } from "../schema/mount-args";
import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import { mountPathProblem } from "./container-path";
import type { EnvironmentContext } from "./environment";
import { unique } from "./names";
import { overlay } from "./overlay";
import { readProjectFile, textOf } from "./project-files";
import { plain, resolve } from "./references";
import type { FilePlan } from "./stack-plan";

/** What a Secret or a ConfigMap can hold. https://kubernetes.io/docs/concepts/configuration/configmap/#motivation */
const OBJECT_LIMIT = 2 ** 20;

type Files = { [path: string]: FileArgs };

export interface PlannedFiles {
  files: FilePlan[];
  roles: string[];
  ownRoles: string[];
}

/** The files of the role whose arguments stand at `path`, over those that it takes from the backend. */
export function planFiles(
  path: string,
  own: Files | undefined,
  backends: Files | undefined,
  context: EnvironmentContext,
): PlannedFiles {
  const silent = { ...context, problems: [] };
  const below = overlay("backend.files", backends, [], silent.problems).set;
  const names = below.map(([name]) => name);
  const { set, removed } = overlay(join(path, "files"), own, names, context.problems, "remove the line");
  const mine = new Map(set);
  const taken = below.filter(([name]) => !removed.has(name) && !mine.has(name));

  const planned = [
    ...taken.map(([at, args]) => ({ own: false, ...planFile("backend.files", at, args, silent) })),
    ...set.map(([at, args]) => ({ own: true, ...planFile(join(path, "files"), at, args, context) })),
  ];
  const keys = new Set<string>();
  const files = planned.flatMap(({ file }) =>
    file ? [{ ...file, key: unique(keyOf(file.path), keys) }] : [],
  );
  checkSizes(join(path, "files"), files, context.problems);
  return {
    files,
    roles: [...new Set(planned.flatMap(({ roles }) => roles))],
    ownRoles: [...new Set(planned.flatMap(({ own: mine, roles }) => (mine ? roles : [])))],
  };
}

/** Whether only some may read `file`: then the process needs to be in its group. */
export function isGuarded({ mode }: FilePlan): boolean {
  return mode !== undefined && (mode & 0o004) === 0;
}

function planFile(
  path: string,
  name: string,
  args: FileArgs,
  context: EnvironmentContext,
): { file?: Omit<FilePlan, "key">; roles: string[] } {
  const { problems } = context;
  const at = join(path, name);
  const wrong = mountPathProblem(at, name);
  if (wrong) problems.push(wrong);
  const mode = planMode(join(at, "mode"), args.mode, problems);
  const { content, roles } = planContent(at, args, context);
  if (!content) return { roles };
  return { file: { path: name, content, secret: "secret" in content && content.secret, mode }, roles };
}

function planContent(
  at: string,
  { content, source }: FileArgs,
  { targets, readFile, problems }: EnvironmentContext,
): { content?: FilePlan["content"]; roles: string[] } {
  if ((content === undefined) === (source === undefined)) {
    problems.push({
      path: at,
      reason:
        content === undefined ? "has neither `content` nor `source`" : "has both `content` and `source`",
      remedy: "write one of `content: the text` and `source: ./path/relative/to/Pulumi.yaml`",
    });
    return { roles: [] };
  }
  if (source === undefined) {
    const resolved = resolve(join(at, "content"), content as string, targets);
    problems.push(...resolved.problems);
    if (resolved.text.parts.some((part) => typeof part !== "string" && part.hole === "secretKey")) {
      problems.push({
        path: join(at, "content"),
        reason:
          "refers to a secret in a Secret of Kubernetes that isn't the stack's: only variables can take it from there",
        remedy: "mount that Secret: `mounts: { /path: { secret: { name: … } } }`, or use it in `env`",
      });
    }
    return { content: resolved.text, roles: resolved.roles };
  }
  const bytes = readProjectFile(join(at, "source"), source, readFile, problems);
  if (!bytes) return { roles: [] };
  const text = textOf(bytes);
  return {
    content: text === undefined ? { base64: Buffer.from(bytes).toString("base64") } : plain(text),
    roles: [],
  };
}

function planMode(path: string, mode: string | undefined, problems: Problem[]): number | undefined {
  if (mode === undefined) return undefined;
  if (!/^0?[0-7]{3}$/.test(mode)) {
    problems.push({
      path,
      value: mode,
      reason: "is not a file's mode: three octal digits for owner, group and others",
      remedy: 'write e.g. `"0644"`, or `"0755"` for a script',
    });
    return undefined;
  }
  return Number.parseInt(mode, 8);
}

function checkSizes(path: string, files: readonly FilePlan[], problems: Problem[]): void {
  for (const secret of [false, true]) {
    const bytes = files
      .filter((file) => file.secret === secret)
      .reduce((sum, { content }) => sum + sizeOf(content), 0);
    if (bytes <= OBJECT_LIMIT) continue;
    problems.push({
      path,
      reason: `hold ${bytes} bytes, and a ${secret ? "Secret" : "ConfigMap"} takes ${OBJECT_LIMIT}`,
      remedy: "put the large ones into the image, or on a volume",
    });
  }
}

function sizeOf(content: FilePlan["content"]): number {
  if ("base64" in content) return content.base64.length;
  return content.parts.reduce(
    (sum, part) => sum + (typeof part === "string" ? Buffer.byteLength(part) : 0),
    0,
  );
}

/** A key for the file at `path`: letters, digits, `-`, `_` and `.`. */
function keyOf(path: string): string {
  return path
    .slice(1)
    .replace(/[^-._a-zA-Z0-9]/g, "_")
    .replace(/^\.+/, "_")
    .slice(-200);
}
