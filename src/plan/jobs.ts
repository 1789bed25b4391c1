// What runs once for each version, to its end: the migration, and behind it the tasks. Some of these come before the
// processes, as the seeding of a database does; those that need a process come behind it.

import { join } from "../schema/path";
import type { ProcessArgs } from "../schema/process-args";
import type { ServiceStackArgs } from "../schema/stack-args";
import { suggest } from "../schema/suggest";
import type { JobArgs, MigrationArgs } from "../schema/task-args";
import { findCycle } from "./cycles";
import { checkCommand, type PlannedPod, type PodContext, planPod } from "./pods";
import { checkRoleName, withBackends } from "./roles";
import type { Edge, JobPlan } from "./stack-plan";

const MIGRATION = "migration";

/** A label of the Job's pods holds its name, to which Pulumi adds nine characters. */
const NAME_LIMIT = 63 - 9;

/** How long a job may take where nothing is said, in seconds. */
const DEADLINE_SECONDS = 600;

export interface PlannedJobs {
  jobs: JobPlan[];
  /** The ids of those that all processes and cron jobs wait for. */
  first: string[];
  edges: Edge[];
}

/** A role that has its name already, and where it stands. */
interface Named {
  id: string;
  path: string;
}

/** The plans of the migration and of all tasks, beside the `processes` and the `stores`. */
export function planJobs(
  { migration, tasks = {} }: ServiceStackArgs,
  backend: ProcessArgs | undefined,
  { processes, stores }: { processes: readonly Named[]; stores: readonly Named[] },
  context: PodContext,
): PlannedJobs {
  const migrated = migration && planJob(MIGRATION, MIGRATION, migration, backend, context);
  const running = new Set(processes.map(({ id }) => id));
  const planned = Object.entries(tasks).map(([id, own]) => {
    const path = join("tasks", id);
    checkRoleName(path, id, [...processes, ...stores], context.problems);
    const after = predecessors(path, id, own.after ?? [], Object.keys(tasks), running, context);
    return { id, after, ...planJob(id, path, own, backend, context) };
  });
  checkCircles(planned, context);

  const tasksById = new Map(planned.map((task) => [task.id, task]));
  /** Whether a task waits for a process, be it through other tasks. */
  const isLate = (id: string, seen: readonly string[] = []): boolean => {
    const task = tasksById.get(id);
    if (!task || seen.includes(id)) return running.has(id);
    return [...task.ownRoles, ...task.after].some((other) => isLate(other, [...seen, id]));
  };
  const late = new Set(planned.map(({ id }) => id).filter((id) => isLate(id)));
  const before = migrated ? [MIGRATION] : [];
  return {
    jobs: [
      ...(migrated ? [behind(migrated, context.beforeMigration, context)] : []),
      ...planned.map((task) =>
        behind(
          task,
          [...before, ...task.after, ...task.ownRoles.filter((role) => running.has(role))],
          context,
        ),
      ),
    ],
    first: [...before, ...planned.map(({ id }) => id).filter((id) => !late.has(id))],
    edges: [
      ...(migrated ? beforeProcesses(migrated, context) : []),
      ...planned.flatMap((task) => (late.has(task.id) ? task.edges : beforeProcesses(task, context))),
    ],
  };
}

interface PlannedJob extends PlannedPod {
  limits: Pick<JobPlan, "deadlineSeconds" | "backoffLimit">;
}

function planJob(
  id: string,
  path: string,
  own: MigrationArgs & Pick<JobArgs, "backoffLimit">,
  backend: ProcessArgs | undefined,
  context: PodContext,
): PlannedJob {
  const { args, taken } = withBackends(own, backend);
  checkCommand(`${path}.command`, args.command, context.problems);
  const deadlineSeconds = own.activeDeadlineSeconds ?? DEADLINE_SECONDS;
  const limits = { deadlineSeconds, backoffLimit: own.backoffLimit ?? 0 };
  return { ...planPod({ id, path, args, taken, nameLimit: NAME_LIMIT }, context), limits };
}

/** A job behind the stores that it uses, and behind what else comes before it. */
function behind(
  { pod, roles, limits }: PlannedJob,
  others: readonly string[],
  { stores }: PodContext,
): JobPlan {
  const after = [...roles.flatMap((role) => stores.get(role) ?? []), ...others];
  return { ...pod, ...limits, after: [...new Set(after)] };
}

/** Processes wait for these jobs; what they would talk to among them isn't there yet, or is of the old version. */
function beforeProcesses({ edges, roles }: PlannedJob, { stores, peers }: PodContext): Edge[] {
  const reachable = new Set([...roles.filter((role) => stores.has(role)), ...peers.map(({ id }) => id)]);
  return edges.filter(({ to }) => reachable.has(to));
}

/** Those of `after` that can be waited for. */
function predecessors(
  path: string,
  id: string,
  after: readonly string[],
  tasks: readonly string[],
  processes: ReadonlySet<string>,
  { targets, problems }: PodContext,
): string[] {
  const known = [...tasks.filter((task) => task !== id), ...processes];
  return after.filter((other, index) => {
    if (known.includes(other)) return true;
    const place = join(`${path}.after`, index);
    const off = targets[other]?.off;
    if (other === MIGRATION) {
      problems.push({
        path: place,
        value: other,
        reason: "needs no mention",
        remedy: "drop it: every task runs behind the migration",
      });
    } else if (off) {
      problems.push({
        path: place,
        value: other,
        reason: `is switched off by \`${off}\``,
        remedy: "drop it here, or switch it on",
      });
    } else {
      problems.push({
        path: place,
        value: other,
        reason: other === id ? "is the task itself" : "is neither a task nor a process of this stack",
        remedy: suggest(other, known, "drop it; what a task refers to in its `env` is waited for anyway"),
      });
    }
    return false;
  });
}

function checkCircles(tasks: readonly { id: string; after: string[] }[], { problems }: PodContext): void {
  const cycle = findCycle(tasks.flatMap(({ id, after }) => after.map((to) => ({ from: id, to }))));
  if (!cycle) return;
  problems.push({
    path: join(join("tasks", cycle[0] as string), "after"),
    reason: `waits for itself in a circle: ${cycle.join(" → ")}`,
    remedy: "take one of these out",
  });
}
