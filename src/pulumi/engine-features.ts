// What the running engine can do. The SDK knows, but doesn't tell in its types.

import * as settings from "@pulumi/pulumi/runtime/settings";
import * as state from "@pulumi/pulumi/runtime/state";

interface Internals {
  getStore(): { supportsResourceHooks: boolean; supportsErrorHooks: boolean };
  getMonitor(): { registerResourceHook?: unknown } | undefined;
}

/** Whether hooks can run around an operation (`hooks`), and when one fails (`errorHooks`). An engine that can't
 * refuses them. Pulumi's mocks claim that they can, and then wait for ever. */
export function engineFeatures(): { hooks: boolean; errorHooks: boolean } {
  const { getStore, getMonitor } = { ...state, ...settings } as unknown as Internals;
  const { supportsResourceHooks, supportsErrorHooks } = getStore();
  const hooks = supportsResourceHooks && getMonitor()?.registerResourceHook !== undefined;
  return { hooks, errorHooks: hooks && supportsErrorHooks };
}
