// Kubernetes' quantities: whether a text is one, what it is worth, and what was probably meant.
// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/

const SUFFIXES: Record<string, number> = {
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** What a quantity is worth, in cores or bytes; `undefined` where the text isn't one. */
export function quantity(text: string): number | undefined {
  const [, digits, exponent, suffix = ""] =
    /^(\d+(?:\.\d*)?|\.\d+)(?:[eE]([+-]?\d{1,2})|([a-zA-Z]*))$/.exec(text) ?? [];
  const factor = Object.hasOwn(SUFFIXES, suffix) ? SUFFIXES[suffix] : undefined;
  if (digits === undefined || factor === undefined) return undefined;
  return Number(digits) * (exponent === undefined ? factor : 10 ** Number(exponent));
}

/** `bytes` as a quantity, rounded up to a whole Mi. */
export function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)}Mi`;
}

interface Mistake {
  reason: string;
  remedy: string;
}

/** What is wrong with an amount of CPU, if anything. */
export function cpuMistake(text: string): Mistake | undefined {
  const cores = quantity(text);
  if (cores === undefined || !/^[\d.]+m?$/.test(text)) {
    return {
      reason: "is not an amount of CPU",
      remedy: "write cores (`0.5`) or thousandths of one (`500m`)",
    };
  }
  if (cores === 0) return { reason: "is no CPU at all", remedy: "write at least `1m`" };
  if (cores >= 100) {
    return { reason: `means ${cores} cores`, remedy: `did you mean \`${text.replace(/m$/, "")}m\`?` };
  }
  return undefined;
}

/** What is wrong with an amount of memory or disk, if anything. */
export function bytesMistake(text: string): Mistake | undefined {
  const bytes = quantity(text);
  if (bytes === undefined) {
    return { reason: "is not a quantity", remedy: `${meant(text)} (digits and a suffix: Ki, Mi, Gi, Ti)` };
  }
  if (text.endsWith("m")) {
    return {
      reason: `means ${bytes} bytes: m is a thousandth`,
      remedy: `did you mean \`${text.slice(0, -1)}Mi\`?`,
    };
  }
  if (bytes < 2 ** 20) {
    return { reason: `means ${bytes} bytes`, remedy: `did you mean \`${Number.parseFloat(text)}Mi\`?` };
  }
  return undefined;
}

function meant(text: string): string {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([kmgt])?\s*i?\s*b?\s*$/i.exec(text);
  return match
    ? `did you mean \`${match[1]}${(match[2] ?? "M").toUpperCase().replace("K", "K")}i\`?`
    : "write e.g. `512Mi`";
}
