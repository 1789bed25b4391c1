// A Service is ready when its endpoints have settled for ten seconds with no pod among them unready; one of type
// LoadBalancer also needs its address. Without a selector, headless or as an ExternalName it is ready at once.
import type { WatchEvent } from "../informer";
import type { Log } from "../log";
import { fields, items, type KubeObject, nameOf, text } from "../object";
import type { Readiness, Schedule } from "./readiness";

export class ServiceReadiness implements Readiness {
  readonly watches = [
    ["v1", "Service"],
    ["v1", "Endpoints"],
  ] as const;
  readonly patience = "whole";
  private serviceReady = false;
  private found = false;
  private pending = false;
  private settled = true;
  private schedule: Schedule | undefined;
  private readonly type: string;

  constructor(
    public object: KubeObject,
    private readonly log: Log,
  ) {
    this.type = text(object, "spec", "type") || "ClusterIP";
  }

  begin(schedule: Schedule): void {
    this.schedule = schedule;
    this.settled = false;
    this.log.status("info", "[1/3] Finding Pods to direct traffic to");
  }

  observe({ object, type }: WatchEvent): boolean {
    if (nameOf(object) !== nameOf(this.object)) return false;
    if (object.kind === "Service") {
      this.serviceReady = type !== "DELETED" && (this.type !== "LoadBalancer" || this.hasAddress(object));
      if (type !== "DELETED") this.object = object;
      return false;
    }
    if (this.schedule !== undefined) {
      this.settled = false;
      this.schedule(10, () => {
        this.settled = true;
      });
    }
    const subsets = type === "DELETED" ? [] : items(object, "subsets");
    this.found = subsets.some((subset) => items(subset, "addresses").length > 0);
    this.pending = subsets.some((subset) => items(subset, "notReadyAddresses").length > 0);
    return false;
  }
  private hasAddress = (service: KubeObject) =>
    items(service, "status", "loadBalancer", "ingress").length > 0;

  private needsNoPods(): boolean {
    const { spec } = this.object;
    const headless = text(spec, "clusterIP") === "None";
    return headless || this.type === "ExternalName" || Object.keys(fields(spec, "selector")).length === 0;
  }

  ready(): boolean {
    if (this.needsNoPods()) return this.serviceReady;
    const done = this.serviceReady && this.settled && !this.pending;
    if (done) this.log.status("info", "Service initialization complete");
    else if (this.settled && this.found) {
      this.log.status("info", "[2/3] Attempting to allocate IP address to Service");
    }
    return done;
  }
  readyAtLast = () => this.serviceReady && !this.pending;

  problems(): string[] {
    if (text(this.object, "spec", "clusterIP") === "None" || this.type === "ExternalName") return [];
    const messages: string[] = [];
    if (!this.found) {
      messages.push(
        "Service does not target any Pods. Selected Pods may not be ready, or field '.spec.selector' may not match labels on any Pods",
      );
    }
    if (this.type === "LoadBalancer" && !this.serviceReady) {
      messages.push("Service was not allocated an IP address; does your cloud provider support this?");
    }
    return messages;
  }
}
