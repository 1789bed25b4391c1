// Messages to the engine about one resource: passing ones (a status line) and lasting ones. Within an operation
// no message is said twice. Values of objects are never part of a message of ours.
import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

export type Severity = "debug" | "info" | "warning" | "error";
const severities = {
  debug: LogSeverity.DEBUG,
  info: LogSeverity.INFO,
  warning: LogSeverity.WARNING,
  error: LogSeverity.ERROR,
};

export interface Send {
  (urn: string, severity: Severity, message: string, passing: boolean): void;
  /** Resolves when all messages so far have arrived: they belong before the operation's end. */
  delivered(): Promise<void>;
}

/** Sends in the order of the calls; a message that can't be delivered stops nothing. */
export function engineLog(address: string | undefined): Send {
  const silent = Object.assign(() => undefined, { delivered: async () => undefined });
  if (!address) return silent;
  const client = new EngineClient(address, credentials.createInsecure());
  let last: Promise<void> = Promise.resolve();
  const say = (urn: string, severity: Severity, message: string, passing: boolean) => {
    const request = new LogRequest();
    request.setUrn(urn);
    request.setSeverity(severities[severity]);
    request.setMessage(message);
    request.setEphemeral(passing);
    last = last.then(() => new Promise((resolve) => client.log(request, () => resolve())));
  };
  return Object.assign(say, { delivered: () => last });
}

/** One operation's voice. */
export class Log {
  private readonly said = new Set<string>();
  constructor(
    private readonly send: Send,
    private readonly urn: string,
  ) {}

  /** A passing message, shown while the operation lasts. */
  status(severity: Severity, message: string): void {
    const key = `${severity} ${message}`;
    if (this.said.has(key)) return;
    this.said.add(key);
    this.send(this.urn, severity, message, true);
  }
  lasting(severity: Severity, message: string): void {
    this.send(this.urn, severity, message, false);
  }
  /** Empties the status line. */
  clear(): void {
    this.send(this.urn, "info", "", true);
  }
}
