// A Deployment is ready when it is available, its current ReplicaSet has all its pods ready, a rollout (if the
// change began one) has completed, and the claims its pods mount are bound.
import type { WatchEvent } from "../informer";
import type { Log } from "../log";
import {
  annotation,
  conditionsOf,
  count,
  type Fields,
  generationOf,
  isOwnedBy,
  items,
  type KubeObject,
  nameOf,
  text,
  uidOf,
} from "../object";
import { problemsOf } from "./pods";
import type { Readiness } from "./readiness";

const revisionOf = (object: Fields) => annotation(object, "deployment.kubernetes.io/revision");

export class DeploymentReadiness implements Readiness {
  readonly watches = [
    ["apps/v1", "Deployment"],
    ["apps/v1", "ReplicaSet"],
    ["v1", "Pod"],
    ["v1", "PersistentVolumeClaim"],
  ] as const;
  readonly patience = "whole";
  private revision = "0";
  private available = false;
  private rolledOut = false;
  private replicasReady = false;
  private claimsBound = false;
  private readonly conditions = new Map<string, string>();
  private readonly replicaSets = new Map<string, KubeObject>();
  private readonly pods = new Map<string, KubeObject>();
  private readonly claims = new Map<string, KubeObject>();
  /** Events that came before the controller had seen this generation: older news than the Deployment's own. */
  private waiting: WatchEvent[] | undefined;

  constructor(
    public object: KubeObject,
    private readonly log: Log,
  ) {}

  begin(): void {
    this.waiting = [];
  }

  observe(event: WatchEvent): boolean {
    const { object, type } = event;
    if (this.waiting !== undefined) {
      if (object.kind !== "Deployment") this.waiting.push(event);
      else if (this.isSettled(object)) {
        const later = this.waiting;
        this.waiting = undefined;
        for (const each of [event, ...later]) this.observe(each);
      }
      return false;
    }
    if (object.kind === "Deployment") this.observeDeployment(object, type);
    else if (object.kind === "ReplicaSet") this.observeReplicaSet(object, type);
    else if (object.kind === "PersistentVolumeClaim") this.observeClaim(object, type);
    else if (type === "DELETED") this.pods.delete(nameOf(object));
    else this.pods.set(nameOf(object), object);
    return false;
  }

  private isSettled(deployment: KubeObject): boolean {
    const same = nameOf(deployment) === nameOf(this.object);
    return same && count(deployment, "status", "observedGeneration") === generationOf(deployment);
  }

  private observeDeployment(deployment: KubeObject, type: WatchEvent["type"]): void {
    this.conditions.clear();
    if (nameOf(deployment) !== nameOf(this.object) || type === "DELETED") return;
    if (generationOf(deployment) < generationOf(this.object)) return;
    this.object = deployment;
    this.revision = revisionOf(deployment);
    if (this.revision === "" || items(deployment, "status", "conditions").length === 0) return;
    for (const [kind, condition] of conditionsOf(deployment)) {
      const holds = condition.status === "True";
      const reason = text(condition, "reason");
      if (kind === "Progressing") this.rolledOut = holds && reason === "NewReplicaSetAvailable";
      else if (kind === "Available") this.available = holds;
      else continue;
      if (holds || reason === "" || text(condition, "message") === "") continue;
      const message = `[${reason}] ${text(condition, "message")}`;
      this.conditions.set(reason, message);
      this.log.status("warning", message);
    }
    this.checkReplicas();
    this.checkClaims();
  }

  private observeReplicaSet(replicaSet: KubeObject, type: WatchEvent["type"]): void {
    if (!isOwnedBy(replicaSet, this.object)) return;
    if (type === "DELETED") this.replicaSets.delete(revisionOf(replicaSet));
    else {
      this.replicaSets.set(revisionOf(replicaSet), replicaSet);
      this.checkReplicas();
    }
  }

  private checkReplicas(): void {
    const current = this.replicaSets.get(this.revision);
    if (current === undefined) return;
    // The live ReplicaSet's own number: somebody, or an autoscaler, may have scaled since.
    const wanted = count(current, "spec", "replicas");
    const ready = count(current, "status", "readyReplicas");
    this.replicasReady = ready === undefined ? wanted === 0 : ready >= (wanted ?? 1);
    if (!this.replicasReady) {
      const progress = `${ready ?? 0}/${wanted ?? 1}`;
      this.log.status("info", `Waiting for app ReplicaSet to be available (${progress} Pods available)`);
    } else if (wanted === 0) {
      this.log.status("warning", `Replicas scaled to 0 for Deployment "${nameOf(this.object)}"`);
    }
  }

  private observeClaim(claim: KubeObject, type: WatchEvent["type"]): void {
    if (type === "DELETED") {
      this.claims.delete(uidOf(claim));
      return;
    }
    const volumes = items(this.object, "spec", "template", "spec", "volumes");
    const mounted = volumes.some(
      (volume) => text(volume, "persistentVolumeClaim", "claimName") === nameOf(claim),
    );
    if (mounted) this.claims.set(uidOf(claim), claim);
    this.checkClaims();
  }

  private checkClaims(): void {
    let all = true;
    for (const claim of this.claims.values()) {
      const phase = text(claim, "status", "phase");
      if (phase === "") return;
      if (phase === "Bound") continue;
      all = false;
      const where = `status.phase currently at: ${phase}`;
      this.log.status("warning", `PersistentVolumeClaim: [${nameOf(claim)}] is not ready. ${where}`);
    }
    this.claimsBound = all;
  }
  private claimsReady = () => this.claims.size === 0 || this.claimsBound;

  ready(): boolean {
    // A first revision is created, not rolled out: there is no progress to wait for.
    const progressed = this.revision === "1" || this.rolledOut;
    const done =
      this.waiting === undefined && this.available && this.replicasReady && progressed && this.claimsReady();
    if (done) this.log.status("info", "Deployment initialization complete");
    return done;
  }

  report(): void {
    for (const { severity, text: said } of this.podMessages()) this.log.status(severity, said);
  }
  private podMessages = () => problemsOf(this.pods.values(), this.replicaSets.get(this.revision));

  problems(): string[] {
    const messages = [...this.conditions.values()];
    if (!this.claimsReady()) {
      const unbound = [...this.claims.values()].filter((claim) => text(claim, "status", "phase") !== "Bound");
      messages.push(`Failed to bind PersistentVolumeClaim(s): "${unbound.map(nameOf).join(",")}"`);
    }
    const first = this.revision === "1";
    const fewPods = "Minimum number of Pods to consider the application live was not attained";
    if (!this.available) messages.push("Minimum number of live Pods was not attained");
    else if (!first && !this.rolledOut) messages.push(fewPods);
    else if (!this.replicasReady) {
      const stuck =
        "Attempted to roll forward to new ReplicaSet, but minimum number of Pods did not become live";
      messages.push(first ? fewPods : stuck);
    }
    return [...messages, ...this.podMessages().map((message) => message.text)];
  }
}
