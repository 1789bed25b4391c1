/**
 * How steps are shown: a live list on a terminal, timestamped lines elsewhere: one when a step starts,
 * one when it ends, and a sign of life every 30 seconds between. What the steps do is not its business.
 */
import {
  Listr,
  type ListrRenderer,
  type ListrRendererTask,
  type ListrTask,
  ListrTaskEventType,
  ListrTaskState,
  PRESET_TIMER,
} from "listr2";

/** Tells how far a step is, in a few words. */
export type Report = (text: string) => void;

/** A step, or a group of steps that run side by side. */
export type Step =
  | { title: string; run: (report: Report) => Promise<string | undefined> }
  | { title: string; together: Step[] };

const HEARTBEAT_MS = 30_000;

export function seconds(milliseconds: number): string {
  const whole = milliseconds / 1000;
  if (whole < 60) return `${whole.toFixed(1)} s`;
  const rounded = Math.round(whole);
  return `${Math.floor(rounded / 60)} min ${rounded % 60} s`;
}

function write(text: string): void {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

/** One line for each event, for logs and pipes. */
export class PlainRenderer implements ListrRenderer {
  static nonTTY = true;
  static rendererOptions: never;
  static rendererTaskOptions: never;
  private readonly hearts = new Map<object, NodeJS.Timeout>();

  constructor(private readonly tasks: ListrRendererTask<typeof PlainRenderer>[]) {}

  render(): void {
    this.watch(this.tasks);
  }

  end(): void {
    for (const heart of this.hearts.values()) clearInterval(heart);
  }

  private watch(tasks: ListrRendererTask<typeof PlainRenderer>[]): void {
    for (const task of tasks) {
      let begun = 0;
      let last = "";
      let name = task.title ?? "";
      task.on(ListrTaskEventType.SUBTASK, (subtasks) => this.watch(subtasks));
      task.on(ListrTaskEventType.OUTPUT, (text) => {
        last = String(text);
      });
      task.on(ListrTaskEventType.STATE, (state) => {
        if (state === ListrTaskState.STARTED) {
          begun = Date.now();
          name = task.title ?? "";
          write(`→ ${name}`);
          const beat = () => {
            if (!task.hasSubtasks())
              write(`… ${name}: ${last || "at work"} (${seconds(Date.now() - begun)})`);
          };
          this.hearts.set(task, setInterval(beat, HEARTBEAT_MS).unref());
          return;
        }
        if (state !== ListrTaskState.COMPLETED && state !== ListrTaskState.FAILED) return;
        clearInterval(this.hearts.get(task));
        const sign = state === ListrTaskState.COMPLETED ? "✓" : "✗";
        write(`${sign} ${task.title ?? name} (${seconds(Date.now() - begun)})`);
      });
    }
  }
}

type Shown = ListrTask<unknown, typeof PlainRenderer>;

function shown(step: Step): Shown {
  if ("together" in step) {
    return {
      title: step.title,
      task: (_, task) => task.newListr(step.together.map(shown), { concurrent: true, exitOnError: true }),
    };
  }
  return {
    title: step.title,
    task: async (_, task) => {
      const result = await step.run((text) => {
        task.output = text;
      });
      if (result) task.title = `${step.title}: ${result}`;
    },
  };
}

/** Runs steps one after the other; the first that fails ends the run with its error. */
export async function runSteps(steps: Step[]): Promise<void> {
  const list = new Listr(
    steps.map(shown) as ListrTask[],
    {
      concurrent: false,
      exitOnError: true,
      fallbackRenderer: PlainRenderer,
      rendererOptions: { timer: PRESET_TIMER, collapseSubtasks: false, showErrorMessage: false },
    } as ConstructorParameters<typeof Listr>[1],
  );
  await list.run();
}
