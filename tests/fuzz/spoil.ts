// Inputs that are wrong in every way: plausible ones with something strange put somewhere, and mere noise.

import { inspect } from "node:util";
import fc from "fast-check";
import { Encrypted } from "../../src/schema/given";
import { type Case, plausible, repaired } from "./valid";
import { SECRET } from "./values";

const circular: Record<string, unknown> = {};
circular.self = circular;
circular.list = [circular];

const deep = (levels: number): unknown => {
  let value: unknown = "bottom";
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? { env: value } : [value];
  return value;
};

class Thing {
  readonly inner = circular;
  readonly urn = { __pulumiOutput: true };
}

/** What no configuration should hold, and some do. */
const strange: fc.Arbitrary<unknown> = fc.oneof(
  fc.anything({
    maxDepth: 2,
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withNullPrototype: true,
  }),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom<unknown>(
    ...[
      "",
      " ",
      "\u0000",
      "\u0000given:0",
      "\u001b[31m",
      "\ud800",
      "${",
      "${}",
      "${.}",
      "${__proto__.x}",
      "${a.b",
      "$${a}",
    ],
    ...["yes", "1.10", "0777", "null", "~", "5constructor", "toString", "hasOwnProperty", "-1", "1e9", "NaN"],
    ...[
      "a".repeat(100_000),
      "a:".repeat(20_000),
      "1 ".repeat(20_000),
      "${".repeat(20_000),
      "ä".repeat(5_000),
    ],
    ...[0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, -0, 2 ** 53, true, false, null, undefined],
    ...[10n, Symbol("s"), () => "f", new Date(0), new Map([["a", 1]]), new Set([1]), /x/, new Thing(), Thing],
    ...[circular, deep(50), deep(100_000), new Array(3), [], {}, Object.create(null), new Encrypted()],
    ...[
      { __pulumiOutput: true },
      Promise.resolve("x"),
      JSON.parse('{"__proto__":{"env":{"A":1}},"constructor":1}'),
    ],
    ...[
      { secure: "v1:x" },
      [`PASSWORD=${SECRET}`],
      { PASSWORD: { value: SECRET } },
      { name: "A", value: SECRET },
    ],
  ),
);

const keys = fc.oneof(
  fc.constantFrom(
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "",
    ".",
    "a.b",
    'a"b',
    "a b",
    "[0]",
    "\u0000",
  ),
  fc.constantFrom("env", "secrets", "value", "backend", "replica", "backnd", "hots", "ENV", "1"),
  fc.string({ maxLength: 5 }),
);

/** Plausible inputs with up to four strange things in them. */
export const spoiled: fc.Arbitrary<Case> = fc
  .tuple(plausible, fc.array(fc.tuple(fc.nat(), fc.nat(4), strange, keys), { minLength: 1, maxLength: 4 }))
  .map(([{ identity, input: sound }, changes]) => {
    const whole = { input: structuredClone(sound) as unknown };
    for (const [where, how, value, key] of changes) spoil(whole, where, how, value, key);
    const input = whole.input as Record<string, unknown>;
    return { identity, input, [fc.toStringMethod]: () => inspect({ identity, input }, { depth: 9 }) };
  });

/** Values of the right type that few would write. */
const odd: Record<string, fc.Arbitrary<unknown>> = {
  string: fc.constantFrom(
    ...[
      "",
      " ",
      "-",
      "a_b",
      "A-b",
      "-x",
      "x-",
      "a b",
      "a.b",
      "a/b",
      "a:b",
      "/",
      ".",
      "..",
      "ä",
      "1",
      "0",
      "yes",
      "*",
    ],
    ...[
      "x".repeat(64),
      "x".repeat(254),
      "x/".repeat(140),
      "%",
      "a\nb",
      "\t",
      "${",
      "$(A)",
      "1Gi",
      "50%",
      "101%",
      "-1",
    ],
  ),
  number: fc.constantFrom(
    0,
    1,
    -1,
    2,
    59,
    100,
    101,
    1023,
    65535,
    65536,
    99_999,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 53,
  ),
  boolean: fc.boolean(),
};

/** Sound inputs with up to four odd values of the right type; many of them are refused by the plan. */
export const oddities: fc.Arbitrary<Case | undefined> = fc
  .tuple(plausible, fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 4 }))
  .map(([candidate, changes]) => {
    const sound = repaired(candidate);
    if (!sound) return undefined;
    const leaves = placesIn(sound.input).filter(({ holder, key }) => (typeof holder[key]) in odd);
    for (const [where, which] of changes) {
      const { holder, key } = leaves[where % leaves.length] ?? { holder: {}, key: "" };
      const [value] = fc.sample(odd[typeof holder[key]] ?? fc.constant(undefined), {
        numRuns: 1,
        seed: which,
      });
      holder[key] = value;
    }
    return sound;
  });

/** Anything at all. */
export const noise: fc.Arbitrary<unknown> = fc.oneof(strange, fc.anything(), fc.object());

function spoil(whole: { input: unknown }, where: number, how: number, value: unknown, key: string): void {
  const places = placesIn(whole);
  const place = places[where % places.length];
  if (!place) return;
  const before = place.holder[place.key];
  const put = (at: Record<string, unknown>, name: string, member: unknown) =>
    Object.defineProperty(at, name, { value: member, enumerable: true, configurable: true, writable: true });
  switch (how) {
    case 0:
      return void put(place.holder, place.key, value);
    case 1:
      return void put(place.holder, place.key, [before]);
    case 2:
      return void put(place.holder, place.key, { [key]: before });
    case 3: {
      // Under another name: a slip of the finger, or a key that means something to JavaScript.
      if (place.holder !== whole && !Array.isArray(place.holder)) put(place.holder, key, before);
      return;
    }
    default:
      if (before !== null && typeof before === "object" && !Array.isArray(before))
        put(before as Record<string, unknown>, key, value);
  }
}

interface Place {
  holder: Record<string, unknown>;
  key: string;
}

function placesIn(whole: object): Place[] {
  const places: Place[] = [];
  const visit = (holder: object, depth: number): void => {
    if (depth > 8 || places.length > 500) return;
    for (const [key, member] of Object.entries(holder)) {
      places.push({ holder: holder as Record<string, unknown>, key });
      if (member !== null && typeof member === "object" && isPlain(member)) visit(member, depth + 1);
    }
  };
  visit(whole, 0);
  return places;
}

function isPlain(value: object): boolean {
  if (value === circular) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Array.isArray(value);
}
