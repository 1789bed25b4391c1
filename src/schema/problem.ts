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
  const lines = [`${count} in the arguments of "${component}"; nothing was created.`];
  for (const { path, value, reason, remedy } of problems) {
    const shown = value === undefined ? "" : `: ${quote(value)}`;
    const from = origin(path);
    lines.push("", `  ${path}${shown}${from ? `  (${from})` : ""}`, `    ${reason}`, `    → ${remedy}`);
  }
  return lines.join("\n");
}

function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
