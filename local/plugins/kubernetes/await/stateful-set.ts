// A StatefulSet is ready when its controller has seen this generation, as many pods are ready and current as are
// wanted, and no update is under way.
import type { WatchEvent } from "../informer";
import type { Log } from "../log";
import { count, generationOf, type KubeObject, nameOf, text } from "../object";
import { problemsOf } from "./pods";
import type { Readiness } from "./readiness";

export class StatefulSetReadiness implements Readiness {
  readonly watches = [
    ["apps/v1", "StatefulSet"],
    ["v1", "Pod"],
  ] as const;
  readonly patience = "whole";
  private generation = 0;
  private revisionReady = false;
  private replicasReady = false;
  private current = 0;
  private wanted = 0;
  private revisions: [string, string] = ["", ""];
  private readonly pods = new Map<string, KubeObject>();

  constructor(
    public object: KubeObject,
    private readonly log: Log,
  ) {}

  observe({ object, type }: WatchEvent): boolean {
    if (object.kind === "StatefulSet") this.observeSet(object, type);
    else if (type === "DELETED") this.pods.delete(nameOf(object));
    else this.pods.set(nameOf(object), object);
    return false;
  }

  private observeSet(set: KubeObject, type: WatchEvent["type"]): void {
    this.revisionReady = false;
    this.replicasReady = false;
    if (nameOf(set) !== nameOf(this.object) || type === "DELETED") return;
    if (generationOf(set) < generationOf(this.object)) return;
    this.object = set;
    this.generation = generationOf(set);
    // Numbers of an older generation would tell of the pods before the change.
    if ((count(set, "status", "observedGeneration") ?? -1) < this.generation) return;
    const status = (key: string) => count(set, "status", key) ?? 0;
    this.wanted = count(set, "spec", "replicas") ?? 0;
    this.revisions = [text(set, "status", "currentRevision"), text(set, "status", "updateRevision")];
    const [from, to] = this.revisions;
    const allReady = this.wanted === status("replicas") && this.wanted === status("readyReplicas");
    if (this.generation > 1 && text(set, "spec", "updateStrategy", "type") === "OnDelete") {
      this.revisionReady = true;
      this.replicasReady = allReady;
    } else {
      this.revisionReady = from !== "" && from === to;
      this.replicasReady = allReady && this.wanted === status("currentReplicas");
    }
    // During an update the ready pods may be those of the old revision.
    this.current = this.revisionReady
      ? status("readyReplicas")
      : Math.min(status("readyReplicas"), status("updatedReplicas"));
  }

  ready(): boolean {
    if (this.replicasReady && this.revisionReady) {
      this.log.status("info", "StatefulSet initialization complete");
      return true;
    }
    const progress = `(${this.current}/${this.wanted} Pods ready)`;
    if (this.generation <= 1)
      this.log.status("info", `[1/2] Waiting for StatefulSet to create Pods ${progress}`);
    else if (!this.replicasReady) {
      this.log.status("info", `[1/3] Waiting for StatefulSet update to roll out ${progress}`);
    } else this.log.status("info", "[2/3] Waiting for StatefulSet to update .status.currentRevision");
    return false;
  }

  report(): void {
    for (const { severity, text: said } of problemsOf(this.pods.values(), this.object))
      this.log.status(severity, said);
  }

  problems(): string[] {
    const messages: string[] = [];
    if (!this.replicasReady) {
      messages.push(`${this.current} out of ${this.wanted} replicas succeeded readiness checks`);
    }
    if (!this.revisionReady) {
      const [from, to] = this.revisions;
      messages.push(`StatefulSet controller failed to advance from revision "${from}" to revision "${to}"`);
    }
    return [...messages, ...problemsOf(this.pods.values(), this.object).map((message) => message.text)];
  }
}
