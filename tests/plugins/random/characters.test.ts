/** The rules for random characters, without an engine. */
import { equal, match, ok } from "node:assert/strict";
import fc from "fast-check";
import { contradiction, type Rules, randomCharacters } from "../../../local/plugins/random/characters";

const PLAIN: Rules = {
  length: 12,
  lower: true,
  upper: true,
  numeric: true,
  special: true,
  minLower: 0,
  minUpper: 0,
  minNumeric: 0,
  minSpecial: 0,
};

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

describe("random characters", () => {
  it("keep length and minimums, whatever they are", () => {
    const least = fc.integer({ min: 0, max: 4 });
    fc.assert(
      fc.property(least, least, least, least, (minLower, minUpper, minNumeric, minSpecial) => {
        const rules = { ...PLAIN, length: 16, minLower, minUpper, minNumeric, minSpecial };
        const made = randomCharacters(rules);
        equal(made.length, 16);
        ok(count(made, /[a-z]/g) >= minLower);
        ok(count(made, /[A-Z]/g) >= minUpper);
        ok(count(made, /[0-9]/g) >= minNumeric);
        ok(count(made, /[^a-zA-Z0-9]/g) >= minSpecial);
      }),
    );
  });

  it("come from the wanted classes only", () => {
    match(randomCharacters({ ...PLAIN, length: 500, upper: false, special: false }), /^[a-z0-9]+$/);
    match(
      randomCharacters({
        ...PLAIN,
        length: 500,
        lower: false,
        upper: false,
        numeric: false,
        overrideSpecial: "_-",
      }),
      /^[_-]+$/,
    );
  });

  it("never come twice the same", () => {
    const made = new Set(Array.from({ length: 100 }, () => randomCharacters(PLAIN)));
    equal(made.size, 100);
  });

  it("can't be made by rules that contradict each other", () => {
    equal(contradiction(PLAIN), undefined);
    equal(contradiction({ ...PLAIN, length: 0 })?.property, "length");
    equal(contradiction({ ...PLAIN, length: 3, minLower: 2, minUpper: 2 })?.property, "length");
    const none = { ...PLAIN, lower: false, upper: false, numeric: false, special: false };
    equal(contradiction(none)?.property, "special");
  });
});
