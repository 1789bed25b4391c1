// What is wrong with an input, and how it is told: all mistakes at once, each with its path, the value
// (unless secret), the reason and the remedy. Every room that finds a mistake reports it in this form.

/** One mistake in the input. */
export interface Problem {
  /** Where it stands, such as `backend.resources.limits.memory`. */
  path: string;
  /** What was read there; left out for secrets and where nothing was read. */
  value?: unknown;
  /** What is wrong with it. */
  reason: string;
  /** What to write instead. */
  remedy: string;
}

/** The problem as it may be shown: without lists and maps, which may hold secrets, and passwords in URLs. */
export function presentable({ path, value, reason, remedy }: Problem): Problem {
  const shown = isComposite(value) ? undefined : value;
  return {
    path,
    ...(shown !== undefined && { value: typeof shown === "string" ? withoutPassword(shown) : shown }),
    reason: withoutPassword(reason),
    remedy: withoutPassword(remedy),
  };
}

function isComposite(value: unknown): boolean {
  return !["string", "number", "boolean"].includes(typeof value) && value !== null;
}

/** `scheme://user:password@host` without the password. */
function withoutPassword(text: string): string {
  return text.replace(/(:\/\/[^/?#:@\s]*:)[^/?#\s]*@/g, "$1…@");
}

/** Which file or call a value came from; `undefined` where it came from neither (a default). */
export type Origin = (path: string) => string | undefined;

/** Thrown when the input cannot be deployed. Its message lists every mistake. */
export class InvalidArgumentsError extends Error {
  constructor(
    /** The component's name. */
    readonly component: string,
    readonly problems: readonly Problem[],
    origin: Origin = () => undefined,
  ) {
    super(describe(component, problems, origin));
    this.name = "InvalidArgumentsError";
  }
}

function describe(component: string, problems: readonly Problem[], origin: Origin): string {
  const count = problems.length === 1 ? "1 mistake" : `${problems.length} mistakes`;
  return listed(`${count} in the arguments of "${component}"; nothing was created.`, problems, origin);
}

/** Problems below a line that says what they are. */
export function listed(heading: string, problems: readonly Problem[], origin: Origin): string {
  const lines = [heading];
  for (const { path, value, reason, remedy } of problems) {
    const shown = value === undefined ? "" : `: ${cut(JSON.stringify(value), 80)}`;
    const from = origin(path);
    lines.push("", `  ${path}${shown}${from ? `  (${from})` : ""}`, `    ${reason}`, `    → ${remedy}`);
  }
  return lines.map((line) => cut(visible(line), 1000)).join("\n");
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

/** What a terminal would take for a command (keys of a map can hold anything) as JavaScript writes it. */
function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
