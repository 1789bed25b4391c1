/**
 * Loaded into every program before the SDK.
 *
 * A program ends with its language host, also with one that was killed and could not stop it.
 *
 * When a program throws, the SDK prints the error with colours; a frame like `node_modules/@pulumi/resource.ts:1687`, as the
 * SDK's source maps have them, then sends Node's `inspect` into a loop that ends after a minute, when no string can get longer.
 * Such an error is printed without colours, which is also what the SDK falls back to in the end.
 */
import util from "node:util";

process.once("disconnect", () => process.exit(1));
// The channel to the host is no work to wait for.
process.channel?.unref();

/** A scoped package's name with no folder after it: Node looks for the next slash, and starts again. */
const ENDLESS = /node_modules[\\/]@[^\\/\s]+[\\/][^\\/\s]+$/m;

const inspect = util.inspect;

function guarded(value: unknown, ...options: unknown[]): string {
  const [first] = options as [{ colors?: boolean } | undefined];
  const stack = value instanceof Error ? String(value.stack) : "";
  const endless = first?.colors === true && ENDLESS.test(stack);
  return endless
    ? inspect(value, { ...first, colors: false })
    : (inspect as (...all: unknown[]) => string)(value, ...options);
}

util.inspect = Object.assign(guarded, inspect) as typeof util.inspect;
