// When a cron job runs: whether Kubernetes understands the schedule and the time zone. Cron has dialects; these are the
// rules of the library that Kubernetes reads schedules with, which knows no day 7, `L`, `W` or `#`.
// https://pkg.go.dev/github.com/robfig/cron/v3#hdr-CRON_Expression_Format

import type { Problem } from "../schema/problem";
import { suggest } from "../schema/suggest";

interface Field {
  name: string;
  min: number;
  max: number;
  /** Names for the numbers from `min` on. */
  names?: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: "minute", min: 0, max: 59 },
  { name: "hour", min: 0, max: 23 },
  { name: "day of the month", min: 1, max: 31 },
  {
    name: "month",
    min: 1,
    max: 12,
    names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
  },
  { name: "day of the week", min: 0, max: 6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
];

/** The days of each month, in a leap year. */
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

interface Mistake {
  reason: string;
  remedy: string;
}

/** What is wrong with a schedule, if anything. */
export function scheduleProblem(path: string, schedule: string): Problem | undefined {
  const mistake = scheduleMistake(schedule);
  return mistake && { path, value: schedule, ...mistake };
}

function scheduleMistake(schedule: string): Mistake | undefined {
  const zone = /^(?:CRON_)?TZ=(\S+)\s+(.*)$/.exec(schedule);
  if (zone)
    return {
      reason: "holds a time zone",
      remedy: `write \`schedule: ${zone[2]}\` and \`timeZone: ${zone[1]}\``,
    };
  if (/^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/.test(schedule)) return undefined;
  if (schedule.startsWith("@"))
    return {
      reason: "is no schedule that has a name",
      remedy: "write `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`, or five fields",
    };
  const fields = schedule.trim().split(/\s+/);
  if (fields.length !== FIELDS.length) {
    const seconds = fields.length === 6 ? ` (without seconds: \`${fields.slice(1).join(" ")}\`)` : "";
    return {
      reason:
        schedule.trim() === ""
          ? "is empty"
          : `has ${fields.length} field${fields.length === 1 ? "" : "s"}, and Kubernetes takes 5`,
      remedy: `write minute, hour, day of the month, month, day of the week${seconds}`,
    };
  }
  const sets = FIELDS.map((field, index) => parseField(field, fields[index] as string));
  const wrong = sets.find((set) => "reason" in set);
  return wrong ?? neverMistake(fields, sets as number[][]);
}

/** The numbers that a field stands for, or what is wrong with it. */
function parseField(field: Field, text: string): number[] | Mistake {
  const numbers: number[] = [];
  for (const part of text.split(",")) {
    const range = parseRange(field, part);
    if ("reason" in range) return range;
    for (let number = range.from; number <= range.to; number += range.step) numbers.push(number);
  }
  return numbers;
}

function parseRange(field: Field, part: string): { from: number; to: number; step: number } | Mistake {
  const { name, min, max } = field;
  const wrong = (reason: string, remedy = `write ${min} to ${max}, \`*\`, \`*/5\` or the like`): Mistake => ({
    reason: `has \`${part}\` as its ${name}: ${reason}`,
    remedy,
  });
  const [span = "", step, ...more] = part.split("/");
  const [first = "", last, ...rest] = span.split("-");
  if (more.length > 0 || rest.length > 0) return wrong("that is no number and no range");
  const every = step === undefined ? 1 : /^\d+$/.test(step) ? Number(step) : Number.NaN;
  if (!(every > 0)) return wrong("the step behind `/` is a number, 1 or more");
  if (first === "*" || first === "?") {
    return last === undefined ? { from: min, to: max, step: every } : wrong("`*` begins no range");
  }
  const from = parseNumber(field, first);
  const to = last === undefined ? (step === undefined ? from : max) : parseNumber(field, last);
  if (from === undefined || to === undefined) return wrong("that is no number and no range");
  if (field.max === 6 && (from === 7 || to === 7))
    return wrong("Kubernetes counts the days of the week from 0 to 6", "write `0` or `sun` for Sunday");
  if (from < min || to > max) return wrong(`it goes from ${min} to ${max}`);
  if (from > to) return wrong("it begins behind its end", `write \`${from}-${max},${min}-${to}\``);
  return { from, to, step: every };
}

function parseNumber({ min, names }: Field, text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const index = names?.indexOf(text.toLowerCase()) ?? -1;
  return index < 0 ? undefined : index + min;
}

/** A day that none of the months has, such as the 30th of February. Where the day of the week is given too, either will do. */
function neverMistake(fields: string[], [, , days = [], months = []]: number[][]): Mistake | undefined {
  const anyDay = /^[*?](\/1)?$/.test(fields[4] as string);
  const comes = months.some((month) => days.some((day) => day <= (DAYS[month - 1] ?? 0)));
  if (!anyDay || comes) return undefined;
  return { reason: "never comes: none of these months has such a day", remedy: "write a day that they have" };
}

let known: ReadonlySet<string> | undefined;

function zones(): ReadonlySet<string> {
  known ??= new Set([...Intl.supportedValuesOf("timeZone"), "UTC", "Etc/UTC"]);
  return known;
}

/** What is wrong with a time zone, if anything. */
export function timeZoneProblem(path: string, timeZone: string): Problem | undefined {
  if (zones().has(timeZone) || isOldZone(timeZone)) return undefined;
  const near = suggest(timeZone, [...zones()], "");
  const remedy = near.startsWith("did you mean")
    ? near
    : "write e.g. `Europe/Berlin`; an offset doesn't know summer time";
  return { path, value: timeZone, reason: "is not in the IANA list of time zones", remedy };
}

/** A name of old, such as `UTC` or `US/Pacific`, which the list leaves out. Kubernetes knows it by these very letters;
 * JavaScript is content with any case, and with offsets such as `+01:00`. */
function isOldZone(timeZone: string): boolean {
  const part = /^(Etc|[A-Z]{2,3}|[A-Z]{1,4}[-+\d][-+\w]*|[A-Z][a-z][-\w]{2,})$/;
  if (!timeZone.split("/").every((name) => part.test(name))) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone });
    return true;
  } catch {
    return false;
  }
}
