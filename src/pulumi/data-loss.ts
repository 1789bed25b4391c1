// Refuses a change that what holds data can't follow, in previews too: before the API server does in its own words, or a server
// stands before a volume that it can't read. What is compared is the last deployment with this one.

import * as pulumi from "@pulumi/pulumi";
import type { StackObject } from "../objects/stack-object";
import { quantity } from "../plan/quantity";
import type { StackPlan } from "../plan/stack-plan";
import { listed, type Origin, type Problem } from "../schema/problem";
import { engineFeatures } from "./engine-features";
import { refusal } from "./refusal";

/** The hook for what holds data; undefined where the engine has none. The API server then refuses by itself, and Postgres' pod. */
export function dataHooks(
  plan: StackPlan,
  objects: readonly StackObject[],
  origin: Origin,
): pulumi.ResourceHookBinding | undefined {
  if (!engineFeatures().hooks) return undefined;
  const paths = new Map(objects.map(({ id, holds }) => [`${plan.name}-${id}`, holds]));
  const guard = new pulumi.ResourceHook(
    `${plan.name}-data`,
    async ({ name, oldInputs, newInputs }) => {
      const problems = lossesOf(paths.get(name) ?? name, oldInputs ?? {}, newInputs ?? {});
      if (problems.length === 0) return;
      throw refusal(
        listed(`The data of "${plan.name}" can't follow; it was left as it is.`, problems, origin),
      );
    },
    { onDryRun: true },
  );
  return { beforeUpdate: [guard] };
}

/** As much of the inputs of a claim, or of a database's server, as tells what becomes of the data. */
interface Inputs {
  kind?: string;
  metadata?: { name?: string };
  spec?: {
    resources?: { requests?: { storage?: string } };
    storageClassName?: string;
    accessModes?: string[];
    template?: { spec?: { containers?: { name?: string; image?: string }[] } };
  };
}

/** What the data that is set up at `path` can't follow, from one deployment to the next. */
export function lossesOf(path: string, before: Inputs, after: Inputs): Problem[] {
  return after.kind === "StatefulSet" ? upgrades(path, before, after) : claims(path, before, after);
}

function claims(path: string, { spec: before }: Inputs, { metadata, spec: after }: Inputs): Problem[] {
  const problems: Problem[] = [];
  const volume = `the volume ${metadata?.name}`;
  const [had, wanted] = [before, after].map((spec) => spec?.resources?.requests?.storage);
  if (had !== undefined && wanted !== undefined && (quantity(wanted) ?? 0) < (quantity(had) ?? 0)) {
    problems.push({
      path: `${path}.storage`,
      value: wanted,
      reason: `is less than the ${had} that ${volume} has, and volumes don't shrink`,
      remedy: `write \`storage: ${had}\`, or more; ${MOVE}`,
    });
  }
  const [of, to] = [before?.storageClassName, after?.storageClassName];
  if (of !== undefined && of !== to) {
    problems.push({
      path: `${path}.storageClassName`,
      value: to,
      reason: `is another class than \`${of}\`, in which ${volume} was made and has to stay`,
      remedy: `write \`storageClassName: ${of}\`; ${MOVE}`,
    });
  }
  const [modes, asked] = [before?.accessModes, after?.accessModes];
  if (modes && asked && [...modes].sort().join() !== [...asked].sort().join()) {
    problems.push({
      path: `${path}.accessModes`,
      value: asked.join(", "),
      reason: `are others than those that ${volume} was made with, and those are for good`,
      remedy: `write \`accessModes: [${modes.join(", ")}]\`; ${MOVE}`,
    });
  }
  return problems;
}

const MOVE = "to move the data, take a dump into a new volume: docs/data.md, Moving to another volume";

/** No server of PostgreSQL reads what another major version has written. */
function upgrades(path: string, before: Inputs, after: Inputs): Problem[] {
  const [old, next] = [before, after].map(imageOf);
  const [from, to] = [majorOf(old), majorOf(next)];
  if (from === undefined || to === undefined || from === to) return [];
  return [
    {
      path: `${path}.image`,
      value: next,
      reason: `is PostgreSQL ${to}, and the volume holds a database of PostgreSQL ${from}, which it can't read`,
      remedy: `write \`image: ${old}\`, or another of ${from}; to go to ${to}, dump and restore: docs/data.md`,
    },
  ];
}

function imageOf({ spec }: Inputs): string | undefined {
  return spec?.template?.spec?.containers?.find(({ name }) => name === "postgres")?.image;
}

/** The major version that a tag tells, as `16.4-alpine` and `16-3.5` of PostGIS do; `2.17-pg16` is TimescaleDB's. */
function majorOf(image: string | undefined): number | undefined {
  const tag = /:([^/@]+)(@.*)?$/.exec(image ?? "")?.[1] ?? "";
  const major = Number(/pg(\d+)/.exec(tag)?.[1] ?? /^(\d+)/.exec(tag)?.[1]);
  // Below are versions of something else; PostgreSQL's of today are above.
  return major >= 10 ? major : undefined;
}
