// Brings equal inputs into one form, so that spelling is not a difference: built-in kinds go through the
// fields of the API server's own types (shapes.json), as the official provider sends them through Go's.
// What the server would drop (fields it doesn't know, empty optional ones) is dropped, and quantities are
// written its way. What to make of the differences that remain is left to diff.ts.
//
// Notation of shapes.json: `?` omitted when empty, `*` a pointer (never empty), `[]` a list, `{}` a map;
// s, b, n, q a string, boolean, number, quantity; `any` is taken as it is; all else names a shape.
import { type Fields, isCrd, isFields, isSecret, type KubeObject, text, type Value } from "./object";
import { hasUnknown, isUnknown } from "./properties";
import { canonicalQuantity } from "./quantity";
import written from "./shapes.json";

class Mismatch extends Error {}

const kinds: Record<string, string> = written.kinds;
const shapes: Record<string, string> = written.shapes;
const parsed = new Map<string, Map<string, string>>();

function fieldsOf(shape: string): Map<string, string> {
  const known = parsed.get(shape);
  if (known) return known;
  const pairs = (shapes[shape] ?? "").split(" ").map((pair) => pair.split(":") as [string, string]);
  const result = new Map(pairs);
  parsed.set(shape, result);
  return result;
}

const scalars: Record<string, string> = { s: "string", b: "boolean", n: "number" };

function normalized(value: Value, notation: string): Value {
  if (notation === "any") return value;
  if (notation === "q") return canonicalQuantity(value);
  if (notation.startsWith("*")) return normalized(value, notation.slice(1));
  if (notation.startsWith("[]")) {
    if (!Array.isArray(value)) throw new Mismatch();
    return value.map((element) => normalized(element, notation.slice(2)));
  }
  const scalar = scalars[notation];
  if (scalar !== undefined) {
    if (typeof value !== scalar) throw new Mismatch();
    return value;
  }
  if (!isFields(value)) throw new Mismatch();
  if (notation.startsWith("{}")) {
    const pairs = Object.entries(value).map(([key, element]) => [
      key,
      normalized(element ?? null, notation.slice(2)),
    ]);
    return Object.fromEntries(pairs);
  }
  const result: Fields = {};
  const known = fieldsOf(notation);
  for (const [key, element] of Object.entries(value)) {
    const field = known.get(key);
    if (field === undefined || element === undefined || element === null) continue;
    const optional = field.startsWith("?");
    const form = optional ? field.slice(1) : field;
    const kept = normalized(element, form);
    if (!(optional && isEmpty(kept, form))) result[key] = kept;
  }
  return result;
}

/** Go's "omitempty": pointers and structs are never empty; lists, maps and plain values may be. */
function isEmpty(value: Value, notation: string): boolean {
  if (notation.startsWith("[]")) return Array.isArray(value) && value.length === 0;
  if (notation.startsWith("{}")) return isFields(value) && Object.keys(value).length === 0;
  return notation in scalars && (value === "" || value === 0 || value === false);
}

const readOnly = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "uid",
];

/** The normal form of an object's inputs. A copy. */
export function normalize(inputs: KubeObject): KubeObject {
  let object = structuredClone(inputs);
  const shape = kinds[`${object.apiVersion}/${object.kind}`];
  if (isCrd(object)) normalizeCrd(object);
  else if (hasUnknown(object)) {
    // Types can't judge a value that isn't there yet.
  } else if (isSecret(object)) normalizeSecret(object);
  else if (shape !== undefined) {
    try {
      object = normalized(object, shape) as KubeObject;
    } catch (error) {
      // Of the wrong type: the API server will say so better.
      if (!(error instanceof Mismatch)) throw error;
    }
  }
  if (!isUnknown(object.metadata)) {
    object.metadata = isFields(object.metadata) ? object.metadata : {};
    for (const key of readOnly) delete object.metadata[key];
  }
  return object;
}

/** `stringData` is written into `data`, as the API server does. */
function normalizeSecret(secret: Fields): void {
  const given = isFields(secret.stringData) ? secret.stringData : {};
  const data: Fields = isFields(secret.data) ? secret.data : {};
  if (Object.keys(given).length > 0) {
    for (const key of Object.keys(given)) data[key] = Buffer.from(text(given, key)).toString("base64");
    secret.data = data;
    delete secret.stringData;
    return;
  }
  for (const [key, value] of Object.entries(data)) {
    const bytes =
      typeof value === "string" && /^[A-Za-z0-9+/\s]*=*\s*$/.test(value)
        ? Buffer.from(value, "base64")
        : undefined;
    if (bytes) data[key] = bytes.toString("base64");
  }
}

function normalizeCrd(crd: Fields): void {
  if (isFields(crd.spec) && crd.spec.preserveUnknownFields === false) delete crd.spec.preserveUnknownFields;
  delete crd.status;
}

/** The names of an object's top-level fields that can be inputs, where its kind is built in. */
export function topFields(object: KubeObject): string[] {
  const shape = kinds[`${object.apiVersion}/${object.kind}`];
  return shape === undefined ? [] : [...fieldsOf(shape).keys()].filter((key) => key !== "status");
}

/** Those parts of a live object that the inputs also have: what a user can have changed, or lost. */
export function pruned(live: Fields, inputs: Fields): Fields {
  const result: Fields = {};
  for (const [key, value] of Object.entries(live)) {
    const wanted = inputs[key];
    if (wanted === undefined || value === undefined) continue;
    if (isFields(value) && isFields(wanted)) result[key] = pruned(value, wanted);
    else if (Array.isArray(value) && Array.isArray(wanted)) result[key] = prunedList(value, wanted);
    else result[key] = value;
  }
  return result;
}

function prunedList(live: Value[], inputs: Value[]): Value[] {
  if (live.length > 0 && inputs.length > 0 && isFields(live[0]) !== isFields(inputs[0])) return live;
  return live.slice(0, inputs.length).map((value, index) => {
    const wanted = inputs[index];
    if (isFields(value) && isFields(wanted)) return pruned(value, wanted);
    return Array.isArray(value) && Array.isArray(wanted) ? prunedList(value, wanted) : value;
  });
}
