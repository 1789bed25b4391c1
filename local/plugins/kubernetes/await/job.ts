// A Job is ready when it is complete, and fails for good when Kubernetes says it has failed.
import type { WatchEvent } from "../informer";
import type { Log } from "../log";
import {
  conditionsOf,
  count,
  type Fields,
  isOwnedBy,
  type KubeObject,
  nameOf,
  shownName,
  text,
} from "../object";
import { podProblems, type Step, steps } from "./pods";
import type { Readiness } from "./readiness";

const started = (job: Fields): Step => ({
  done: text(job, "status", "startTime") !== "",
  waitingFor: `Waiting for Job "${shownName(job)}" to start`,
});

const complete = (job: Fields): Step => {
  const number = (key: string) => count(job, "status", key) ?? 0;
  const progress = `(Active: ${number("active")} | Succeeded: ${number("succeeded")} | Failed: ${number("failed")})`;
  const waitingFor = `Waiting for Job "${shownName(job)}" to succeed ${progress}`;
  const conditions = conditionsOf(job);
  const failed = conditions.get("Failed");
  const reason = text(failed, "reason");
  if (text(failed, "status") === "True" && ["BackoffLimitExceeded", "DeadlineExceeded"].includes(reason)) {
    return {
      done: false,
      waitingFor,
      message: { severity: "error", text: `[${reason}] ${text(failed, "message")}` },
    };
  }
  return { done: text(conditions.get("Complete"), "status") === "True", waitingFor };
};

export const jobSteps = (job: Fields) => steps(job, [started, complete]);

export class JobReadiness implements Readiness {
  readonly watches = [
    ["batch/v1", "Job"],
    ["v1", "Pod"],
  ] as const;
  readonly patience = "since-news";
  failed = false;
  private isReady = false;
  private readonly errors = new Set<string>();
  private readonly owner: KubeObject;
  constructor(
    public object: KubeObject,
    private readonly log: Log,
  ) {
    this.owner = object;
  }

  observe({ object }: WatchEvent): boolean {
    if (object.kind === "Pod") return this.observePod(object);
    if (nameOf(object) !== nameOf(this.object)) return true;
    const { ready, taken } = jobSteps(object);
    this.isReady = ready;
    for (const { waitingFor } of taken) this.log.status("info", waitingFor);
    for (const { message } of taken) {
      if (message === undefined) continue;
      this.errors.add(message.text);
      this.failed = true;
    }
    this.object = object;
    return true;
  }

  private observePod(pod: KubeObject): boolean {
    if (!isOwnedBy(pod, this.owner)) return false;
    const found = podProblems(pod);
    for (const { severity, text: said } of found) {
      this.errors.add(said);
      // Every pod is unready on its way: worth a word only if the Job fails.
      if (!said.includes("containers with unready status")) this.log.status(severity, said);
    }
    return found.length > 0;
  }
  ready = () => this.isReady;
  problems = () => [...this.errors];
}
