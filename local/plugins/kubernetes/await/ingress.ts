// An Ingress is ready when its status has an address and each of its paths leads to a Service with endpoints (an
// ExternalName Service needs none). Paths that lead nowhere are warned of once the endpoints have settled.
import type { WatchEvent } from "../informer";
import type { Log } from "../log";
import { items, type KubeObject, nameOf, text } from "../object";
import type { Readiness, Schedule } from "./readiness";

export class IngressReadiness implements Readiness {
  readonly watches = [
    ["networking.k8s.io/v1", "Ingress"],
    ["v1", "Service"],
    ["v1", "Endpoints"],
  ] as const;
  readonly patience = "whole";
  private hasAddress = false;
  private settled = true;
  private heardOfEndpoints = false;
  private readonly endpoints = new Set<string>();
  private readonly external = new Set<string>();
  private schedule: Schedule | undefined;

  constructor(
    public object: KubeObject,
    private readonly log: Log,
  ) {}

  begin(schedule: Schedule): void {
    this.schedule = schedule;
    this.settled = false;
    this.log.status("info", "[1/3] Finding a matching service for each Ingress path");
    schedule(60, () => {
      if (!this.heardOfEndpoints) this.settled = true;
    });
  }

  observe({ object, type }: WatchEvent): boolean {
    const name = nameOf(object);
    if (object.kind === "Service") {
      if (type === "DELETED") this.external.delete(name);
      else if (text(object, "spec", "type") === "ExternalName") this.external.add(name);
    } else if (object.kind === "Endpoints") {
      this.heardOfEndpoints = true;
      if (type === "DELETED") this.endpoints.delete(name);
      else this.endpoints.add(name);
      if (this.schedule === undefined) return false;
      this.settled = false;
      this.schedule(10, () => {
        this.settled = true;
      });
    } else if (name === nameOf(this.object)) {
      this.hasAddress = type !== "DELETED" && items(object, "status", "loadBalancer", "ingress").length > 0;
      if (type !== "DELETED") this.object = object;
    }
    return false;
  }

  /** Whether no path waits for endpoints any more; says which will have none. */
  private pathsReady(): boolean {
    for (const rule of items(this.object, "spec", "rules")) {
      for (const path of items(rule, "http", "paths")) {
        const service = text(path, "backend", "service", "name");
        if (service === "" || this.external.has(service) || this.endpoints.has(service)) continue;
        if (!this.settled) return false;
        const route = text(rule, "host") + text(path, "path");
        const shown = route === "" ? '"" (default path)' : `"${route}"`;
        this.log.status("warning", `No matching service found for ingress rule: ${shown} -> "${service}"`);
      }
    }
    return true;
  }

  ready(): boolean {
    const paths = this.pathsReady();
    const done = this.hasAddress && paths;
    if (done) this.log.status("info", "Ingress initialization complete");
    else if (paths)
      this.log.status("info", "[2/3] Waiting for update of .status.loadBalancer with hostname/IP");
    return done;
  }
  readyAtLast = () => this.pathsReady() && this.hasAddress;

  problems(): string[] {
    const messages: string[] = [];
    if (!this.pathsReady())
      messages.push("Ingress has at least one rule with an unavailable target endpoint.");
    if (!this.hasAddress) {
      messages.push(
        "Ingress .status.loadBalancer field was not updated with a hostname/IP address. " +
          "\n    for more information about this error, see https://pulumi.io/xdv72s",
      );
    }
    return messages;
  }
}
