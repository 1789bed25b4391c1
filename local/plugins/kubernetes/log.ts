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

export type Send = (urn: string, severity: Severity, message: string, passing: boolean) => Promise<void>;

/** Sends in the order of the calls; a message that can't be delivered stops nothing. */
export function engineLog(address: string | undefined): Send {
  if (!address) return async () => undefined;
  const client = new EngineClient(address, credentials.createInsecure());
  let last: Promise<void> = Promise.resolve();
  return (urn, severity, message, passing) => {
    const request = new LogRequest();
    request.setUrn(urn);
    request.setSeverity(severities[severity]);
    request.setMessage(message);
    request.setEphemeral(passing);
    const send = () => new Promise<void>((resolve) => client.log(request, () => resolve()));
    last = last.then(send);
    return last;
  };
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
    void this.send(this.urn, severity, message, true);
  }
  lasting(severity: Severity, message: string): void {
    void this.send(this.urn, severity, message, false);
  }
  /** Empties the status line; resolves when all messages so far have arrived. */
  clear(): Promise<void> {
    return this.send(this.urn, "info", "", true);
  }
}
