/**
 * RandomPassword, RandomString and RandomId as the random provider describes them: inputs, defaults and
 * outputs. Nothing of the engine's protocol; that is `provider.ts`.
 */
import { randomBytes } from "node:crypto";
import { hashSync } from "bcryptjs";
import { type Properties, secret, UNKNOWN } from "../values";
import { contradiction, type Rules, randomCharacters } from "./characters";

export interface Made {
  id: string;
  properties: Properties;
}

export interface Kind {
  inputs: string[];
  /** The inputs with every default filled in. */
  normalize(inputs: Properties): Properties;
  mistake(normalized: Properties): { property: string; reason: string } | undefined;
  /** Outputs that only making the resource tells. */
  computed: string[];
  make(normalized: Properties): Made;
}

const RULES = ["lower", "upper", "numeric", "special", "minLower", "minUpper", "minNumeric", "minSpecial"];

function normalizeRules(inputs: Properties): Properties {
  // `number` is the older name of `numeric`; the state carries both.
  const numeric = inputs.numeric ?? inputs.number ?? true;
  return {
    lower: true,
    upper: true,
    special: true,
    minLower: 0,
    minUpper: 0,
    minNumeric: 0,
    minSpecial: 0,
    ...inputs,
    number: numeric,
    numeric,
  };
}

function mistakeOfRules(normalized: Properties) {
  return contradiction(normalized as unknown as Rules);
}

const STRING_INPUTS = ["keepers", "length", "number", "overrideSpecial", ...RULES];

const password: Kind = {
  inputs: STRING_INPUTS,
  normalize: (inputs) => ({ ...normalizeRules(inputs), __meta: '{"schema_version":"3"}' }),
  mistake: mistakeOfRules,
  computed: ["result", "bcryptHash"],
  make(normalized) {
    const result = randomCharacters(normalized as unknown as Rules);
    const bcryptHash = hashSync(result, 10);
    // The official provider's id is this word, so that no log of ids shows a password.
    return { id: "none", properties: { result: secret(result), bcryptHash: secret(bcryptHash) } };
  },
};

const string: Kind = {
  inputs: STRING_INPUTS,
  normalize: (inputs) => ({ ...normalizeRules(inputs), __meta: '{"schema_version":"2"}' }),
  mistake: mistakeOfRules,
  computed: ["result"],
  make(normalized) {
    const result = randomCharacters(normalized as unknown as Rules);
    return { id: result, properties: { result } };
  },
};

const id: Kind = {
  inputs: ["byteLength", "keepers", "prefix"],
  normalize: (inputs) => inputs,
  mistake({ byteLength }) {
    if (typeof byteLength === "number" && Number.isInteger(byteLength) && byteLength >= 1) return undefined;
    return {
      property: "byteLength",
      reason: `byteLength must be a whole number of at least 1, got: ${byteLength}`,
    };
  },
  computed: ["b64Std", "b64Url", "dec", "hex"],
  make({ byteLength, prefix }) {
    const bytes = randomBytes(byteLength as number);
    const before = typeof prefix === "string" ? prefix : "";
    const properties = {
      b64Std: before + bytes.toString("base64"),
      b64Url: before + bytes.toString("base64url"),
      dec: before + BigInt(`0x${bytes.toString("hex")}`).toString(),
      hex: before + bytes.toString("hex"),
    };
    return { id: bytes.toString("base64url"), properties };
  },
};

export const KINDS: Record<string, Kind> = {
  "random:index/randomPassword:RandomPassword": password,
  "random:index/randomString:RandomString": string,
  "random:index/randomId:RandomId": id,
};

/** What a preview can say of a resource's outputs. */
export function unknownOutputs(kind: Kind): Properties {
  return Object.fromEntries(kind.computed.map((name) => [name, UNKNOWN]));
}
