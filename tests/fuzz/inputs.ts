// Inputs made from the JSON Schema: of the right shape, and plausible as far as names of properties tell. Whether
// their values go together is seen by planning them (`valid.ts`).

import fc from "fast-check";
import type { StackIdentity } from "../../src/plan/plan";
import { ROOT, resolved, type Schema } from "./schema";
import { keyFor, valueFor } from "./values";

/** Inputs of the right shape; `focus` is a path whose value all of them have. */
export function shaped(focus = ""): fc.Arbitrary<Record<string, unknown>> {
  return arbitraryOf(ROOT, "", focus) as never;
}

/** Which stack is planned: mostly a usual one. */
export const identity: fc.Arbitrary<StackIdentity> = fc.record({
  name: fc.constantFrom("notes", "n", "shop-2", `long-${"x".repeat(22)}`),
  stack: fc.constantFrom("dev", "acc", "prod", "review-17"),
  readFile: fc.constant(() => Buffer.from("LOG_LEVEL=info\n")),
});

/** What the schema allows at a path, whose keys of maps are `*`. */
export function arbitraryOf(schema: Schema, path: string, focus = ""): fc.Arbitrary<unknown> {
  const known = valueFor(path);
  if (known) return known;
  const { type, enum: allowed, examples = [], default: standard, ...rest } = resolved(schema);
  if (allowed) return fc.constantFrom(...allowed);
  switch (type) {
    case "object":
      return objectOf(rest, path, focus);
    case "array":
      return fc.array(arbitraryOf(rest.items ?? {}, `${path}.*`, focus), { minLength: 1, maxLength: 3 });
    case "boolean":
      return fc.boolean();
    case "integer":
    case "number":
      return fc.oneof(
        fc.integer({ min: rest.minimum ?? 0, max: rest.maximum ?? (rest.minimum ?? 0) + 100 }),
        ...literals([standard, ...examples], "number"),
      );
    default: {
      const texts = literals([standard, ...examples], "string");
      return texts.length > 0 ? fc.oneof(...texts) : fc.constantFrom("a", "b-c", "some text", "1");
    }
  }
}

/** Documented values; a default that is told in words begins with a dash. */
function literals(values: unknown[], type: string): fc.Arbitrary<unknown>[] {
  const usable = values.filter(
    (value) =>
      typeof value === type && !(typeof value === "string" && (/^-\s/.test(value) || /…/.test(value))),
  );
  return usable.length > 0 ? [fc.constantFrom(...usable)] : [];
}

function objectOf(
  { properties = {}, additionalProperties, required = [] }: Schema,
  path: string,
  focus: string,
) {
  const below = (key: string) => (path === "" ? key : `${path}.${key}`);
  if (additionalProperties) {
    return fc.dictionary(keyFor(path), arbitraryOf(additionalProperties, below("*"), focus), {
      minKeys: 1,
      maxKeys: 3,
      noNullPrototype: true,
    });
  }
  // Most stacks have most of the parts, and each part a few of its many settings.
  const count = Object.keys(properties).length;
  const present = path === "" ? 0.7 : Math.min(0.6, 5 / count);
  const members = Object.entries(properties).map(([key, schema]) => {
    const value = arbitraryOf(schema, below(key), focus);
    const always = required.includes(key) || `${focus}.`.startsWith(`${below(key)}.`);
    return [key, always ? value : maybe(value, present)];
  });
  return fc
    .record(Object.fromEntries(members))
    .map((whole) => Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined)));
}

function maybe(value: fc.Arbitrary<unknown>, probability: number): fc.Arbitrary<unknown> {
  const weight = Math.round(probability * 100);
  return fc.oneof({ weight, arbitrary: value }, { weight: 100 - weight, arbitrary: fc.constant(undefined) });
}
