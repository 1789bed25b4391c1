// What "ready" means is a state machine for each kind: it is told of objects as they change, and says whether it
// is done and what is wrong. This file says what such a machine is, and drives one to its end: ready, failed,
// out of time, or cancelled. The machines know no clock and no network, so recorded objects can drive them too.
import type { WatchEvent } from "../informer";
import { type KubeObject, nameOf } from "../object";

export type Schedule = (seconds: number, then: () => void) => void;

export interface Readiness {
  /** The kinds to be told about, within the object's namespace. */
  readonly watches: readonly (readonly [apiVersion: string, kind: string])[];
  /** The object as last seen. */
  readonly object: KubeObject;
  /** Set once it can never become ready. */
  readonly failed?: boolean;
  /** Whether the time to wait counts from the start, or from the last event that `observe` called news. */
  readonly patience: "whole" | "since-news";
  /** Before anything is observed; `schedule` runs a function later, after which readiness is asked again. */
  begin?(schedule: Schedule): void;
  /** Says whether that was news. */
  observe(event: WatchEvent): boolean;
  /** Asked after each event. */
  ready(): boolean;
  /** Asked once more when time is up. */
  readyAtLast?(): boolean;
  /** Every ten seconds, for what is wrong meanwhile. */
  report?(): void;
  problems(): string[];
  /** What to say when time is up, where the kind has words of its own. */
  timedOut?(): string;
}

/** The object exists, but isn't what was waited for. */
export class NotReadyError extends Error {
  constructor(
    message: string,
    readonly object: KubeObject,
    readonly problems: string[],
  ) {
    super(message);
  }
}
export const notInitialized = (object: KubeObject, problems: string[]) =>
  new NotReadyError(`Resource '${nameOf(object)}' was created but failed to initialize`, object, problems);

export type Watch = (
  apiVersion: string,
  kind: string,
  heard: (event: WatchEvent) => void,
) => Promise<() => void>;

export async function untilReady(
  machine: Readiness,
  watch: Watch,
  milliseconds: number,
  signal: AbortSignal,
): Promise<KubeObject> {
  const ends: (() => void)[] = [];
  try {
    return await new Promise<KubeObject>((resolve, reject) => {
      let settled = false;
      const settle = (end: () => void) => {
        settled = true;
        end();
      };
      const step = (change: () => void) => {
        if (settled) return;
        try {
          change();
          if (machine.failed) settle(() => reject(notInitialized(machine.object, machine.problems())));
          else if (machine.ready()) settle(() => resolve(machine.object));
        } catch (error) {
          settle(() => reject(error));
        }
      };
      const giveUp = (message: string) => {
        if (settled) return;
        if (machine.readyAtLast?.()) return settle(() => resolve(machine.object));
        settle(() => reject(new NotReadyError(message, machine.object, machine.problems())));
      };
      const late = () =>
        giveUp(machine.timedOut?.() ?? `'${nameOf(machine.object)}' timed out waiting to be Ready`);
      const cancelled = () => giveUp(`Resource operation was cancelled for "${nameOf(machine.object)}"`);
      const timer = setTimeout(late, milliseconds);
      const report = setInterval(() => !settled && machine.report?.(), 10_000);
      signal.addEventListener("abort", cancelled);
      ends.push(
        () => clearTimeout(timer),
        () => clearInterval(report),
        () => signal.removeEventListener("abort", cancelled),
      );
      if (signal.aborted) return cancelled();
      const schedule: Schedule = (seconds, then) => {
        const alarm = setTimeout(() => step(then), seconds * 1000);
        ends.push(() => clearTimeout(alarm));
      };
      step(() => machine.begin?.(schedule));
      for (const [apiVersion, kind] of machine.watches) {
        const heard = (event: WatchEvent) =>
          step(() => {
            if (machine.observe(event) && machine.patience === "since-news") timer.refresh();
          });
        watch(apiVersion, kind, heard).then(
          (end) => (settled ? end() : ends.push(end)),
          (error: unknown) => settle(() => reject(error)),
        );
      }
    });
  } finally {
    for (const end of ends) end();
  }
}

/** Judges what is there now, without waiting; throws where it isn't ready. */
export async function readyNow(
  machine: Readiness,
  list: (apiVersion: string, kind: string) => Promise<KubeObject[]>,
): Promise<void> {
  for (const [apiVersion, kind] of machine.watches) {
    const found = await list(apiVersion, kind).catch(() => []);
    for (const object of found) machine.observe({ type: "ADDED", object });
  }
  if (machine.ready()) return;
  throw notInitialized(machine.object, machine.problems());
}
