// A DaemonSet is ready when on every node that should have its pod the current one is scheduled, available and
// ready.
import type { WatchEvent } from "../informer";
import type { Log } from "../log";
import { count, type Fields, generationOf, isOwnedBy, type KubeObject, nameOf } from "../object";
import { podProblems } from "./pods";
import type { Readiness } from "./readiness";

/** What is still missing, or that nothing is. */
export function rollout(set: Fields): { done: boolean; message: string } {
  const pending = (message: string) => ({ done: false, message });
  const observed = count(set, "status", "observedGeneration");
  if (observed === undefined) return pending("Missing .status.observedGeneration");
  if (observed !== generationOf(set)) {
    const latest = `but latest observed generation is ${observed}`;
    return pending(`DaemonSet generation is ${generationOf(set)}, ${latest}`);
  }
  const wanted = count(set, "status", "desiredNumberScheduled");
  if (wanted === undefined) return pending("Missing .status.desiredNumberScheduled");
  const steps = [
    ["Current", "currentNumberScheduled"],
    ["Updated", "updatedNumberScheduled"],
    ["Available", "numberAvailable"],
    ["Ready", "numberReady"],
  ] as const;
  for (const [word, key] of steps) {
    const have = count(set, "status", key) ?? 0;
    if (wanted > have) return pending(`${word}: ${have}/${wanted}`);
  }
  return { done: true, message: `All replicas scheduled as expected. Replicas: ${wanted}` };
}

export class DaemonSetReadiness implements Readiness {
  readonly watches = [
    ["apps/v1", "DaemonSet"],
    ["v1", "Pod"],
  ] as const;
  readonly patience = "whole";
  private readonly owner: KubeObject;
  constructor(
    public object: KubeObject,
    private readonly log: Log,
  ) {
    this.owner = object;
  }

  observe({ object, type }: WatchEvent): boolean {
    if (object.kind === "Pod") {
      if (!isOwnedBy(object, this.owner)) return false;
      for (const { severity, text } of podProblems(object)) this.log.status(severity, text);
    } else if (nameOf(object) === nameOf(this.object) && type !== "DELETED") {
      if (generationOf(object) >= generationOf(this.owner)) this.object = object;
    }
    return false;
  }
  ready(): boolean {
    const { done, message } = rollout(this.object);
    this.log.status("info", message);
    return done;
  }
  problems = () => [];
  timedOut = () => "timed out waiting for the condition";
}
