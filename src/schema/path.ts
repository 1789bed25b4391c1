// Paths into the input, written as `pulumi config set --path` takes them: `backend.env["A.B"]`.

/** `path` with one more key or index. */
export function join(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  if (!/^[A-Za-z0-9_-]+$/.test(key)) return `${path}["${key}"]`;
  return path === "" ? key : `${path}.${key}`;
}

/** The keys of a path. */
export function keysIn(path: string): string[] {
  return [...path.matchAll(/\["(.*?)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(
    ([, quoted, index, plain]) => quoted ?? index ?? plain ?? "",
  );
}

/** The keys that a JSON pointer stands for. */
export function keysOf(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The path that a JSON pointer stands for. */
export function fromPointer(pointer: string): string {
  return keysOf(pointer).reduce((path, key) => join(path, /^\d+$/.test(key) ? Number(key) : key), "");
}

/** Whether one of two paths leads through the other. */
export function related(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  return long === short || (long.startsWith(short) && /[.[]/.test(long.charAt(short.length)));
}

/** Whether what stands at `path` may be a secret, and so must not be shown in a message. */
export function mayBeSecret(path: string): boolean {
  return (
    /^secrets(?!.*\.length$)($|\.|\[)/.test(path) ||
    /(^|\.)env($|\.|\[)/.test(path) ||
    path === "registryCredentials.password" ||
    path === "telemetry.headers" ||
    /^(postgres|redis|caches(\.|\[)[^.]+)\.(url|password)$/.test(path) ||
    /^(patches|extraObjects)[.[].*\.(data|stringData)($|\.|\[)/.test(path) ||
    isContent(path)
  );
}

/** Whether `path` is that of a mounted file's text. */
export function isContent(path: string): boolean {
  return /(^|\.)files(\.|\[).*\.content$/.test(path);
}
