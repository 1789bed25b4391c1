// What a pod's status says: the steps it has still to take, and what is wrong with its containers. Used for pods
// by themselves and for those of workloads.
import type { Log, Severity } from "../log";
import {
  conditionsOf,
  count,
  dig,
  type Fields,
  isOwnedBy,
  items,
  type KubeObject,
  nameOf,
  shownName,
  text,
} from "../object";
import type { Readiness } from "./readiness";

export interface Message {
  severity: Severity;
  text: string;
}
/** One step on the way to ready: what is waited for, and what is wrong with it. */
export interface Step {
  done: boolean;
  waitingFor: string;
  message?: Message;
}

/** The steps up to the first that isn't done. */
export function steps(
  object: Fields,
  checks: ((object: Fields) => Step)[],
): { ready: boolean; taken: Step[] } {
  const taken: Step[] = [];
  for (const check of checks) {
    const step = check(object);
    taken.push(step);
    if (!step.done) return { ready: false, taken };
  }
  return { ready: true, taken };
}

const scheduled = (pod: Fields): Step => {
  const condition = conditionsOf(pod).get("PodScheduled");
  const step: Step = {
    done: text(condition, "status") === "True",
    waitingFor: `Waiting for Pod "${shownName(pod)}" to be scheduled`,
  };
  const message = text(condition, "reason") && text(condition, "message");
  return message && !step.done ? { ...step, message: { severity: "info", text: message } } : step;
};

function inCondition(pod: Fields, type: string, word: string, orElse: boolean): Step {
  const condition = conditionsOf(pod).get(type);
  const waitingFor = `Waiting for Pod "${shownName(pod)}" to be ${word}`;
  if (condition === undefined) return { done: false, waitingFor };
  if (text(condition, "status") === "True" || orElse) return { done: true, waitingFor };
  const errors = items(pod, "status", "containerStatuses").flatMap((status) =>
    containerErrors(status as Fields),
  );
  const message = text(condition, "message");
  if (errors.length === 0 && message === "") return { done: false, waitingFor };
  const reason = text(condition, "reason") ? message : "";
  const said = `[Pod ${shownName(pod)}]: ${reason}${errors.join("\n")}`;
  return { done: false, waitingFor, message: { severity: "warning", text: said } };
}
const initialized = (pod: Fields) => inCondition(pod, "Initialized", "initialized", false);
const ready = (pod: Fields) =>
  inCondition(pod, "Ready", "ready", text(pod, "status", "phase") === "Succeeded");

export const podSteps = (pod: Fields) => steps(pod, [scheduled, initialized, ready]);

const trimmed = (message: string) =>
  message
    .replace(/^rpc error: code = Unknown desc = Error response from daemon: /, "")
    .replace(/: manifest unknown$/, "");

function containerErrors(status: Fields): string[] {
  if (status.ready === true) return [];
  const errors: string[] = [];
  const waiting = dig(status, "state", "waiting");
  if (waiting && text(waiting, "reason") !== "ContainerCreating") {
    errors.push(`[${text(waiting, "reason")}] ${trimmed(text(waiting, "message"))}`);
  }
  const ended = dig(status, "state", "terminated");
  if (ended && text(ended, "reason")) {
    const message = text(ended, "message");
    const code = count(ended, "exitCode") ?? 0;
    errors.push(
      message
        ? `[${text(ended, "reason")}] ${trimmed(message)}`
        : `container "${text(status, "name")}" completed with exit code ${code}`,
    );
  }
  const last = dig(status, "lastState", "terminated");
  if (last) {
    const how = `(${text(last, "reason")}: exit code ${count(last, "exitCode") ?? 0})`;
    errors.push(`container "${text(status, "name")}" terminated at ${text(last, "finishedAt")} ${how}`);
    if (text(last, "message")) errors.push(text(last, "message"));
  }
  return errors;
}

/** Warnings and errors about one pod. */
export const podProblems = (pod: Fields): Message[] =>
  podSteps(pod).taken.flatMap(({ message }) => (message && message.severity !== "info" ? [message] : []));

/** Those about all pods of an owner. */
export const problemsOf = (pods: Iterable<Fields>, owner: Fields | undefined): Message[] =>
  [...pods].filter((pod) => isOwnedBy(pod, owner)).flatMap(podProblems);

/** A pod is ready when it is Ready, or has succeeded. */
export class PodReadiness implements Readiness {
  readonly watches = [["v1", "Pod"]] as const;
  readonly patience = "since-news";
  private isReady = false;
  private messages: string[] = [];
  constructor(
    public object: KubeObject,
    private readonly log: Log,
  ) {}

  observe({ object }: { object: KubeObject }): boolean {
    if (nameOf(object) !== nameOf(this.object)) return true;
    const { ready, taken } = podSteps(object);
    this.isReady = ready;
    this.messages = podProblems(object).map((message) => message.text);
    for (const step of taken) this.log.status("info", step.waitingFor);
    this.object = object;
    return true;
  }
  ready = () => this.isReady;
  problems = () => this.messages;
}
