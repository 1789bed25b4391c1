// What is done to the database beside its use: extensions are made, backups are taken. All of it runs the database's own
// programs against whatever database there is.

import type { PostgresArgs } from "../schema/postgres-args";
import type { Problem } from "../schema/problem";
import { planDumps } from "./backup";
import { type ClientImage, clientPod, DATABASE } from "./database-client";
import { EXTENSIONS_SCRIPT } from "./extensions";
import { type ImageContext, imageProblem } from "./images";
import type { CronJobPlan, Edge, JobPlan, PlacementPlan, VolumePlan } from "./stack-plan";
import type { PostgresConnectionPlan, PostgresPlan } from "./store-plan";
import { TIERS } from "./tiers";

const EXTENSIONS = "postgres-extensions";

export interface UpkeepContext extends Pick<ImageContext, "name" | "tier"> {
  connection: PostgresConnectionPlan;
  /** Whether the stack runs the database. */
  inside: boolean;
  openshift: boolean;
  placement: PlacementPlan;
  /** Whether there is a migration. */
  migrates: boolean;
  problems: Problem[];
}

export interface Upkeep {
  jobs: JobPlan[];
  cronJobs: CronJobPlan[];
  volumes: VolumePlan[];
  edges: Edge[];
  /** What whoever uses the database waits for. */
  ready: string[];
  /** What the migration waits for beside that. */
  beforeMigration: string[];
  /** When backups are made, and where they lie. */
  backup?: { schedule: string; volume?: string; objectStore?: string };
}

/** The upkeep of a database. */
export function planUpkeep(args: PostgresArgs, postgres: PostgresPlan, context: UpkeepContext): Upkeep {
  const { extensions } = postgres;
  const objectStore = postgres.mode === "cloudnative-pg" ? postgres.objectStore : undefined;
  const client = extensions.length > 0 || dumps(args) ? clientImage(args, postgres, context) : undefined;
  const job = client && extensions.length > 0 ? extensionsJob(extensions, client, context) : undefined;
  const backup =
    client && args.backup && dumps(args) ? planDumps(args.backup, args, client, context) : undefined;
  const jobs = [job, backup?.job].filter((one) => one !== undefined);
  const cronJobs = backup?.cronJobs ?? [];
  return {
    jobs,
    cronJobs,
    volumes: backup ? [backup.volume] : [],
    edges: [...jobs, ...cronJobs].map(({ id }) => ({ from: id, to: DATABASE })),
    ready: job ? [job.id] : context.inside ? [DATABASE] : [],
    beforeMigration: backup?.job ? [backup.job.id] : [],
    backup: objectStore
      ? {
          schedule: objectStore.schedule,
          objectStore: objectStore.destinationPath,
          volume: backup?.outputs.volume,
        }
      : backup?.outputs,
  };
}

/** Whether backups are dumps, rather than CloudNativePG's own. */
function dumps({ backup }: PostgresArgs): boolean {
  return backup !== undefined && (backup.objectStore === undefined || backup.beforeMigration === true);
}

/** Where the programs come from: an image of the server's version, or a newer one. */
function clientImage(
  args: PostgresArgs,
  postgres: PostgresPlan,
  { tier, openshift, problems }: UpkeepContext,
): ClientImage {
  if (postgres.mode === "embedded") return { image: postgres.image, runAsUser: postgres.runAsUser };
  if (args.image === undefined) {
    problems.push({
      path: "postgres.image",
      reason: `is missing: ${args.backup ? "pg_dump" : "psql"} must come from somewhere, and may not be older than the server`,
      remedy: "name an image of the server's major version, e.g. `image: postgres:17.2`",
    });
  }
  const wrong = args.image === undefined ? undefined : imageProblem("postgres.image", args.image, tier);
  if (wrong && postgres.mode === "external") problems.push(wrong);
  // Whoever runs the server: so the dumps stay readable when that changes.
  return { image: args.image ?? "", ...(!openshift && { runAsUser: args.runAsUser ?? 999 }) };
}

function extensionsJob(extensions: readonly string[], client: ClientImage, context: UpkeepContext): JobPlan {
  const file = "/etc/postgres-extensions/extensions.sh";
  const pod = clientPod(context, {
    id: EXTENSIONS,
    client,
    connection: context.connection,
    resources: TIERS[context.tier].backupResources,
    command: ["sh", file],
    variables: { EXTENSIONS: extensions.join(" ") },
    files: { [file]: EXTENSIONS_SCRIPT },
    after: context.inside ? [DATABASE] : [],
  });
  return { ...pod, deadlineSeconds: 300, backoffLimit: 0 };
}
