/**
 * Strings of random characters, by the rules of the random provider: so many of each class at least, the
 * rest out of all of them, in random order. Which resource asks for one, and with which defaults, is left
 * to `resources.ts`.
 */
import { randomInt } from "node:crypto";

export interface Rules {
  length: number;
  lower: boolean;
  upper: boolean;
  numeric: boolean;
  special: boolean;
  minLower: number;
  minUpper: number;
  minNumeric: number;
  minSpecial: number;
  overrideSpecial?: string;
}

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const UPPER = LOWER.toUpperCase();
const DIGITS = "0123456789";
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

interface Class {
  name: string;
  wanted: boolean;
  characters: string;
  least: number;
}

function classes(rules: Rules): Class[] {
  const special = rules.overrideSpecial || SPECIAL;
  return [
    { name: "minLower", wanted: rules.lower, characters: LOWER, least: rules.minLower },
    { name: "minUpper", wanted: rules.upper, characters: UPPER, least: rules.minUpper },
    { name: "minNumeric", wanted: rules.numeric, characters: DIGITS, least: rules.minNumeric },
    { name: "minSpecial", wanted: rules.special, characters: special, least: rules.minSpecial },
  ];
}

/** What makes the rules impossible to keep, or undefined. */
export function contradiction(rules: Rules): { property: string; reason: string } | undefined {
  if (!Number.isInteger(rules.length) || rules.length < 1) {
    return {
      property: "length",
      reason: `length must be a whole number of at least 1, got: ${rules.length}`,
    };
  }
  const least = classes(rules).reduce((sum, each) => sum + each.least, 0);
  if (least > rules.length) {
    const reason = `length must be at least the sum of minLower, minUpper, minNumeric and minSpecial (${least}), got: ${rules.length}`;
    return { property: "length", reason };
  }
  if (!classes(rules).some((each) => each.wanted || each.least > 0)) {
    return { property: "special", reason: "at least one of lower, upper, numeric and special must be true" };
  }
  return undefined;
}

function pick(characters: string): string {
  return characters.charAt(randomInt(characters.length));
}

function shuffle(characters: string[]): string[] {
  const shuffled = [...characters];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [shuffled[last], shuffled[other]] = [shuffled[other] as string, shuffled[last] as string];
  }
  return shuffled;
}

export function randomCharacters(rules: Rules): string {
  const all = classes(rules);
  // As the official provider does, a class's minimum counts even where the class itself is off.
  const needed = all.flatMap((each) => Array.from({ length: each.least }, () => pick(each.characters)));
  const open = all
    .filter((each) => each.wanted)
    .map((each) => each.characters)
    .join("");
  const rest = Array.from({ length: rules.length - needed.length }, () => pick(open));
  return shuffle([...needed, ...rest]).join("");
}
