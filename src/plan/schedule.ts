// When a cron job runs: whether Kubernetes understands the schedule and the time zone.
// https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/

import type { Problem } from "../schema/problem";
import { suggest } from "../schema/suggest";

/** What is wrong with a schedule, if anything. */
export function scheduleProblem(path: string, schedule: string): Problem | undefined {
  const problem = (reason: string, remedy: string): Problem => ({ path, value: schedule, reason, remedy });
  const zone = /^(?:CRON_)?TZ=(\S+)\s+(.*)$/.exec(schedule);
  if (zone)
    return problem("holds a time zone", `write \`schedule: ${zone[2]}\` and \`timeZone: ${zone[1]}\``);
  if (/^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/.test(schedule)) return undefined;
  const fields = schedule.trim().split(/\s+/);
  if (fields.length !== 5) {
    const seconds = fields.length === 6 ? ` (without seconds: \`${fields.slice(1).join(" ")}\`)` : "";
    return problem(
      `has ${fields.length} fields, and Kubernetes takes 5`,
      `write minute, hour, day of the month, month, day of the week${seconds}`,
    );
  }
  try {
    // Loaded only where there are cron jobs: it costs every other stack's commands a tenth of a second.
    const { CronExpressionParser } = require("cron-parser") as typeof import("cron-parser");
    CronExpressionParser.parse(schedule);
    return undefined;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return problem(`is not a schedule: ${said}`, "write e.g. `30 2 * * *` for half past two at night");
  }
}

let known: ReadonlySet<string> | undefined;

function zones(): ReadonlySet<string> {
  known ??= new Set(Intl.supportedValuesOf("timeZone"));
  return known;
}

/** What is wrong with a time zone, if anything. */
export function timeZoneProblem(path: string, timeZone: string): Problem | undefined {
  try {
    // It knows the old names too (`UTC`, `US/Pacific`), as Kubernetes does; offsets such as `+01:00` it alone knows.
    if (zones().has(timeZone)) return undefined;
    if (!/^[+-]/.test(timeZone)) {
      new Intl.DateTimeFormat("en", { timeZone });
      return undefined;
    }
  } catch {
    // Not a zone: told below.
  }
  const near = suggest(timeZone, [...zones()], "");
  const remedy = near.startsWith("did you mean")
    ? near
    : "write e.g. `Europe/Berlin`; an offset doesn't know summer time";
  return { path, value: timeZone, reason: "is not in the IANA list of time zones", remedy };
}
