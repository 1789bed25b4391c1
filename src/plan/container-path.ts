// Paths in a container: where something can be mounted, or a command start.

import { posix } from "node:path";
import type { Problem } from "../schema/problem";

/** What is wrong with `text`, which stands at `path`, as a path in a container, if anything. */
export function containerPathProblem(path: string, text: string): Problem | undefined {
  const problem = (reason: string, remedy: string): Problem => ({ path, value: text, reason, remedy });
  if (text === "") return problem("is empty", "write a path in the container, e.g. `/app/config.yaml`");
  if (!text.startsWith("/")) {
    return problem("is not absolute", `try \`/${text.replace(/^\.\//, "")}\``);
  }
  if (/[:\0\n]/.test(text)) return problem("has a character that no mount takes", "leave `:` out");
  const straight = posix.normalize(text).replace(/(?<=.)\/$/, "");
  if (straight !== text) return problem("takes a detour", `write \`${straight}\``);
  return undefined;
}

/** What is wrong with mounting something at `text`, if anything. */
export function mountPathProblem(path: string, text: string): Problem | undefined {
  const wrong = containerPathProblem(path, text);
  if (wrong) return wrong;
  if (text === "/") {
    return {
      path,
      value: text,
      reason: "would hide the whole image",
      remedy: "mount it at a folder of its own",
    };
  }
  if (/^\/(proc|sys|dev)(\/|$)/.test(text) && !/^\/dev\/shm(\/|$)/.test(text)) {
    return {
      path,
      value: text,
      reason: "lies where the kernel's own files are",
      remedy: "mount it at another path",
    };
  }
  return undefined;
}

/** Whether `inner` lies in the folder `outer`; nothing can be mounted at `/`, so nothing counts as lying in it. */
export function liesIn(inner: string, outer: string): boolean {
  return outer !== "/" && inner.startsWith(`${outer}/`);
}
