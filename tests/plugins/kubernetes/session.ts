// A session of the stand-in without a cluster, for tests of what it decides by itself. Collects what is logged.
import { optionsFrom } from "../../../local/plugins/kubernetes/configuration";
import type { Send } from "../../../local/plugins/kubernetes/log";
import type { Session } from "../../../local/plugins/kubernetes/session";

export interface Said {
  severity: string;
  message: string;
  passing: boolean;
}

/** A way to the log that ends in a function. */
export const sendTo = (hear: (severity: string, message: string, passing: boolean) => void): Send =>
  Object.assign(
    (_urn: string, severity: string, message: string, passing: boolean) => hear(severity, message, passing),
    { delivered: async () => undefined },
  );

export function offlineSession(settings: Record<string, string> = {}): Session & { said: Said[] } {
  const variables = Object.entries(settings).map(
    ([key, value]) => [`kubernetes:config:${key}`, value] as const,
  );
  const said: Said[] = [];
  return {
    cluster: undefined,
    reason: "there is none in this test",
    namespace: settings.namespace ?? "default",
    options: optionsFrom(new Map(variables)),
    acceptSecrets: true,
    send: sendTo((severity, message, passing) => said.push({ severity, message, passing })),
    scopes: new Map(),
    said,
  };
}
